"""The options of ``offbeat watch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["BadLines", "Events", "FlaggedOnly", "Key", "MaxLine", "SameInput", "State", "WatchedModel", "Webhook"]

WatchedModel = Annotated[Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote.")]
State = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Go on from this file where it is there; written every 1,000 lines or 2 seconds, and at the end.",
    ),
]
SameInput = Annotated[
    bool,
    typer.Option(
        "--same-input",
        help="The input is that of the run before, from its start again: pass over what the state says is done. "
        "Else all of it is new.",
    ),
]
BadLines = Annotated[
    str,
    typer.Option(metavar="WAY", help='What a line that cannot be read is: "skip", or "missing" values.'),
]
MaxLine = Annotated[
    int | None,
    typer.Option(metavar="BYTES", help="The longest line, else 1 MiB; a longer one is a bad line, and not kept."),
]
FlaggedOnly = Annotated[
    bool, typer.Option("--flagged-only", help="Write only what is above the threshold, and the header.")
]
Key = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Lines of many series: the column, or the key of JSON objects, that says which one a line is of. Each "
        "is scored by what came of it before.",
    ),
]
Events = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Append events as well, .csv or .jsonl: a line when one is known, and one when it is settled.",
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Post events there as they begin and end, several in one message."),
]

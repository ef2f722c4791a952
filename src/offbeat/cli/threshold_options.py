"""The options of ``offbeat threshold``, beside those of its requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AnyModel", "Live", "Out", "Plot", "Step", "Top", "Write"]

AnyModel = Annotated[
    Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote, or one of models by key.")
]
Step = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Seconds between two time steps, where model and data do not say it."),
]
Live = Annotated[
    bool | None,
    typer.Option(
        "--live/--batch",
        help="Show only streams (serve, watch), or only finished recordings (score, detect); both if not given.",
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Change MODEL, in one step.")]
Out = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Write a copy of the model here, and leave MODEL as it is.")
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="With --data: draw scores, thresholds and events, as .png or .svg."),
]
Top = Annotated[int, typer.Option(min=1, help="How many events to print, highest score first.")]

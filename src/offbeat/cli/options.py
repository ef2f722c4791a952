"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A data set of the catalogue, or a file; with --kind beats an ECG record.")
]
Model = Annotated[Path, typer.Option("--model", "-m", metavar="FOLDER", help="The model: a folder that fit wrote.")]
Label = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help='Where a file keeps its labels: "first", "last", "none", or a column\'s name. Of beats: the ending of the '
        "annotation file, such as atr.",
    ),
]
Time = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Where a file keeps its timestamps; found by itself if not given.")
]
Kind = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help='"recording" or "collection", where a file does not tell by itself; "beats" finds the beats of an ECG '
        "record (WFDB, EDF, CSV), each a short series.",
    ),
]
Read = Annotated[
    list[str] | None,
    typer.Option(
        "--read",
        metavar="NAME=VALUE",
        help="How to read a recording: order=sort or error; duplicates=keep, first, last, mean or error; gaps=keep, "
        "nan, interpolate, last or error; channels=cpu,mem for some of the columns. Of beats: lead=V1; "
        "sampling_rate=250 where the record does not say it; method=fast or accurate. Repeatable.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="WHERE",
        help="Learn from the part of a recording before this, and judge what comes after: a share (0.4), a row (2000) "
        "or a date. A data set may know its own.",
    ),
]
Normal = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL", help="The label of the normal class; the catalogue knows its own, and for beats it is N."
    ),
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="Look for data sets here first, then in $OFFBEAT_DATA.")
]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the tables as JSON, too.")]
Train = Annotated[
    str | None,
    typer.Option(
        metavar="DATA", help="The data the model learned from, for the baselines, where DATA does not hold it."
    ),
]
Baselines = Annotated[
    bool,
    typer.Option("--baselines/--no-baselines", help="Judge the simple methods, too; they learn from the same series."),
]

"""``offbeat score``: a score, a flag and a tier for each series or time step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Label, Model, Noun, Read, Time
from offbeat.cli.output import say, tell, write_frame, write_json


def score(
    data: Data,
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .csv or .parquet file; stdout if not given."),
    ] = None,
    label: Label = None,
    time: Time = None,
    noun: Noun = None,
    read: Read = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Score each series, or each time step of a recording: higher is more anomalous.

    Writes a CSV of series (or time), score, flag, tier and label; of beats with their times and RR intervals. What has
    no score has empty cells.
    """
    from offbeat.bench.loading import load_source, readable
    from offbeat.bench.outputs import score_frame, score_summary
    from offbeat.detectors.persistence import load

    detector = load(model)
    source = load_source(data, label=label, time=time, noun=noun, read=read, data_dir=data_dir, need_normal=False)
    frame = score_frame(detector, readable(source.data, detector, say))
    if out is None:
        tell(frame.to_csv(index=False))
    else:
        write_frame(out, frame)
        what = "time steps" if detector.window else "beats" if noun == "beats" else "series"
        say(f"wrote {out}: {len(frame):,} {what}, {int(frame['flag'].sum()):,} flagged")
    write_json(json, score_summary(detector, frame))

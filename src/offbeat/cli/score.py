"""``offbeat score``: a score, a flag and a tier for each series or time step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Kind, Label, Model, Read, Time
from offbeat.cli.output import caution, say, say_wrote, tell, write_frame, write_json


def score(
    data: Data,
    model: Model,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A .csv or .parquet file; stdout if not given."),
    ] = None,
    label: Label = None,
    time: Time = None,
    kind: Kind = None,
    read: Read = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Score each series, or each time step of a recording: higher is more anomalous.

    Writes a CSV of series (or time), score, flag, tier and label; of beats with their times and RR intervals. What has
    no score has empty cells.
    """
    from offbeat.app.loading import load_source, readable
    from offbeat.app.outputs import score_frame, score_summary
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.words import notice_for

    check_places({"out": out, "json": json}, data=[data], model=model, label=label, data_dir=data_dir)
    detector = load(model)
    source = load_source(data, label=label, time=time, kind=kind, read=read, data_dir=data_dir, need_normal=False)
    frame = score_frame(detector, readable(source.data, detector, say))
    with all_or_none():
        write_frame(out, frame)
        told = {"notice": notice_for(source.data.domain, detector.domain_)}
        write_json(json, {**told, **score_summary(detector, frame)})
    if out is None:
        tell(frame.to_csv(index=False))
    else:
        what = "time steps" if detector.window else "beats" if kind == "beats" else "series"
        say(f"wrote {out}: {len(frame):,} {what}, {int(frame['flag'].sum()):,} flagged")
    caution(source.data.domain, detector.domain_)
    say_wrote(json)

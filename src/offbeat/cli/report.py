"""``offbeat report``: the same as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Baselines, Data, DataDir, Json, Kind, Label, Model, Normal, Read, Time, Train, Until
from offbeat.cli.output import caution, say, say_wrote, write_json


def report(
    data: Data,
    model: Model,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = Path("report.html"),
    baselines: Baselines = True,
    train: Train = None,
    label: Label = None,
    normal: Normal = None,
    time: Time = None,
    kind: Kind = None,
    read: Read = None,
    until: Until = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Write one self-contained HTML page: what "evaluate" tells, with figures; a recording can be zoomed into."""
    from offbeat.app.evaluation import findings_of_model
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none

    check_places({"out": out, "json": json}, data=[data, train], model=model, label=label, data_dir=data_dir)
    findings = findings_of_model(
        model,
        data,
        baselines=baselines,
        train=train,
        label=label,
        normal=normal,
        time=time,
        kind=kind,
        read=read,
        until=until,
        data_dir=data_dir,
        say=say,
    )
    chosen = "" if kind is None else f" --kind {kind}"
    with all_or_none():
        findings.write_page(out, f"offbeat report {data}{chosen} --model {model}")
        write_json(json, findings.to_dict())
    caution(findings.domain)
    say_wrote(out, json)

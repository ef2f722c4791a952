"""``offbeat report``: the same as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Floors, Json, Label, Model, Normal, Noun, Read, Time, Train, Until
from offbeat.cli.output import caution, say, write_json


def report(
    data: Data,
    model: Model,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = Path("report.html"),
    floors: Floors = True,
    train: Train = None,
    label: Label = None,
    normal: Normal = None,
    time: Time = None,
    noun: Noun = None,
    read: Read = None,
    until: Until = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Write one self-contained HTML page: what "evaluate" tells, with figures; a recording can be zoomed into."""
    from offbeat.atomic import check_file_place
    from offbeat.bench.judging import findings_of_model

    check_file_place(out)
    findings = findings_of_model(
        model,
        data,
        floors=floors,
        train=train,
        label=label,
        normal=normal,
        time=time,
        noun=noun,
        read=read,
        until=until,
        data_dir=data_dir,
        say=say,
    )
    chosen = "" if noun is None else f" --noun {noun}"
    findings.write_page(out, f"offbeat report {data}{chosen} --model {model}")
    say(f"wrote {out}")
    caution(findings.domain)
    write_json(json, findings.to_dict())

"""``offbeat demo``: the main job, on any machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import caution, conclude, say, show, write_json


def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the models, the page and the figures go.")] = Path(
        "demo-output"
    ),
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Learn normal heartbeats, find the others, and report, beside the floors.

    Runs on ECG5000 where it is on this machine, else on built-in heartbeats. Nothing is downloaded.
    """
    from offbeat.atomic import check_file_place
    from offbeat.bench.demo import demo_source, run_demo

    source = demo_source(data_dir, say)
    check_file_place(out / "report.html")
    findings = run_demo(source, out, say)
    show(findings.tables())
    conclude(findings.summary())
    caution(findings.domain)
    say(f"Report: {out / 'report.html'}   Figures: {out / 'figures'}   Models: {out / 'models'}")
    write_json(json, findings.to_dict())

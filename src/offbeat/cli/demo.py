"""``offbeat demo``: the main job, on any machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import DataDir, Json
from offbeat.cli.output import (
    origin,
    print_notice,
    print_progress,
    print_sentences,
    print_tables,
    print_written,
    write_json,
)


def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the models, the page and the figures go.")] = Path(
        "demo-output"
    ),
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Learn normal heartbeats, find the others, and report, beside the baselines.

    Runs on ECG5000 where it is on this machine, else on built-in heartbeats. Nothing is downloaded.
    """
    from offbeat.app.demo import demo_source, run_demo
    from offbeat.app.places import check_places

    files, folders = {"out": out / "report.html", "json": json}, {"out": out / "figures"}
    check_places(files, folders=folders, replaced=out / "models", data_dir=data_dir)
    source = demo_source(data_dir, print_progress)
    results = run_demo(source, out, print_progress)
    write_json(json, origin("offbeat demo") | results.to_dict())
    print_tables(results.tables())
    print_sentences(results.summary())
    print_notice(results.domain)
    print_written(out / "report.html", out / "figures", out / "models", json)

"""``offbeat report``: the same as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import Request
from offbeat.cli.options import Baselines, Json, Model, takes
from offbeat.cli.output import print_notice, print_progress, print_written, write_json


@takes(Request)
def report(
    request: Request,
    model: Model,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = Path("report.html"),
    baselines: Baselines = True,
    json: Json = None,
) -> None:
    """Write one self-contained HTML page: what "evaluate" prints, with figures; a recording can be zoomed into."""
    from offbeat.app.evaluation import evaluate_model
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import promise
    from offbeat.atomic import all_or_none

    check_places({"out": out, "json": json}, request, model=model)
    results = evaluate_model(model, request, baselines=baselines, log=print_progress)
    print_progress(promise(results.main.detector))
    kind = "" if request.kind is None else f" --kind {request.kind}"
    with all_or_none():
        results.write_page(out, f"offbeat report {request.data}{kind} --model {model}")
        write_json(json, results.to_dict())
    print_notice(results.domain)
    print_written(out, json)

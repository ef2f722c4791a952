"""``offbeat report``: the same as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.options import Baselines, Json, Model, takes
from offbeat.cli.output import print_notice, print_progress, print_written, write_json
from offbeat.cli.panels import is_many, refuse_of_one, score_many
from offbeat.errors import ParameterError

_PAGE = Path("report.html")


@takes(Request)
@takes(PanelRequest)
def report(
    request: Request,
    panel: PanelRequest,
    model: Model,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write; of many series a folder.")] = _PAGE,
    baselines: Baselines = True,
    pages: Annotated[
        bool, typer.Option("--pages", help="Many series: a page for each, too.", rich_help_panel="Many series")
    ] = False,
    json: Json = None,
) -> None:
    """Write one self-contained HTML page: what "evaluate" prints, with figures; a recording can be zoomed into.

    Of many series (a folder, a pattern, several files, --by) a folder with a page of all, index.html, and the table.
    """
    if is_many(request, panel):
        from offbeat.app.panels.units import ScoreOptions

        if out != _PAGE and out.suffix == ".html":
            raise ParameterError(
                f"of many series --out is a folder, whose page is index.html, got {out}: give --out {out.stem}"
            )
        folder = out.with_suffix("") if out == _PAGE else out
        if request.until is not None and request.since is not None:
            raise ParameterError("--until says from where on to evaluate, --since from where on to report: give one")
        evaluates = request.until is not None
        options = ScoreOptions(pages=pages, evaluates=evaluates, until=request.until, since=request.since)
        words = [*(["--by", panel.by] if panel.by else []), "--model", str(model), "--out", str(folder)]
        command = request.command("report", *words, *["--pages"] * pages, more=panel.more)
        score_many(request, panel, model, folder, options, json, page=command)
        return
    refuse_of_one(
        workers=panel.workers is not None, ray=panel.ray is not None, pages=pages, since=request.since is not None
    )
    from offbeat.app.evaluation import evaluate_model
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import promise
    from offbeat.atomic import all_or_none
    from offbeat.estimators.extras import require_extra

    check_places({"out": out, "json": json}, request, model=model)
    require_extra("report", "a page")
    results = evaluate_model(model, request, baselines=baselines, log=print_progress)
    print_progress(promise(results.main.detector))
    command = request.command("report", "--model", str(model), *["--no-baselines"] * (not baselines))
    with all_or_none():
        results.write_page(out, command)
        write_json(json, results.to_dict())
    print_notice(results.domain)
    print_written(out, json)

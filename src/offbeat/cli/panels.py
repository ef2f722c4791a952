"""What the commands do where DATA is many series: each is a thin call of :mod:`offbeat.app.panels`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from offbeat.app.request import DetectorRequest, PanelRequest, Request, ThresholdRequest
from offbeat.cli.output import (
    print_error,
    print_note,
    print_notice,
    print_progress,
    print_sentences,
    print_tables,
    print_written,
    write_json,
)
from offbeat.cli.verdict import fail_where, reaches
from offbeat.errors import DataError, ParameterError
from offbeat.words import plural

if TYPE_CHECKING:
    from offbeat.app.panels.units import ScoreOptions
    from offbeat.app.threshold_runs import ThresholdRun

__all__ = ["fit_many", "is_many", "preview_many", "refuse_of_one", "score_many"]


def is_many(request: Request, wanted: PanelRequest) -> bool:
    """Return whether DATA is many series."""
    from offbeat.app.panels.runs import is_panel

    return is_panel(request, wanted)


def refuse_of_one(**given: bool | None) -> None:
    """Refuse options that are about many series, by name, where there is one."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise ParameterError(f"--{name} is for many series: give a folder, a pattern, several files, or --by")


def fit_many(
    request: Request,
    panel_request: PanelRequest,
    wanted: DetectorRequest,
    decisions: ThresholdRequest,
    out: Path,
    each: bool | None,
    json: Path | None,
) -> None:
    """Fit one model of many series, or one for each."""
    from offbeat.app.executors import executor_of
    from offbeat.app.panels.runs import fit_each_key, fit_one_for_all, one_or_each, panel_of
    from offbeat.app.panels.units import FitOptions
    from offbeat.app.places import check_places

    if wanted.checkpoints or wanted.logger:
        raise ParameterError("--checkpoints and --logger are for one series: leave them out")
    check_places({"json": json}, *_files(request, panel_request), folders={"out": out})
    panel = panel_of(request, panel_request, without=out)
    options = FitOptions(wanted, decisions.for_each(len(panel)), request.until)
    if one_or_each(panel, each, print_progress):
        print_progress(f"fitting a model for each of {len(panel):,} series")
        found = fit_each_key(panel, out, options, executor_of(panel_request), print_progress)
    else:
        found = fit_one_for_all(panel, out, options, print_progress)
    write_json(json, [table.to_dict() for table in found.whole_tables("Fit")])
    print_tables(found.tables("Fit"))
    for note in found.notes:
        print_note(note)
    print_notice(found.domain)
    print_written(out, json)
    found.require_all()


def score_many(
    request: Request,
    panel_request: PanelRequest,
    model: Path,
    out: Path | None,
    options: ScoreOptions,
    json: Path | None,
    *,
    page: str = "",
    top: int = 0,
    fail_on: str | None = None,
) -> None:
    """Score many series, each by its model, and print a row each, and so many of their events as ``top`` says.

    What was found decides about the exit code, if ``fail_on`` asks for it, also where a key failed.
    """
    from offbeat.app.executors import executor_of
    from offbeat.app.panels.listed import EVENTS, shown_events
    from offbeat.app.panels.models import Models
    from offbeat.app.panels.page import PanelResults
    from offbeat.app.panels.runs import panel_of, score_keys
    from offbeat.app.places import check_places

    check_places({"json": json}, *_files(request, panel_request), folders={"out": out}, model=model)
    panel = panel_of(request, panel_request, without=out)
    models = Models(model)
    models.check()
    found = score_keys(panel, models, options, out, executor_of(panel_request), print_progress)
    data = Path(request.data).name or request.data
    by = f"models {model.name}" if models.are_many else f"model {model.name}"
    results = PanelResults(f"{plural(len(panel), 'series', 'series')} of {data}, by the {by}", found, options.pages)
    files = []
    if out is not None:
        files.append(out / EVENTS)
    if out is not None and page:
        files.append(results.write_page(out / "index.html", page))
    write_json(json, results.to_dict())
    print_tables([*found.tables("Keys, gravest first"), *[shown_events(found.events, top)] * bool(top)])
    print_sentences(results.summary())
    print_notice(found.domain)
    print_written(out, *files, json)
    tiers = found.events["severity"]
    try:
        found.require_all()
    except DataError as error:
        if not reaches(tiers, fail_on):
            raise
        print_error(str(error))
    fail_where(tiers, fail_on)


def preview_many(run: ThresholdRun, json: Path | None) -> None:
    """Preview another threshold for each of many series or models by key, in a row each."""
    from offbeat.app.executors import executor_of
    from offbeat.app.threshold_keys import sum_of

    found = run.by_key(executor_of(run.panel), print_progress)
    tables = found.tables("Thresholds by key" if run.live is False else "Thresholds of streams by key")
    whole = found.whole_tables("Thresholds by key")
    write_json(json, {**run.about(), "tables": [table.to_dict() for table in whole]})
    print_tables(tables)
    print_sentences(sum_of(found.table))
    print_notice(found.domain)
    if run.only_shown:
        print_progress(f"{run.model} is as it was: --write sets the new thresholds, --out FOLDER writes copies")
    print_written(run.place, json)
    found.require_all()


def _files(request: Request, panel_request: PanelRequest) -> list[Request]:
    """Return what is read, a request for each file."""
    from offbeat.data.panels import files_of

    named = (request.data, *panel_request.more)
    return [Request(str(path), data_dir=request.data_dir) for name in named for path in files_of(Path(name))]

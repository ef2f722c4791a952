"""``offbeat evaluate``: how good a model is, with the baselines beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import PanelRequest, Request
from offbeat.cli.options import Baselines, Json, Model, takes
from offbeat.cli.output import print_notice, print_progress, print_sentences, print_tables, print_written, write_json
from offbeat.cli.panels import is_many, refuse_of_one, score_many
from offbeat.errors import ParameterError


@takes(Request, "data", "until", "train", "label", "normal", "time", "time_format", "kind", "read", "data_dir")
@takes(PanelRequest)
def evaluate(
    request: Request,
    panel: PanelRequest,
    model: Model,
    baselines: Baselines = True,
    figures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the figures here, as PNG and SVG.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of many series: keep what was found, to go on after a stop.")
    ] = None,
    json: Json = None,
) -> None:
    """Evaluate a model on labelled data beside the baselines: AUROC, precision, recall, by class or by event.

    Series that the model has learned from or held out are left out, from any file; of a recording the
    part that it was fitted on, and what comes before --until. A recording without labels is described, not evaluated.
    A model of beats is evaluated on annotated ECG records, with the shipped one beside it. Of many series (a folder, a
    pattern, several files, --by) a table has a row for each, without the baselines.
    """
    from offbeat.app.beat_evaluation import names_beats
    from offbeat.detectors.store import is_store

    if (is_store(model) or not names_beats(model)) and is_many(request, panel):
        from offbeat.app.panels.units import ScoreOptions

        options = ScoreOptions(evaluates=True, until=request.until)
        score_many(request, panel, model, out, options, json)
        return
    refuse_of_one(
        workers=panel.workers is not None, ray=panel.ray is not None, out=out is not None, by=panel.by is not None
    )
    from offbeat.app.evaluation import evaluate_model
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import promise
    from offbeat.atomic import all_or_none
    from offbeat.files.places import check_folder_place

    if figures is not None:
        check_folder_place(figures)
    check_places({"json": json}, request, model=model, folders={"figures": figures})
    if names_beats(model):
        if figures is not None:
            raise ParameterError("a model of beats has tables, and no figures: leave --figures out")
        _evaluate_beats(model, request, baselines, json)
        return
    results = evaluate_model(model, request, baselines=baselines, log=print_progress)
    print_progress(promise(results.main.detector))
    with all_or_none():
        drawn = [] if figures is None else results.write_figures(figures)
        write_json(json, results.to_dict())
    print_tables(results.tables())
    print_sentences(results.summary())
    print_notice(results.domain)
    print_written(*drawn, json)


def _evaluate_beats(model: Path, request: Request, baselines: bool, json: Path | None) -> None:
    from offbeat.app.annotated_records import requests_of_files
    from offbeat.app.beat_evaluation import evaluate_beats
    from offbeat.app.places import check_places

    check_places({"json": json}, *requests_of_files(request), model=model, what="record")
    results = evaluate_beats(model, request, baselines=baselines, log=print_progress)
    write_json(json, results.to_dict())
    print_tables(results.tables())
    print_notice("ecg")
    print_written(json)

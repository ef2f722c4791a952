"""``offbeat fit``: learn what normal looks like, and save it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import DetectorRequest, PanelRequest, Request, ThresholdRequest
from offbeat.cli.options import HelpSettings, Json, takes
from offbeat.cli.output import print_note, print_notice, print_progress, print_tables, print_written, write_json
from offbeat.cli.panels import fit_many, is_many, refuse_of_one


@takes(Request, "data", "until", "label", "normal", "time", "time_format", "kind", "read", "data_dir")
@takes(PanelRequest)
@takes(DetectorRequest)
@takes(ThresholdRequest)
def fit(
    request: Request,
    panel: PanelRequest,
    wanted: DetectorRequest,
    decisions: ThresholdRequest,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The model: a folder to write.")],
    each: Annotated[
        bool | None,
        typer.Option(
            "--each/--one",
            help="Many series: a model for each, or one for all. By itself one for all where they are alike in level "
            "and scale.",
            rich_help_panel="Many series",
        ),
    ] = None,
    help_settings: HelpSettings = False,
    json: Json = None,
) -> None:
    """Fit a detector on the normal series of DATA, or the leading part of a recording, and save it as a model folder.

    Where DATA holds anomalies too, 85 % of the normal series are learned from and 7.5 % held out to set the threshold;
    the rest is left for "evaluate", which never counts a series that the model has seen. A recording is learned from up
    to --until, through a window that fits its period where none is set; its threshold keeps to one alarm a week
    (--alarms-per-week). "offbeat threshold" sets another one afterwards. With --kind beats the normal beats of an ECG
    record are learned from, or all of them where no annotations name them. --tune tries a few detectors on planted
    anomalies first, and says in a table what came out. --detector ecgformer trains the classifier that comes with
    offbeat on annotated ECG records instead, for "classify --model".

    DATA may be many series: a folder, a pattern in quotes, several files, or a long table with --by. Then --out is one
    model for all, or a folder with a model for each; a run that was stopped goes on where it is given again.
    """
    from offbeat.app.settings import BEATS

    if wanted.detector != BEATS and is_many(request, panel):
        fit_many(request, panel, wanted, decisions, out, each, json)
        return
    refuse_of_one(each=each, workers=panel.workers is not None, ray=panel.ray is not None, by=panel.by is not None)
    from offbeat.app.loading import load_source
    from offbeat.app.places import check_places
    from offbeat.app.result_tables import fit_tables, promise, training_alarms_note
    from offbeat.app.training_data import to_fit
    from offbeat.atomic import all_or_none
    from offbeat.estimators.folder import check_model_place, is_model

    logs = Path(wanted.logger.partition(":")[2] or "runs") if wanted.logger else None
    check_places({"json": json}, request, folders={"checkpoints": wanted.checkpoints, "logger": logs}, replaced=out)
    check_model_place(out)
    if wanted.detector == BEATS:
        _fit_beats(request, wanted, decisions, out, json)
        return
    chosen = to_fit(load_source(request), wanted, decisions, request.until, print_progress)
    training, model = chosen.training, chosen.detector
    print_progress(f"fitting {model.name} on {training}")
    tables = [*chosen.tables, *fit_tables(model, training.fit(model))]
    older = is_model(out)
    with all_or_none():
        model.save(out)
        write_json(json, {"model": str(out), "tables": [table.to_dict() for table in tables]})
    print_progress(promise(model))
    if note := training_alarms_note(model, training.data):
        print_note(note)
    print_tables(tables)
    print_notice(model.domain_)
    print_progress(f"wrote {out}{', in place of the model that was there' * older}")
    print_written(json)


def _fit_beats(
    request: Request, wanted: DetectorRequest, decisions: ThresholdRequest, out: Path, json: Path | None
) -> None:
    from offbeat.app.annotated_records import requests_of_files
    from offbeat.app.beat_training import fit_beats
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none

    check_places({"json": json}, *requests_of_files(request), replaced=out, what="record")
    fitted = fit_beats(request, wanted, decisions, print_progress)
    tables = fitted.tables()
    with all_or_none():
        fitted.model.save(out)
        write_json(json, {"model": str(out), "tables": [table.to_dict() for table in tables]})
    print_tables(tables)
    print_notice("ecg")
    for note in fitted.notes():
        print_note(note)
    print_written(out, json)

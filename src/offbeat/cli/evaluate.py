"""``offbeat evaluate``: how good a model is, with the baselines beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Baselines, Data, DataDir, Json, Kind, Label, Model, Normal, Read, Time, Train, Until
from offbeat.cli.output import caution, conclude, say, say_wrote, show, write_json


def evaluate(
    data: Data,
    model: Model,
    baselines: Baselines = True,
    train: Train = None,
    figures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write the figures here, as PNG and SVG.")
    ] = None,
    label: Label = None,
    normal: Normal = None,
    time: Time = None,
    kind: Kind = None,
    read: Read = None,
    until: Until = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Evaluate a model on labelled data beside the baselines: AUROC, precision, recall, by class or by event.

    Series that the model has learned from or held out are left out, whatever file they come in; of a recording the
    part that it has learned from, and what comes before --until. A recording without labels is told, not judged.
    """
    from offbeat.app.evaluation import findings_of_model
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.files.places import check_folder_place

    if figures is not None:
        check_folder_place(figures)
    folders = {"figures": figures}
    check_places({"json": json}, data=[data, train], model=model, folders=folders, label=label, data_dir=data_dir)
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
    with all_or_none():
        drawn = [] if figures is None else findings.write_figures(figures)
        write_json(json, findings.to_dict())
    show(findings.tables())
    conclude(findings.summary())
    caution(findings.domain)
    say_wrote(*drawn, json)

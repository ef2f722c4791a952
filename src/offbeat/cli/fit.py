"""``offbeat fit``: learn what normal looks like, and save it."""

from __future__ import annotations

import time as clock
from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Data, DataDir, Json, Kind, Label, Normal, Read, Time, Until
from offbeat.cli.output import caution, say, say_wrote, show, write_json


def fit(
    data: Data,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The model: a folder to write.")],
    detector: Annotated[
        str, typer.Option("--detector", "-d", metavar="NAME", help="Which detector; a wrong name lists them.")
    ] = "lstm-autoencoder",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A setting of the detector, as code_size=32. Repeatable."),
    ] = None,
    train: Annotated[
        list[str] | None,
        typer.Option("--train", metavar="NAME=VALUE", help="A setting of the training, such as epochs=30. Repeatable."),
    ] = None,
    threshold: Annotated[
        str, typer.Option(metavar="RULE", help="quantile, conformal, pot, sigma, mad, iqr, budget or fixed.")
    ] = "quantile",
    threshold_settings: Annotated[
        list[str] | None,
        typer.Option(
            "--threshold-set", metavar="NAME=VALUE", help="A setting of the threshold, such as false_alarms=0.01."
        ),
    ] = None,
    watch: Annotated[float, typer.Option(help="False-alarm rate of the tier watch (amber).")] = 0.05,
    alarm: Annotated[float, typer.Option(help="False-alarm rate of the tier alarm (red).")] = 0.01,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn at random.")] = 0,
    until: Until = None,
    label: Label = None,
    normal: Normal = None,
    time: Time = None,
    kind: Kind = None,
    read: Read = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the training here after every epoch; go on from it after a stop."),
    ] = None,
    logger: Annotated[
        str | None,
        typer.Option(metavar="KIND:FOLDER", help="Log the training: csv:runs, tensorboard:runs, …"),
    ] = None,
    data_dir: DataDir = None,
    json: Json = None,
) -> None:
    """Fit a detector on the normal series of DATA, or the leading part of a recording, and save it as a model folder.

    Where DATA holds anomalies too, 85 % of the normal series are learned from and 7.5 % held out to set the threshold;
    the rest is left for "evaluate", which never counts a series that the model has seen. Of a recording the part before
    --until is learned from; a window fitting its rhythm is chosen where none is set. With --kind beats the normal beats
    of an ECG record are learned from, or all of them where no annotations name them.
    """
    from offbeat.app.learning import what_to_learn
    from offbeat.app.loading import load_source
    from offbeat.app.outputs import fit_tables
    from offbeat.app.places import check_places
    from offbeat.app.settings import make_detector, make_threshold, make_tiers
    from offbeat.atomic import all_or_none
    from offbeat.estimators.folder import check_model_place, is_model

    folders = {"checkpoints": checkpoints, "logger": Path(logger.partition(":")[2] or "runs") if logger else None}
    check_places({"json": json}, data=[data], folders=folders, replaced=out, label=label, data_dir=data_dir)
    check_model_place(out)
    source = load_source(data, label=label, normal=normal, time=time, kind=kind, read=read, data_dir=data_dir)
    learned, held_out, known, chosen = what_to_learn(source, detector, settings, until, say)
    model = make_detector(
        detector,
        chosen,
        train,
        logger=logger,
        checkpoint_dir=checkpoints,
        threshold=make_threshold(threshold, threshold_settings),
        tiers=make_tiers(watch, alarm),
        random_state=seed,
    )
    what = "time steps" if model.window else "beats" if kind == "beats" else "series"
    say(f"fitting {detector} on {len(learned):,} {what}")
    start = clock.perf_counter()
    model.fit(learned, known, validation=held_out)
    tables = fit_tables(model, clock.perf_counter() - start)
    older = is_model(out)
    with all_or_none():
        model.save(out)
        write_json(json, {"model": str(out), "tables": [table.to_dict() for table in tables]})
    show(tables)
    caution(model.domain_)
    say(f"wrote {out}{', in place of the model that was there' * older}")
    say_wrote(json)

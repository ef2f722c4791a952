"""``offbeat threshold``: other alarms from a saved model, without training it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import Request, ThresholdRequest
from offbeat.cli.options import Json, takes
from offbeat.cli.output import print_note, print_notice, print_progress, print_tables, print_written, write_json


@takes(ThresholdRequest)
@takes(Request, "data", "label", "normal", "time", "time_format", "kind", "read", "data_dir", if_given="data")
def threshold(
    request: Request | None,
    wanted: ThresholdRequest,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote.")],
    step: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Seconds between two time steps, where model and data do not say it."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change MODEL, in one step.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a copy of the model here, and leave MODEL as it is.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --data: draw scores, thresholds and events, as .png or .svg."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many events to print, highest score first.")] = 20,
    json: Json = None,
) -> None:
    """Preview another threshold for a saved model, and set it with --write or --out.

    The threshold is learned from the held-out scores that the model keeps: nothing is trained. It is shown beside the
    present one, half the rate and twice the rate. With --data, what each of them would have raised there is shown, too:
    events in each week, how many of the labelled anomalies were met, and the events by the new threshold. Nothing is
    changed unless --write or --out says so.
    """
    from offbeat.app.places import check_places
    from offbeat.app.settings import requested_rules
    from offbeat.app.threshold_choices import asked_rules, choose
    from offbeat.app.threshold_trials import trial_on
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.errors import ParameterError
    from offbeat.estimators.folder import check_model_place

    is_asked = any(rule is not None for rule in requested_rules(wanted))
    if (write or out is not None) and not is_asked:
        raise ParameterError("nothing to write: say which threshold (--alarms-per-week, --threshold, --watch, --alarm)")
    if write and out is not None:
        raise ParameterError("--write changes MODEL and --out writes a copy: leave one out")
    if plot is not None and request is None:
        raise ParameterError("--plot draws the scores of data: give --data, too")
    place = out if out is not None else model if write else None
    check_places({"json": json, "plot": plot}, *([] if request is None else [request]), model=model, replaced=out)
    if plot is not None:
        from offbeat.report.files import check_picture, write_picture

        check_picture(plot)
    detector = load(model)
    if place is not None:
        check_model_place(place)
    trial = None if request is None else trial_on(detector, request, print_progress)
    found = choose(detector, *asked_rules(wanted, detector, trial, step), trial)
    tables = found.tables(top)
    with all_or_none():
        if place is not None:
            detector.save(place)
        if plot is not None:
            write_picture(found.figure(), plot)
        about = {"model": str(model), "written": place and str(place), **found.to_dict()}
        write_json(json, {**about, "tables": [table.to_dict() for table in tables]})
    print_progress(found.promise)
    for caution in found.cautions():
        print_note(caution)
    print_tables(tables)
    print_notice(detector.domain_)
    if place is None and is_asked:
        print_progress(f"{model} is as it was: --write sets the new threshold, --out FOLDER writes a copy")
    print_written(place, plot, json)

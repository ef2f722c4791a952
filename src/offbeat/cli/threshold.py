"""``offbeat threshold``: other alarms from a saved model, without training it again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import Request, ThresholdRequest
from offbeat.cli.options import Json, takes
from offbeat.cli.output import print_notice, print_progress, print_tables, print_written, write_json


@takes(ThresholdRequest)
@takes(Request, "data", "label", "normal", "time", "time_format", "kind", "read", "data_dir", if_given="data")
def threshold(
    request: Request | None,
    wanted: ThresholdRequest,
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote.")],
    write: Annotated[
        bool, typer.Option("--write", help="With --data: change the model all the same, once its table is shown.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a copy of the model here, and leave MODEL as it is.")
    ] = None,
    json: Json = None,
) -> None:
    """Set another threshold on a saved model, or show what thresholds would raise.

    The threshold is learned from the held-out scores that the model keeps: nothing is trained. Without options, the
    present threshold is shown beside other budgets of alarms. With --data, what each of them would have raised there is
    shown, too, and nothing is changed unless --write or --out says so.
    """
    from offbeat.app.places import check_places
    from offbeat.app.settings import check_rule, requested_rules
    from offbeat.app.threshold_choices import choose, trial_on
    from offbeat.atomic import all_or_none
    from offbeat.detectors.saving import load
    from offbeat.errors import ParameterError
    from offbeat.estimators.folder import check_model_place

    rule, tiers = requested_rules(wanted)
    is_asked = rule is not None or tiers is not None
    if (write or out is not None) and not is_asked:
        raise ParameterError("nothing to write: say which threshold (--alarms-per-week, --threshold, --watch, --alarm)")
    if write and out is not None:
        raise ParameterError("--write changes MODEL and --out writes a copy: leave one out")
    place = out if out is not None else model if write or (is_asked and request is None) else None
    check_places({"json": json}, *([] if request is None else [request]), model=model, replaced=out)
    detector = load(model)
    check_rule(detector, rule)
    if place is not None:
        check_model_place(place)
    trial = None if request is None else trial_on(detector, request, print_progress)
    table, promised = choose(detector, rule, tiers, trial)
    with all_or_none():
        if place is not None:
            detector.save(place)
        write_json(json, {"model": str(model), "written": place and str(place), "tables": [table.to_dict()]})
    print_progress(promised)
    print_tables([table])
    print_notice(detector.domain_)
    if place is None and is_asked:
        print_progress(f"{model} is as it was: --write sets the new threshold, --out FOLDER writes a copy")
    print_written(place, json)

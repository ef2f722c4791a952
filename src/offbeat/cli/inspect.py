"""``offbeat inspect``: what a model is, before anything is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Json
from offbeat.cli.output import caution, say_wrote, show, write_json


def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder, of whatever origin.")],
    json: Json = None,
) -> None:
    """Show what a model folder says of itself: class, settings, channels, arrays. Nothing of it is built or run.

    "builds" names each class that loading would make; what is not on offbeat's list is refused then.
    """
    from offbeat.app.places import check_places
    from offbeat.estimators.saving import describe_model, model_tables

    check_places({"json": json}, model=model)
    told = describe_model(model)
    write_json(json, told)
    show(model_tables(told))
    caution(str(told["domain"] or ""))
    say_wrote(json)

"""``offbeat inspect``: what a model is, before anything is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Json
from offbeat.cli.output import print_notice, print_tables, print_written, write_json


def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder, from any source.")],
    json: Json = None,
) -> None:
    """Show what a model folder contains: class, settings, channels, arrays. Nothing in it is built or run.

    "builds" names each class that loading would make; what is not on offbeat's list is refused then.
    """
    from offbeat.app.places import check_places
    from offbeat.estimators.describing import describe_model, model_tables

    check_places({"json": json}, model=model)
    description = describe_model(model)
    write_json(json, description)
    print_tables(model_tables(description))
    print_notice(str(description["domain"] or ""))
    print_written(json)

"""``offbeat train-beats``: train a classifier of beats on annotated records."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.cli.options import Json
from offbeat.cli.output import print_notice, print_progress, print_tables, print_written, write_json


def train_beats(
    records: Annotated[
        list[str],
        typer.Argument(
            metavar="RECORD...",
            help="WFDB records with annotations (.atr) beside them; or folders, patterns and lists of such.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The model: a folder to write, for classify --model.")],
    test: Annotated[
        list[str] | None, typer.Option(metavar="RECORD", help="Evaluate on these, of other people. Repeatable.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="How often each network sees the beats.")] = 10,
    members: Annotated[int, typer.Option(min=1, max=20, help="How many networks are averaged.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything drawn at random.")] = 0,
    json: Json = None,
) -> None:
    """Train the network that comes with offbeat on annotated records of your own, instead of those it learned from.

    It learns the beats as they are found, and the same beats in simulated rhythms, for ten minutes or more for twenty
    records of half an hour. offbeat classify RECORD --model FOLDER names beats by it.
    """
    from offbeat.app.beat_training import train_beats as trained
    from offbeat.app.places import check_places
    from offbeat.app.request import Request
    from offbeat.atomic import all_or_none
    from offbeat.estimators.folder import check_model_place

    sources = [*records, *(test or [])]
    check_places({"json": json}, *map(Request, sources), replaced=out, what="record")
    check_model_place(out)
    results = trained(records, test or [], epochs=epochs, members=members, seed=seed, log=print_progress)
    tables = results.tables()
    with all_or_none():
        results.model.save(out)
        write_json(json, {"model": str(out), "tables": [table.to_dict() for table in tables]})
    print_tables(tables)
    print_notice("ecg")
    print_written(out, json)

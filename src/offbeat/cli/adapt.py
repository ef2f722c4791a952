"""``offbeat adapt``: learn from corrected beats what those of this patient look like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from offbeat.app.request import RecordRequest, Request
from offbeat.cli.options import Json, takes
from offbeat.cli.output import print_note, print_notice, print_tables, print_written, progress_bar, write_json


@takes(RecordRequest, "record", "lead", "method", "model", "sampling_rate", "units", "gain", "data_dir")
def adapt(
    wanted: RecordRequest,
    annotations: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The corrected beats: what review saved (.rev), of which those reviewed count, or other annotations.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The model: a folder to write, for classify --model.")],
    minutes: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            help="Learn from the first minutes of the record only, and evaluate on the beats annotated after them; "
            "where there are none, by cross-validation.",
        ),
    ] = None,
    json: Json = None,
) -> None:
    """Learn from a few minutes of corrected beats what the beats of this patient look like, and show what it gains.

    The classifier (the shipped one, or --model) stays as it is; the new model holds a copy of it and what was learned,
    for records of the same patient: offbeat classify RECORD --model FOLDER. A class of which fewer than three beats
    were corrected is not learned. The gain is shown on beats that were not learned from: with --minutes those after
    them, else the corrected beats in turn.
    """
    from offbeat.app.adapting import adapt as adapted
    from offbeat.app.places import check_places
    from offbeat.atomic import all_or_none
    from offbeat.estimators.folder import check_model_place

    inputs = (Request(wanted.record, data_dir=wanted.data_dir), Request(str(annotations)))
    check_places({"json": json}, *inputs, model=wanted.model, replaced=out, what="record")
    check_model_place(out)
    with progress_bar(f"reading {wanted.record}") as progress:
        results = adapted(wanted, annotations, minutes, progress)
    with all_or_none():
        results.found.model.save(out)
        write_json(json, {"model": str(out), **results.to_dict()})
    print_tables(results.tables())
    print_notice("ecg")
    for note in results.notes():
        print_note(note)
    print_written(out, json)

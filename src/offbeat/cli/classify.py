"""``offbeat classify``: name every beat of an ECG record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from offbeat.app.request import RecordRequest, Request
from offbeat.cli.options import Json, takes
from offbeat.cli.output import (
    print_note,
    print_notice,
    print_tables,
    print_written,
    progress_bar,
    write_frame,
    write_json,
)

if TYPE_CHECKING:
    from offbeat.ecg.rpeaks import Method


@takes(RecordRequest)
def classify(
    wanted: RecordRequest,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The annotation file; beside the record, with the extension .ofb, if not given."
        ),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each beat, too: .csv or .parquet.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report, too: one HTML page.")] = None,
    json: Json = None,
) -> None:
    """Find the beats of an ECG record and name them N, S, V, F or Q.

    Writes a standard annotation file (WFDB), never over an existing one.
    """
    from offbeat.app.pages.record import RecordResults
    from offbeat.app.places import check_places
    from offbeat.app.records import annotation_place, check_endings
    from offbeat.atomic import all_or_none
    from offbeat.ecg.classify import classify_record, load_beat_model
    from offbeat.ecg.opening import as_record
    from offbeat.records import write_annotations

    check_endings(table=table, report=report, json=json)
    opened = as_record(
        wanted.record,
        leads=wanted.lead,
        sampling_rate=wanted.sampling_rate,
        units=wanted.units,
        data_dir=wanted.data_dir,
    )
    place = annotation_place(opened, wanted.record, out)
    files = {"out": place, "table": table, "report": report, "json": json}
    inputs = (Request(wanted.record, data_dir=wanted.data_dir), Request(str(opened.path)))
    check_places(files, *inputs, model=wanted.model, what="record")
    model, method = None if wanted.model is None else load_beat_model(wanted.model), cast("Method", wanted.method)
    with progress_bar(f"reading {opened.name}") as progress:
        classified = classify_record(
            opened, model=model, method=method, min_confidence=wanted.min_confidence, progress=progress
        )
    results = RecordResults(opened, classified)
    with all_or_none():
        write_frame(table, classified.table.round(4))
        if report is not None:
            results.write_page(report, command=f"offbeat classify {wanted.record}")
        write_json(json, results.to_dict())
        # The last to take its place: it is what keeps the same command from running again.
        write_annotations(classified.annotations(), place)
    print_tables(results.tables())
    print_notice(results.domain)
    if results.caution():
        print_note(results.caution())
    print_written(place, table, report, json)

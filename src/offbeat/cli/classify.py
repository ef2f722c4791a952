"""``offbeat classify``: name every beat of an ECG record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from offbeat.app.request import Request
from offbeat.cli.options import DataDir, Json
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


def classify(
    record: Annotated[
        str,
        typer.Argument(
            metavar="RECORD",
            help="A WFDB record (path without extension), an EDF file, a CSV file with --sampling-rate, or mitdb/100.",
        ),
    ],
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
    lead: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Which lead to read, by name or number from 0; repeat it for a second one."),
    ] = None,
    method: Annotated[
        str, typer.Option(metavar="METHOD", help='How beats are found: "fast", or "accurate" (a hundred times slower).')
    ] = "fast",
    min_confidence: Annotated[
        float, typer.Option(min=0, max=1, help="Below this confidence a beat gets no class (Q in the annotation file).")
    ] = 0.0,
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", metavar="FOLDER", help="Another model of beats than the shipped one."),
    ] = None,
    sampling_rate: Annotated[
        float | None, typer.Option(metavar="HZ", help="Samples per second of a file that does not say it.")
    ] = None,
    units: Annotated[
        str | None, typer.Option(metavar="UNIT", help="mV, uV or V: the unit of a file that does not say it.")
    ] = None,
    data_dir: DataDir = None,
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
    opened = as_record(record, leads=lead, sampling_rate=sampling_rate, units=units, data_dir=data_dir)
    place = annotation_place(opened, record, out)
    files = {"out": place, "table": table, "report": report, "json": json}
    inputs = (Request(record, data_dir=data_dir), Request(str(opened.path)))
    check_places(files, *inputs, model=model, what="record")
    chosen = None if model is None else load_beat_model(model)
    with progress_bar(f"reading {opened.name}") as progress:
        classified = classify_record(
            opened, model=chosen, method=cast("Method", method), min_confidence=min_confidence, progress=progress
        )
    results = RecordResults(opened, classified)
    with all_or_none():
        write_frame(table, classified.table.round(4))
        if report is not None:
            results.write_page(report, command=f"offbeat classify {record}")
        write_json(json, results.to_dict())
        # The last to take its place: it is what keeps the same command from running again.
        write_annotations(classified.annotations(), place)
    print_tables(results.tables())
    print_notice(results.domain)
    if results.caution():
        print_note(results.caution())
    print_written(place, table, report, json)

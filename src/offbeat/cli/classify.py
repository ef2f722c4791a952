"""``offbeat classify``: name every beat of an ECG record, or of a folder of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offbeat.app.request import RecordRequest, Request
from offbeat.cli.options import Json, takes
from offbeat.cli.output import (
    print_note,
    print_notice,
    print_progress,
    print_tables,
    print_written,
    progress_bar,
    working,
    write_frame,
    write_json,
)
from offbeat.errors import DataError, ParameterError

if TYPE_CHECKING:
    from offbeat.app.record_outputs import Existing

_MANY = "Many records"


@takes(RecordRequest)
def classify(
    wanted: RecordRequest,
    more: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECORD]... [FOLDER]",
            help="More records, folders or patterns, and last the folder for the results of all.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The annotation file: .csv becomes a table, .edf EDF+, and .ofb, .atr or up to four letters of your "
            "own a file of WFDB; beside the record if not given, and none with --annotations.",
        ),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a row for each beat, too: .csv or .parquet.")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report, too: one HTML page.")] = None,
    reports: Annotated[
        bool, typer.Option("--reports", help="Write the report of each record, too.", rich_help_panel=_MANY)
    ] = False,
    beats: Annotated[
        bool, typer.Option("--beats", help="Write the beats of each record as CSV, too.", rich_help_panel=_MANY)
    ] = False,
    skip_existing: Annotated[
        bool,
        typer.Option(
            "--skip-existing",
            help="Go on where a run was stopped: keep results, unless the record, the model or an option has changed.",
            rich_help_panel=_MANY,
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the results in the folder.", rich_help_panel=_MANY)
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Processes; one a processor if not given.", rich_help_panel=_MANY),
    ] = None,
    json: Json = None,
) -> None:
    """Find the beats of an ECG record and name them N, S or V, and Q where they are paced; fusion beats get N or V.

    Writes an annotation file (WFDB, EDF+ or CSV), never over an existing one. With --annotations the beats are those
    that a person has reviewed, and rhythm, runs, rates and page are of them. Of many records (a folder, a pattern in
    quotes, a list called RECORDS, several of them), annotations, a summary of each and one table of all go to the
    folder that is named last: offbeat classify records/ results/ Tables beside WFDB headers are records if a column is
    named like a lead of an ECG; the others are left out and named.
    """
    from offbeat.records.finding import holds_many

    of_one, of_many = {"out": out, "table": table, "report": report}, {"reports": reports, "beats": beats}
    if not more and not holds_many(wanted.record):
        of_many |= {"skip-existing": skip_existing, "overwrite": overwrite, "jobs": jobs is not None}
        _refuse(of_many, "many records, and a folder for results that is named last")
        _classify_one(wanted, out, table, report, json)
        return
    _refuse(of_one, "one record")
    if skip_existing and overwrite:
        raise ParameterError("results are skipped or replaced: give --skip-existing or --overwrite, not both")
    existing: Existing = "skip" if skip_existing else "overwrite" if overwrite else "refuse"
    _classify_many(wanted, more or [], json, reports=reports, beats=beats, existing=existing, jobs=jobs)


def _refuse(options: Mapping[str, object], purpose: str) -> None:
    given = [f"--{name}" for name, value in options.items() if value]
    if given:
        raise ParameterError(f"{given[0]} is for {purpose}: see offbeat classify --help")


def _classify_one(
    wanted: RecordRequest, out: Path | None, table: Path | None, report: Path | None, json: Path | None
) -> None:
    from offbeat.app.places import check_places
    from offbeat.app.record_results import annotations_of, opened, results_of
    from offbeat.app.records import annotation_place, check_endings, in_samples_of_file
    from offbeat.atomic import all_or_none
    from offbeat.records import write_annotations

    check_endings(table=table, report=report, json=json)
    with working(f"opening {wanted.record}"):
        record = opened(wanted.record, wanted)
    for note in record.notes:
        print_note(note)
    # Annotations that are given are there already.
    named = wanted.annotations is None or out is not None
    place = annotation_place(record, wanted.record, out) if named else None
    files = {"out": place, "table": table, "report": report, "json": json}
    given = annotations_of(record, wanted)
    inputs = [Request(wanted.record, data_dir=wanted.data_dir), Request(str(record.path))]
    inputs += [] if given is None else [Request(str(given))]
    check_places(files, *inputs, model=wanted.model, what="record")
    with progress_bar(f"classifying {record.name}") as progress:
        results = results_of(record, wanted, progress)
    rows, annotations = in_samples_of_file(record, results.beats(), results.classified.annotations())
    with all_or_none():
        write_frame(table, rows.round(4))
        if report is not None:
            with working(f"drawing {report}"):
                results.write_page(report, command=wanted.command(wanted.record, str(report)))
        write_json(json, results.to_dict())
        if place is not None:  # the last to take its place: it is what keeps the same command from running again
            write_annotations(annotations, place, record=record)
    # What makes the tables doubtful stands before them.
    if results.caution():
        print_note(results.caution())
    print_tables(results.tables())
    if results.review is not None:
        print_note(str(results.review))
    print_notice(results.domain)
    print_written(place, table, report, json)


def _classify_many(
    wanted: RecordRequest,
    more: list[str],
    json: Path | None,
    *,
    reports: bool,
    beats: bool,
    existing: Existing,
    jobs: int | None,
) -> None:
    from offbeat.app.places import check_places
    from offbeat.app.record_outputs import TABLE, Outputs
    from offbeat.app.record_rows import tables_of
    from offbeat.app.record_runs import run_records
    from offbeat.app.records import check_endings, results_folder

    check_endings(json=json)
    folder = results_folder(wanted.record, more)
    files = {"table": folder / TABLE, "json": json}
    check_places(files, Request(wanted.record, data_dir=wanted.data_dir), model=wanted.model, what="record")
    outputs = Outputs(folder, reports, beats, existing)
    table = run_records([wanted.record, *more[:-1]], wanted, outputs, jobs=jobs, log=print_progress)
    tables = tables_of(table)
    write_json(json, [each.to_dict() for each in tables])
    print_tables(tables)
    print_notice("ecg")
    print_written(folder / TABLE, json)
    if (table["error"] != "").all():
        raise DataError(f"none of the {len(table)} records could be classified: see the errors above")

"""ECG records with the annotations beside them, as a command reads them: to learn from, or to evaluate on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from offbeat.app.loading import beat_options
from offbeat.app.request import Request
from offbeat.app.runs import Log
from offbeat.ecg.adaptation.corrected import Corrections
from offbeat.ecg.beats import find_beats
from offbeat.ecg.opening import as_record
from offbeat.errors import DataError, OffbeatError
from offbeat.files.regular import is_file
from offbeat.records import REFERENCE, REVIEW, read_annotations
from offbeat.records.finding import find_records
from offbeat.words import plural

__all__ = ["AnnotatedFile", "annotated_files", "annotations_beside", "read_annotated", "requests_of_files"]

_ENDINGS = (REFERENCE, REVIEW)
"""Of annotations by people: experts, or a review."""


@dataclass(frozen=True)
class AnnotatedFile:
    """A record on disk with the annotations beside it.

    Parameters
    ----------
    record : Path
        As :func:`offbeat.records.open_record` takes it.
    annotations : Path
        A file of annotations.
    """

    record: Path
    annotations: Path


def requests_of_files(request: Request) -> list[Request]:
    """Return a request for each record that is meant, so that none of its files is replaced.

    Raises
    ------
    DataError
        If there is no record.
    """
    records = find_records(request.data)
    return [replace(request, data=str(record), label=request.label or REVIEW) for record in records]


def annotated_files(request: Request, log: Log) -> list[AnnotatedFile]:
    """Return the records that are meant and have annotations by a person beside them.

    Parameters
    ----------
    request : Request
        A folder, a pattern, a list of records or one record; ``label`` is the ending of the annotations. Where it is
        not given: ``.atr``, what experts wrote; else ``.rev``, what ``offbeat review`` wrote.
    log : callable
        Gets a line where some records have none.

    Raises
    ------
    DataError
        If no record is annotated.
    """
    endings = _ENDINGS if request.label is None else (f".{request.label.lstrip('.')}",)
    records = find_records(request.data)
    found = [
        AnnotatedFile(record, file) for record in records if (file := annotations_beside(record, endings)) is not None
    ]
    what = " or ".join(endings)
    if not found:
        raise DataError(
            f"expected records with annotations beside them ({what}), got {plural(len(records), 'record')} without any "
            f"in {request.data}: name the beats of some (offbeat review), or give the ending of the annotations "
            "(--label)"
        )
    if len(found) < len(records):
        log(f"{len(records) - len(found)} of {len(records)} records have no annotations ({what}) and are left out")
    return found


def read_annotated(files: list[AnnotatedFile], request: Request, log: Log) -> Iterator[Corrections]:
    """Yield the beats of each record with those that a person has named; what cannot be used is named and left out.

    Parameters
    ----------
    files : list of AnnotatedFile
        See :func:`annotated_files`.
    request : Request
        How to read the records.
    log : callable
        Gets a line for each record that is left out.

    Raises
    ------
    DataError
        If none of them can be used.
    """
    options, left_out = beat_options(request), 0
    for file in files:
        try:
            record = as_record(
                file.record,
                leads=None if options.lead is None else [options.lead],
                sampling_rate=options.sampling_rate,
                units=options.units,
            )
            beats = find_beats(record, leads=range(len(record.channels)), method=options.method)
            corrections = Corrections.of(read_annotations(file.annotations).of(record), beats, record.file_rate)
            corrections.classes()  # which fails where they belong to another record
        except OffbeatError as error:
            left_out += 1
            log(f"{file.record} is left out: {error}")
            if left_out == len(files):
                raise DataError(
                    f"none of {plural(len(files), 'annotated record')} can be used, the last because: {error}"
                ) from error
            continue
        yield corrections


def annotations_beside(record: Path, endings: Sequence[str]) -> Path | None:
    """Return the annotations beside a record, of the first ending that there are any of; None where there are none."""
    names = [f"{name}{ending}" for ending in endings for name in (record.name, record.stem)]
    return next((file for name in names if is_file(file := record.with_name(name))), None)

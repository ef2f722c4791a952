"""Where a review begins: with the review before, what a program has named, or a classification made now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offbeat.app.places import check_places
from offbeat.app.record_results import classified, opened
from offbeat.app.request import RecordRequest, Request
from offbeat.app.review.beats import is_review
from offbeat.app.review.session import ReviewSession
from offbeat.ecg.opening import is_catalogued
from offbeat.errors import OutputError, ParameterError
from offbeat.files.regular import is_there
from offbeat.records import EXTENSION, REVIEW, Annotations, Record, read_annotations
from offbeat.records.annotations import WRITTEN

__all__ = ["open_review"]


def open_review(
    wanted: RecordRequest,
    annotations: Path | None = None,
    out: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> ReviewSession:
    """Return the review of a record, gone on with where it was left.

    Parameters
    ----------
    wanted : RecordRequest
        Which record, and how to read and classify it.
    annotations : Path, optional
        The annotation file to begin with. Where it is not given: the review before, else what ``offbeat classify``
        wrote beside the record (``.ofb``), else the record is classified now.
    out : Path, optional
        Where to save; beside the record with the ending ``.rev`` where it is not given, or in this folder for a record
        of the catalogue.
    progress : callable, optional
        Called with the share of the record read, where it is classified.

    Raises
    ------
    OutputError
        If the place to save is taken by a file that no review wrote, or would replace what is read.
    ParameterError
        If the name of that file has no ending, or there is a review already and other annotations are asked for.
    DataError
        If there is no such record or annotation file.
    """
    record = opened(wanted.record, wanted)
    folder = Path() if is_catalogued(wanted.record) else record.path.parent
    place = out if out is not None else folder / f"{record.name}{REVIEW}"
    _check_place(place, record, wanted)
    found, source = _earlier(place, annotations), place.name
    if found is None:
        found, source = _begun(record, wanted, annotations, folder, progress)
    return ReviewSession(record, found, place, source, wanted)


def _check_place(place: Path, record: Record, wanted: RecordRequest) -> None:
    if not place.suffix:
        raise ParameterError(
            f"an annotation file needs an ending that says whose it is, got {place}: try {place}{REVIEW}"
        )
    if place.suffix.lower() in WRITTEN:
        raise OutputError(
            f"{place} is called as what experts or programs write, which a review never replaces: try {REVIEW}"
        )
    inputs = (Request(wanted.record, data_dir=wanted.data_dir), Request(str(record.path)))
    check_places({"out": place}, *inputs, model=wanted.model, what="record")


def _earlier(place: Path, annotations: Path | None) -> Annotations | None:
    """Return the review that lies at the place already, None if none does."""
    if not is_there(place):
        return None
    found = read_annotations(place)
    if not is_review(found):
        raise OutputError(f"{place} was written by another program and is not replaced: choose another name with --out")
    if annotations is not None and annotations.resolve() != place.resolve():
        raise ParameterError(
            f"{place} holds a review of this record: leave --annotations out to go on with it, or begin another one "
            "with --out"
        )
    return found


def _begun(
    record: Record,
    wanted: RecordRequest,
    annotations: Path | None,
    folder: Path,
    progress: Callable[[float], None] | None,
) -> tuple[Annotations, str]:
    """Return the annotations that a new review begins with, and where they come from."""
    by_program = dict.fromkeys((record.path.parent / f"{record.name}{EXTENSION}", folder / f"{record.name}{EXTENSION}"))
    file = annotations or next((path for path in by_program if is_there(path)), None)
    if file is not None:
        return read_annotations(file), file.name
    found = classified(record, wanted, progress).annotations()
    return found if record.file_rate == record.sampling_rate else found.at_rate(record.file_rate), "classified now"

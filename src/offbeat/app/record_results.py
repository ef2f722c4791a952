"""Open a record and compute everything that was asked for about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from offbeat.app.pages.corrections import Review
from offbeat.app.pages.record import RecordResults
from offbeat.app.request import RecordRequest
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.classify import classify_record
from offbeat.ecg.delineation import delineate
from offbeat.ecg.neurokit import neurokit
from offbeat.ecg.opening import as_record
from offbeat.ecg.variability import heart_rate_variability
from offbeat.files.regular import is_there
from offbeat.records import Annotations, Record, read_annotations

__all__ = ["annotations_of", "classified", "is_ending", "opened", "results_of"]

_LONG, _WINDOW = 600.0, 300.0  # seconds: of longer records the variability is that of five minutes


def opened(source: Any, wanted: RecordRequest) -> Record:
    """Return a record (see :func:`offbeat.ecg.opening.as_record`) with the leads to be read."""
    return as_record(
        source,
        leads=wanted.lead,
        sampling_rate=wanted.sampling_rate,
        units=wanted.units,
        gain=wanted.gain,
        data_dir=wanted.data_dir,
    )


def annotations_of(record: Record, wanted: RecordRequest, *, one_of_many: bool = False) -> Path | None:
    """Return the annotation file whose beats are to be reported; None where the model is to name them.

    Parameters
    ----------
    record : Record
        See :func:`opened`.
    wanted : RecordRequest
        Names a file or, for any number of records, the ending of those beside them.
    one_of_many : bool
        Whether a record without a file of that ending is to be classified, as others are that have one.

    Raises
    ------
    DataError
        If there is no such file.
    """
    if wanted.annotations is None:
        return None
    if not is_ending(wanted.annotations):
        return Path(wanted.annotations)
    file = None if record.in_memory else record.path.parent / f"{record.name}{wanted.annotations}"
    if file is not None and (is_there(file) or not one_of_many):
        return file
    return None


def is_ending(annotations: str) -> bool:
    """Return whether the ending of annotation files is meant, such as ``.rev``, not one file."""
    return annotations.startswith(".") and annotations[1:].isalnum() and not is_there(Path(annotations))


def classified(
    record: Record,
    wanted: RecordRequest,
    progress: Callable[[float], None] | None = None,
    annotations: Annotations | None = None,
) -> ClassifiedRecord:
    """Return an open record with its beats classified.

    Parameters
    ----------
    record : Record
        See :func:`opened`.
    wanted : RecordRequest
        How to classify it.
    progress : callable, optional
        Called with the share of the record read.
    annotations : Annotations, optional
        Beats with their classes, which are taken as they are.
    """
    return classify_record(
        record,
        leads=range(len(record.channels)),  # they were chosen when it was opened
        model=wanted.model,
        method=cast("Any", wanted.method),
        min_confidence=wanted.min_confidence,
        annotations=annotations,
        progress=progress,
    )


def results_of(
    record: Record,
    wanted: RecordRequest,
    progress: Callable[[float], None] | None = None,
    *,
    one_of_many: bool = False,
) -> RecordResults:
    """Return all that is asked for about an open record, see :func:`classified` and :func:`annotations_of`."""
    if wanted.intervals or wanted.hrv:
        neurokit()  # which is missed before any work is done
    file = annotations_of(record, wanted, one_of_many=one_of_many)
    annotations = None if file is None else read_annotations(file)
    found = classified(record, wanted, progress, annotations)
    waves = delineate(record, found) if wanted.intervals else None
    window = _WINDOW if found.duration > _LONG else None
    variability = heart_rate_variability(found, window_s=window) if wanted.hrv else None
    review = None if file is None or annotations is None else Review.of(annotations, file.name)
    return RecordResults(record, found, waves, variability, review)

"""Open a record and compute everything that was asked for about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from offbeat.app.pages.record import RecordResults
from offbeat.app.request import RecordRequest
from offbeat.ecg.classify import ClassifiedRecord, classify_record
from offbeat.ecg.delineation import delineate
from offbeat.ecg.neurokit import neurokit
from offbeat.ecg.opening import as_record
from offbeat.ecg.variability import heart_rate_variability
from offbeat.records import Record

__all__ = ["classified", "opened", "results_of"]

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


def classified(
    record: Record, wanted: RecordRequest, progress: Callable[[float], None] | None = None
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
    """
    return classify_record(
        record,
        leads=range(len(record.channels)),  # they were chosen when it was opened
        model=wanted.model,
        method=cast("Any", wanted.method),
        min_confidence=wanted.min_confidence,
        progress=progress,
    )


def results_of(record: Record, wanted: RecordRequest, progress: Callable[[float], None] | None = None) -> RecordResults:
    """Return all that is asked for about an open record, see :func:`classified`."""
    if wanted.intervals or wanted.hrv:
        neurokit()  # which is missed before any work is done
    found = classified(record, wanted, progress)
    waves = delineate(record, found) if wanted.intervals else None
    window = _WINDOW if found.duration > _LONG else None
    variability = heart_rate_variability(found, window_s=window) if wanted.hrv else None
    return RecordResults(record, found, waves, variability)

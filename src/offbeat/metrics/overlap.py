"""How many known anomalies are hit by an event, and how many events hit one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.events.runs import Runs
from offbeat.metrics._checks import as_binary, as_count
from offbeat.metrics.decisions import harmonic_mean

__all__ = ["EventOverlap", "event_overlap", "labels_to_windows", "pooled"]

Spans = npt.NDArray[np.int64]


class EventOverlap(NamedTuple):
    """Precision, recall and F1 of events, and what they are counted from; NaN where undefined."""

    precision: float
    """Share of the predicted events that overlap a known window; NaN where none is predicted."""
    recall: float
    """Share of the known windows that a predicted event overlaps; NaN where none is known."""
    f1: float
    """Harmonic mean of recall and the lower of the two precisions, that of events and that of their time; 0 where
    nothing is hit, NaN where nothing is predicted and nothing known."""
    n_predicted: int
    n_known: int
    n_hit: int
    """Known windows that a predicted event overlaps."""
    n_false: int
    """Predicted events that overlap no known window."""
    time_precision: float
    """Share of the time of all events that lies in known windows, or near them; NaN where none is predicted."""
    n_steps: int
    """Time steps of all events."""
    n_steps_right: int
    """Those of them in known windows, or near them."""

    @property
    def composite_f1(self) -> float:
        """Harmonic mean of the recall of windows and the precision of time: the event F1 of TSB-AD."""
        return harmonic_mean(self.time_precision, self.recall)


def event_overlap(
    predicted: Iterable[Event | tuple[int, int]],
    known: Iterable[tuple[int, int]],
    *,
    ignore_before: int = 0,
    margin: int = 0,
) -> EventOverlap:
    """Compare predicted events with known windows: one time step in common is a hit.

    An event may hit several windows and a window be hit by several events. An event that lasts for most of the time so
    hits every window by chance, and its precision is 1; many short ones hit them, too, with all of their time right. F1
    therefore goes by the lower of both precisions, that of events and that of their time. The latter with the recall of
    windows is the composite F-score of Garg et al.

    Parameters
    ----------
    predicted : iterable of Event or (start, end)
        Of one series; time steps, the end exclusive.
    known : iterable of (start, end)
        Time steps, the end exclusive.
    ignore_before : int
        Time steps before this one do not count: events before it are left out, those across it are shortened.
        Use it where a detector had no score yet.
    margin : int
        Time steps before and after a window in which the time of an event is right, too: the score of a time step is
        about a whole window of the detector. They make no hit of an event that does not meet the window itself.

    Returns
    -------
    EventOverlap
        Precision, recall, F1 and counts.

    Raises
    ------
    DataError
        If a window does not have ``0 <= start < end`` in whole numbers, or the events are of several series.
    ParameterError
        If ``ignore_before`` or ``margin`` is not a whole number of at least 0.

    References
    ----------
    Garg et al., "An Evaluation of Anomaly Detection and Diagnosis in Multivariate Time Series", IEEE Transactions on
    Neural Networks and Learning Systems, 2021.

    Examples
    --------
    >>> found = event_overlap([(8, 12), (30, 31)], [(10, 20), (40, 50)])
    >>> found.precision, found.recall, found.n_hit, found.n_false
    (0.5, 0.5, 1, 1)
    >>> all_day = event_overlap([(0, 970)], [(500, 510)])
    >>> all_day.precision, all_day.recall, round(all_day.f1, 2)
    (1.0, 1.0, 0.02)
    """
    first, margin = as_count(ignore_before, "ignore_before"), as_count(margin, "margin")
    all_events, all_windows = spans_of(predicted), as_spans(list(known))
    events, windows = _since(first, all_events), _since(first, all_windows)
    hit, right = _overlapping(windows, events), _overlapping(events, windows)
    near = _since(first, np.maximum(all_windows + np.array([-margin, margin]), 0))
    time, time_right = _united(events), _shared(_united(events), _united(near))
    counts = len(events), len(windows), int(hit.sum()), int((~right).sum())
    return _overlap(*counts, int(np.diff(time).sum()), time_right)


def pooled(overlaps: Iterable[EventOverlap]) -> EventOverlap:
    """Return the overlap over several series: the counts are added, and the shares taken of the sums.

    Examples
    --------
    >>> pooled([event_overlap([(0, 2)], [(1, 3)]), event_overlap([], [(4, 9)])]).recall
    0.5
    """
    counts = [
        (found.n_predicted, found.n_known, found.n_hit, found.n_false, found.n_steps, found.n_steps_right)
        for found in overlaps
    ]
    return _overlap(*(sum(column) for column in zip([0] * 6, *counts, strict=True)))


def labels_to_windows(labels: npt.ArrayLike) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of each run of ones, in order.

    Parameters
    ----------
    labels : array of shape (n_times,)
        1 anomalous, 0 normal.

    Raises
    ------
    DataError
        If there are other values, or more than one axis (ShapeError).

    Examples
    --------
    >>> labels_to_windows([0, 1, 1, 0, 1])
    [(1, 3), (4, 5)]
    """
    return Runs.of_mask(as_binary(labels, "labels").astype(np.bool_)).pairs()


def spans_of(predicted: Iterable[Event | tuple[int, int]]) -> Spans:
    """Return starts and ends of the events of one series as an array of shape ``(n, 2)``."""
    found = list(predicted)
    if len({event.series for event in found if isinstance(event, Event)}) > 1:
        raise DataError(
            "events are compared with the windows of one series, but these are of several: compare series by series, "
            "and add the results up with pooled"
        )
    return as_spans([(event.start, event.end) if isinstance(event, Event) else event for event in found])


def as_spans(pairs: list[tuple[int, int]]) -> Spans:
    """Return starts and ends as an array of shape ``(n, 2)``."""
    if not pairs:
        return np.empty((0, 2), dtype=np.int64)
    try:
        spans = np.asarray(pairs)
    except ValueError as error:
        raise DataError(f"windows are pairs of start and end, got what is none: {error}") from error
    if spans.ndim != 2 or spans.shape[1] != 2 or spans.dtype.kind not in "iu":
        raise DataError(f"windows are pairs of start and end in whole time steps, got {pairs[0]!r} first")
    wrong = np.flatnonzero((spans[:, 0] < 0) | (spans[:, 0] >= spans[:, 1]))
    if len(wrong):
        raise DataError(f"a window has 0 <= start < end, the end exclusive, got {pairs[wrong[0]]!r}")
    return spans.astype(np.int64)


def _since(first: int, spans: Spans) -> Spans:
    return np.maximum(spans[spans[:, 1] > first], first)


def _overlapping(spans: Spans, others: Spans) -> npt.NDArray[np.bool_]:
    """Return which spans have a time step in common with any of the others.

    Of the others that begin before a span ends, those that end before it begins do not meet it; the rest do.
    """
    begun = np.searchsorted(np.sort(others[:, 0]), spans[:, 1], side="left")
    over = np.searchsorted(np.sort(others[:, 1]), spans[:, 0], side="right")
    found: npt.NDArray[np.bool_] = begun > over
    return found


def _united(spans: Spans) -> Spans:
    """Return the time that spans cover, as spans in order and apart from each other."""
    if not len(spans):
        return spans
    spans = spans[np.argsort(spans[:, 0])]
    reached = np.maximum.accumulate(spans[:, 1])
    begins = np.append(True, spans[1:, 0] > reached[:-1])
    return np.stack([spans[begins, 0], reached[np.append(begins[1:], True)]], axis=1)


def _shared(spans: Spans, others: Spans) -> int:
    """Return how many time steps two lists of spans have in common, each in order and apart from each other."""
    if not len(others):
        return 0
    lengths = np.diff(others).ravel()
    # Of the time that others cover, how much lies before a time step.
    index = np.searchsorted(others[:, 0], spans)
    last = np.maximum(index - 1, 0)
    before = np.cumsum(lengths)[last] - np.maximum(others[last, 1] - spans, 0)
    return int(np.diff(np.where(index > 0, before, 0)).sum())


def _overlap(n_predicted: int, n_known: int, n_hit: int, n_false: int, n_steps: int, n_right: int) -> EventOverlap:
    precision = (n_predicted - n_false) / n_predicted if n_predicted else float("nan")
    of_time = n_right / n_steps if n_steps else float("nan")
    recall = n_hit / n_known if n_known else float("nan")
    lower = min(precision, of_time)
    f1 = harmonic_mean(lower, recall) if n_predicted or n_known else float("nan")
    return EventOverlap(precision, recall, f1, n_predicted, n_known, n_hit, n_false, of_time, n_steps, n_right)

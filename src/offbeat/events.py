"""From a mask of anomalous time steps to events, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.severity import Severity

__all__ = ["Event", "events_to_mask", "mask_to_events"]


class _Graded(Protocol):
    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]: ...


@dataclass(frozen=True)
class Event:
    """A run of anomalous time.

    Parameters
    ----------
    start, end : int
        First time step, and the one after the last.
    peak : int
        Time step of the highest score; ``start`` where there are no scores.
    score : float
        Score at the peak; NaN where there are none.
    severity : Severity
        The worst tier reached.
    channels : tuple of (name, share)
        Which channels caused it, and how much of the score each did; empty where that is not known.
    series : int, optional
        Index of the series in its collection; None for a recording.
    start_time, end_time, peak_time : datetime64, optional
        Time stamps of the *first*, the *last* and the peak time step.

    Raises
    ------
    DataError
        If not ``0 <= start <= peak < end``.

    Examples
    --------
    >>> event = Event(start=10, end=14, peak=12, score=0.9, severity=Severity.ALARM)
    >>> len(event)
    4
    >>> event.to_dict()["severity"]
    'alarm'
    """

    start: int
    end: int
    peak: int
    score: float = float("nan")
    severity: Severity = Severity.ALARM
    channels: tuple[tuple[str, float], ...] = ()
    series: int | None = None
    start_time: np.datetime64 | None = None
    end_time: np.datetime64 | None = None
    peak_time: np.datetime64 | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.peak < self.end:
            raise DataError(
                f"an event has 0 <= start <= peak < end, but start {self.start}, peak {self.peak}, end {self.end} came"
            )

    def __len__(self) -> int:
        return self.end - self.start

    def with_times(self, timestamps: npt.NDArray[np.datetime64]) -> Self:
        """Return the event with the time stamps of its recording, an array of shape ``(n_times,)``."""
        if self.end > len(timestamps):
            raise ShapeError(f"the event ends at time step {self.end}, but only {len(timestamps)} time stamps came")
        return replace(
            self,
            start_time=timestamps[self.start],
            end_time=timestamps[self.end - 1],
            peak_time=timestamps[self.peak],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the event for JSON: severity as a word, times as ISO text, what is not known as None."""
        times = {key: getattr(self, key) for key in ("start_time", "end_time", "peak_time")}
        return {
            "start": self.start,
            "end": self.end,
            "peak": self.peak,
            "score": None if np.isnan(self.score) else self.score,
            "severity": self.severity.label,
            "channels": dict(self.channels),
            "series": self.series,
            **{key: None if time is None else str(time) for key, time in times.items()},
        }


def mask_to_events(
    mask: npt.ArrayLike, scores: npt.ArrayLike | None = None, *, tiers: _Graded | None = None
) -> list[Event]:
    """Return one event for each run of ones, in order.

    Parameters
    ----------
    mask : array of shape (n_times,)
        0 or 1, or bool.
    scores : array of shape (n_times,), optional
        Give each event its peak; NaN scores are passed over.
    tiers : Tiers, optional
        Fitted; give each event the worst severity in it, *watch* at least. Without tiers each is an *alarm*.

    Raises
    ------
    DataError
        If the mask holds other values, or the lengths differ (ShapeError).
    ParameterError
        If there are tiers but no scores.

    Examples
    --------
    >>> [(event.start, event.end, event.peak) for event in mask_to_events([0, 1, 1, 0, 1], [0, 3, 4, 0, 7])]
    [(1, 3, 2), (4, 5, 4)]
    """
    flagged = _as_mask(mask)
    judged = np.full(len(flagged), np.nan) if scores is None else np.asarray(scores, dtype=np.float64)
    if judged.shape != flagged.shape:
        raise ShapeError(f"expected {len(flagged)} scores, one for each step of the mask, but {judged.shape} came")
    if tiers is not None and scores is None:
        raise ParameterError("tiers grade the scores of an event, but no scores came: pass both, or neither")
    grades = np.full(len(flagged), Severity.ALARM) if tiers is None else tiers.predict(judged)
    # A zero at either end lets every run have both a step up and a step down.
    steps = np.diff(flagged.astype(np.int8), prepend=0, append=0)
    runs = zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    return [_event(start, end, judged, grades) for start, end in runs]


def events_to_mask(events: Iterable[Event], n: int) -> npt.NDArray[np.int64]:
    """Return 1 inside the events and 0 elsewhere, shape ``(n,)``; the inverse of :func:`mask_to_events`.

    Raises
    ------
    DataError
        If an event ends beyond ``n``, or the events belong to different series.

    Examples
    --------
    >>> events_to_mask([Event(start=1, end=3, peak=1)], 5)
    array([0, 1, 1, 0, 0])
    """
    mask = np.zeros(n, dtype=np.int64)
    events = list(events)
    if len({event.series for event in events}) > 1:
        raise DataError("a mask has the time steps of one series, but these events are of several: pick one series")
    for event in events:
        if event.end > n:
            raise DataError(f"a mask of {n} time steps cannot hold an event that ends at {event.end}")
        mask[event.start : event.end] = 1
    return mask


def _as_mask(mask: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    array = np.asarray(mask)
    if array.ndim != 1:
        raise ShapeError(f"a mask has the shape (n_times,), but {array.shape} came")
    if not np.all((array == 0) | (array == 1)):
        raise DataError("a mask holds 0 and 1 only, but other values came: compare scores with a cut first")
    return array.astype(np.bool_)


def _event(start: int, end: int, scores: npt.NDArray[np.float64], grades: npt.NDArray[np.integer[Any]]) -> Event:
    run = scores[start:end]
    peak = start if np.isnan(run).all() else start + int(np.nanargmax(run))
    severity = Severity(max(int(np.max(grades[start:end])), Severity.WATCH))
    return Event(start=start, end=end, peak=peak, score=float(scores[peak]), severity=severity)

"""From scores to a mask, from a mask to events, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.events.event import TIMES, Event
from offbeat.events.event_list import Events
from offbeat.events.runs import Runs, Steps
from offbeat.events.severity import Severity

__all__ = ["events_of_runs", "events_to_mask", "hysteresis", "mask_to_events", "named_shares"]

Scores = npt.NDArray[np.float64]


class _Graded(Protocol):
    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]: ...


def mask_to_events(
    mask: npt.ArrayLike,
    scores: npt.ArrayLike | None = None,
    *,
    tiers: _Graded | None = None,
    min_length: int = 1,
    merge_gap: int = 0,
    shares: npt.ArrayLike | None = None,
    channels: Sequence[str] = (),
    timestamps: npt.NDArray[np.datetime64] | None = None,
) -> Events:
    """Return one event for each run of ones, in order.

    Runs close to each other are joined before short ones are dropped, so several short runs can be one long event.

    Parameters
    ----------
    mask : array of shape (n_times,)
        0 or 1, or bool.
    scores : array of shape (n_times,), optional
        Give each event its peak; NaN scores are ignored.
    tiers : Tiers, optional
        Fitted; give each event the worst severity in it, at least *watch*. Without tiers each is an *alarm*.
    min_length : int
        Runs of fewer time steps are dropped.
    merge_gap : int
        Runs with at most this many time steps between them are joined; these steps are part of the event.
    shares : array of shape (n_times, n_channels), optional
        How much each channel contributed to the score. The event gets the sums over its time steps, NaN ignored, as
        shares that sum to 1; none where all are zero.
    channels : sequence of str
        The names of the columns of ``shares``; ``ch0``, ``ch1`` … unless given.
    timestamps : array of shape (n_times,), optional
        ``datetime64`` of each time step; give the event its times.

    Raises
    ------
    DataError
        If the mask or the timestamps hold other values, or the lengths differ (ShapeError).
    ParameterError
        If there are tiers but no scores, or ``min_length`` or ``merge_gap`` is out of its range.

    Examples
    --------
    >>> [(event.start, event.end, event.peak) for event in mask_to_events([0, 1, 1, 0, 1], [0, 3, 4, 0, 7])]
    [(1, 3, 2), (4, 5, 4)]
    >>> [(event.start, event.end) for event in mask_to_events([1, 0, 1, 0, 0, 0, 1], merge_gap=1, min_length=2)]
    [(0, 3)]
    >>> mask_to_events([0, 1, 1], shares=[[9, 9], [1, 0], [2, 1]], channels=["MLII", "V1"])[0].channels
    (('MLII', 0.75), ('V1', 0.25))
    """
    flagged = _as_mask(mask)
    n = len(flagged)
    if tiers is not None and scores is None:
        raise ParameterError("tiers need scores, got none: pass both or neither")
    values = np.full(n, np.nan) if scores is None else _as_long(np.asarray(scores, dtype=np.float64), n, "scores")
    parts, names = _as_shares(shares, channels, n)
    times = None if timestamps is None else _as_times(timestamps, n)
    gap, shortest = _as_count("merge_gap", merge_gap, 0), _as_count("min_length", min_length, 1)
    runs = Runs.of_mask(flagged).joined(gap).at_least(shortest)
    return Events(events_of_runs(runs, values, tiers=tiers, shares=parts, channels=names, timestamps=times))


def events_of_runs(
    runs: Runs,
    scores: Scores,
    *,
    tiers: _Graded | None = None,
    shares: Scores | None = None,
    channels: Sequence[str] = (),
    timestamps: npt.NDArray[np.datetime64] | None = None,
) -> list[Event]:
    """Return an event for each run, as :func:`mask_to_events` does; there is a name for each column of ``shares``."""
    if not len(runs):
        return []
    peaks = _peaks(runs, scores)
    columns: dict[str, Iterable[Any]] = {
        "start": runs.starts.tolist(),
        "end": runs.ends.tolist(),
        "peak": peaks.tolist(),
        "score": scores[peaks].tolist(),
        "severity": _severities(runs, scores, tiers),
    }
    if shares is not None:
        columns["channels"] = named_shares(runs.reduce(np.add, np.where(np.isnan(shares), 0.0, shares)), channels)
    if timestamps is not None:
        times = (timestamps[runs.starts], timestamps[runs.ends - 1], timestamps[peaks])
        columns |= zip(TIMES, map(list, times), strict=True)
    return [Event(**dict(zip(columns, cells, strict=True))) for cells in zip(*columns.values(), strict=True)]


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
        raise DataError("expected events of one series, got events of several: pick one series")
    for event in events:
        if event.end > n:
            raise DataError(f"expected events within {n} time steps, got one that ends at {event.end}")
        mask[event.start : event.end] = 1
    return mask


def hysteresis(scores: npt.ArrayLike, high: float, low: float, *, opened: bool = False) -> npt.NDArray[np.int64]:
    """Return a mask that opens above ``high`` and stays open while scores stay above ``low``.

    It never looks ahead, so a recording that arrives point by point gets the same mask as the whole. A score equal to
    ``high`` or ``low`` is not above it. NaN closes.

    Parameters
    ----------
    scores : array of shape (n_times,)
        Higher = more anomalous.
    high, low : float
        In the unit of the scores; ``low <= high``.
    opened : bool
        Whether it is open before the first score: the last value of the previous mask, where this one continues it.

    Returns
    -------
    array of shape (n_times,)
        0 or 1.

    Raises
    ------
    ParameterError
        If ``low`` is above ``high``, or either is NaN.
    ShapeError
        If the scores have more than one axis.

    Examples
    --------
    >>> hysteresis([0.5, 0.9, 0.5, 0.2, 0.5], high=0.8, low=0.4)
    array([0, 1, 1, 0, 0])
    """
    if not low <= high:
        raise ParameterError(f"low must not be above high, got low {low} > high {high}")
    values = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1:
        raise ShapeError(f"scores have the shape (n_times,), got {values.shape}")
    opens, closes = values > high, ~(values > low)
    # Every step takes the state of the last one that opened or closed; step 0 stands for the time before.
    decided = np.where(np.append(True, opens | closes), np.arange(len(values) + 1), 0)
    state = np.append(bool(opened), opens)[np.maximum.accumulate(decided)]
    return np.asarray(state[1:], np.int64)


def _peaks(runs: Runs, scores: Scores) -> Steps:
    """Return the first time step of the highest score in each run; its start where all are NaN."""
    highest = runs.reduce(np.fmax, scores)
    highest_here = np.repeat(highest, runs.lengths)
    hits = (scores[runs.steps] == highest_here) | np.isnan(highest_here)
    run_of_hit = np.repeat(np.arange(len(runs)), runs.lengths)[hits]
    peaks: Steps = runs.steps[hits][np.diff(run_of_hit, prepend=-1) > 0]
    return peaks


def _severities(runs: Runs, scores: Scores, tiers: _Graded | None) -> list[Severity]:
    if tiers is None:
        return [Severity.ALARM] * len(runs)
    worst = np.maximum(runs.reduce(np.maximum, tiers.predict(scores)), Severity.WATCH)
    return [Severity(grade) for grade in worst.tolist()]


def named_shares(sums: Scores, names: Sequence[str]) -> list[tuple[tuple[str, float], ...]]:
    """Return the names with shares that sum to 1, for each row of ``(n_events, n_channels)``; none if all are zero."""
    totals = sums.sum(axis=1)
    known = np.isfinite(totals) & (totals != 0)
    parts = sums / np.where(known, totals, 1.0)[:, None]
    return [
        tuple(zip(names, part, strict=True)) if is_known else ()
        for part, is_known in zip(parts.tolist(), known.tolist(), strict=True)
    ]


def _as_mask(mask: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    array = np.asarray(mask)
    if array.ndim != 1:
        raise ShapeError(f"a mask has the shape (n_times,), got {array.shape}")
    if not np.all((array == 0) | (array == 1)):
        raise DataError("a mask holds 0 and 1 only, got other values: compare scores with a threshold first")
    return array.astype(np.bool_)


def _as_long(values: npt.NDArray[Any], n: int, what: str) -> npt.NDArray[Any]:
    if values.shape != (n,):
        raise ShapeError(f"expected {n} {what}, one for each step of the mask, got {values.shape}")
    return values


def _as_times(timestamps: npt.ArrayLike, n: int) -> npt.NDArray[np.datetime64]:
    times = _as_long(np.asarray(timestamps), n, "timestamps")
    if times.dtype.kind != "M":
        raise DataError(f"timestamps are points in time (datetime64), but these are of type {times.dtype}")
    return times


def _as_shares(shares: npt.ArrayLike | None, channels: Sequence[str], n: int) -> tuple[Scores | None, Sequence[str]]:
    if shares is None:
        return None, ()
    parts = np.asarray(shares, dtype=np.float64)
    if parts.ndim != 2 or len(parts) != n:
        raise ShapeError(f"shares have the shape (n_times, n_channels) with {n} time steps, got {parts.shape}")
    names = tuple(map(str, channels)) or tuple(f"ch{i}" for i in range(parts.shape[1]))
    if len(names) != parts.shape[1]:
        raise ShapeError(f"expected {parts.shape[1]} channel names, one for each column of shares, got {names}")
    return parts, names


def _as_count(name: str, value: int, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"{name} is a whole number of at least {least}, got {value!r}")
    return int(value)

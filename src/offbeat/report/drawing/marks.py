"""What is marked on a picture of a recording: checked once, for still and interactive pictures alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.series.recording import FloatArray, Recording
from offbeat.words import plural

__all__: list[str] = []

Stretches = Sequence[tuple[int, int]]


def checked_events(recording: Recording, events: Iterable[Event]) -> list[Event]:
    """Return the events in order of time, or say which does not lie in the recording.

    Raises
    ------
    ShapeError
        If an event ends beyond the recording.
    """
    ordered = sorted(events, key=lambda event: event.start)
    beyond = next((event for event in ordered if event.end > len(recording)), None)
    if beyond is not None:
        raise ShapeError(
            f"the event from {beyond.start} to {beyond.end} ends beyond the {len(recording)} time steps of the "
            "recording: draw events on the recording they were found in"
        )
    return ordered


def checked_scores(recording: Recording, scores: npt.ArrayLike) -> FloatArray:
    """Return one score for each time step, shape (n_times,), infinite ones as NaN.

    Raises
    ------
    ShapeError
        If there are not as many scores as time steps.
    """
    array = np.asarray(scores, dtype=np.float64)
    if array.shape != (len(recording),):
        raise ShapeError(f"expected {len(recording)} scores, one for each time step, got {array.shape}")
    return np.where(np.isfinite(array), array, np.nan)


def score_peaks(events: Iterable[Event], scores: FloatArray) -> list[int]:
    """Return the time step at which each event has its score.

    It may lie beside the event itself: the score of a time step is about whole windows, and the event lies at what in
    them is odd. Of several time steps with that score it is the one nearest to the peak of the event.

    Examples
    --------
    >>> score_peaks([Event(start=1, end=2, peak=1, score=5.0, known_at=3)], np.array([0.0, 0.0, 0.0, 4.0, 5.0]))
    [4]
    """
    return [_score_peak(event, scores) for event in events]


def _score_peak(event: Event, scores: FloatArray) -> int:
    equal = np.flatnonzero(np.isclose(scores, event.score, rtol=1e-6, atol=0.0))
    return int(equal[np.abs(equal - event.peak).argmin()]) if len(equal) else event.peak


def checked_expected(recording: Recording, expected: npt.ArrayLike) -> FloatArray:
    """Return the expected signal, shape (n_times, n_channels).

    Raises
    ------
    ShapeError
        If it does not have the shape of the recording; one axis will do for one channel.
    """
    array = np.asarray(expected, dtype=np.float64)
    array = array[:, None] if array.ndim == 1 else array
    if array.shape != recording.values.shape:
        raise ShapeError(
            f"expected a signal of the shape of the recording, {recording.values.shape}, got {array.shape}"
        )
    return array


def checked_stretches(recording: Recording, known: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return pairs of (start, end) time steps, clipped to the recording; what lies wholly outside is left out.

    Raises
    ------
    DataError
        If one ends before it starts.
    """
    pairs = [(int(start), int(end)) for start, end in known]
    for start, end in pairs:
        if end < start:
            raise DataError(f"a known window is a pair (start, end) of time steps, got ({start}, {end})")
    threshold = [(max(start, 0), min(end, len(recording))) for start, end in pairs]
    return [(start, end) for start, end in threshold if start < end]


def need_values(recording: Recording) -> None:
    """Raise where there is nothing to draw.

    Raises
    ------
    DataError
        If the recording has no time step or no channel.
    """
    if not recording.values.size:
        raise DataError(f"a picture needs a recording with values, but this one is {recording!r}")


def blamed_first(recording: Recording, events: Sequence[Event], limit: int) -> list[int]:
    """Return at most ``limit`` channels by position, those with the largest part in the scores of all events first.

    Examples
    --------
    >>> three = Recording(np.zeros((9, 3)), channels=["a", "b", "c"])
    >>> blamed_first(three, [Event(start=1, end=2, peak=1, channels=(("c", 0.9), ("b", 0.1)))], 2)
    [2, 1]
    """
    blame = dict.fromkeys(recording.channels, 0.0)
    # the cause of the worst event counts for more than that of many slight ones, where all have scores to weigh
    weighed = all(np.isfinite(event.score) and event.score > 0 for event in events)
    for event in events:
        for name, share in event.channels:
            if name in blame and np.isfinite(share):
                blame[name] += share * (event.score if weighed else 1.0)
    return sorted(range(len(recording.channels)), key=lambda i: -blame[recording.channels[i]])[:limit]


def blaming(events: Iterable[Event], channel: str) -> list[Event]:
    """Return the events that name the channel among their causes, and those whose causes are not known."""
    return [event for event in events if not event.channels or channel in dict(event.channels)]


def worst_first(events: Iterable[Event]) -> list[Event]:
    """Return events by severity, then score, highest first; those without a score last."""

    def rank(event: Event) -> tuple[Any, ...]:
        score = -np.inf if np.isnan(event.score) else event.score
        return (-event.severity, -score, event.start)

    return sorted(events, key=rank)


def time_looked_at(recording: Recording, events: Sequence[Event], train_end: int | None) -> str:
    """Return in how much time the events were found: without the part that was learned from, where they leave it out.

    Examples
    --------
    >>> pulse = Recording(np.zeros(100))
    >>> time_looked_at(pulse, [Event(start=70, end=71, peak=70)], 40), time_looked_at(pulse, [], None)
    ('the last 60 of 100 time steps', '100 time steps')
    """
    total = plural(len(recording), "time step")
    if not train_end or train_end == len(recording) or any(event.start < train_end for event in events):
        return total
    return f"the last {len(recording) - train_end:,} of {total}"


def counted(events: Sequence[Event]) -> str:
    """Return how many events there are, and how bad.

    Examples
    --------
    >>> counted([Event(start=0, end=1, peak=0), Event(start=3, end=4, peak=3, severity=Severity.WATCH)])
    '2 events (1 alarm, 1 at watch)'
    """
    if not events:
        return "No events"
    alarms = sum(event.severity == Severity.ALARM for event in events)
    watches = len(events) - alarms
    parts = [plural(alarms, "alarm")] * bool(alarms) + [f"{watches:,} at watch"] * bool(watches)
    return f"{plural(len(events), 'event')} ({', '.join(parts)})"

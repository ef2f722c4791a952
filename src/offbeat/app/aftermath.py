"""What came after events: whether levels returned to what is usual, or stay elsewhere until the data end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.events import Event
from offbeat.series.recording import Recording

__all__ = ["FAR", "Aftermath", "aftermath", "away", "lasting", "level_away", "usual_levels", "words_after"]

FAR = 3.0
"""Standard deviations of what was learned from beyond which a level is another."""
_MOST = 50
"""Recordings learned from that stand for all."""

Numbers = npt.NDArray[np.float64]


class Aftermath(NamedTuple):
    """What came after an event, up to the next one or the end of the data."""

    until: int
    """The time step after the last of that time."""
    level: str = ""
    """The level that stays elsewhere, beside the usual one; empty where all levels are usual, or that is not known."""
    since: int | None = None
    """Where the levels stay elsewhere, or did so before it: the first time step of the event with which that began."""
    goes_on: bool = False
    """Whether the event lasts until the data end, so that nothing came after it."""

    def words(self, event: Event, recording: Recording) -> str:
        """Return in a few words what a reader of the event must know of the time after it; empty where all is usual."""
        if self.goes_on:
            return "lasts until the data end"
        if self.since == event.start:
            return f"has not returned since: {self.level}"
        if self.since is None:
            return ""
        still = f"still {self.level}" if self.level else "back to the usual level"
        return f"in the change since {_when(self.since, recording)}: {still}"


def aftermath(
    recording: Recording, detector: Detector, events: Sequence[Event], start: int = 0
) -> dict[int, Aftermath]:
    """Return what came after each event of a recording, by its first time step.

    The median of each channel between an event and the next one is compared with what was learned from. Where it lies
    more than three standard deviations away, and did not before the event, the change began with the event. The events
    that follow while it lasts belong to the same change. Where the level was another one before the first event,
    nothing is said of those that follow: the model may not be for such data.

    Parameters
    ----------
    recording : Recording
        The data of shape ``(n_times, n_channels)``.
    detector : Detector
        What found the events.
    events : sequence of Event
        In any order.
    start : int
        The first time step that was looked at.

    Examples
    --------
    >>> from offbeat import NaiveForecast
    >>> wave = np.sin(np.arange(900.0))
    >>> broken = Recording(np.append(wave, np.append(wave[:90], wave[:300] + 50)), channels=["cpu"])
    >>> found = aftermath(broken, NaiveForecast().fit(Recording(wave, channels=["cpu"])), [Event(988, 994, 990)])
    >>> found[988].words(Event(988, 994, 990), broken)
    'has not returned since: cpu 50, usually 0.0177'
    """
    levels, spreads = usual_levels(detector, recording.name)
    values = recording.values.astype(np.float64)
    ordered = sorted(events, key=lambda event: event.start)
    if not ordered:
        return {}
    ends = [*(event.start for event in ordered[1:]), len(recording)]
    known = not level_away(values[start : ordered[0].start], levels, spreads, recording.channels)
    since: int | None = None
    level, found = "", {}
    for event, until in zip(ordered, ends, strict=True):
        before, goes_on = since, event.end >= len(recording)
        if known and until > event.end:
            level = level_away(values[event.end : until], levels, spreads, recording.channels)
            since = None if not level else event.start if since is None else since
        told = before if before is not None else since
        found[event.start] = Aftermath(until, level, told, goes_on)
    return found


def words_after(recording: Recording, detector: Detector, events: Sequence[Event], start: int = 0) -> dict[int, str]:
    """Return in words what came after events, by their first time steps; only where there is something to be said.

    See :func:`aftermath`.
    """
    after = aftermath(recording, detector, events, start)
    said = {event.start: after[event.start].words(event, recording) for event in events}
    return {step: words for step, words in said.items() if words}


def away(events: Sequence[Event], after: Mapping[int, Aftermath]) -> list[tuple[int, int]]:
    """Return the stretches between events in which a level stays elsewhere, as first time step and the one after."""
    return [(event.end, after[event.start].until) for event in events if after[event.start].level]


def lasting(recording: Recording, after: Mapping[int, Aftermath]) -> list[str]:
    """Return a sentence on a change that still lasts where the data end; nothing where there is none."""
    last = after[max(after)] if after else None
    if last is None or not last.level:
        return []
    return [f"{last.level}: it has not returned since {_when(last.since, recording)}"]


def usual_levels(detector: Detector, name: str = "") -> tuple[Numbers, Numbers]:
    """Return median and standard deviation of each channel in what a model keeps of what it learned from.

    Parameters
    ----------
    detector : Detector
        Fitted.
    name : str
        The recording that is asked about: of many recordings learned from, that of this name stands alone.
    """
    return _levels(detector, name) if detector.learned_from_ else (np.empty(0), np.empty(0))


@lru_cache(maxsize=2)
def _levels(detector: Detector, name: str) -> tuple[Numbers, Numbers]:
    stretches = [stretch for stretch in detector.learned_from_ if name and stretch.name == name]
    stretches = stretches or list(detector.learned_from_)
    picked = np.unique(np.linspace(0, len(stretches) - 1, min(_MOST, len(stretches))).astype(int))
    there = np.concatenate([stretches[number].rows for number in picked])
    there = there[np.isfinite(there).all(axis=1)]
    if not len(there):
        return np.full(there.shape[1], np.nan), np.full(there.shape[1], np.nan)
    return np.median(there, axis=0), np.std(there, axis=0)


def level_away(values: Numbers, levels: Numbers, spreads: Numbers, channels: Sequence[str]) -> str:
    """Return the level of the channel that is furthest from usual, beside the usual one; empty where none is far.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        Of which the medians are the levels; NaN where one is missing.
    levels, spreads : array of shape (n_channels,)
        The usual ones, see :func:`usual_levels`.
    channels : sequence of str
        Their names.
    """
    farthest, told = FAR, ""
    for name, column, level, spread in zip(channels, values.T, levels, spreads, strict=False):
        known = column[np.isfinite(column)]
        if not len(known) or not spread > 0:
            continue
        median = float(np.median(known))
        if abs(median - level) > farthest * spread:
            farthest, told = abs(median - level) / spread, f"{name} {median:.3g}, usually {level:.3g}"
    return told


def _when(step: int | None, recording: Recording) -> str:
    assert step is not None
    return f"time step {step:,}" if recording.timestamps is None else str(recording.times()[step])

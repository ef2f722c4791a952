"""Where an event lies: at the time steps responsible for its scores, not where its windows end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from offbeat.events import Event
from offbeat.events.runs import Runs
from offbeat.series.recording import FloatArray

__all__ = [
    "AT_ONCE",
    "HOLDS",
    "LONGEST",
    "About",
    "Blame",
    "Flagged",
    "apart",
    "blame_of",
    "both",
    "channel_shares",
    "smallest_stretch",
    "stretch_of",
    "together",
    "within",
]

HOLDS = 0.65
"""The share of the blame that the stretch of an event holds: the smallest one that does."""
LONGEST = 64
"""An event that is flagged for longer than so many windows is placed in parts, which a stream can keep in memory."""
_ROUNDING = 1e-9
_ALL = slice(None)
AT_ONCE = range(1)
"""The window that ends at a time step, and no other."""


class Blame:
    """Sums up, for each run of flagged windows, which time steps their scores come from.

    A time step is to blame for the share that it has in the score of each of the windows. Each run has sums of its own,
    so that where it lies depends on nothing else in the recording.

    Parameters
    ----------
    runs : Runs
        The ends of the flagged windows.
    span : int
        Time steps of a window.
    after : range
        How many time steps after a time step the windows end that its score comes from. Those of the last flagged one
        count up to the start of the next run.
    start : int
        Time steps before this one are never to blame.

    Examples
    --------
    >>> blame = Blame(Runs.of_mask(np.array([0, 0, 0, 1, 1, 0], dtype=bool)), span=3)
    >>> blame.add(np.array([3, 4]), np.array([[[1.0, 1.0, 8.0]], [[0.0, 9.0, 1.0]]]))
    >>> blame.stretches(np.array([0.0, 0.0, 0.0, 10.0, 10.0, 0.0]), near=3)
    [(3, 4, 3)]
    """

    def __init__(self, runs: Runs, *, span: int, after: range = AT_ONCE, start: int = 0) -> None:
        self._runs, self._span, self._after, self._offset = runs, span, after, after.start
        self._ends = np.minimum(runs.ends + len(after) - 1, np.append(runs.starts, np.iinfo(np.intp).max)[1:])
        self._firsts = np.maximum(runs.starts + after.start - span + 1, start)
        # The sums of all runs lie one after the other.
        self._bounds = np.append(0, np.cumsum(self._ends + after.start - self._firsts))
        self._sums, self._counts = np.zeros(self._bounds[-1]), np.zeros(self._bounds[-1])

    def add(self, ends: npt.NDArray[np.intp], shares: FloatArray) -> None:
        """Add the shares of windows, ``(n_windows, n_channels, span)``, by the time steps at which they end."""
        scored = ends - self._offset
        run = np.searchsorted(self._runs.starts, scored, side="right") - 1
        inside = (run >= 0) & (scored < self._ends[run])
        run, steps = run[inside, None], ends[inside, None] + np.arange(1 - self._span, 1)
        blame = blame_of(shares[inside])
        kept = steps >= self._firsts[run]
        at = (steps - self._firsts[run] + self._bounds[run])[kept]
        np.add.at(self._sums, at, blame[kept])
        np.add.at(self._counts, at, 1.0)

    def stretches(self, scores: FloatArray, near: int, share: float = HOLDS) -> list[tuple[int, int, int]]:
        """Return start, end and peak of each run, see :func:`stretch_of`; where there are no windows, the run itself.

        Parameters
        ----------
        scores : array of shape (n_times,)
            Of all time steps.
        near : int
            Scores so close to each other have one cause.
        share : float
            How much of the blame a stretch holds.
        """
        runs = zip(self._runs.starts.tolist(), self._runs.ends.tolist(), self._firsts.tolist(), strict=True)
        found = []
        for (start, end, first), low, high in zip(runs, self._bounds[:-1], self._bounds[1:], strict=True):
            sums, counts = self._sums[low:high], self._counts[low:high]
            if counts.any():
                run = Flagged(start, scores[start:end], self._span, self._after)
                found.append(stretch_of(first, sums, counts, run, near, share))
            else:
                found.append((start, end, start))
        return found


def blame_of(shares: FloatArray) -> FloatArray:
    """Return how much each time step of windows is to blame, ``(n_windows, span)``, by their shares of the scores."""
    return np.asarray(np.nan_to_num(np.abs(shares).sum(axis=1), nan=0.0, posinf=0.0))


@dataclass(frozen=True)
class Flagged:
    """A run of flagged time steps.

    Parameters
    ----------
    start : int
        Its first time step.
    scores : array of shape (n_times,)
        Those of its time steps, up to the last flagged one.
    span : int
        Time steps of a window.
    after : range
        How many time steps after a time step the windows end that its score comes from.
    """

    start: int
    scores: FloatArray
    span: int
    after: range

    @property
    def certain(self) -> tuple[int, int]:
        """Between which time steps an event lies for certain; the first is not below the second where none do.

        The first flagged score comes from windows that end by ``start + after.stop - 1``, the last one from windows
        that begin at ``end + after.start - span`` or later: what is flagged for long, or again and again with gaps so
        short that it is one event, is off from the one to the other at least.

        Examples
        --------
        >>> Flagged(100, np.ones(100), span=10, after=range(10)).certain
        (109, 190)
        """
        return self.start + self.after.stop - 1, self.start + len(self.scores) + self.after.start - self.span

    def about(self, step: int) -> tuple[int, int]:
        """Return start and end of the time steps of all windows that the score of a time step comes from."""
        return step + self.after.start + 1 - self.span, step + self.after.stop

    def peaks(self, near: int) -> npt.NDArray[np.intp]:
        """Return the time steps whose score is the highest of all as near as that; the first of several as high.

        Which they are depends on the scores alone: what is a peak above one threshold is one above a lower one, too.

        Examples
        --------
        >>> Flagged(100, np.array([1.0, 5.0, 5.0, 4.0, np.nan, 2.0, 3.0]), span=10, after=range(10)).peaks(2).tolist()
        [101, 106]
        """
        known = np.nan_to_num(self.scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        highest = np.flatnonzero(known == maximum_filter1d(known, 2 * near + 1, mode="constant", cval=-np.inf))
        return np.asarray(self.start + highest[np.diff(highest, prepend=-near - 1) > near])


def stretch_of(
    first: int, sums: FloatArray, counts: FloatArray, run: Flagged, near: int, share: float = HOLDS
) -> tuple[int, int, int]:
    """Return start, end and peak of the stretch to blame for a run of flagged time steps.

    It goes from the smallest stretch that holds a share of the blame about the first peak of the scores to that about
    the last one, with all that is certain, and with the time step most to blame for each of these peaks: so that what
    a higher threshold finds on its own is not lost where a lower one makes one run of it and something graver.

    Parameters
    ----------
    first : int
        The time step of the first sum.
    sums, counts : array of shape (n_times,)
        How much each time step is to blame, and in how many windows it lies, which counts where nothing is to blame.
    run : Flagged
        The run.
    near : int
        Scores so close to each other have one cause.
    share : float
        How much of the blame the stretch holds.
    """
    mass = sums if sums.any() else counts
    peaks = run.peaks(near)
    about = np.clip(np.array([run.about(step) for step in peaks.tolist()]) - first, 0, len(mass))
    # What lies between two peaks belongs to the nearer one.
    cuts = (about[1:].sum(axis=1) + about[:-1].sum(axis=1)) // 4
    bounds = np.column_stack([np.append(0, cuts), np.append(cuts, len(mass))])
    worst = [
        low + int(mass[low:high].argmax())
        for low, high in zip(
            np.maximum(about, bounds)[:, 0].tolist(), np.minimum(about, bounds)[:, 1].tolist(), strict=True
        )
    ]
    start = min(smallest_stretch(mass[: bounds[0, 1]], share)[0], *worst)
    end = max(int(bounds[-1, 0]) + smallest_stretch(mass[bounds[-1, 0] :], share)[1], *(step + 1 for step in worst))
    low, high = run.certain
    if low < high:
        start, end = min(start, low - first), max(end, high - first)
    return first + start, first + end, first + worst[int(run.scores[peaks - run.start].argmax())]


class About:
    """Sums up, for each time step, what the windows that its score comes from expected there, and by which channels.

    Parameters
    ----------
    n_times, n_channels : int
        Time steps and channels of the recording.
    after : range
        How many time steps after a time step the windows end that its score comes from.

    Examples
    --------
    >>> about = About(3, 2, range(2))
    >>> about.add(np.array([1, 2]), np.ones((2, 2, 2)), np.array([[[0.0, 3.0], [1.0, 0.0]], [[0.0, 4.0], [0.0, 0.0]]]))
    >>> about.shares(np.array([4.0, 8.0, 5.0])).tolist()
    [[3.0, 1.0], [7.0, 1.0], [5.0, 0.0]]
    """

    def __init__(self, n_times: int, n_channels: int, after: range = AT_ONCE) -> None:
        shape = (n_times, n_channels)
        self._after = after
        self._parts, self._signals, self._counts = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def add(self, ends: npt.NDArray[np.intp], expected: FloatArray, shares: FloatArray) -> None:
        """Add what windows expected, and shares of their scores, ``(n_windows, n_channels, span)``, by their ends."""
        parts, known = shares.sum(axis=2), ~np.isnan(expected)
        for after in self._after:
            at, there = ends - after, known[:, :, -1 - after]
            self._parts[at] += parts
            self._signals[at] += np.where(there, expected[:, :, -1 - after], 0.0)
            self._counts[at] += there

    def expected(self) -> npt.NDArray[np.float64]:
        """Return the mean of what was expected, ``(n_times, n_channels)``; NaN where nothing was."""
        missing = np.full(self._counts.shape, np.nan)
        return np.asarray(np.divide(self._signals, self._counts, out=missing, where=self._counts > 0))

    def shares(self, scores: FloatArray, at: npt.NDArray[np.intp] | slice = _ALL) -> npt.NDArray[np.float64]:
        """Return the share of each channel in the scores of time steps, of all unless given: ``(n, n_channels)``."""
        return channel_shares(self._parts[at], scores)


def channel_shares(parts: FloatArray, scores: FloatArray) -> npt.NDArray[np.float64]:
    """Return scores divided among channels in proportion to parts ``(n, n_channels)``; evenly where all are 0."""
    total = parts.sum(axis=1, keepdims=True)
    even = np.full(parts.shape, 1.0 / parts.shape[1])
    return np.asarray(np.divide(parts, total, out=even, where=total != 0) * scores[:, None])


def smallest_stretch(mass: FloatArray, share: float) -> tuple[int, int]:
    """Return start and end of the shortest stretch that holds a share of all mass, 0 < share <= 1.

    Of several of one length the heaviest, of several as heavy the one nearest to the middle.

    Parameters
    ----------
    mass : array of shape (n_times,)
        Not negative.

    Examples
    --------
    >>> smallest_stretch(np.array([1.0, 0.0, 4.0, 5.0, 0.0]), share=0.6)
    (2, 4)
    >>> smallest_stretch(np.ones(9), share=0.3)
    (3, 6)
    """
    before = np.append(0.0, np.cumsum(mass if mass.any() else np.ones(len(mass))))
    total = before[-1]
    # From each start the first end at which enough is held; past the last start from which that is possible there is
    # none. A sum that rounding leaves just below is taken.
    ends = np.searchsorted(before, before + share * total - _ROUNDING * total)
    starts = np.flatnonzero(ends < len(before))
    length = int((ends - np.arange(len(ends)))[starts].min())
    held = before[length:] - before[:-length]
    heaviest = np.flatnonzero(held >= held.max() - _ROUNDING * total)
    start = int(heaviest[np.abs(2 * heaviest + length - len(mass)).argmin()])
    return start, start + length


def within(marked: npt.NDArray[np.bool_], before: int, after: int) -> npt.NDArray[np.bool_]:
    """Return True from ``before`` steps before to ``after`` steps after a marked one.

    Examples
    --------
    >>> within(np.array([False, False, True, False, False]), before=0, after=1).tolist()
    [False, False, True, True, False]
    """
    seen, steps = np.append(0, np.cumsum(marked)), np.arange(len(marked))
    first, end = np.maximum(steps - after, 0), np.minimum(steps + before + 1, len(marked))
    return np.asarray(seen[end] > seen[first])


def apart(events: Iterable[Event]) -> list[Event]:
    """Return events in the order of time, with those joined that overlap or touch.

    Examples
    --------
    >>> joined = apart([Event(5, 9, 6, score=1.0, known_at=9), Event(2, 5, 3, score=2.0, known_at=10)])
    >>> [(event.start, event.end, event.peak, event.known_at) for event in joined]
    [(2, 9, 3, 9)]
    """
    return list(_joined(sorted(events, key=lambda event: event.start)))


def _joined(events: Iterable[Event]) -> Iterator[Event]:
    last: Event | None = None
    for event in events:
        if last is None or event.start > last.end:
            if last is not None:
                yield last
            last = event
        else:
            last = both(last, event)
    if last is not None:
        yield last


def both(first: Event, second: Event) -> Event:
    """Return two events as one; the higher score says when the peak is, and which channels caused it."""
    higher = second if second.score > first.score else first
    opens, closes = min(first, second, key=lambda event: event.start), max(first, second, key=lambda event: event.end)
    known = [event.known_at for event in (first, second) if event.known_at is not None]
    return replace(
        higher,
        start=opens.start,
        end=closes.end,
        start_time=opens.start_time,
        end_time=closes.end_time,
        severity=max(first.severity, second.severity),
        known_at=min(known, default=None),
    )


def together(parts: Iterable[Event], runs: Iterable[int]) -> list[Event]:
    """Return an event for each run, from its parts in order and the number of the run that each belongs to.

    Examples
    --------
    >>> parts = [Event(2, 5, 3, score=2.0), Event(8, 9, 8, score=3.0), Event(20, 21, 20)]
    >>> [(event.start, event.end, event.peak) for event in together(parts, [0, 0, 1])]
    [(2, 9, 8), (20, 21, 20)]
    """
    numbered = groupby(zip(runs, parts, strict=True), key=itemgetter(0))
    return [reduce(both, (part for _, part in of_run)) for _, of_run in numbered]

"""Beats in a row: which intervals between them are readable, and the patterns of their classes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.ecg.readability import DOUBTFUL, PIECE
from offbeat.errors import DataError, ParameterError
from offbeat.series.arrays import FloatArray

__all__ = ["BeatSequence", "Pause", "Run", "stretches"]

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

PATTERNS = {2: "bigeminy", 3: "trigeminy"}
_REPEATS = 3  # of a pattern, whole ones, at which it is one and not chance


@dataclass(frozen=True)
class Run:
    """Beats in a row that belong together.

    Parameters
    ----------
    pattern : str
        ``"V"`` or ``"S"`` for beats of one class in a row, ``"bigeminy"`` or ``"trigeminy"`` where every second or
        every third beat is ventricular and those between are normal.
    start_s, stop_s : float
        When the first and the last beat were, seconds since the start of the record.
    beats : int
        How many beats, 2 or more.

    Examples
    --------
    >>> Run("V", start_s=10.0, stop_s=11.0, beats=4).rate
    180.0
    """

    pattern: str
    start_s: float
    stop_s: float
    beats: int

    @property
    def rate(self) -> float:
        """Mean heart rate within the run, beats per minute."""
        return 60.0 * (self.beats - 1) / (self.stop_s - self.start_s)


@dataclass(frozen=True)
class Pause:
    """A long time without a beat found, between two beats and with nothing unreadable in it.

    Parameters
    ----------
    start_s : float
        When the beat before it was, seconds since the start of the record.
    length_s : float
        Time until the next beat, seconds.
    doubtful : bool
        Whether the signal is poor there, so that a beat may have been missed.
    """

    start_s: float
    length_s: float
    doubtful: bool = False


@dataclass(frozen=True, eq=False)
class BeatSequence:
    """The beats of a record in order of time, and its unreadable time.

    Parameters
    ----------
    times : array of shape (n_beats,)
        Seconds since the start, rising.
    classes : array of str, shape (n_beats,)
        N, S, V, F or Q, or empty for a beat without a class.
    spans : array of shape (n_spans, 2)
        Start and stop of unreadable time in seconds: in order, apart from each other, within the record.
    duration : float
        Length of the record in seconds.
    doubtful : array of shape (n_doubtful, 2)
        Start and stop of readable time whose signal is poor, likewise.
    """

    times: FloatArray
    classes: npt.NDArray[np.str_]
    spans: FloatArray
    duration: float
    doubtful: FloatArray

    @classmethod
    def of(cls, beats: pd.DataFrame, duration: float, unreadable: Iterable[Sequence[Any]]) -> BeatSequence:
        """Read the columns ``time_s`` and ``class`` of a table of beats, and pairs or triples (start, stop, …).

        Where there is a column ``quality``, the signal is doubtful around each beat where it is low.

        Raises
        ------
        DataError
            If a column is missing, the beats are not in order of time or lie outside the record, or a span stops
            before it starts.
        ParameterError
            If the duration is negative or not a number.

        Examples
        --------
        >>> table = pd.DataFrame({"time_s": [1.0, 1.8, 4.0], "class": ["N", "V", "N"]})
        >>> sequence = BeatSequence.of(table, 10, [(2, 3, "flat"), (2.5, 3.5, "noise")])
        >>> sequence.intervals().round(1), sequence.joined(), sequence.unreadable
        (array([0.8, 2.2]), array([ True, False]), 1.5)
        """
        if not 0 <= duration < np.inf:
            raise ParameterError(f"a record lasts 0 seconds or more, not {duration}")
        missing = [name for name in ("time_s", "class") if name not in beats]
        if missing:
            raise DataError(f"a table of beats has the columns time_s and class, but {missing[0]} is not there")
        times = beats["time_s"].to_numpy(np.float64)
        _check_times(times, duration)
        classes = beats["class"].astype(object).fillna("").to_numpy().astype(np.str_)
        poor = times[beats["quality"].to_numpy(np.float64) < DOUBTFUL] if "quality" in beats else times[:0]
        doubtful = [(time - PIECE / 2, time + PIECE / 2) for time in poor.tolist()]
        return cls(times, classes, _merged(unreadable, duration), float(duration), _merged(doubtful, duration))

    def __len__(self) -> int:
        return len(self.times)

    @property
    def unreadable(self) -> float:
        """Unreadable time in seconds."""
        return float(np.diff(self.spans, axis=1).sum())

    def unreadable_between(self, edges: FloatArray) -> FloatArray:
        """Return the unreadable time between each edge (seconds, rising) and the next, in seconds."""
        return _time_between(edges, self.spans)

    def doubtful_between(self, edges: FloatArray) -> FloatArray:
        """Return the readable seconds whose signal is poor between each edge (seconds, rising) and the next."""
        both = _merged([*self.spans.tolist(), *self.doubtful.tolist()], self.duration)
        return _time_between(edges, both) - _time_between(edges, self.spans)

    def intervals(self) -> FloatArray:
        """Return the RR intervals in seconds, (n_beats - 1,), readable or not."""
        return np.diff(self.times)

    def joined(self) -> Bools:
        """Return which intervals are readable throughout, (n_beats - 1,)."""
        return self._apart_from(self.spans)

    def clear(self) -> Bools:
        """Return which intervals are readable throughout, and of a signal that is nowhere doubtful, (n_beats - 1,)."""
        return self.joined() & self._apart_from(self.doubtful)

    def normal(self) -> Bools:
        """Return which intervals are readable and between two normal beats, (n_beats - 1,)."""
        normal = self.classes == "N"
        return np.asarray(normal[1:] & normal[:-1] & self.joined())

    def runs(self, beat_class: str) -> list[Run]:
        """Return two or more beats of a class in a row, with no unreadable time between them."""
        here = self.classes == beat_class
        together = here[1:] & here[:-1] & self.joined()
        starts, stops = stretches(together)
        return self._named(beat_class, starts, stops + 1)

    def periodic(self, period: int) -> list[Run]:
        """Return where every second (period 2) or third (3) beat is V and those between are N, three times or more."""
        if len(self) < period:
            return []
        ventricular, normal = (_sums(self.classes == name, period) for name in "VN")
        whole = _sums(~self.joined(), period - 1) == 0
        fits = (ventricular == 1) & (normal == period - 1) & whole
        # the next window has one V as well, so the beat that it adds is of the class of the beat that it drops
        starts, stops = stretches(fits)
        stops = stops + period - 1
        enough = stops - starts >= _REPEATS * period
        return self._named(PATTERNS[period], starts[enough], stops[enough])

    def _apart_from(self, spans: FloatArray) -> Bools:
        """Return which intervals overlap none of the spans, (n_beats - 1,)."""
        if len(self) < 2 or not len(spans):
            return np.ones(max(len(self) - 1, 0), dtype=bool)
        following = np.searchsorted(spans[:, 1], self.times[:-1], side="right")
        starts = np.append(spans[:, 0], np.inf)[following]
        return starts >= self.times[1:]

    def _named(self, pattern: str, starts: Integers, stops: Integers) -> list[Run]:
        begins, ends = self.times[starts].tolist(), self.times[stops - 1].tolist()
        counts = (stops - starts).tolist()
        return [Run(pattern, *run) for run in zip(begins, ends, counts, strict=True)]


def _check_times(times: FloatArray, duration: float) -> None:
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise DataError("beats come in order of time, each later than the one before: sort the table by time_s")
    if times.size and (times[0] < 0 or times[-1] > duration):
        raise DataError(
            f"the beats lie between {times[0]:g} and {times[-1]:g} s, but the record between 0 and {duration:g} s: "
            "do they belong to this record?"
        )


def _merged(unreadable: Iterable[Sequence[Any]], duration: float) -> FloatArray:
    """Return spans in order, cut to the record, those that touch made one, (n_spans, 2)."""
    pairs = sorted((float(span[0]), float(span[1])) for span in unreadable)
    merged: list[list[float]] = []
    for start, stop in pairs:
        if not start <= stop:
            raise DataError(f"unreadable time is a pair (start, stop) in seconds, got ({start:g}, {stop:g})")
        start, stop = max(start, 0.0), min(stop, duration)  # noqa: PLW2901 - cut to the record
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(stop, merged[-1][1])
        elif start < stop:
            merged.append([start, stop])
    return np.array(merged, dtype=np.float64).reshape(-1, 2)


def _time_between(edges: FloatArray, spans: FloatArray) -> FloatArray:
    """Return the seconds of spans, which are in order and apart, between each edge (rising) and the next."""
    if not len(spans):
        return np.zeros(len(edges) - 1)
    # time so far: it rises within spans and rests between them
    so_far = np.cumsum(np.diff(spans, axis=1))
    known = np.column_stack([np.append(0.0, so_far[:-1]), so_far]).ravel()
    return np.diff(np.interp(edges, spans.ravel(), known))


def stretches(mask: Bools) -> tuple[Integers, Integers]:
    """Return the starts and the ends (not included) of what is true in a row."""
    edges = np.diff(np.pad(mask.astype(np.int8), 1))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _sums(mask: Bools, width: int) -> Integers:
    """Return how many are true in each window of ``width``, (n - width + 1,)."""
    so_far: Integers = np.append(0, np.cumsum(mask))
    return so_far[width:] - so_far[:-width]

"""The nearest of all earlier windows to the newest one of a stream, in time proportional to how many there are."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.joins import (
    ALL,
    FLAT,
    LARGEST,
    as_wanted,
    forbid,
    window_table,
)
from offbeat.detectors.scoring.loops import stream_kernels
from offbeat.series.recording import FloatArray

__all__ = ["NewestWindow"]

Values = npt.NDArray[np.float64]

_STEPS = 4096
"""Time steps after which the recurrences begin anew."""


class NewestWindow:
    """Compares the newest window of a stream as :func:`offbeat.detectors.scoring.joins.look_back` does all windows.

    The products of the newest window with all others follow from those of the window before it.

    Parameters
    ----------
    known : array of shape (n_times,)
        The known part; NaN where a value is missing.
    length, memory : int
        Time steps of a window, and how many windows of the past it is compared with besides the known ones.
    kinds : iterable of int
        Which of the three distances are wanted; the others are NaN.
    """

    def __init__(self, known: FloatArray, length: int, memory: int, kinds: Iterable[int] = ALL) -> None:
        self._wanted = as_wanted(kinds)
        self._known, self._length, self._memory = np.asarray(known, dtype=np.float64), length, memory
        self._kept = memory + 2 * length
        room = len(known) + self._kept + _STEPS
        self._series, self._values = np.full(room, np.nan), np.zeros(room)
        self._table = np.zeros((6, room - length + 1))
        self._products = np.zeros(self._table.shape[1]), np.zeros(self._table.shape[1])
        self._best, self._places = np.empty((3, 1)), np.empty((3, 1), dtype=np.int64)
        self._alone, self._found = np.full((3, 1), np.nan), np.empty((3, 1))
        self.restart(np.empty(0))

    def restart(self, past: FloatArray) -> None:
        """Begin anew after a past, of which only the newest part counts."""
        past = past[max(0, len(past) - self._kept) :]
        series = np.concatenate([self._known, past])
        self._n, n_windows = len(series), len(series) - self._length + 1
        self._series[: self._n] = series
        self._whole_from = int(np.max(np.flatnonzero(np.isnan(series)), initial=-1)) + 1
        filled, table = window_table(series, self._length)
        self._values[: self._n], self._table[:, :n_windows] = filled, table
        # Windows across the end of the known part are none.
        forbid(self._table, slice(max(0, len(self._known) - self._length + 1), min(len(self._known), n_windows)))
        stream_kernels().all_products(self._values, self._table, self._length, n_windows - 1, self._products[0])

    @property
    def alone(self) -> Values:
        """The three distances of the newest window to the known part alone, ``(3,)``."""
        return self._alone[:, 0].copy()

    def push(self, value: float) -> Values:
        """Take the next value, or NaN, and return the three distances of the window that ends there, ``(3,)``."""
        if self._n == len(self._values):
            self.restart(self._series[len(self._known) : self._n])
        missing, known, i = math.isnan(value), len(self._known), self._n + 1 - self._length
        self._series[self._n] = value
        self._values[self._n] = 0.0 if missing else min(max(value, -LARGEST), LARGEST)
        self._n += 1
        if missing:
            self._whole_from = self._n
        before, after = self._products
        stream_kernels().newest(
            self._values,
            self._table,
            self._length,
            known,
            self._memory,
            i,
            FLAT,
            i < max(known, self._whole_from),
            self._wanted,
            before,
            after,
            self._best,
            self._places,
            self._alone,
            self._found,
        )
        self._products = after, before
        return self._found[:, 0].copy()

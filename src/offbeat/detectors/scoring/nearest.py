"""The nearest window of a long series, by z-normalised distance: the matrix profile of some windows."""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.detectors.scoring.concatenation import concatenated
from offbeat.detectors.scoring.joins import side_by_side
from offbeat.detectors.scoring.loops import are_compiled, correlation_kernel
from offbeat.series.recording import FloatArray

__all__ = ["Reference", "z_normalised"]

_SLAB = 1 << 18
"""Numbers that are computed at once, so that memory stays bounded."""
_QUERIES = 512
"""Queries that are multiplied by a block of windows at once."""
_FEW = 8
"""Up to so many queries are compared one by one: that takes less than to lay out all windows as a matrix."""
_RARE = 4
"""Gaps may make a series of queries so many times as long as queries that follow each other."""
_ROWS = 512
"""Queries that a thread compares at once, at least."""
_WORTH_COMPILING = 2e10
"""Multiplications after which the compiled loop is used: so many take as long as to compile it, about a second."""
_KERNEL = "offbeat.detectors.scoring.correlation_kernel"

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class Reference:
    """The windows of a series, among which the nearest one to any window is found.

    A constant window is at the distance 0 from another one, and the root of its length from any that is not constant.

    Parameters
    ----------
    history : array of shape (n_times,)
        The series. NaN separates parts: windows do not reach across.
    length : int
        Time steps of a window, at least 2.

    References
    ----------
    Mueen et al., "The Fastest Similarity Search Algorithm for Time Series Subsequences under Euclidean Distance", 2017.

    Examples
    --------
    >>> wave = np.sin(np.arange(100) / 5)
    >>> distances, starts = Reference(wave, 20).nearest(3 + 2 * wave[None, 40:60])
    >>> float(distances.round(6)[0]), int(starts[0])
    (0.0, 40)
    """

    _multiplied = 0.0
    """How many multiplications this process has spent so far on references, without the compiled loop."""

    def __init__(self, history: FloatArray, length: int) -> None:
        values = np.asarray(history, dtype=np.float64)
        missing = np.isnan(values)
        # The level makes no difference but for rounding errors.
        self._values = np.where(missing, 0.0, values - values[~missing].mean())
        self._windows, self._length = sliding_window_view(self._values, length), length
        whole = _count_within(missing, length) == 0
        flat = whole & (_count_within(np.diff(self._values) != 0, length - 1) == 0)
        self._flat = np.flatnonzero(flat)[:1]
        self._means, deviations = _statistics(self._windows)
        self._inverse = np.where(flat | ~whole, 0.0, 1.0 / np.where(flat | ~whole, 1.0, deviations))
        self._allowed = np.where(whole, 0.0, -np.inf)

    def nearest(self, queries: FloatArray) -> tuple[Values, Places]:
        """Return the distance of each query to the nearest window, and where that begins in the series.

        Parameters
        ----------
        queries : array of shape (n_queries, length)
            Without NaN.

        Returns
        -------
        distances, starts : arrays of shape (n_queries,)
        """
        queries = np.asarray(queries, dtype=np.float64)
        normal = z_normalised(queries)
        starts = self._most_correlated(queries, normal)
        # Measured once more, because a distance near 0 is a small difference of large correlations.
        distances = self._distances(normal, starts)
        for at in self._flat:
            to_flat = np.linalg.norm(normal, axis=1)
            starts, distances = np.where(to_flat < distances, at, starts), np.minimum(to_flat, distances)
        return distances, starts

    def _distances(self, normal: Values, starts: Places) -> Values:
        return np.asarray(np.linalg.norm(normal - z_normalised(self._windows[starts]), axis=1))

    def _most_correlated(self, queries: FloatArray, normal: Values) -> Places:
        """Return where the windows begin that correlate most with each query."""
        if len(queries) <= _FEW:
            return np.array([self._most_correlated_of_one(one) for one in normal], dtype=np.intp)
        work = queries.size * len(self._windows)
        if are_compiled() and (_KERNEL in sys.modules or Reference._multiplied + work > _WORTH_COMPILING):
            series, begins = concatenated(queries[:, None])
            # Windows that follow each other share most of their products; others share none.
            if len(series) <= _RARE * (len(queries) + self._length):
                return self._by_recurrence(np.nan_to_num(series[:, 0]))[begins]
        Reference._multiplied += work
        return self._by_products(normal)

    def _most_correlated_of_one(self, normal: Values) -> int:
        return int((np.correlate(self._values, normal) * self._inverse + self._allowed).argmax())

    def _by_products(self, normal: Values) -> Places:
        best, starts = np.full(len(normal), -np.inf), np.zeros(len(normal), dtype=np.intp)
        step = max(1, _SLAB // max(self._length, _QUERIES))
        room = np.empty((min(_QUERIES, len(normal)), min(step, len(self._windows))))
        for first in range(0, len(self._windows), step):
            block = slice(first, first + step)
            windows = np.ascontiguousarray(self._windows[block])
            for some in (slice(row, row + _QUERIES) for row in range(0, len(normal), _QUERIES)):
                products = room[: len(normal[some]), : len(windows)]
                np.matmul(normal[some], windows.T, out=products)
                products *= self._inverse[block]
                products += self._allowed[block]
                at = products.argmax(axis=1)
                highest = products[np.arange(len(at)), at]
                better = highest > best[some]
                best[some][better], starts[some][better] = highest[better], first + at[better]
        return starts

    def _by_recurrence(self, series: Values) -> Places:
        """Return the same for all windows of a series: from a pair to the next one products change by little."""
        kernel, n = correlation_kernel(), len(self._windows)
        history = np.array(self._values)  # a copy, for what was read from a file may be read-only
        table = np.zeros((5, n + 2 * kernel.LANES))
        table[4] = -np.inf
        table[:, kernel.LANES : kernel.LANES + n] = [
            *_recurrence(self._values, self._means, self._length),
            self._inverse,
            self._allowed,
        ]
        means = _statistics(sliding_window_view(series, self._length))[0]
        own, starts = _recurrence(series, means, self._length), np.zeros(len(means), dtype=np.int64)
        best = np.full(len(means), -np.inf)

        def search(start: int) -> None:
            some, values = slice(start, start + _ROWS), series[start : start + _ROWS + self._length - 1]
            columns = np.ascontiguousarray(own[:, some])
            kernel.most_correlated(values, columns, history, table, self._length, n, best[some], starts[some])

        side_by_side(search, range(0, len(means), _ROWS))
        return starts


def z_normalised(windows: FloatArray) -> Values:
    """Return windows, along the last axis, with mean 0 and standard deviation 1; constant ones as zeros."""
    spread = windows.std(axis=-1, keepdims=True)
    varies = np.ptp(windows, axis=-1, keepdims=True) > 0
    centred = windows - windows.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(varies, centred / np.where(varies, spread, 1.0), 0.0), dtype=np.float64)


def _count_within(marked: npt.NDArray[np.bool_], length: int) -> Places:
    """Return how many of each ``length`` items in a row are marked."""
    before = np.append(0, np.cumsum(marked))
    return np.asarray(before[length:] - before[:-length])


def _statistics(windows: FloatArray) -> tuple[Values, Values]:
    """Return the mean and the standard deviation of each window."""
    parts = np.array_split(windows, -(-windows.size // _SLAB))
    return np.concatenate([part.mean(axis=1) for part in parts]), np.concatenate([part.std(axis=1) for part in parts])


def _recurrence(values: FloatArray, means: Values, length: int) -> Values:
    """Return the means of windows, and the terms by which products with them follow from those one time step before."""
    gone, come = values[: len(means) - 1], values[length:]
    behind, ahead = 0.5 * (come - gone), (come - means[1:]) + (gone - means[:-1])
    return np.stack([means, np.append(0.0, behind), np.append(0.0, ahead)])

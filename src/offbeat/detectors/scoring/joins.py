"""Matrix profiles of whole series: the distance of each window to the nearest of the others that it may be compared to.

Three distances are found at once, see :mod:`offbeat.detectors.scoring.loops`: that of z-normalised windows, that of
windows less their means, and that of windows as they are. The first is ``√(2 − 2r)`` for a correlation of ``r``, from 0
to 2; the others are the roots of mean squares, in the unit of the values. None of them depends on the length.

References
----------
Yeh et al., "Matrix Profile I: All Pairs Similarity Joins for Time Series", ICDM 2016. Lu et al., "Matrix Profile XXIV:
Scaling Time Series Anomaly Detection to Trillions of Datapoints and Ultra-fast Arriving Data Streams", KDD 2022 (the
left matrix profile: only what came before counts).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.loops import kernels, tell_if_slow
from offbeat.series.recording import FloatArray
from offbeat.threads import n_threads

__all__ = [
    "ALL",
    "FLAT",
    "LARGEST",
    "Distances",
    "Table",
    "as_wanted",
    "forbid",
    "look_back",
    "look_back_apart",
    "look_elsewhere",
    "window_table",
]

Values = npt.NDArray[np.float64]
Table = npt.NDArray[np.float64]

FLAT = 1e-4
"""Windows whose standard deviation is smaller than this have no shape: they correlate with nothing."""
ALL = (0, 1, 2)
"""The three distances, as :class:`Distances` orders them."""
LARGEST = 1e4
"""Values further from 0 count as so far: the products of larger ones would leave rounding errors in all that follow."""
_ROWS = 2048
"""Windows after which the recurrences begin anew, so that rounding errors do not add up."""
_FEWEST, _TASKS = 512, 4
"""Fewer windows are compared in so many parts at least, of so many windows at least: there are several processors."""


@dataclass(frozen=True)
class Distances:
    """What was found for some windows.

    Attributes
    ----------
    values : array of shape (3, n_windows)
        The z-normalised, the centred and the plain distance; NaN where a value is missing, there is nothing to find, or
        the distance is not wanted.
    places : array of shape (3, n_windows)
        Where the nearest windows begin in the series; −1 for none.
    """

    values: Values
    places: npt.NDArray[np.int64]


def side_by_side(task: Callable[[int], None], starts: Iterable[int]) -> None:
    """Do a task, which leaves the interpreter free, from each of some starts, on as many threads as there may be."""
    n, starts = n_threads(), list(starts)
    if min(n, len(starts)) < 2:
        for start in starts:
            task(start)
        return
    with ThreadPoolExecutor(min(n, len(starts))) as pool:
        list(pool.map(task, starts))


def window_table(values: FloatArray, length: int, flat: float = FLAT) -> tuple[Values, Table]:
    """Return a series with 0 for what is missing, and the statistics of its windows; those with gaps are forbidden."""
    missing = np.isnan(values)
    filled = np.ascontiguousarray(np.where(missing, 0.0, np.clip(values, -LARGEST, LARGEST)), dtype=np.float64)
    table = np.empty((6, max(0, len(filled) - length + 1)))
    kernels().statistics(filled, length, flat, table, 0, table.shape[1])
    before = np.append(0, np.cumsum(missing))
    forbid(table, before[len(before) - table.shape[1] :] > before[: table.shape[1]])
    return filled, table


def forbid(table: Table, which: Any) -> None:
    """Mark windows that may not be found."""
    table[1, which], table[3, which] = np.inf, -np.inf


def as_wanted(kinds: Iterable[int]) -> npt.NDArray[np.int64]:
    """Return 1 for each of the three distances that is wanted, else 0, as the compiled loops take it."""
    return np.isin(np.arange(3), list(kinds)).astype(np.int64)


def look_elsewhere(values: FloatArray, length: int, flat: float = FLAT, kinds: Iterable[int] = ALL) -> Distances:
    """Return the distances of all windows to the nearest window that shares no time step with them.

    Arguments are those of :func:`look_back`.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) / 5)
    >>> wave[200:210] = 0
    >>> int(look_elsewhere(wave, 20).values[0].argmax()) in range(180, 210)
    True
    """
    # Nearest among later windows is nearest among earlier ones, backwards.
    before, after = (look_back(part, length, 0, len(values), flat, kinds) for part in (values, values[::-1]))
    later, places = after.values[:, ::-1], after.places[:, ::-1]
    places = np.where(places < 0, -1, len(values) - length - places)
    nearer = np.isnan(before.values) | (later < before.values)
    return Distances(np.where(nearer, later, before.values), np.where(nearer, places, before.places))


def look_back(
    values: FloatArray, length: int, known: int, memory: int, flat: float = FLAT, kinds: Iterable[int] = ALL
) -> Distances:
    """Return the distances of windows to the nearest one of a known part or of their own past.

    Parameters
    ----------
    values : array of shape (n_times,)
        The known part, then the rest. NaN where a value is missing.
    length : int
        Time steps of a window.
    known : int
        Time steps of the known part. The windows that begin after it are compared.
    memory : int
        How many windows of the past each is compared with besides the known ones: the newest that share no time step
        with it.
    flat : float
        Windows with a smaller standard deviation correlate with nothing.
    kinds : iterable of int
        Which of the three distances are wanted; the others are NaN.

    Returns
    -------
    Distances
        Of the ``n_times - known - length + 1`` windows behind the known part.
    """
    return look_back_apart(values, length, known, memory, flat, kinds)[1]


def look_back_apart(
    values: FloatArray, length: int, known: int, memory: int, flat: float = FLAT, kinds: Iterable[int] = ALL
) -> tuple[Distances, Distances]:
    """Return the distances of windows to the nearest one of a known part alone, and those of :func:`look_back`.

    Arguments are those of :func:`look_back`.
    """
    filled, table = window_table(values, length, flat)
    n, compiled = table.shape[1], kernels()
    rows = max(0, n - known)
    at_once = min(_ROWS, max(_FEWEST, rows // _TASKS))
    best, places = np.full((3, n), compiled.WORST), np.full((3, n), -1, dtype=np.int64)
    best[0] = -compiled.WORST
    alone = np.full((3, n), -1, dtype=np.int64)
    n_known = max(0, known - length + 1)
    tell_if_slow(rows * (n_known + min(memory, rows)))
    of_known, of_past, wanted = _turned(table, 0, n_known), _turned(table, known, n), as_wanted(kinds)

    def compare(start: int) -> None:
        stop = min(n, start + at_once)
        for turned, least, most in (
            (of_known, max(length, start - n_known + 1), stop if n_known else 0),
            (of_past, length, min(length + memory, stop - known)),
        ):
            if least < most:
                compiled.join(filled, table, turned, length, start, stop, least, most, wanted, best, places)
            if turned is of_known:
                alone[:, start:stop] = places[:, start:stop]

    side_by_side(compare, range(known, n, at_once))

    def measured(places: npt.NDArray[np.int64]) -> Distances:
        distances, found = np.full((3, rows), np.nan), np.ascontiguousarray(places[:, n - rows :])
        found[:, np.isinf(table[3, n - rows :])] = -1
        compiled.exact(filled, table, length, n - rows, n, found, distances)
        return Distances(distances, found)

    return measured(alone), measured(places)


def _turned(table: Table, start: int, stop: int) -> Table:
    """Return the statistics in reverse order, of which only the windows ``start`` to ``stop - 1`` may be found."""
    lanes, n = kernels().LANES, table.shape[1]
    turned = np.zeros((6, n + 2 * lanes))
    turned[:, lanes : lanes + n] = table[:, ::-1]
    forbid(turned, np.r_[0 : lanes + n - stop, lanes + n - min(start, n) : n + 2 * lanes])
    return turned

"""The loops of :mod:`offbeat.detectors.scoring.kernels` by NumPy, for where numba is not installed.

Each function does what its namesake there does, with the same arguments, and the same numbers but for rounding: a row
of pairs at a time instead of a pair, which takes several times as long where there are many.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.detectors.scoring.window_statistics import (
    AHEAD,
    ALLOWED,
    BEHIND,
    INVERSE,
    MEAN,
    ROUNDING,
    SQUARES,
    WORST,
)

__all__ = [
    "LANES",
    "WORST",
    "digits",
    "exact",
    "improve",
    "join",
    "products_of",
    "rank_of",
    "statistics",
    "tail",
]

LANES = 8192
"""Lags that are followed at once: so many that calls of NumPy cost little beside what they compute."""
_SLAB = 1 << 18
"""Numbers of windows that are laid out at once, so that memory stays bounded."""

Series = npt.NDArray[np.float64]
Table = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def statistics(values: Series, length: int, flat: float, table: Table, start: int, stop: int) -> None:
    """Fill in the statistics of the windows ``start`` to ``stop - 1`` of a series without NaN."""
    step = max(1, _SLAB // length)
    for first in range(start, stop, step):
        some = slice(first, min(first + step, stop))
        windows = sliding_window_view(values[some.start : some.stop + length - 1], length)
        differ = (windows != windows[:, :1]).any(axis=1)
        mean = np.where(differ, windows.mean(axis=1), windows[:, 0])
        squares = np.where(differ, ((windows - mean[:, None]) ** 2).sum(axis=1), 0.0)
        has_shape = (squares > 0.0) & (squares >= flat * flat * length)
        table[MEAN, some], table[SQUARES, some], table[ALLOWED, some] = mean, squares, 0.0
        table[INVERSE, some] = np.where(has_shape, 1 / np.sqrt(np.where(has_shape, squares, 1.0)), 0.0)
    if start == 0 and stop > 0:
        table[BEHIND, 0] = table[AHEAD, 0] = 0.0
    later = slice(max(start, 1), stop)
    gone, come = values[later.start - 1 : stop - 1], values[later.start + length - 1 : stop + length - 1]
    table[BEHIND, later] = 0.5 * (come - gone)
    table[AHEAD, later] = (come - table[MEAN, later]) + (gone - table[MEAN, later.start - 1 : stop - 1])


def products_of(values: Series, table: Table, length: int, i: int, begin: int, end: int) -> Series:
    """Return the sums of the products of window ``i`` and windows ``begin`` to ``end - 1``, each less their means."""
    if begin >= end:
        return np.empty(0)
    own, others = values[i : i + length] - table[MEAN, i], values[begin : end + length - 1]
    # The level of the others makes no difference but for rounding errors.
    return np.correlate(others - table[MEAN, begin], own, "valid")


def improve(
    products: Series,
    mean: Series,
    squares: Series,
    inverse: Series,
    allowed: Series,
    own: float,
    size: float,
    length: int,
    wanted: Places,
    best: Table,
    i: int,
    lanes: Places,
) -> None:
    """Compare window ``i`` with others by their products: the best goes to ``best``, and its lane to ``lanes``."""
    lanes[:] = -1
    if wanted[0]:
        alike = products * inverse
        alike += allowed
        at, least = int(alike.argmax()), best[0, i] + ROUNDING * abs(best[0, i])
        if alike[at] > least:
            lanes[0] = at = int((alike >= alike[at] - ROUNDING * abs(alike[at])).argmax())
            best[0, i] = alike[at]
    if not (wanted[1] or wanted[2]):
        return
    apart = products * -2.0
    apart += squares
    if wanted[1]:
        _keep_least(apart, size, best[1], i, lanes[1:2])
    if wanted[2]:
        between = mean - own
        between *= between
        between *= length
        apart += between
        _keep_least(apart, size, best[2], i, lanes[2:3])


def _keep_least(apart: Series, size: float, best: Series, i: int, lane: Places) -> None:
    """Take the first of the smallest numbers for the best, if it is smaller by more than rounding."""
    at = int(apart.argmin())
    if apart[at] < best[i] - ROUNDING * (abs(best[i]) + size):
        lane[0] = at = int((apart <= apart[at] + ROUNDING * (abs(apart[at]) + size)).argmax())
        best[i] = apart[at]


def join(
    values: Series,
    table: Table,
    turned: Table,
    length: int,
    start: int,
    stop: int,
    least: int,
    most: int,
    wanted: Places,
    best: Table,
    places: Places,
) -> None:
    """Compare the windows ``start`` to ``stop`` with those from ``least`` to ``most - 1`` time steps earlier."""
    n = table.shape[1]
    found = np.empty(3, dtype=np.int64)
    for nearest in range(least, most, LANES):
        lanes = min(LANES, most - nearest)
        products = np.zeros(lanes)
        first = max(start, nearest)
        n_there = min(lanes, first - nearest + 1)
        products[:n_there] = products_of(
            values, table, length, first, first - nearest - n_there + 1, first - nearest + 1
        )[::-1]
        for i in range(first, stop):
            at = n - 1 - i + nearest + LANES
            others = turned[:, at : at + lanes]
            if i > first:
                if i - nearest < lanes:
                    products[i - nearest] = products_of(values, table, length, i, 0, 1)[0]
                products += table[BEHIND, i] * others[AHEAD]
                products += table[AHEAD, i] * others[BEHIND]
            improve(
                products,
                others[MEAN],
                others[SQUARES],
                others[INVERSE],
                others[ALLOWED],
                table[MEAN, i],
                table[SQUARES, i],
                length,
                wanted,
                best,
                i,
                found,
            )
            for kind in range(3):
                if found[kind] >= 0:
                    places[kind, i] = i - nearest - found[kind]


def exact(values: Series, table: Table, length: int, start: int, stop: int, places: Places, distances: Table) -> None:
    """Fill in the three distances of the windows ``start`` to ``stop - 1`` to those at ``places``."""
    windows = sliding_window_view(values, length)
    step = max(1, _SLAB // length)
    for first in range(start, stop, step):
        own = np.arange(first, min(first + step, stop))
        rows = own - start
        for kind in range(3):
            theirs = places[kind, rows]
            other = np.maximum(theirs, 0)
            one, two = windows[own], windows[other]
            if kind < 2:
                one, two = one - table[MEAN, own][:, None], two - table[MEAN, other][:, None]
            if kind == 0:
                one, two = one * table[INVERSE, own][:, None], two * table[INVERSE, other][:, None]
            sizes = 1.0 if kind == 0 else 1 / length
            measured = np.sqrt(sizes * ((one - two) ** 2).sum(axis=1))
            if kind == 0:
                is_flat = (table[INVERSE, own] == 0.0) | (table[INVERSE, other] == 0.0)
                measured = np.where(is_flat, np.sqrt(2.0), measured)
            distances[kind, rows] = np.where(theirs < 0, np.nan, measured)


def rank_of(sample: Series, n: int, value: float) -> int:
    """Return how many of the first ``n`` of a sample in ascending order are below a value."""
    return int(np.searchsorted(sample[:n], value))


def tail(sample: Series, found: Series) -> None:
    """Fill in the 95 % quantile of a sample in ascending order, and the mean excess over it."""
    last = len(sample) - 1
    at = 0.95 * last
    low = int(at)
    quantile = sample[low] + (at - low) * (sample[min(low + 1, last)] - sample[low])
    over = sample[low:][sample[low:] > quantile] - quantile
    found[0], found[1] = quantile, over.sum() / max(len(over), 1)


def digits(
    sample: Series, sums: Series, quantile: float, excess: float, width: float, values: Series, found: Series
) -> None:
    """Fill in −log10 of the probability that a number of the sample is as high; NaN for NaN."""
    n = len(sample)
    starts = np.minimum(values, quantile) - 0.5 * width
    ranks, lasts = np.searchsorted(sample, starts), np.searchsorted(sample, starts + width)
    sums = sums if len(sums) else np.append(0.0, np.cumsum(sample))
    within = (lasts - ranks) * (starts + width) - (sums[lasts] - sums[ranks])
    so_far = -np.log10(np.maximum(1 - (ranks + within / width) / n, 0.05))
    found[:] = so_far + np.maximum(values - quantile, 0.0) / (2.302585092994046 * excess)

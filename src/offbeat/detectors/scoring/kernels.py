"""Compiled loops over pairs of windows; importing this module compiles them, which takes about two seconds.

Nothing is cached on disk: numba's cache is a pickle, and this library neither writes nor reads any.

All take the *statistics* of the windows of a series, an array of shape ``(6, n_windows)``, see :func:`statistics`, and
find for each window the best of other windows by three distances at once:

0. the largest correlation (the smallest z-normalised distance),
1. the smallest distance of the windows less their means,
2. the smallest distance of the windows as they are.

They all follow from one sum a pair, the products of the two windows less their means. From a pair to the next pair of
the same lag it changes by two products (Zimmerman et al., "Matrix Profile XIV: Scaling Time Series Motif Discovery with
GPUs to Break a Quintillion Pairwise Comparisons a Day and Beyond", SoCC 2019).
"""

from __future__ import annotations

import numpy as np
from numba import float64, int64, njit, void

__all__ = [
    "AHEAD",
    "ALLOWED",
    "BEHIND",
    "FAST",
    "INVERSE",
    "LANES",
    "MEAN",
    "SQUARES",
    "Places",
    "Series",
    "Table",
    "digits",
    "exact",
    "join",
    "most_correlated",
    "nearest_lane",
    "product_of",
    "rank_of",
    "statistics",
    "tail",
]

LANES = 512
"""Lags that are followed side by side: what is known of them stays in the first cache, and vectors hold several."""

MEAN, SQUARES, INVERSE, ALLOWED, BEHIND, AHEAD = range(6)
"""Rows of the statistics: the mean; the sum of the squares about it, infinite where a window may not be found; one over
the root of that sum, 0 for windows that are called flat; minus infinity where a window may not be found, else 0; and
the two terms of the recurrence."""

FAST = {"nnan", "nsz", "reassoc", "contract", "arcp"}
"""Sums may be taken in any order, which vectors need. There are infinities, but no NaN."""

_ROUNDING = 1e-12

Series, Table, Places = float64[::1], float64[:, ::1], int64[:, ::1]


@njit(void(Series, int64, float64, Table, int64, int64), nogil=True, fastmath=FAST)
def statistics(values, length, flat, table, start, stop):  # type: ignore[no-untyped-def]
    """Fill in the statistics of the windows ``start`` to ``stop - 1`` of a series without NaN.

    A window whose standard deviation is below ``flat`` is called flat.
    """
    for i in range(start, stop):
        total = 0.0
        for t in range(length):
            total += values[i + t]
        mean = total / length
        squares, differ = 0.0, 0
        for t in range(length):
            squares += (values[i + t] - mean) ** 2
            differ += values[i + t] != values[i]
        if not differ:
            mean, squares = values[i], 0.0
        table[MEAN, i], table[SQUARES, i], table[ALLOWED, i] = mean, squares, 0.0
        table[INVERSE, i] = 1 / np.sqrt(squares) if squares > 0.0 and squares >= flat * flat * length else 0.0
        if i > 0:
            gone, come = values[i - 1], values[i + length - 1]
            table[BEHIND, i] = 0.5 * (come - gone)
            table[AHEAD, i] = (come - mean) + (gone - table[MEAN, i - 1])
        else:
            table[BEHIND, i] = table[AHEAD, i] = 0.0


@njit(float64(Series, Table, int64, int64, int64), nogil=True, fastmath=FAST)
def product_of(values, table, length, i, j):  # type: ignore[no-untyped-def]
    """Return the sum of the products of two windows less their means."""
    total = 0.0
    for t in range(length):
        total += (values[i + t] - table[MEAN, i]) * (values[j + t] - table[MEAN, j])
    return total


@njit(int64(Series, Series, Series, float64), nogil=True, fastmath=FAST)
def most_correlated(products, inverse, allowed, best):  # type: ignore[no-untyped-def]
    """Return the first lane that is as good as the best, but for rounding."""
    least, last = best - _ROUNDING * abs(best), len(inverse) - 1
    k = 0
    while k < last and products[k] * inverse[k] + allowed[k] < least:
        k += 1
    return k


@njit(int64(Series, Series, Series, float64, float64, float64, float64), nogil=True, fastmath=FAST)
def nearest_lane(products, squares, mean, own, weight, best, size):  # type: ignore[no-untyped-def]
    """Return the first lane that is as near as the best, but for rounding; means that differ count by ``weight``."""
    most, last = best + _ROUNDING * (abs(best) + size), len(mean) - 1
    k = 0
    while k < last and squares[k] - 2 * products[k] + weight * (own - mean[k]) * (own - mean[k]) > most:
        k += 1
    return k


@njit(void(Series, Table, Table, int64, int64, int64, int64, int64, Table, Places), nogil=True, fastmath=FAST)
def join(values, table, turned, length, start, stop, least, most, best, places):  # type: ignore[no-untyped-def]
    """Compare the windows ``start`` to ``stop`` with those from ``least`` to ``most - 1`` time steps earlier.

    ``turned`` holds the statistics in reverse order, between ``LANES`` columns of windows that may not be found. What
    is better than ``best``, ``(3, n_windows)``, goes there, and where it was found into ``places``.
    """
    n = table.shape[1]
    products = np.empty(LANES)
    for nearest in range(least, most, LANES):
        lanes = min(LANES, most - nearest)
        first = max(start, nearest)
        for k in range(lanes):
            j = first - nearest - k
            products[k] = product_of(values, table, length, first, j) if j >= 0 else 0.0
        for i in range(first, stop):
            entering = i - nearest
            behind, ahead = table[BEHIND, i], table[AHEAD, i]
            if i == first:
                behind = ahead = 0.0
            elif entering < lanes:
                products[entering] = product_of(values, table, length, i, 0)
            at = n - 1 - i + nearest + LANES
            mean, squares = turned[MEAN, at : at + lanes], turned[SQUARES, at : at + lanes]
            inverse, allowed = turned[INVERSE, at : at + lanes], turned[ALLOWED, at : at + lanes]
            behinds, aheads = turned[BEHIND, at : at + lanes], turned[AHEAD, at : at + lanes]
            own = table[MEAN, i]
            correlated, centred, plain = -np.inf, np.inf, np.inf
            for k in range(lanes):
                product = products[k] + behind * aheads[k] + ahead * behinds[k]
                products[k] = product
                alike = product * inverse[k] + allowed[k]
                apart = squares[k] - 2 * product
                shifted = apart + length * (own - mean[k]) * (own - mean[k])
                correlated = alike if alike > correlated else correlated
                centred = apart if apart < centred else centred
                plain = shifted if shifted < plain else plain
            if correlated > best[0, i]:
                best[0, i] = correlated
                places[0, i] = i - nearest - most_correlated(products, inverse, allowed, correlated)
            if centred < best[1, i]:
                best[1, i] = centred
                places[1, i] = i - nearest - nearest_lane(products, squares, mean, own, 0.0, centred, table[SQUARES, i])
            if plain < best[2, i]:
                best[2, i] = plain
                places[2, i] = (
                    i - nearest - nearest_lane(products, squares, mean, own, length, plain, table[SQUARES, i])
                )


@njit(void(Series, Table, int64, int64, int64, Places, Table), nogil=True, fastmath=FAST)
def exact(values, table, length, start, stop, places, distances):  # type: ignore[no-untyped-def]
    """Fill in the three distances of the windows ``start`` to ``stop - 1`` to those at ``places``.

    Nothing cancels here, where they are all but alike.

    The first is the root of ``2 - 2 r`` for a correlation of ``r``, 0 where a window is flat; the others are the roots
    of mean squares. ``places`` and ``distances`` begin at the window ``start``.
    """
    for row in range(stop - start):
        i = start + row
        for kind in range(3):
            j = places[kind, row]
            if j < 0:
                distances[kind, row] = np.nan
                continue
            size, other, total = table[INVERSE, i], table[INVERSE, j], 0.0
            if kind == 0 and (size == 0.0 or other == 0.0):
                distances[kind, row] = np.sqrt(2.0)
                continue
            mine = table[MEAN, i] if kind < 2 else 0.0
            its = table[MEAN, j] if kind < 2 else 0.0
            if kind > 0:
                size = other = 1 / np.sqrt(length)
            for t in range(length):
                total += ((values[i + t] - mine) * size - (values[j + t] - its) * other) ** 2
            distances[kind, row] = np.sqrt(total)


@njit(int64(Series, int64, float64), nogil=True)
def rank_of(sample, n, value):  # type: ignore[no-untyped-def]
    """Return how many of the first ``n`` of a sample in ascending order are below a value."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if sample[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(void(Series, Series), nogil=True)
def tail(sample, found):  # type: ignore[no-untyped-def]
    """Fill in the 95 % quantile of a sample in ascending order, and the mean excess over it."""
    last = len(sample) - 1
    at = 0.95 * last
    low = int(at)
    high = min(low + 1, last)
    quantile = sample[low] + (at - low) * (sample[high] - sample[low])
    total, count = 0.0, 0
    for k in range(low, last + 1):
        if sample[k] > quantile:
            total += sample[k] - quantile
            count += 1
    found[0], found[1] = quantile, total / max(count, 1)


@njit(void(Series, Series, float64, float64, float64, Series, Series), nogil=True)
def digits(sample, sums, quantile, excess, width, values, found):  # type: ignore[no-untyped-def]
    """Fill in −log10 of the probability that a number of the sample is as high; NaN for NaN.

    ``sample`` is in ascending order, ``sums[k]`` the sum of its first ``k``, or empty. Below the quantile the
    probability is the mean of the ranks over ``width``, so that rounding changes little where many are all but equal;
    above it the tail is exponential.
    """
    n = len(sample)
    for row in range(len(values)):
        value = values[row]
        if np.isnan(value):
            found[row] = np.nan
            continue
        start = min(value, quantile) - 0.5 * width
        k = rank_of(sample, n, start)
        below = float(k)
        if len(sums):
            last = rank_of(sample, n, start + width)
            below += ((last - k) * (start + width) - (sums[last] - sums[k])) / width
        else:
            while k < n and sample[k] < start + width:
                below += (start + width - sample[k]) / width
                k += 1
        so_far = -np.log10(max(1 - below / n, 0.05))
        found[row] = so_far + max(value - quantile, 0.0) / (2.302585092994046 * excess)

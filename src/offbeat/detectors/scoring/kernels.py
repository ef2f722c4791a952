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
    "FAST",
    "LANES",
    "WORST",
    "Places",
    "Series",
    "Table",
    "digits",
    "exact",
    "improve",
    "join",
    "product_of",
    "rank_of",
    "statistics",
    "tail",
]

LANES = 512
"""Lags that are followed side by side: what is known of them stays in the first cache, and vectors hold several."""

FAST = {"nnan", "nsz", "reassoc", "contract", "arcp"}
"""Sums may be taken in any order, which vectors need. There are infinities, but no NaN."""

Series, Table, Places, Lanes = float64[::1], float64[:, ::1], int64[:, ::1], int64[::1]


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


@njit(
    void(Series, Series, Series, Series, Series, float64, float64, int64, Lanes, Table, int64, Lanes),
    nogil=True,
    fastmath=FAST,
)
def improve(products, mean, squares, inverse, allowed, own, size, length, wanted, best, i, lanes):  # type: ignore[no-untyped-def]
    """Compare window ``i`` with others by their products: what is better goes to ``best``, and its lane to ``lanes``.

    What is better by no more than rounding does not count; the lane −1 stands for none. What is better is counted
    first: there seldom is anything, and processors count in vectors but compare with the best so far one by one.

    ``own`` and ``size`` are the mean and the squares of window ``i``; ``wanted`` says for each distance whether it is.
    """
    n = len(products)
    lanes[0] = lanes[1] = lanes[2] = -1
    if wanted[0]:
        least, better = best[0, i] + ROUNDING * abs(best[0, i]), 0
        for k in range(n):
            better += products[k] * inverse[k] + allowed[k] > least
        for k in range(n if better > 0 else 0):
            alike = products[k] * inverse[k] + allowed[k]
            if alike > least:
                least, best[0, i], lanes[0] = alike + ROUNDING * abs(alike), alike, k
    if wanted[1]:
        most, better = best[1, i] - ROUNDING * (abs(best[1, i]) + size), 0
        for k in range(n):
            better += squares[k] - 2 * products[k] < most
        for k in range(n if better > 0 else 0):
            apart = squares[k] - 2 * products[k]
            if apart < most:
                most, best[1, i], lanes[1] = apart - ROUNDING * (abs(apart) + size), apart, k
    if wanted[2]:
        most, better = best[2, i] - ROUNDING * (abs(best[2, i]) + size), 0
        for k in range(n):
            better += squares[k] - 2 * products[k] + length * (own - mean[k]) * (own - mean[k]) < most
        for k in range(n if better > 0 else 0):
            apart = squares[k] - 2 * products[k] + length * (own - mean[k]) * (own - mean[k])
            if apart < most:
                most, best[2, i], lanes[2] = apart - ROUNDING * (abs(apart) + size), apart, k


@njit(void(Series, Table, Table, int64, int64, int64, int64, int64, Lanes, Table, Places), nogil=True, fastmath=FAST)
def join(values, table, turned, length, start, stop, least, most, wanted, best, places):  # type: ignore[no-untyped-def]
    """Compare the windows ``start`` to ``stop`` with those from ``least`` to ``most - 1`` time steps earlier.

    ``turned`` holds the statistics in reverse order, between ``LANES`` columns of windows that may not be found.
    ``wanted`` says for each of the three distances whether it is. What is better than ``best``, ``(3, n_windows)``,
    goes there, and where it was found into ``places``.
    """
    n = table.shape[1]
    found = np.empty(3, dtype=np.int64)
    for nearest in range(least, most, LANES):
        lanes = min(LANES, most - nearest)
        products = np.empty(lanes)
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
            behinds, aheads = turned[BEHIND, at : at + lanes], turned[AHEAD, at : at + lanes]
            for k in range(lanes):
                products[k] += behind * aheads[k] + ahead * behinds[k]
            improve(
                products,
                turned[MEAN, at : at + lanes],
                turned[SQUARES, at : at + lanes],
                turned[INVERSE, at : at + lanes],
                turned[ALLOWED, at : at + lanes],
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

"""The compiled loop behind :mod:`offbeat.detectors.scoring.nearest`; importing this module compiles it (one second).

As in :mod:`offbeat.detectors.scoring.kernels`, but for two series and one distance.
"""

from __future__ import annotations

import numpy as np
from numba import float64, int64, njit, void

__all__ = ["LANES", "most_correlated"]

LANES = 512
"""Diagonals that are followed side by side: what belongs to them stays in the first cache, and vectors hold several."""

_FAST = {"nnan", "nsz", "reassoc", "contract", "arcp"}
_Series, _Places = float64[::1], int64[::1]
_Table = float64[:, ::1]


@njit(float64(_Series, float64, _Series, float64), nogil=True, fastmath=_FAST)
def _product(one, its_mean, other, other_mean):  # type: ignore[no-untyped-def]
    """Return the sum of the products of two windows less their means."""
    total = 0.0
    for t in range(len(one)):
        total += (one[t] - its_mean) * (other[t] - other_mean)
    return total


@njit(void(_Series, _Table, _Series, _Table, int64, int64, _Series, _Places), nogil=True, fastmath=_FAST)
def most_correlated(queries, own, history, table, length, n, best, places):  # type: ignore[no-untyped-def]
    """Find for each window of a series the window of another one that it correlates most with.

    Parameters
    ----------
    queries : array of shape (n_queries + length - 1,)
        The first series.
    own : array of shape (3, n_queries)
        The mean of each of its windows, and the two terms of the recurrence.
    history : array of shape (n + length - 1,)
        The second series.
    table : array of shape (5, n + 2 * LANES)
        The same of its windows; the reciprocals of their standard deviations; and minus infinity where a window may not
        be found, else 0. There are ``LANES`` columns of windows that may not be found on either side.
    length, n : int
        Time steps of a window, and the number of windows of the second series.
    best, places : arrays of shape (n_queries,)
        Where a correlation, times the standard deviation of the query, is larger than ``best``, it and the place of the
        window are filled in.
    """
    n_queries = own.shape[1]
    products = np.empty(LANES)
    # Lane k compares query i with window i + diagonal + k.
    for diagonal in range(1 - n_queries, n, LANES):
        first, stop = max(0, 1 - LANES - diagonal), min(n_queries, n - diagonal)
        for i in range(first, stop):
            column = i + diagonal
            behind, ahead = own[1, i], own[2, i]
            # Only the first row has no row before it; in others window 0 alone is new.
            begin, end = max(0, -column), min(LANES, 1 - column)
            if i == first:
                behind = ahead = 0.0
                end = min(LANES, n - column)
                products[:] = 0.0
            for k in range(begin, end):
                j = column + k
                query, window = queries[i : i + length], history[j : j + length]
                products[k] = _product(query, own[0, i], window, table[0, LANES + j])
            at = LANES + column
            behinds, aheads = table[1, at : at + LANES], table[2, at : at + LANES]
            inverse, allowed = table[3, at : at + LANES], table[4, at : at + LANES]
            highest, better = best[i], 0
            for k in range(LANES):
                products[k] += behind * aheads[k] + ahead * behinds[k]
                better += products[k] * inverse[k] + allowed[k] > highest
            # What is better is counted first: there seldom is anything, and processors count in vectors.
            for k in range(LANES if better > 0 else 0):
                if products[k] * inverse[k] + allowed[k] > best[i]:
                    best[i], places[i] = products[k] * inverse[k] + allowed[k], column + k

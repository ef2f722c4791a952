"""Compiled loops of a stream: the products of its newest window with all others, and samples that change.

Importing this module compiles them, see :mod:`offbeat.detectors.scoring.kernels`.
"""

from __future__ import annotations

import numpy as np
from numba import boolean, float64, int64, njit, void

from offbeat.detectors.scoring.kernels import (
    FAST,
    LANES,
    Lanes,
    Places,
    Series,
    Table,
    digits,
    exact,
    improve,
    product_of,
    rank_of,
    statistics,
    tail,
)
from offbeat.detectors.scoring.window_statistics import AHEAD, ALLOWED, BEHIND, INVERSE, MEAN, SQUARES, WORST

__all__ = ["all_products", "follow", "newest", "replace"]


@njit(void(Series, Table, int64, int64, Series), nogil=True, fastmath=FAST)
def all_products(values, table, length, i, products):  # type: ignore[no-untyped-def]
    """Fill in the products of window ``i`` with all windows up to itself."""
    for j in range(i + 1):
        products[j] = product_of(values, table, length, i, j)


@njit(void(Series, Table, int64, int64, int64, int64, Series, Series), nogil=True, fastmath=FAST)
def advance(values, table, length, i, begin, end, before, after):  # type: ignore[no-untyped-def]
    """Fill in the products of window ``i`` with windows ``begin`` to ``end - 1``, from those of window ``i - 1``."""
    first = max(begin, 1)
    if begin == 0:
        after[0] = product_of(values, table, length, i, 0)
    behind, ahead, earlier, later = table[BEHIND, i], table[AHEAD, i], before[first - 1 : end - 1], after[first:end]
    behinds, aheads = table[BEHIND, first:end], table[AHEAD, first:end]
    for k in range(end - first):
        later[k] = earlier[k] + behind * aheads[k] + ahead * behinds[k]


@njit(
    void(
        Series, Table, int64, int64, int64, int64, float64, boolean, Lanes, Series, Series, Table, Places, Table, Table
    ),
    nogil=True,
    fastmath=FAST,
)
def newest(  # type: ignore[no-untyped-def]
    values, table, length, known, memory, i, flat, gap, wanted, before, after, best, places, alone, found
):
    """Find the nearest of all earlier windows to window ``i``, which follows the one before it; see ``NewestWindow``.

    The products of window ``i`` with all windows that it or a later one may be compared with go to ``after``, and its
    distances to column 0 of ``found``, those to the known part alone to ``alone``; a window with a gap has none, and is
    never found.
    """
    statistics(values, length, flat, table, i, i + 1)
    places[:], alone[:], found[:], lanes = -1, np.nan, np.nan, np.empty(3, dtype=np.int64)
    best[0, 0], best[1, 0], best[2, 0] = -WORST, WORST, WORST
    n_known, oldest, stop = known - length + 1, max(known, i - length - memory + 1), i - length + 1
    # Windows across the end of the known part are none, but products of later ones follow from theirs.
    for start, end, compared in ((0, n_known, not gap), (max(0, n_known), known, False), (oldest, stop, not gap)):
        for begin in range(start, end, LANES):
            some = slice(begin, min(begin + LANES, end))
            advance(values, table, length, i, some.start, some.stop, before, after)
            if compared:
                mean, squares, inverse, allowed = table[MEAN], table[SQUARES], table[INVERSE], table[ALLOWED]
                others = mean[some], squares[some], inverse[some], allowed[some]
                improve(after[some], *others, mean[i], squares[i], length, wanted, best, 0, lanes)
                for kind in range(3):
                    if lanes[kind] >= 0:
                        places[kind, 0] = begin + lanes[kind]
        if compared and end == n_known:
            exact(values, table, length, i, i + 1, places, alone)
    if gap:
        table[SQUARES, i], table[ALLOWED, i] = np.inf, -np.inf
    else:
        exact(values, table, length, i, i + 1, places, found)


@njit(int64(Series, int64, float64, float64), nogil=True)
def replace(sample, n, gone, come):  # type: ignore[no-untyped-def]
    """Take a number out of the first ``n`` of a sample in ascending order, and put another in; return how many it has.

    NaN stands for none to take out. Only what lies between the two is moved.
    """
    place = rank_of(sample, n, come)
    empty = n if np.isnan(gone) else rank_of(sample, n, gone)
    if place > empty:
        place -= 1
    for j in range(empty, place):
        sample[j] = sample[j + 1]
    for j in range(empty, place, -1):
        sample[j] = sample[j - 1]
    sample[place] = come
    return n + 1 if np.isnan(gone) else n


@njit(int64(Series, int64, Series, float64, Series, Series, Series), nogil=True)
def follow(sample, n, ends, least, gone, values, found):  # type: ignore[no-untyped-def]
    """Fill in the digits of values that join a sample one after the other; return how many it has then.

    Parameters
    ----------
    sample : array
        Its first ``n`` are in ascending order, and the rest is room for more.
    ends : array of shape (2,)
        Its quantile and mean excess, see :func:`offbeat.detectors.scoring.kernels.tail`.
    least : float
        The least mean excess, and the width that ranks are averaged over.
    gone : array of shape (n_values,)
        What leaves the sample when a value joins it; NaN for none.
    values, found : arrays of shape (n_values,)
        The values, of which NaN does not join, and their digits.
    """
    no_sums = np.empty(0)
    for row in range(len(values)):
        some = slice(row, row + 1)
        digits(sample[:n], no_sums, ends[0], max(ends[1], least), least, values[some], found[some])
        if not np.isnan(values[row]):
            n = replace(sample, n, gone[row], values[row])
            tail(sample[:n], ends)
    return n

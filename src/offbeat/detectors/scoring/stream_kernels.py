"""Compiled loops of a stream: the products of its newest window with all others, and samples that change.

Importing this module compiles them, see :mod:`offbeat.detectors.scoring.kernels`.
"""

from __future__ import annotations

import numpy as np
from numba import float64, int64, njit, void

from offbeat.detectors.scoring.kernels import (
    AHEAD,
    ALLOWED,
    BEHIND,
    FAST,
    INVERSE,
    LANES,
    MEAN,
    SQUARES,
    Lanes,
    Places,
    Series,
    Table,
    improve,
    product_of,
    rank_of,
)

__all__ = ["advance", "all_products", "replace", "search"]


@njit(void(Series, Table, int64, int64, Series), nogil=True, fastmath=FAST)
def all_products(values, table, length, i, products):  # type: ignore[no-untyped-def]
    """Fill in the products of window ``i`` with all windows up to itself."""
    for j in range(i + 1):
        products[j] = product_of(values, table, length, i, j)


@njit(void(Series, Table, int64, int64, Series, Series), nogil=True, fastmath=FAST)
def advance(values, table, length, i, before, after):  # type: ignore[no-untyped-def]
    """Fill in the products of window ``i`` with all windows up to itself, from those of the window before it."""
    behind, ahead = table[BEHIND, i], table[AHEAD, i]
    after[0] = product_of(values, table, length, i, 0)
    behinds, aheads, earlier, later = table[BEHIND, 1 : i + 1], table[AHEAD, 1 : i + 1], before[:i], after[1 : i + 1]
    for k in range(i):
        later[k] = earlier[k] + behind * aheads[k] + ahead * behinds[k]


@njit(void(Series, Table, int64, int64, int64, int64, Lanes, Table, Places), nogil=True, fastmath=FAST)
def search(products, table, length, i, start, stop, wanted, best, places):  # type: ignore[no-untyped-def]
    """Compare window ``i`` with the windows ``start`` to ``stop - 1``, by its products; results go to column 0."""
    found = np.empty(3, dtype=np.int64)
    for begin in range(start, stop, LANES):
        end = min(begin + LANES, stop)
        improve(
            products[begin:end],
            table[MEAN, begin:end],
            table[SQUARES, begin:end],
            table[INVERSE, begin:end],
            table[ALLOWED, begin:end],
            table[MEAN, i],
            table[SQUARES, i],
            length,
            wanted,
            best,
            0,
            found,
        )
        for kind in range(3):
            if found[kind] >= 0:
                places[kind, 0] = begin + found[kind]


@njit(int64(Series, int64, float64, float64), nogil=True)
def replace(sample, n, gone, come):  # type: ignore[no-untyped-def]
    """Take a number out of the first ``n`` of a sample in ascending order, and put another in; return how many it has.

    NaN stands for none.
    """
    if not np.isnan(gone):
        k = rank_of(sample, n, gone)
        for j in range(k, n - 1):
            sample[j] = sample[j + 1]
        n -= 1
    if not np.isnan(come):
        k = rank_of(sample, n, come)
        for j in range(n, k, -1):
            sample[j] = sample[j - 1]
        sample[k] = come
        n += 1
    return n

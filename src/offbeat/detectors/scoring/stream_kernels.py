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
    MEAN,
    SQUARES,
    Places,
    Series,
    Table,
    most_correlated,
    nearest_lane,
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


@njit(void(Series, Table, int64, int64, int64, int64, Table, Places), nogil=True, fastmath=FAST)
def search(products, table, length, i, start, stop, best, places):  # type: ignore[no-untyped-def]
    """Compare window ``i`` with the windows ``start`` to ``stop - 1``, by its products; results go to column 0."""
    own, correlated, centred, plain = table[MEAN, i], -np.inf, np.inf, np.inf
    products, mean, squares = products[start:stop], table[MEAN, start:stop], table[SQUARES, start:stop]
    inverse, allowed = table[INVERSE, start:stop], table[ALLOWED, start:stop]
    for k in range(stop - start):
        alike = products[k] * inverse[k] + allowed[k]
        apart = squares[k] - 2 * products[k]
        shifted = apart + length * (own - mean[k]) * (own - mean[k])
        correlated = alike if alike > correlated else correlated
        centred = apart if apart < centred else centred
        plain = shifted if shifted < plain else plain
    if correlated > best[0, 0]:
        best[0, 0], places[0, 0] = correlated, start + most_correlated(products, inverse, allowed, correlated)
    if centred < best[1, 0]:
        best[1, 0] = centred
        places[1, 0] = start + nearest_lane(products, squares, mean, own, 0.0, centred, table[SQUARES, i])
    if plain < best[2, 0]:
        best[2, 0] = plain
        places[2, 0] = start + nearest_lane(products, squares, mean, own, length, plain, table[SQUARES, i])


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

"""The loops of :mod:`offbeat.detectors.scoring.stream_kernels` by NumPy, for where numba is not installed."""

from __future__ import annotations

import numpy as np

from offbeat.detectors.scoring.plain_kernels import (
    Places,
    Series,
    Table,
    exact,
    improve,
    products_of,
    rank_of,
    statistics,
    tail,
)
from offbeat.detectors.scoring.window_statistics import AHEAD, ALLOWED, BEHIND, INVERSE, MEAN, SQUARES, WORST

__all__ = ["all_products", "follow", "newest", "replace"]


def all_products(values: Series, table: Table, length: int, i: int, products: Series) -> None:
    """Fill in the products of window ``i`` with all windows up to itself."""
    products[: i + 1] = products_of(values, table, length, i, 0, i + 1)


def newest(
    values: Series,
    table: Table,
    length: int,
    known: int,
    memory: int,
    i: int,
    flat: float,
    gap: bool,
    wanted: Places,
    before: Series,
    after: Series,
    best: Table,
    places: Places,
    alone: Table,
    found: Table,
) -> None:
    """Find the nearest of all earlier windows to window ``i``, which follows the one before it."""
    statistics(values, length, flat, table, i, i + 1)
    places[:], alone[:], found[:], lanes = -1, np.nan, np.nan, np.empty(3, dtype=np.int64)
    best[:, 0] = -WORST, WORST, WORST
    n_known, oldest, stop = known - length + 1, max(known, i - length - memory + 1), i - length + 1
    # Windows across the end of the known part are none, but products of later ones follow from theirs.
    for begin, end, compared in ((0, n_known, not gap), (max(0, n_known), known, False), (oldest, stop, not gap)):
        if begin >= end:
            continue
        some = slice(begin, end)
        _advance(values, table, length, i, begin, end, before, after)
        if not compared:
            continue
        others = table[MEAN, some], table[SQUARES, some], table[INVERSE, some], table[ALLOWED, some]
        improve(after[some], *others, table[MEAN, i], table[SQUARES, i], length, wanted, best, 0, lanes)
        for kind in range(3):
            if lanes[kind] >= 0:
                places[kind, 0] = begin + lanes[kind]
        if end == n_known:
            exact(values, table, length, i, i + 1, places, alone)
    if gap:
        table[SQUARES, i], table[ALLOWED, i] = np.inf, -np.inf
    else:
        exact(values, table, length, i, i + 1, places, found)


def _advance(
    values: Series, table: Table, length: int, i: int, begin: int, end: int, before: Series, after: Series
) -> None:
    """Fill in the products of window ``i`` with windows ``begin`` to ``end - 1``, from those of window ``i - 1``."""
    first = max(begin, 1)
    if begin == 0:
        after[0] = products_of(values, table, length, i, 0, 1)[0]
    later = after[first:end]
    np.multiply(table[AHEAD, first:end], table[BEHIND, i], out=later)
    later += table[BEHIND, first:end] * table[AHEAD, i]
    later += before[first - 1 : end - 1]


def replace(sample: Series, n: int, gone: float, come: float) -> int:
    """Take a number out of the first ``n`` of a sample in ascending order, and put another in; return how many it has.

    NaN stands for none to take out. Only what lies between the two is moved.
    """
    place = rank_of(sample, n, come)
    empty = n if np.isnan(gone) else rank_of(sample, n, gone)
    if place > empty:
        place -= 1
        sample[empty:place] = sample[empty + 1 : place + 1]
    else:
        sample[place + 1 : empty + 1] = sample[place:empty]
    sample[place] = come
    return n + 1 if np.isnan(gone) else n


def follow(sample: Series, n: int, ends: Series, least: float, gone: Series, values: Series, found: Series) -> int:
    """Fill in the digits of values that join a sample one after the other; return how many it has then."""
    for row, value in enumerate(values.tolist()):
        some = slice(row, row + 1)
        _digits_of_one(sample[:n], ends[0], max(ends[1], least), least, values[some], found[some])
        if not np.isnan(value):
            n = replace(sample, n, gone[row], value)
            tail(sample[:n], ends)
    return n


def _digits_of_one(sample: Series, quantile: float, excess: float, width: float, value: Series, found: Series) -> None:
    """Fill in the digits of one number; the sums of those just below and above it are all that counts."""
    start = min(value[0], quantile) - 0.5 * width
    low, high = np.searchsorted(sample, (start, start + width))
    below = low + (start + width - sample[low:high]).sum() / width
    so_far = -np.log10(max(1 - below / len(sample), 0.05))
    found[0] = so_far + max(value[0] - quantile, 0.0) / (2.302585092994046 * excess)

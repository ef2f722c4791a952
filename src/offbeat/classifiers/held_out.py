"""Which series are kept aside while a classifier learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError

__all__ = ["held_out_rows"]

_TRIES = 200

Rows = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]


def held_out_rows(codes: Codes, share: float, seed: int, groups: npt.ArrayLike | None = None) -> Rows:
    """Return which rows to hold out, ``(n,)``: the same share of each class, or whole groups.

    Without groups at least one series of each class that has two or more is held out, and at least one stays. With
    groups (patients, records) none is on both sides; of many random draws the one is taken whose classes are nearest
    to the share, and in which no class is held out altogether where that can be had.

    Parameters
    ----------
    codes : array of shape (n,)
        The number of the class of each row.
    share : float
        How much to hold out, between 0 and 1.
    seed : int
        Equal seeds, equal draws.
    groups : array of shape (n,), optional
        Whom each row comes from.

    Raises
    ------
    DataError
        If nothing can be held out.

    Examples
    --------
    >>> held_out_rows(np.array([0, 0, 0, 0, 1, 1]), 0.25, seed=0).sum()
    np.int64(2)
    """
    rng = np.random.default_rng(seed)
    rows = _by_class(codes, share, rng) if groups is None else _by_group(codes, share, rng, np.asarray(groups))
    if not rows.any():
        raise DataError(
            "one series of each class is too few: some are learned from, and others are held out; give two or more of "
            "a class, or validation=…"
        )
    return rows


def _by_class(codes: Codes, share: float, rng: np.random.Generator) -> Rows:
    rows = np.zeros(len(codes), dtype=np.bool_)
    for code in np.unique(codes):
        of_class = rng.permutation(np.flatnonzero(codes == code))
        count = min(max(1, round(share * len(of_class))), len(of_class) - 1)
        rows[of_class[:count]] = True
    return rows


def _by_group(codes: Codes, share: float, rng: np.random.Generator, groups: npt.NDArray[Any]) -> Rows:
    if groups.shape != codes.shape:
        raise ShapeError(f"expected {len(codes)} groups, one for each series, got {groups.shape}")
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise DataError("holding out by group needs two groups or more, but all series are of one: give validation=…")
    counts = np.zeros((len(names), codes.max() + 1))
    np.add.at(counts, (members, codes), 1)
    n_held = min(max(1, round(share * len(names))), len(names) - 1)
    draws = [rng.permutation(len(names))[:n_held] for _ in range(_TRIES)]
    best = min(draws, key=lambda drawn: _unlikeness(counts[drawn].sum(axis=0) / counts.sum(axis=0), share))
    return np.isin(members, best)


def _unlikeness(shares: npt.NDArray[np.float64], share: float) -> float:
    """Return how far the held-out shares of the classes are from what they should be; much, if a class is lost."""
    return float(np.abs(shares - share).mean() + np.sum(shares >= 1))

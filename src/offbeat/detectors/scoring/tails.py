"""How rare a score is among normal ones: a common scale for the scores of different detectors."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.series.recording import FloatArray

__all__ = ["Tail", "joined", "require_tail", "tail_of"]

Scores = npt.NDArray[np.float64]

_HIGHEST_LEVEL, _LOWEST_LEVEL, _IN_TAIL = 0.75, 0.5, 10
"""The tail is the upper quarter; of few scores more, so that it holds ten of them, but at most the upper half."""
_HEAVIEST = 0.45
"""The largest shape of a tail: from 0.5 on the variance is infinite, and the fit by moments fails."""
_EXPONENTIAL = 1e-6
"""Below this shape the tail is taken for exponential."""
_MOST = 100.0
"""The largest −log10 p."""
_FEWEST = 5
"""The fewest scores that a tail can be fitted to."""


class Tail:
    """Tail probabilities of scores, by a sample of normal ones.

    In the lower three quarters of the sample (in less of it, if it has fewer than 40 scores) the probability comes from
    the rank; above them from a generalised Pareto distribution, fitted to the excesses by moments, with a shape from 0
    (exponential) to 0.45.

    Parameters
    ----------
    sample : array of shape (n_scores,)
        Normal scores in ascending order.

    References
    ----------
    J. R. M. Hosking and J. R. Wallis, "Parameter and Quantile Estimation for the Generalized Pareto Distribution",
    Technometrics 29, 1987.

    Examples
    --------
    >>> tail = Tail(np.sort(np.random.default_rng(0).exponential(size=5000)))
    >>> tail.neg_log10_p(np.log([2, 10, 1000])).round(1)
    array([0.3, 1. , 2.9])
    """

    def __init__(self, sample: npt.ArrayLike) -> None:
        self.sample = np.asarray(sample, dtype=np.float64)
        self._first = _first_of_tail(len(self.sample))
        self.start = float(self.sample[self._first])

    @cached_property
    def shape_and_scale(self) -> tuple[float, float]:
        """Shape and scale of the Pareto distribution of the excesses."""
        excesses = self.sample[self._first :] - self.start
        mean = float(excesses.sum()) / len(excesses)
        apart = excesses - mean
        spread = float(apart @ apart) / len(excesses)
        shape = min(max(0.5 * (1 - mean * mean / spread), 0.0), _HEAVIEST) if spread > 0 else 0.0
        return shape, max(mean * (1 - shape), 1e-6 * abs(self.start), float(np.finfo(float).tiny))

    def neg_log10_p(self, scores: npt.ArrayLike) -> Scores:
        """Return −log10 of the probability that a normal score is at least as high, at most 100; NaN for NaN."""
        values, last = np.asarray(scores, dtype=np.float64), len(self.sample) - 1
        shape, scale = self.shape_and_scale
        with np.errstate(over="ignore"):
            excess = np.minimum(np.maximum(values - self.start, 0.0) / scale, 1e300)
        depth = np.log1p(shape * excess) / shape if shape > _EXPONENTIAL else excess
        above = np.searchsorted(self.sample, values, side="right")
        low, high = self.sample[np.maximum(above - 1, 0)], self.sample[np.minimum(above, last)]
        between = np.divide(values - low, high - low, out=np.zeros(values.shape), where=(high > low) & (above > 0))
        rank = np.clip(np.maximum(above, 1) - 0.5 + between, 0.5, self._first)
        bulk = np.where(np.isnan(values), np.nan, -np.log10(1 - rank / len(self.sample)))
        tail = np.minimum(depth / np.log(10) + self._neg_log10_above(self._first), _MOST)
        return np.asarray(np.where(values > self.start, tail, bulk))

    def neg_log10_p_of_one(self, score: float) -> float:
        """Return :meth:`neg_log10_p` of a single score, faster."""
        if score > self.start:
            shape, scale = self.shape_and_scale
            excess = min((score - self.start) / scale, 1e300)
            depth = math.log1p(shape * excess) / shape if shape > _EXPONENTIAL else excess
            return min(depth / math.log(10) + self._neg_log10_above(self._first), _MOST)
        if math.isnan(score):
            return math.nan
        above = int(self.sample.searchsorted(score, side="right"))
        low, high = float(self.sample[max(above - 1, 0)]), float(self.sample[min(above, len(self.sample) - 1)])
        # Interpolated, because with steps a rounding error in a score could make a difference of a whole rank.
        between = (score - low) / (high - low) if high > low and above else 0.0
        return self._neg_log10_above(min(max(above, 1) - 0.5 + between, self._first))

    def _neg_log10_above(self, rank: float) -> float:
        return -math.log10(1 - rank / len(self.sample))


def _first_of_tail(n: int) -> int:
    return int(min(_HIGHEST_LEVEL, max(_LOWEST_LEVEL, 1 - _IN_TAIL / n)) * n)


def joined(rarities: FloatArray, how: str) -> Scores:
    """Return the mean or the maximum over the parts, from ``(n, n_parts)`` to ``(n,)``."""
    result: Scores = rarities.mean(axis=-1) if how == "mean" else rarities.max(axis=-1)
    return result


def tail_of(normal: Scores) -> Tail:
    """Return the tail of normal scores in any order; those that are missing or infinite are left out.

    Raises
    ------
    DataError
        If there are too few.

    Examples
    --------
    >>> float(tail_of(np.array([4.0, np.nan, 1.0, 3.0, 2.0, 5.0])).neg_log10_p(2.0).round(1))
    0.2
    """
    known = normal[np.isfinite(normal)]
    require_tail(known)
    return Tail(np.sort(known))


def require_tail(normal: Scores) -> None:
    """Raise DataError where there are too few normal scores for a tail."""
    if len(normal) < _FEWEST:
        raise DataError(
            f"expected at least {_FEWEST} held-out normal scores to tell how rare a score is by, got {len(normal)}: "
            "give more data, or a larger held_out"
        )

"""How rare a score is among normal ones: the common scale on which scores of different detectors can be joined."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.recording import FloatArray

__all__ = ["Adapting", "Tail", "joined"]

Scores = npt.NDArray[np.float64]

_HIGHEST_LEVEL, _LOWEST_LEVEL, _IN_TAIL = 0.75, 0.5, 10
"""The tail is the upper quarter; of few scores more, so that ten of them are in it, but not below the median."""
_HEAVIEST = 0.45
"""The largest shape of a tail; from 0.5 on its variance would be infinite, and moments say nothing about it."""
_MOST = 100.0
"""Nothing is called rarer than 1 in 10 to this power."""
_FEWEST = 5
"""Fewer scores than this have no tail to speak of."""


class Tail:
    """The upper tail of a sample of scores.

    In the lower three quarters (of fewer than 40 scores: less) the rank says how rare a score is; above them a
    generalised Pareto distribution, fitted to the excesses by moments, with a shape from 0 (exponential) to 0.45.

    Parameters
    ----------
    sample : sequence of float
        Sorted.

    References
    ----------
    J. R. M. Hosking and J. R. Wallis, "Parameter and Quantile Estimation for the Generalized Pareto Distribution",
    Technometrics 29, 1987.

    Examples
    --------
    >>> tail = Tail(np.sort(np.random.default_rng(0).exponential(size=5000)))
    >>> tail.surprise(np.log([2, 10, 1000])).round(1)
    array([0.3, 1. , 2.9])
    """

    def __init__(self, sample: Sequence[float] | Scores) -> None:
        self.sample = sample
        first = _first_of_tail(len(sample))
        excesses = np.asarray(sample[first:], dtype=np.float64) - sample[first]
        self.start, mean = float(sample[first]), float(excesses.mean())
        spread = float(excesses.var())
        self.shape = min(max(0.5 * (1 - mean * mean / spread), 0.0), _HEAVIEST) if spread > 0 else 0.0
        self.scale = max(mean * (1 - self.shape), 1e-6 * abs(self.start), np.finfo(float).tiny)
        self._at_start = -np.log10(1 - first / len(sample))

    def surprise(self, scores: npt.ArrayLike) -> Scores:
        """Return −log10 of the probability that a normal score is as high, at most 100; NaN for NaN."""
        values, sample = np.asarray(scores, dtype=np.float64), np.asarray(self.sample)
        with np.errstate(over="ignore"):
            excess = np.maximum(values - self.start, 0.0) / self.scale
        depth = np.log1p(self.shape * excess) / self.shape if self.shape > 1e-6 else excess
        # A rank between two scores of the sample lies between theirs: with steps, rounding would make a difference.
        above = np.searchsorted(sample, values, side="right")
        low, high = sample[np.maximum(above - 1, 0)], sample[np.minimum(above, len(sample) - 1)]
        between = np.divide(values - low, high - low, out=np.zeros(values.shape), where=(high > low) & (above > 0))
        bulk = _of_rank(above - 0.5 + between, len(sample))
        found: Scores = np.minimum(np.where(values > self.start, depth / np.log(10) + self._at_start, bulk), _MOST)
        return found


def _first_of_tail(n: int) -> int:
    return int(min(_HIGHEST_LEVEL, max(_LOWEST_LEVEL, 1 - _IN_TAIL / n)) * n)


def _of_rank(rank: Any, n: int) -> Any:
    """Return how rare a score is that stands in the bulk, at a rank counted from 0."""
    return -np.log10(np.clip(1 - rank / n, 1 - _first_of_tail(n) / n, 1.0))


def joined(surprises: FloatArray, how: str) -> Scores:
    """Return the mean or the maximum over the parts, ``(n, n_parts)`` to ``(n,)``."""
    result: Scores = surprises.mean(axis=-1) if how == "mean" else surprises.max(axis=-1)
    return result


class Adapting:
    """Judges each score against those before it: the newest ``memory`` of them, to begin with held-out normal ones.

    Parameters
    ----------
    normal : array of shape (n_normal, n_parts)
        Scores of each part for normal data.
    memory : int
        Scores remembered.
    how : {"mean", "max"}
        How the parts are joined.
    """

    delay = 0

    def __init__(self, normal: Scores, memory: int, how: str) -> None:
        self.memory, self.how = memory, how
        self._start(normal[-memory:])

    def whole(self, rows: FloatArray, n_times: int) -> Scores:
        """Return the scores of a recording, in order."""
        scores = np.full(n_times, np.nan)
        # Windows may be fewer than time steps: the first ones have none.
        for row, given in enumerate(rows, start=n_times - len(rows)):
            scores[row] = self.push(given)
        return scores

    def push(self, row: FloatArray) -> float:
        """Return how rare the newest scores are, and remember them; a missing one is not judged and not remembered."""
        if np.isnan(row).any():
            return float("nan")
        surprises = np.array([_surprise(past, float(v)) for past, v in zip(self._sorted, row, strict=True)])
        self._order.append(row)
        for past, value in zip(self._sorted, row, strict=True):
            insort(past, float(value))
        if len(self._order) > self.memory:
            for past, value in zip(self._sorted, self._order.popleft(), strict=True):
                del past[bisect_left(past, float(value))]
        return float(joined(surprises, self.how))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the scores it remembers, oldest first."""
        return {"past": np.array(self._order, dtype=np.float64)}

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        self._start(arrays["past"])

    def _start(self, past: Iterable[FloatArray]) -> None:
        self._order: deque[FloatArray] = deque(np.asarray(row, dtype=np.float64) for row in past)
        self._sorted = [sorted(map(float, part)) for part in zip(*self._order, strict=True)]


def _surprise(past: list[float], value: float) -> float:
    """Return what ``Tail(past).surprise`` does, sooner for the many scores that are nothing special."""
    if value > past[_first_of_tail(len(past))]:
        return float(Tail(past).surprise(value))
    above = bisect_right(past, value)
    if not above:
        return 0.0
    low, high = past[above - 1], past[min(above, len(past) - 1)]
    between = (value - low) / (high - low) if high > low else 0.0
    return float(_of_rank(above - 0.5 + between, len(past)))


def require_tail(normal: Scores) -> None:
    """Raise DataError where there are too few normal scores for a tail."""
    if len(normal) < _FEWEST:
        raise DataError(
            f"parts are joined by how rare their scores are among held-out normal ones, which takes {_FEWEST} of them, "
            f"but {len(normal)} came: give more data, or a larger held_out"
        )

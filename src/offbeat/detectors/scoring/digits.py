"""How rare a distance is among normal ones, in digits: 3 is as rare as one in a thousand."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.loops import kernels, stream_kernels
from offbeat.series.recording import FloatArray

__all__ = ["Digits"]

Values = npt.NDArray[np.float64]

_LEAST_EXCESS = 0.0033
"""The least mean excess of a tail, and the width that ranks are averaged over, in standard deviations of the training
part: what differs by less is the same."""


class Digits:
    """−log10 of the probability that a normal distance is as large.

    Up to the 95 % quantile of the sample it comes from the rank, above it from an exponential tail with the mean excess
    of the sample.

    Parameters
    ----------
    sample : array of shape (n,)
        Normal distances, in any order.
    memory : int
        How many of the newest distances join the sample as they come; 0 for a sample that stays as it is.

    Examples
    --------
    >>> sample = np.random.default_rng(0).exponential(size=5000)
    >>> Digits(sample).of(np.log([2.0, 10.0, 1000.0])).round(1)
    array([0.3, 1. , 2.9])
    """

    def __init__(self, sample: FloatArray, memory: int = 0) -> None:
        self.memory, self._n = memory, len(sample)
        self._sample = np.empty(len(sample) + memory + 1)
        self._sample[: self._n] = np.sort(sample)
        self._newest: deque[float] = deque()
        # Kept where nothing changes: many numbers that are all but equal are then counted at once.
        self._sums = np.empty(0) if memory else np.append(0.0, np.cumsum(self._sample[: self._n]))
        self._tail, self._one, self._gone, self._found = np.empty(2), np.empty(1), np.empty(1), np.empty(1)
        kernels().tail(self._sample[: self._n], self._tail)

    def of(self, distances: FloatArray) -> Values:
        """Return the digits of distances in the order of time, ``(n,)``; NaN for NaN, which is not remembered."""
        values, found = np.ascontiguousarray(distances, dtype=np.float64), np.empty(len(distances))
        if self.memory:
            self._remember(values, found)
        else:
            quantile, excess = self._tail.tolist()
            excess = max(excess, _LEAST_EXCESS)
            kernels().digits(self._sample[: self._n], self._sums, quantile, excess, _LEAST_EXCESS, values, found)
        return found

    def push(self, distance: float) -> float:
        """Return the digits of the next distance, and remember it."""
        self._one[0] = distance
        if not self.memory:
            return float(self.of(self._one)[0])
        self._gone[0] = self._taken_in(distance)
        self._follow(self._gone, self._one, self._found)
        return float(self._found[0])

    @property
    def newest(self) -> Values:
        """The newest distances, oldest first."""
        return np.array(self._newest, dtype=np.float64)

    def restore(self, newest: FloatArray) -> None:
        """Go on from the newest distances."""
        self._remember(np.array(newest, dtype=np.float64), np.empty(len(newest)))

    def _remember(self, values: Values, found: Values) -> None:
        """Fill in the digits of values, and remember each before the next one."""
        self._follow(np.array([self._taken_in(value) for value in values.tolist()]), values, found)

    def _taken_in(self, value: float) -> float:
        """Add a value to the newest ones, and return the one that has to leave them; NaN for none."""
        if math.isnan(value):
            return math.nan
        self._newest.append(value)
        return self._newest.popleft() if len(self._newest) > self.memory else math.nan

    def _follow(self, gone: Values, values: Values, found: Values) -> None:
        self._n = stream_kernels().follow(self._sample, self._n, self._tail, _LEAST_EXCESS, gone, values, found)

"""How new the values are of a channel that was constant in the training part."""

from __future__ import annotations

import bisect
import math
from collections import deque

import numpy as np
import numpy.typing as npt

from offbeat.series.recording import FloatArray

__all__ = ["Novelty"]


class Novelty:
    """How new a value is: its distance from the nearest one before, as a share of that from what was constant.

    Parameters
    ----------
    value : float
        What was constant.
    length : int
        Time steps after which a value belongs to the past.
    memory : int
        How many of the newest values of the past count.

    Examples
    --------
    >>> Novelty(0.0, length=2, memory=100).extend(np.array([0.0, 1.0, 1.0, 1.0, 4.0, 2.0]))
    array([0.  , 1.  , 1.  , 0.  , 0.75, 0.5 ])
    """

    def __init__(self, value: float, length: int, memory: int) -> None:
        self._value, self._memory = value, memory
        self._coming: deque[float] = deque([value] * length, maxlen=length)
        self._past: deque[float] = deque()
        self._ordered: list[float] = []
        self._varies = False

    def extend(self, values: FloatArray) -> npt.NDArray[np.float64]:
        """Return how new each value is, ``(n,)``, and remember them."""
        found = np.where(np.isnan(values), np.nan, 0.0)
        others = np.flatnonzero((values != self._value) & ~np.isnan(values))
        first = 0 if self._varies else others[0] if len(others) else len(values)
        found[first:] = [self.push(value) for value in values[first:].tolist()]
        return found

    def push(self, value: float) -> float:
        """Return how new the next value is, and remember it; NaN for NaN."""
        self._varies = self._varies or self._is_other(value)
        if self._varies and self._memory:
            self._remember(self._coming[0])
            self._coming.append(value)
        return self._distance(value) if self._is_other(value) else 0.0 * value

    def _is_other(self, value: float) -> bool:
        return value != self._value and not math.isnan(value)

    def _distance(self, value: float) -> float:
        place = bisect.bisect_left(self._ordered, value)
        nearest = min((abs(value - other) for other in self._ordered[max(place - 1, 0) : place + 1]), default=math.inf)
        return min(1.0, nearest / abs(value - self._value))

    def _remember(self, value: float) -> None:
        self._past.append(value)
        if self._is_other(value):
            bisect.insort(self._ordered, value)
        if len(self._past) > self._memory and self._is_other(gone := self._past.popleft()):
            del self._ordered[bisect.bisect_left(self._ordered, gone)]

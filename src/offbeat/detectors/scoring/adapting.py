"""The last stage of a detector that learns on: what keeps happening stops being rare."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.surprise import Tail, joined
from offbeat.errors import ModelError
from offbeat.estimators.folder import array_of
from offbeat.series.recording import FloatArray

__all__ = ["Adapting"]

Scores = npt.NDArray[np.float64]


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
        for step, row in enumerate(rows, start=n_times - len(rows)):
            scores[step] = self.push(row)
        return scores

    def push(self, row: FloatArray) -> float:
        """Return how rare the newest scores are, and remember them; a missing one is not judged and not remembered."""
        if np.isnan(row).any():
            return float("nan")
        surprises = [Tail(past.values).of_one(float(value)) for past, value in zip(self._parts, row, strict=True)]
        oldest = self._order.popleft() if len(self._order) == self.memory else None
        self._order.append(np.array(row, dtype=np.float64))
        for number, past in enumerate(self._parts):
            if oldest is not None:
                past.remove(oldest[number])
            past.add(float(row[number]))
        return float(joined(np.array(surprises), self.how))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the scores it remembers, oldest first."""
        return {"past": np.array(self._order, dtype=np.float64)}

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        past = array_of(arrays, "past", None, len(self._parts))
        if not 1 <= len(past) <= self.memory:
            raise ModelError(f"{len(past)} scores came of a memory of {self.memory}")
        self._start(past)

    def _start(self, past: Iterable[FloatArray]) -> None:
        self._order: deque[FloatArray] = deque(np.array(row, dtype=np.float64) for row in past)
        self._parts = [_Sorted(np.array(part), self.memory) for part in zip(*self._order, strict=True)]


class _Sorted:
    """Numbers in order, in a buffer with room for more."""

    def __init__(self, values: Scores, room: int) -> None:
        self._n = len(values)
        self._buffer = np.empty(max(room, self._n) + 1)
        self._buffer[: self._n] = np.sort(values)

    @property
    def values(self) -> Scores:
        """A view of them."""
        return self._buffer[: self._n]

    def add(self, value: float) -> None:
        """Put one where it belongs."""
        place = np.searchsorted(self.values, value)
        self._buffer[place + 1 : self._n + 1] = self._buffer[place : self._n]
        self._buffer[place] = value
        self._n += 1

    def remove(self, value: float) -> None:
        """Take one of them out."""
        place = np.searchsorted(self.values, value)
        self._buffer[place : self._n - 1] = self._buffer[place + 1 : self._n]
        self._n -= 1

"""The last stage of a detector that goes on learning: what keeps happening stops being rare."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.tails import Tail
from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.series.recording import FloatArray

__all__ = ["Adapting"]

Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Adapting:
    """Scores each output by how rare it is among those before it: the newest ``memory`` ones, at first of normal data.

    Parameters
    ----------
    normal : array of shape (n_normal, n_parts)
        Outputs for held-out normal data: the score of each part of a mixture.
    memory : int
        How many outputs are remembered.
    how : {"mean", "max"}
        How the parts are joined.
    """

    delay, after = 0, range(1)

    def __init__(self, normal: Scores, memory: int, how: str) -> None:
        self.memory, self.how = memory, how
        self._start(normal[-memory:])

    def score_all(self, outputs: FloatArray, n_scores: int, scored: Mask | None = None) -> Scores:
        """Return the scores of a recording, each by the outputs before it."""
        scores = np.full(n_scores, np.nan)
        # There are fewer windows than time steps: no window ends at the first ones.
        for step, output in enumerate(outputs, start=n_scores - len(outputs)):
            scores[step] = self.push(output)
        return scores

    def push(self, output: FloatArray) -> float:
        """Return how rare the newest output is, and remember it if it is finite; NaN for a missing one."""
        values: list[float] = output.tolist() if output.ndim else []
        if not values or any(map(math.isnan, values)):
            return math.nan
        parts = list(zip(self._parts, values, strict=True))
        rarities = [Tail(past.values).neg_log10_p_of_one(value) for past, value in parts]
        if any(map(math.isinf, values)):  # what lies beyond it could not be told any more
            return self._joined(rarities)
        oldest = self._order.popleft() if len(self._order) == self.memory else None
        self._order.append(values)
        for number, (past, value) in enumerate(parts):
            if oldest is None:
                past.add(value)
            else:
                past.replace(oldest[number], value)
        return self._joined(rarities)

    def _joined(self, rarities: list[float]) -> float:
        return max(rarities) if self.how == "max" else math.fsum(rarities) / len(rarities)

    def arrays(self) -> Arrays:
        """Return the outputs that are remembered, oldest first."""
        return {"past": np.array(self._order, dtype=np.float64)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        past = array_of(arrays, "past", None, len(self._parts))
        if not 1 <= len(past) <= self.memory:
            raise ModelError(f"expected 1 to {self.memory} scores, as the memory holds, got {len(past)}")
        self._start(past)

    def _start(self, past: Iterable[FloatArray]) -> None:
        self._order: deque[list[float]] = deque(np.asarray(row, dtype=np.float64).tolist() for row in past)
        self._parts = [_Sorted(np.array(part), self.memory) for part in zip(*self._order, strict=True)]


class _Sorted:
    """A sample that is kept in order while numbers come and go, without sorting it again."""

    def __init__(self, values: Scores, room: int) -> None:
        self._n = len(values)
        self._buffer = np.empty(max(room, self._n) + 1)
        self._buffer[: self._n] = np.sort(values)

    @property
    def values(self) -> Scores:
        """The numbers in order, as a view."""
        return self._buffer[: self._n]

    def add(self, value: float) -> None:
        """Insert a number in its place."""
        self._n += 1
        self._fill_from(self._n - 1, value)

    def replace(self, gone: float, come: float) -> None:
        """Put a number in the place of another one."""
        self._fill_from(int(self.values.searchsorted(gone)), come)

    def _fill_from(self, empty: int, value: float) -> None:
        """Insert a number, where one place is empty: only what lies between the two is moved."""
        buffer = self._buffer
        # What is empty must not count: the numbers before it and after it are in order.
        place = int(buffer[:empty].searchsorted(value))
        if place < empty:
            buffer[place + 1 : empty + 1] = buffer[place:empty]
        else:
            place = empty + int(buffer[empty + 1 : self._n].searchsorted(value))
            buffer[empty:place] = buffer[empty + 1 : place + 1]
        buffer[place] = value

"""From what each window gave to the score of each time step, for a whole recording or window by window."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.folder import array_of
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows

__all__ = ["Folding", "Stage"]

Scores = npt.NDArray[np.float64]


class Stage(Protocol):
    """The last stage of a detector with a window. What it was told before, it may remember."""

    delay: int
    """How many time steps after a time step its score is known."""

    def whole(self, rows: FloatArray, n_times: int) -> Scores:
        """Return the scores of a recording by what each of its windows gave, ``(n_windows, ...)``."""
        ...

    def push(self, row: FloatArray) -> float:
        """Take what the next window gave, and return the score of the time step ``delay`` before its end."""
        ...

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what it remembers."""
        ...

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave.

        Raises
        ------
        ModelError
            If it is not what such a stage remembers.
        """
        ...


class Folding:
    """Folds scores of windows back, see :meth:`offbeat.series.windows.Windows.fold`.

    Parameters
    ----------
    windows : Windows
        With stride 1.
    how : {"last", "mean", "max", "median"}
        How.
    """

    def __init__(self, windows: Windows, how: str) -> None:
        self.windows, self.how = windows, how
        self.delay = 0 if how == "last" else windows.reach - 1
        self._recent: deque[float] = deque(maxlen=self.delay + 1)

    def whole(self, rows: FloatArray, n_times: int) -> Scores:
        """Return the scores of a recording."""
        return self.windows.fold(rows, n_times, self.how)

    def push(self, row: FloatArray) -> float:
        """Return the score that the newest window settles; NaN before there is one."""
        if not self.delay:
            return float(row)
        self._recent.append(float(row))
        if len(self._recent) <= self.delay:
            return float("nan")
        windows = Windows(self.windows.reach)
        whole = windows.fold(np.array(self._recent), windows.reach + self.delay, self.how)
        return float(whole[windows.reach - 1])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the scores of the newest windows."""
        return {"recent": np.array(self._recent, dtype=np.float64)}

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        recent = array_of(arrays, "recent", None, gaps=True)
        if len(recent) > self.delay + 1:
            raise ModelError(f"{len(recent)} scores are more than the {self.delay + 1} that are folded")
        self._recent.extend(recent.tolist())

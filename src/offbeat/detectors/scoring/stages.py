"""The last stage of a detector: from what it computes for each window to the score of each time step."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows

__all__ = ["Folding", "PassThrough", "Stage"]

Scores = npt.NDArray[np.float64]


class Stage(Protocol):
    """Turns the outputs of a detector, one for each series or window in order, into scores.

    It may remember earlier outputs, so a stream has a stage of its own.
    """

    delay: int
    """How many time steps after a time step its score is known."""

    def score_all(self, outputs: FloatArray, n_scores: int) -> Scores:
        """Return all scores of a collection or recording.

        Parameters
        ----------
        outputs : array of shape (n_windows, ...)
            What the detector computed for each series or window; NaN where values were missing.
        n_scores : int
            How many series or time steps there are.
        """
        ...

    def push(self, output: FloatArray) -> float:
        """Take the output for the next window, and return the score of the time step ``delay`` before its end."""
        ...

    def arrays(self) -> Arrays:
        """Return what is remembered."""
        ...

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it is not what such a stage remembers.
        """
        ...


class PassThrough:
    """Leaves scores as they are: each series of a collection has one of its own."""

    delay = 0

    def score_all(self, outputs: FloatArray, n_scores: int) -> Scores:
        """Return the outputs, which are the scores."""
        return np.asarray(outputs)

    def push(self, output: FloatArray) -> float:
        """Return the output, which is the score."""
        return float(output)

    def arrays(self) -> Arrays:
        """Return nothing: nothing is remembered."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """There is nothing to restore."""


class Folding:
    """Folds scores of windows, see :meth:`offbeat.series.windows.Windows.fold`.

    Parameters
    ----------
    windows : Windows
        With stride 1.
    how : {"last", "mean", "max", "median"}
        The way to fold.
    """

    def __init__(self, windows: Windows, how: str) -> None:
        self.windows, self.how = windows, how
        self.delay = 0 if how == "last" else windows.reach - 1
        self._recent: deque[float] = deque(maxlen=self.delay + 1)

    def score_all(self, outputs: FloatArray, n_scores: int) -> Scores:
        """Return the scores of a recording."""
        return self.windows.fold(outputs, n_scores, self.how)

    def push(self, output: FloatArray) -> float:
        """Return the score that the newest window completes; NaN before there is one."""
        if not self.delay:
            return float(output)
        self._recent.append(float(output))
        if len(self._recent) <= self.delay:
            return float("nan")
        windows = Windows(self.windows.reach)
        folded = windows.fold(np.array(self._recent), windows.reach + self.delay, self.how)
        return float(folded[windows.reach - 1])

    def arrays(self) -> Arrays:
        """Return the scores of the newest windows."""
        return {"recent": np.array(self._recent, dtype=np.float64)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        recent = array_of(arrays, "recent", None, gaps=True)
        if len(recent) > self.delay + 1:
            raise ModelError(f"expected at most the {self.delay + 1} scores that are folded, got {len(recent)}")
        self._recent.extend(recent.tolist())

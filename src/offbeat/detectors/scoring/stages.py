"""The last stage of a detector: from what it computes for each window to the score of each time step."""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows, fold_one

__all__ = ["Folding", "PassThrough", "Refractory", "Stage"]

Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Stage(Protocol):
    """Turns the outputs of a detector, one for each series or window in order, into scores.

    It may remember earlier outputs, so a stream has a stage of its own.
    """

    delay: int
    """How many time steps after a time step its score is known."""
    after: range
    """How many time steps after a time step the windows end that its score comes from: up to ``delay``."""

    def score_all(self, outputs: FloatArray, n_scores: int, scored: Mask | None = None) -> Scores:
        """Return all scores of a collection or recording.

        Parameters
        ----------
        outputs : array of shape (n_windows, ...)
            What the detector computed for each series or window; NaN where values were missing.
        n_scores : int
            How many series or time steps there are.
        scored : array of shape (n_windows,), optional
            False for windows that are to get no score, where their outputs are not NaN: a stage that remembers values
            may need those outputs.
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

    delay, after = 0, range(1)

    def score_all(self, outputs: FloatArray, n_scores: int, scored: Mask | None = None) -> Scores:
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


class Refractory:
    """Lets a score count fully only where it is higher than all others just before it: one alarm for one cause.

    Parameters
    ----------
    stage : Stage
        Gives the scores.
    length : int
        How many time steps before a score are looked at.

    Examples
    --------
    >>> Refractory(PassThrough(), length=2).score_all(np.array([1.0, 3.0, 2.0, 1.0, 1.0, np.nan, 5.0]), 7)
    array([1. , 3. , 0.2, 0.1, 0.1, nan, 5. ])
    """

    _LEFT = 0.1
    """What is left of a score that does not count fully."""

    def __init__(self, stage: Stage, length: int) -> None:
        self.delay, self.after, self.length, self._stage = stage.delay, stage.after, length, stage
        self._recent: deque[float] = deque(maxlen=length)

    def score_all(self, outputs: FloatArray, n_scores: int, scored: Mask | None = None) -> Scores:
        """Return all scores, those with a higher one or an equal one just before them lowered."""
        return self.lowered(self._stage.score_all(outputs, n_scores, scored))

    def lowered(self, scores: Scores) -> Scores:
        """Return scores in the order of time, ``(n_times,)``, those that do not count fully lowered."""
        before = np.concatenate([np.full(self.length, -np.inf), np.nan_to_num(scores, nan=-np.inf)[:-1]])
        highest = sliding_window_view(before, self.length).max(axis=1)[: len(scores)]
        return np.where(scores > highest, scores, self._LEFT * scores)

    def push(self, output: FloatArray) -> float:
        """Return the newest score, lowered unless it is higher than those just before it."""
        score = self._stage.push(output)
        highest = max(self._recent, default=-np.inf)
        self._recent.append(-np.inf if np.isnan(score) else score)
        return score if score > highest else self._LEFT * score

    def arrays(self) -> Arrays:
        """Return the newest scores, and what the stage before remembers."""
        return {"highest": np.array(self._recent, dtype=np.float64), **self._stage.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        recent = np.ravel(np.asarray(arrays["highest"], dtype=np.float64))
        if len(recent) > self.length or np.isnan(recent).any():
            raise ModelError(f"expected at most {self.length} scores, got {len(recent)}")
        self._stage.restore({name: array for name, array in arrays.items() if name != "highest"})
        self._recent.extend(recent.tolist())


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
        self.delay = 0 if how == "last" else int(windows.reach) - 1
        self.after = range(self.delay + 1)
        self._recent: deque[float] = deque(maxlen=self.delay + 1)

    def score_all(self, outputs: FloatArray, n_scores: int, scored: Mask | None = None) -> Scores:
        """Return the scores of a recording."""
        return self.windows.fold(outputs, n_scores, self.how)

    def push(self, output: FloatArray) -> float:
        """Return the score of the first time step that the newest window is about, as no later window is about it."""
        if not self.delay:
            return float(output)
        self._recent.append(float(output))
        return fold_one(np.array(self._recent), self.how)

    def arrays(self) -> Arrays:
        """Return the scores of the newest windows."""
        return {"recent": np.array(self._recent, dtype=np.float64)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        recent = array_of(arrays, "recent", None, gaps=True)
        if len(recent) > self.delay + 1:
            raise ModelError(f"expected at most the {self.delay + 1} scores that are folded, got {len(recent)}")
        self._recent.extend(recent.tolist())

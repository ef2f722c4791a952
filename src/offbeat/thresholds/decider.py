"""Decisions on one score after the other, as a stream takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.estimators.folder import Arrays
from offbeat.thresholds.scores import Scores

__all__ = ["Decider"]


class Decider:
    """Flags scores above a threshold; subclasses move the threshold with the scores.

    Parameters
    ----------
    value : float
        The threshold value.

    Examples
    --------
    >>> decider = Decider(2.0)
    >>> decider.push(1.0), decider.push(3.0), decider.push(float("nan"))
    (False, True, False)
    """

    def __init__(self, value: float) -> None:
        self._value = value

    @property
    def value(self) -> float:
        """The current threshold value."""
        return self._value

    def push(self, score: float) -> bool:
        """Return whether the next score is flagged; NaN is not."""
        return score > self._value

    def push_all(self, scores: Scores) -> npt.NDArray[np.bool_]:
        """Return what ``push`` would for each of the next scores in turn, shape ``(n_scores,)``."""
        return np.asarray(scores > self._value)

    def confirm(self) -> None:
        """Note that the last alarm was a real one; a fixed threshold stays as it is."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is remembered; nothing for a fixed threshold."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned.

        Raises
        ------
        ModelError
            If it is not what such a decider remembers.
        """

"""Decisions on one score after the other, as a stream takes them."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from offbeat.estimators.folder import Arrays

__all__ = ["Decider"]


class Decider:
    """Flags what lies above a threshold; rules that move on with the scores say how.

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
        """The threshold as it stands."""
        return self._value

    def push(self, score: float) -> bool:
        """Return whether the next score is flagged; NaN is not."""
        return score > self._value

    def confirm(self) -> None:
        """Learn that the last alarm was a real one."""

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what is to be remembered."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Take up what ``arrays`` gave."""

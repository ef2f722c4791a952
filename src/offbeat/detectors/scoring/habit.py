"""Whether the past of a stream counts: what lasts becomes normal, what happens now and then does not."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of

__all__ = ["Habit"]

Values = npt.NDArray[np.float64]


class Habit:
    """Chooses between two scores: by the training part alone, and by the training part and the past.

    The second one is taken while more than a share of the newest time steps are unlike the training part by the first
    score. What is newer weighs more.

    Parameters
    ----------
    newest : int
        Time steps after which the weight of a time step has fallen to 1/e.
    patience : float
        The share, above 0.
    unlike : float
        Digits beyond which a time step is unlike the training part.

    Examples
    --------
    >>> alone, with_past = np.full(8, 5.0), np.full(8, 1.0)
    >>> Habit(newest=30, patience=0.1, unlike=2).of(alone, with_past)
    array([5., 5., 5., 1., 1., 1., 1., 1.])
    """

    def __init__(self, newest: int, patience: float, unlike: float) -> None:
        self.newest, self.patience, self.unlike, self._share = newest, patience, unlike, 0.0

    def of(self, alone: Values, with_past: Values) -> Values:
        """Return the chosen scores in the order of time, ``(n_times,)``; a NaN changes nothing."""
        return np.array([self.push(*pair) for pair in zip(alone.tolist(), with_past.tolist(), strict=True)])

    def push(self, alone: float, with_past: float) -> float:
        """Return the chosen one of the next two scores."""
        if not math.isnan(alone):
            self._share += ((alone > self.unlike) - self._share) / self.newest
        return with_past if self._share > self.patience else alone

    def arrays(self) -> Arrays:
        """Return the share of unlike time steps."""
        return {"share": np.array([self._share])}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        (share,) = array_of(arrays, "share", 1).tolist()
        if not 0 <= share <= 1:
            raise ModelError(f"expected a share of time steps from 0 to 1, got {share}")
        self._share = share

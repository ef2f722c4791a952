"""Thresholds for alarms that are rarer than the normal scores at hand can show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from offbeat.thresholds.scores import Scores

__all__ = ["beyond", "separate_peaks"]


def beyond(start: float, excesses: Scores, *, share: float, rate: float, n: float) -> float:
    """Return the score that is exceeded at a rate lower than any seen, by a heavy tail fitted to the excesses.

    A Pareto tail with the index ``m = max(1, n)``, heavier the fewer independent excesses there are::

        start + mean(excesses) * m * ((share / rate) ** (1 / m) - 1)

    Parameters
    ----------
    start : float
        Where the tail begins.
    excesses : array of shape (n_excesses,)
        How far scores lie above it.
    share, rate : float
        How often scores lie above ``start``, and how often they may lie above the result; in one unit.
    n : float
        How many independent excesses there are.

    Examples
    --------
    >>> import numpy as np
    >>> beyond(1.0, np.array([0.5, 1.5]), share=0.1, rate=0.1, n=2)
    1.0
    >>> beyond(1.0, np.array([0.5, 1.5]), share=0.1, rate=0.001, n=2)
    19.0
    """
    if not len(excesses):
        return start
    index = max(1.0, n)
    return float(start + excesses.mean() * index * ((share / rate) ** (1 / index) - 1))


def separate_peaks(scores: Scores, window: int, limit: int | None = None) -> npt.NDArray[np.intp]:
    """Return the steps of the highest scores, highest first, none within ``window`` steps of a higher one taken.

    Each stands for an alarm that a threshold below it would raise. Of equal scores the first is taken.

    Parameters
    ----------
    scores : array of shape (n_scores,)
        In the order of time; NaN where there is none.
    window : int
        Time steps that keep two alarms apart at least.
    limit : int, optional
        How many to return at most; all where None.

    Examples
    --------
    >>> import numpy as np
    >>> separate_peaks(np.array([0.0, 3.0, 2.9, 0.1, 2.0, np.nan, 1.0]), window=2)
    array([1, 4])
    """
    return np.fromiter(islice(_peaks(scores, window), limit), dtype=np.intp)


def _peaks(scores: Scores, window: int) -> Iterator[int]:
    near = np.zeros(len(scores), dtype=bool)
    finite = np.flatnonzero(np.isfinite(scores))
    for step in finite[np.argsort(-scores[finite], kind="stable")].tolist():
        if not near[step]:
            near[max(0, step - window) : step + window + 1] = True
            yield step

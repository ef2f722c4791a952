"""Normal scores that are far too high to be normal: people learn from whole files, incidents included."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.errors import OffbeatWarning
from offbeat.thresholds.extrapolation import beyond, separate_peaks
from offbeat.thresholds.scores import as_scores

__all__ = ["IncidentWarning", "incidents"]

_MOST = 0.1
"""The share of all peaks that may be incidents."""
_BELOW = 5
"""Peaks below by which it is seen how far up normal ones reach; as many as the incidents where these are more."""
_EXPECTED = 0.01
"""Peaks of normal data that may be taken for incidents."""
_SCORE_ROUNDING = 1e-6
"""Scores of networks are computed in single precision."""


class IncidentWarning(OffbeatWarning):
    """Some of the data learned from looks like incidents."""


def incidents(scores: npt.ArrayLike, window: int = 1) -> npt.NDArray[np.intp]:
    """Return the steps of the peaks that stand out of normal scores so far that they are likely incidents.

    A peak stands out if it lies above the height that a heavy tail exceeds 0.01 times, fitted to the next lower peaks:
    to five, or as many as stand as high as this one (see :func:`~offbeat.thresholds.extrapolation.beyond`). It and all
    higher ones are incidents; at most a tenth of the peaks are. Of data without incidents about one set in 15 shows
    one.

    Parameters
    ----------
    scores : array of shape (n_scores,)
        By models that had not seen what they scored, in the order of time; NaN where there is none.
    window : int
        Time steps that a score is about; 1 for the series of a collection.

    Returns
    -------
    array of shape (n_incidents,)
        Highest first.

    Examples
    --------
    >>> scores = np.random.default_rng(0).exponential(size=1000)
    >>> incidents(scores).tolist()
    []
    >>> scores[[300, 700]] = 40.0, 50.0
    >>> incidents(scores).tolist()
    [700, 300]
    """
    values = as_scores(scores)
    # Neighbours in a collection have nothing in common.
    peaks = separate_peaks(values, window if window > 1 else 0)
    heights = values[peaks]
    most = min(int(_MOST * len(peaks)), len(peaks) - _BELOW - 2)
    for last in reversed(range(most)):
        # Where many peaks are looked at, five below one of them lie close together by chance.
        n_below = max(_BELOW, last + 1)
        start, below = heights[last + n_below + 1], heights[last + 1 : last + n_below + 1]
        normal = beyond(start, below - start, share=n_below, rate=_EXPECTED, n=_BELOW)
        if heights[last] > normal + _SCORE_ROUNDING * abs(normal):
            return peaks[: last + 1]
    return peaks[:0]

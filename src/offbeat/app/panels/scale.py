"""Whether many recordings are alike enough in scale for one model of all of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.errors import OffbeatWarning, ignoring
from offbeat.series.arrays import FloatArray
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording

__all__ = ["LIKE", "likeness", "sample_of"]

LIKE = 0.5
"""Below this likeness one scaling does not fit all."""
_SHARE = 0.1
_MOST_KEYS, _MOST_ROWS = 50, 2000
_INNER = (1.0, 99.0)
"""Percentiles between which values count: an incident is no scale."""


def sample_of(panel: Panel) -> list[Recording]:
    """Return the recordings of some keys that can be read, evenly spread over the panel, to look at their scale."""
    keys = list(panel)
    picked = np.unique(np.linspace(0, len(keys) - 1, min(_MOST_KEYS, len(keys))).astype(int))
    found = []
    for number in picked:
        try:
            with ignoring(OffbeatWarning):  # the run over all keys tells, with the key
                found.append(panel[keys[number]])
        except Exception:  # of any kind: the run over all keys tells why
            continue
    return found


def likeness(recordings: list[Recording]) -> float:
    """Return how much a recording varies, of what all of them vary together: 1 where all have one scale and level.

    Of the recordings that vary least in a channel (a tenth), and of the channels the least.

    Returns
    -------
    float
        0 where their channels differ.

    Examples
    --------
    >>> wave = np.sin(np.arange(500.0))
    >>> alike, unlike = [Recording(wave), Recording(wave)], [Recording(wave), Recording(100 + wave)]
    >>> round(likeness(alike), 2), round(likeness(unlike), 2)
    (1.0, 0.01)
    """
    if len({recording.channels for recording in recordings}) > 1:
        return 0.0
    if not recordings:
        return 1.0
    rows = [_inner(recording.values) for recording in recordings]
    own = np.array([np.nanstd(each, axis=0) for each in rows])
    pooled = np.nanstd(np.concatenate(rows), axis=0)
    shares = np.divide(own, pooled, out=np.ones(own.shape), where=pooled > 0)
    # A recording that stands still says nothing of the scale of the others.
    moving = np.where(own > 0, shares, np.nan)
    least = [np.nanquantile(column, _SHARE) for column in moving.T if not np.isnan(column).all()]
    return float(min(least, default=1.0))


def _inner(values: FloatArray) -> npt.NDArray[np.float64]:
    """Return evenly spaced rows, with NaN for values at either end of their distribution."""
    some = values[np.unique(np.linspace(0, len(values) - 1, min(_MOST_ROWS, len(values))).astype(int))].astype(float)
    if np.isnan(some).all(axis=0).any():
        return np.asarray(np.nan_to_num(some), dtype=np.float64)
    low, high = np.nanpercentile(some, _INNER, axis=0)
    return np.asarray(np.clip(some, low, high), dtype=np.float64)

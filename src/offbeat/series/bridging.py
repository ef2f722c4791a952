"""Bridge short gaps, so that a lost value does not cost every window over it."""

from __future__ import annotations

import numpy as np

from offbeat.series.grid import fill_gaps
from offbeat.series.recording import FloatArray, Recording

__all__ = ["bridged", "bridged_parts"]


def bridged(values: FloatArray, max_gap: int) -> FloatArray:
    """Return values in which gaps of at most ``max_gap`` time steps of a channel lie on the line between both ends.

    A gap is bridged when it is over: up to then its values stay missing, so that a window that ends with a value of
    each channel holds the same values in a stream and in the whole recording.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        NaN where a value is missing.
    max_gap : int
        Time steps; 0 bridges nothing.

    Returns
    -------
    array of shape (n_times, n_channels)
        ``values`` itself where nothing is missing.

    Examples
    --------
    >>> bridged(np.array([[np.nan], [1.0], [np.nan], [3.0], [np.nan], [np.nan], [4.0], [np.nan]]), 1).ravel()
    array([nan,  1.,  2.,  3., nan, nan,  4., nan])
    """
    if not max_gap or not np.isnan(values).any():
        return values
    return fill_gaps(values, "interpolate", max_gap)


def bridged_parts(recording: Recording, max_gap: int) -> FloatArray:
    """Return the values of a recording, bridged; where several are joined, each by itself and nothing between two."""
    if len(recording.parts) == 1:
        return bridged(recording.values, max_gap)
    found = recording.values.copy()
    for begin, part in zip(recording.begins, recording.parts, strict=True):
        within = slice(begin, begin + len(part))
        found[within] = bridged(recording.values[within], max_gap)
    return found

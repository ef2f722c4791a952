"""Fewer points for the same picture: the extremes of every stretch are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError, ShapeError
from offbeat.series.recording import FloatArray

__all__ = ["downsample"]


def downsample(values: npt.ArrayLike, n: int) -> npt.NDArray[np.intp]:
    """Return the positions of about ``n`` points that draw the same line: no peak and no gap is lost.

    The series is cut into at most ``n // 2`` stretches of one length, and the lowest and the highest value of each are
    kept, besides the first and the last point. A stretch without any value keeps one NaN, so that a drawn line breaks
    there; a gap within a stretch is not seen.

    Parameters
    ----------
    values : array of shape (n_times,)
        NaN marks a missing value.
    n : int
        How many points to keep, at least 2; up to two more come back.

    Returns
    -------
    int array of shape (n_kept,)
        Positions in increasing order; all of them where there are no more than ``n``.

    Raises
    ------
    ShapeError
        If the values have more than one axis.
    ParameterError
        If ``n`` is below 2.

    Examples
    --------
    >>> spike = np.zeros(1000)
    >>> spike[617] = 9
    >>> downsample(spike, 10)
    array([  0, 200, 400, 600, 617, 800, 999])
    """
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1:
        raise ShapeError(f"a line to draw has the shape (n_times,), got {series.shape}: one channel at a time")
    if n < 2:
        raise ParameterError(f"a line is drawn with 2 points or more, not {n}")
    if len(series) <= n:
        return np.arange(len(series))
    stretches = _stretches(series, n // 2)
    begins = np.arange(len(stretches)) * stretches.shape[1]
    missing = np.isnan(stretches)
    lowest = begins + np.argmin(np.where(missing, np.inf, stretches), axis=1)
    highest = begins + np.argmax(np.where(missing, -np.inf, stretches), axis=1)
    return np.unique(np.concatenate([[0], lowest, highest, [len(series) - 1]]))


def _stretches(series: FloatArray, count: int) -> FloatArray:
    """Return the series as at most ``count`` rows of one length, the last of them filled up with NaN."""
    length = -(-len(series) // count)
    rows = -(-len(series) // length)
    filled = np.full(rows * length, np.nan)
    filled[: len(series)] = series
    return filled.reshape(rows, length)

"""Windows laid end to end as one series."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.series.recording import FloatArray

__all__ = ["concatenated", "runs_of"]


def concatenated(windows: FloatArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Return windows as one series, with NaN between those that do not follow each other, and where each begins.

    Parameters
    ----------
    windows : array of shape (n_windows, n_channels, length)
        Those that follow each other by one time step share all values but one.

    Returns
    -------
    series : array of shape (n_times, n_channels)
    starts : array of shape (n_windows,)

    Examples
    --------
    >>> series, starts = concatenated(np.array([[[1, 2, 3]], [[2, 3, 4]], [[9, 8, 7]]]))
    >>> series[:, 0], starts
    (array([ 1.,  2.,  3.,  4., nan,  9.,  8.,  7.]), array([0, 1, 5]))
    """
    n, n_channels, length = windows.shape
    follows = (windows[1:, :, :-1] == windows[:-1, :, 1:]).all(axis=(1, 2))
    starts = np.append(0, np.cumsum(np.where(follows, 1, length + 1))) if n else np.empty(0, dtype=np.intp)
    series = np.full((starts[-1] + length if n else 0, n_channels), np.nan)
    for first in np.append(0, np.flatnonzero(~follows) + 1) if n else ():
        series[starts[first] : starts[first] + length] = windows[first].T
    series[starts + length - 1] = windows[:, :, -1]
    return series, starts


def runs_of(starts: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
    """Return where each run of windows begins that follow each other, in a series and by the row of its first window.

    Examples
    --------
    >>> runs_of(np.array([0, 1, 5, 6]), np.array([10, 11, 30, 31])).tolist()
    [[0, 10], [5, 30]]
    """
    begins = np.append(True, (np.diff(starts) != 1) | (np.diff(rows) != 1))
    return np.stack([starts[begins], rows[begins]], axis=1).astype(np.int64)

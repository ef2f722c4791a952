"""The nearest window of a long series, by z-normalised distance: the matrix profile of some windows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.detectors.scoring.joins import look_back
from offbeat.series.recording import FloatArray

__all__ = ["concatenated", "nearest_windows", "runs_of", "z_normalised"]

_SLAB = 1 << 22
"""Numbers that are computed at once, so that memory stays bounded."""
_RARE = 4
"""Gaps may make a series of queries so many times as long as the queries that follow each other."""


def nearest_windows(queries: FloatArray, history: FloatArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Return the z-normalised distance of each query to the nearest window of a series, and where that begins.

    A constant window is at the distance 0 from another one, and the root of its length from any that is not.

    Parameters
    ----------
    queries : array of shape (n_queries, n_times)
        Without NaN.
    history : array of shape (n_history,)
        NaN separates parts: windows do not reach across.

    Returns
    -------
    distances : array of shape (n_queries,)
    starts : array of shape (n_queries,)

    References
    ----------
    Mueen et al., "The Fastest Similarity Search Algorithm for Time Series Subsequences under Euclidean Distance", 2017
    (the distances); the products are those of matrices here, as quick for windows of some hundred time steps.

    Examples
    --------
    >>> wave = np.sin(np.arange(100) / 5)
    >>> distances, starts = nearest_windows(3 + 2 * wave[None, 40:60], wave)
    >>> float(distances.round(6)[0]), int(starts[0])
    (0.0, 40)
    """
    queries, history = np.asarray(queries, dtype=np.float64), np.asarray(history, dtype=np.float64)
    length = queries.shape[1]
    series, begins = concatenated(queries[:, None])
    # Windows that follow each other share most of their products; of others each is multiplied by itself.
    if len(series) <= _RARE * (len(queries) + length):
        found = look_back(np.concatenate([history, series[:, 0]]), length, len(history), 0, flat=0.0)
        starts = found.places[0, begins]
    else:
        starts = _by_products(queries, history)
    windows = sliding_window_view(history, length)
    flat, whole = np.ptp(windows, axis=1) == 0, ~np.isnan(windows).any(axis=1)
    starts = np.where(starts < 0, np.argmax(whole), starts)
    distances = _apart(queries, windows[starts])
    if flat.any():
        at = int(np.argmax(flat))
        to_flat = _apart(queries, windows[[at]])
        starts, distances = np.where(to_flat < distances, at, starts), np.minimum(to_flat, distances)
    return distances, starts


def _apart(queries: FloatArray, windows: FloatArray) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.square(z_normalised(queries) - z_normalised(windows)).sum(axis=1)))


def _by_products(queries: FloatArray, history: FloatArray) -> npt.NDArray[np.intp]:
    """Return where the windows begin that correlate most with each query; -1 where none has a shape."""
    windows = sliding_window_view(history, queries.shape[1])
    normal, n = z_normalised(queries), len(queries)
    best, starts = np.full(n, -np.inf), np.full(n, -1, dtype=np.intp)
    step = max(1, _SLAB // max(queries.shape[1], n))
    for first in range(0, len(windows), step):
        # The mean of the other window needs no taking off: that of a normalised query is 0.
        some = np.ascontiguousarray(windows[first : first + step])
        shaped = np.ptp(some, axis=1) > 0  # NaN has none
        products = np.where(shaped, (normal @ np.nan_to_num(some).T) / np.where(shaped, some.std(axis=1), 1.0), -np.inf)
        at = products.argmax(axis=1)
        nearer = products[np.arange(n), at] > best
        best[nearer], starts[nearer] = products[np.arange(n), at][nearer], first + at[nearer]
    return starts


def z_normalised(windows: FloatArray) -> npt.NDArray[np.float64]:
    """Return windows, along the last axis, with mean 0 and standard deviation 1; constant ones as zeros."""
    spread = windows.std(axis=-1, keepdims=True)
    varies = np.ptp(windows, axis=-1, keepdims=True) > 0
    centred = windows - windows.mean(axis=-1, keepdims=True)
    return np.asarray(np.where(varies, centred / np.where(varies, spread, 1.0), 0.0), dtype=np.float64)


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

"""From what a caller gives (arrays, frames, collections, recordings) to what an estimator reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from offbeat.errors import DataError, ShapeError
from offbeat.series.frames import indexed_by_time
from offbeat.series.recording import Collection, Recording

__all__ = ["as_collection", "as_recording", "is_table"]


def as_collection(X: Any, advice: str = "give the detector a window=…, or cut the recording into series") -> Collection:
    """Return ``X`` as a collection: 3-D ``(n_series, n_channels, n_times)``, or 2-D ``(n_series, n_times)``.

    Parameters
    ----------
    X : Collection, DataFrame or array
    advice : str
        What to do with a recording, for the error message.

    Raises
    ------
    ShapeError
        If ``X`` is one long recording, or an array of another number of axes.
    """
    if isinstance(X, Collection):
        return X
    X = indexed_by_time(X)
    if isinstance(X, Recording) or (isinstance(X, pd.DataFrame | pd.Series) and isinstance(X.index, pd.DatetimeIndex)):
        raise ShapeError(f"expected a collection of short series, got one long recording: {advice}")
    values = _numbers(X)
    if values.ndim not in (2, 3):
        raise ShapeError(
            f"expected a collection, (n_series, n_channels, n_times) or (n_series, n_times), got {values.ndim} axes. "
            # scikit-learn's checks look for these three words.
            f"Reshape your data: a single short series is X[None]; for one long series {advice}"
        )
    return Collection(values)


def is_table(X: Any) -> bool:
    """Return whether ``X`` is a plain table or less, which scikit-learn checks or converts itself.

    Examples
    --------
    >>> is_table([[1.0, 2.0]]), is_table(np.zeros((2, 1, 5)))
    (True, False)
    """
    X = indexed_by_time(X)
    if isinstance(X, Collection | Recording):
        return False
    if isinstance(X, pd.DataFrame | pd.Series):
        return not isinstance(X.index, pd.DatetimeIndex)
    try:
        return np.ndim(X) <= 2
    except (TypeError, ValueError):
        # Rows of different lengths, for instance: scikit-learn says what is wrong with them.
        return True


def as_recording(X: Any) -> Recording:
    """Return ``X`` as a recording: ``(n_times, n_channels)``, one channel as ``(n_times,)``, or a frame.

    Raises
    ------
    ShapeError
        If ``X`` is a collection, or an array of more than two axes.
    """
    if isinstance(X, Recording):
        return X
    X = indexed_by_time(X)
    if isinstance(X, pd.Series):
        X = X.to_frame(X.name if X.name is not None else "ch0")
    if isinstance(X, pd.DataFrame) and isinstance(X.index, pd.DatetimeIndex):
        # Scores come back in the order of the rows, so the rows are never put into another one here.
        return Recording.from_frame(X, order="error")
    values = _numbers(X)
    if isinstance(X, Collection) or values.ndim not in (1, 2):
        raise ShapeError(
            "this detector has a window and reads one long recording, (n_times, n_channels), "
            "got a collection of series: use window=None for those"
        )
    return Recording(values, channels=tuple(map(str, X.columns)) if isinstance(X, pd.DataFrame) else None)  # type: ignore[arg-type]


def _numbers(X: Any) -> np.ndarray[Any, np.dtype[Any]]:
    if issparse(X):
        raise DataError("expected a dense array, got sparse data: give it as X.toarray()")
    try:
        return np.asarray(X.values if isinstance(X, Collection) else X)
    except ValueError as error:
        raise DataError(f"expected an array of numbers with rows of one length, but NumPy says: {error}") from error

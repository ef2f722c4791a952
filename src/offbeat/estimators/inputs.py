"""From what a caller gives (arrays, frames, collections, recordings) to what an estimator reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from offbeat.errors import DataError, ParameterError, ReadingWarning, ShapeError, warn
from offbeat.series.any_frame import as_pandas
from offbeat.series.columns import find_time
from offbeat.series.frames import arrange, index_columns, number_array, rows_of_frame
from offbeat.series.joined import Joined
from offbeat.series.labels import has_label_name
from offbeat.series.panel import Panel
from offbeat.series.recording import Collection, Recording
from offbeat.series.timeline import warn_of_gaps

__all__ = ["as_collection", "as_recording", "is_table", "learnable"]

_MANY_CHANNELS, _FEW_TIMES = 16, 4
"""From so many channels on, and so many for each time step, an array rather has its axes in another order."""
_FEW_CLASSES = 20
_PLACE = "row {} (counted from 0)".format


def as_collection(X: Any, advice: str = "") -> Collection:
    """Return ``X`` as a collection: 3-D ``(n_series, n_channels, n_times)``, or 2-D ``(n_series, n_times)``.

    Parameters
    ----------
    X : Collection, DataFrame or array
        The labels of a frame are left out.
    advice : str
        What to do with a recording, for the error message; to give a detector a window unless given.

    Raises
    ------
    ShapeError
        If ``X`` is one long recording, or an array of another number of axes.

    Warns
    -----
    ReadingWarning
        If a column of a frame is left out, or an array has many more channels than time steps.
    """
    if isinstance(X, Collection):
        return X
    advice = advice or "give the detector a window (window=offbeat.suggest_window(data)), or cut it into series"
    if _by_key(X):
        raise ShapeError(f"expected a collection of short series, got {len(X):,} recordings: {advice}")
    X = as_pandas(X)
    if isinstance(X, Recording) or _has_times(X):
        n = len(X.parts) if isinstance(X, Recording) else 1
        what = "one long recording" if n == 1 else f"{n:,} recordings"
        raise ShapeError(f"expected a collection of short series, got {what}: {advice}")
    if isinstance(X, pd.DataFrame):
        X = X if X.columns.is_unique else X.set_axis(range(X.shape[1]), axis="columns")
        values = number_array(_without_labels(X), _PLACE)
    else:
        values = _numbers(X)
    if values.ndim not in (2, 3):
        raise ShapeError(
            f"expected a collection, (n_series, n_channels, n_times) or (n_series, n_times), got {values.ndim} axes. "
            # scikit-learn's checks look for these three words.
            f"Reshape your data: a single short series is X[None]; for one long series {advice}"
        )
    if values.ndim == 3:
        _warn_of_order(values.shape)
    return Collection(values)


def is_table(X: Any) -> bool:
    """Return whether ``X`` is a plain table or less, which scikit-learn checks or converts itself.

    Examples
    --------
    >>> is_table([[1.0, 2.0]]), is_table(np.zeros((2, 1, 5)))
    (True, False)
    """
    X = as_pandas(X)
    if isinstance(X, Collection | Recording):
        return False
    if isinstance(X, pd.DataFrame | pd.Series):
        return not _has_times(X)
    try:
        return np.ndim(X) <= 2
    except (TypeError, ValueError):
        # Rows of different lengths, for instance: scikit-learn says what is wrong with them.
        return True


def as_recording(X: Any) -> Recording:
    """Return ``X`` as a recording: ``(n_times, n_channels)``, one channel as ``(n_times,)``, or a frame.

    The times and labels of a frame are found as in a file, with or without an index of dates.

    Raises
    ------
    ShapeError
        If ``X`` is a collection, or an array of more than two axes.
    DataError
        If a frame holds several recordings, or something that is no number.

    Warns
    -----
    ReadingWarning
        If a column was taken for something else than a channel and might have been meant as one, or the reverse.
    IrregularTimeWarning
        If there are gaps between the times of a frame.
    """
    if isinstance(X, Recording):
        return X
    if _by_key(X):
        raise ShapeError(
            f"expected one recording, got {len(X):,}: score one by one, as panel.map(detector.decision_function) does"
        )
    X = as_pandas(X)
    if isinstance(X, pd.DataFrame | pd.Series):
        return _recording_of_frame(X)
    values = _numbers(X)
    if not values.ndim:
        raise DataError(f"expected a recording, a frame or an array, got {type(X).__name__}: give it as one of these")
    if isinstance(X, Collection) or values.ndim not in (1, 2):
        raise ShapeError(
            "this detector has a window and reads one long recording, (n_times, n_channels), "
            "got a collection of series: use window=None for those"
        )
    return Recording(values)


def _recording_of_frame(X: pd.DataFrame | pd.Series[Any]) -> Recording:
    if isinstance(X.index, pd.MultiIndex):
        levels = ", ".join(map(str, X.index.names))
        raise DataError(
            f"expected one recording, got a frame whose MultiIndex ({levels}) may hold several: give the rows of one, "
            "or read all of them (read_panel)"
        )
    if isinstance(X, pd.Series):
        X = X.to_frame("ch0" if X.name is None else X.name)
    rows = rows_of_frame(X, needs_time=False)
    for note in rows.notes:
        warn(note, ReadingWarning)
    # Scores come back in the order of the rows, so the rows are never put into another one here.
    found = Recording.of_rows(arrange(rows, order="error"))
    warn_of_gaps(found.timestamps, found.step)
    return found


def _has_times(X: Any) -> bool:
    """Whether a frame is a recording: its index or one of its columns holds times."""
    if not isinstance(X, pd.DataFrame | pd.Series):
        return False
    if index_columns(X.index):
        return True
    return isinstance(X, pd.DataFrame) and X.columns.is_unique and find_time(X, elapsed=False) is not None


def _without_labels(X: pd.DataFrame) -> pd.DataFrame:
    """Return a frame of series without the column of their classes: a label would be a time step."""
    found = [name for name in X.columns if has_label_name(name) and X[name].nunique() <= _FEW_CLASSES]
    for name in found:
        warn(
            f"column {name} is taken for the labels and left out: rename it if it is a time step",
            ReadingWarning,
        )
    return X.drop(columns=found)


def _warn_of_order(shape: tuple[int, ...]) -> None:
    """Warn where an array is rather (n_series, n_times, n_channels)."""
    n_series, n_channels, n_times = shape
    if n_channels >= _MANY_CHANNELS and n_channels >= _FEW_TIMES * n_times:
        warn(
            f"read as {n_series:,} series of {n_channels:,} channels and {n_times:,} time steps: if it is the other "
            "way round, as in Keras, give X.transpose(0, 2, 1)",
            ReadingWarning,
        )


def learnable(X: Any, y: Any = None) -> tuple[Any, Any]:
    """Return data to learn from and its labels: several recordings as one, anything else as it is.

    Parameters
    ----------
    X : Any
        A panel, or a dict or list of recordings, frames or series, are several recordings.
    y : array, optional
        Labels of other data; several recordings have their own.

    Raises
    ------
    ParameterError
        If there are labels beside several recordings.
    ShapeError, DataError
        If these cannot be learned from together.

    Examples
    --------
    >>> joined, labels = learnable({"web1": pd.Series([0.5, 0.7]), "web2": pd.Series([0.1])})
    >>> len(joined), labels is None
    (4, True)
    """
    if not _by_key(X) and not (isinstance(X, list | tuple) and len(X) and _is_one(X[0])):
        return X, y
    if y is not None:
        raise ParameterError("expected the labels of several recordings in the recordings themselves: leave y out")
    named = X.items() if _by_key(X) else ((getattr(each, "name", None), each) for each in X)
    joined = Joined.of([_named(as_recording(each), name) for name, each in named])
    return joined, joined.labels


def _by_key(X: Any) -> bool:
    """Whether there are several recordings, each with a key; a sparse matrix may be a kind of dict, too."""
    return isinstance(X, Panel) or type(X) is dict


def _is_one(X: Any) -> bool:
    """Whether an element of a list is a recording of its own."""
    return isinstance(X, Recording) or hasattr(X, "columns") or isinstance(as_pandas(X), pd.Series)


def _named(recording: Recording, name: Any) -> Recording:
    return recording if name in (None, "", recording.name) else replace(recording, name=str(name))


def _numbers(X: Any) -> np.ndarray[Any, np.dtype[Any]]:
    if issparse(X):
        raise DataError("expected a dense array, got sparse data: give it as X.toarray()")
    try:
        return np.asarray(X.values if isinstance(X, Collection) else X)
    except ValueError as error:
        raise DataError(f"expected an array of numbers with rows of one length, but NumPy says: {error}") from error

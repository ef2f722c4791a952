"""Data frames taken apart into timestamps, values and labels; rows are put in order, with a warning."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, IrregularTimeWarning, ParameterError, failing_as
from offbeat.series.any_frame import as_pandas
from offbeat.series.arrays import warn_of_large_integers
from offbeat.series.grid import largest_by_cell, mean_by_cell
from offbeat.series.timeline import Times, is_date, looks_like_days, parse_times

__all__ = [
    "LABEL_NAMES",
    "Rows",
    "arrange",
    "binary_labels",
    "find_time",
    "has_time_name",
    "indexed_by_time",
    "is_epoch",
    "number_array",
    "rows_of_frame",
    "warn_of_lost_digits",
]

LABEL_NAMES = ("label", "is_anomaly", "anomaly")
"""The names of a column of 0 and 1 that marks anomalous time steps."""

_TIME_NAMES = ("timestamp", "timestamps", "datetime", "date", "time", "ts", "epoch", "unixtime")
_PROBED = 20
# The spring of 1973: smaller numbers rather count from the start of the recording.
_SMALLEST_EPOCH = 1e8

_PLACE = "row {} (counted from 0)".format

_ORDERS = ("sort", "error")
_DUPLICATES = ("keep", "first", "last", "mean", "error")


@dataclass(frozen=True, eq=False)
class Rows:
    """The parts of a recording, before it is one.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        Numbers.
    channels : tuple of str, optional
        One name a channel.
    times : array of shape (n_times,), optional
        ``datetime64`` of each row.
    labels : array of shape (n_times,), optional
        0 and 1.
    """

    values: npt.NDArray[Any]
    channels: tuple[str, ...] | None = None
    times: Times | None = None
    labels: npt.NDArray[np.int8] | None = None

    def __getitem__(self, rows: npt.NDArray[Any]) -> Rows:
        return Rows(
            self.values[rows],
            self.channels,
            None if self.times is None else self.times[rows],
            None if self.labels is None else self.labels[rows],
        )


def rows_of_frame(
    frame: Any,
    time: Hashable | None = None,
    labels: Hashable | None = None,
    place: Callable[[int], str] = _PLACE,
) -> Rows:
    """Take a frame apart, its rows as they stand.

    Parameters
    ----------
    frame : data frame of shape (n_times, n_columns), or series
        Of any library; with a datetime index, or a column of timestamps.
    time, labels : hashable, optional
        The columns of the timestamps and of the labels. Found by themselves where they are not given: a column of
        dates, and one of 0 and 1 called label, is_anomaly or anomaly.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.

    Raises
    ------
    DataError
        If there is no such column, no timestamp, or something that is no number.
    """
    frame = as_pandas(frame)
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("value" if frame.name is None else frame.name)
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"the columns of a recording differ in name, but {twice!r} comes twice: rename one")
    labels = _label_column(frame) if labels is None else labels
    for wanted in (time, labels):
        if wanted is not None and wanted not in frame.columns:
            raise DataError(f"no column is called {wanted!r}: the columns are {', '.join(map(str, frame.columns))}")
    if time is None and isinstance(frame.index, pd.DatetimeIndex):
        stamps = frame.index.to_series()
    else:
        time = find_time(frame.drop(columns=[] if labels is None else [labels])) if time is None else time
        if time is None:
            raise DataError(
                "a frame becomes a recording by a column of dates or its datetime index, but this one has none: "
                "name the column with time=, or set_index first"
            )
        stamps = frame[time]
    times = parse_times(stamps, place)
    kept = frame.drop(columns=[name for name in (time, labels) if name is not None])
    marks = None if labels is None else binary_labels(frame[labels], place)
    return Rows(number_array(kept, place), tuple(map(str, kept.columns)), times, marks)


def indexed_by_time(data: Any) -> Any:
    """Return a frame of any library as one of pandas, whose index holds the timestamps; anything else as it is.

    What is one of pandas already is left alone. In a frame of a library without indices the timestamps are a column.

    Examples
    --------
    >>> import pyarrow
    >>> indexed_by_time(pyarrow.table({"load": [0.5], "when": ["2024-01-01"]})).index[0]
    Timestamp('2024-01-01 00:00:00')
    """
    frame = as_pandas(data)
    if frame is data or not isinstance(frame, pd.DataFrame) or isinstance(frame.index, pd.DatetimeIndex):
        return frame
    time = find_time(frame)
    if time is None:
        return frame
    return frame.drop(columns=[time]).set_axis(pd.DatetimeIndex(parse_times(frame[time], _PLACE)), axis="index")


def _label_column(frame: pd.DataFrame) -> Hashable | None:
    """Return the one column that is called label, is_anomaly or anomaly and holds 0 and 1, or None."""
    named = [name for name in frame.columns if str(name).strip().lower() in LABEL_NAMES]
    marks = [name for name in named if frame[name].isin([0, 1]).all()]
    return marks[0] if len(marks) == 1 else None


def find_time(frame: pd.DataFrame, names: Sequence[Hashable] | None = None) -> Any:
    """Return the column of the timestamps, or None.

    It is the column of dates, by its name if there are several; or else a column of numbers with a usual name
    (timestamp, time, date …) that counts from 1970 or holds days such as 20150710.

    Parameters
    ----------
    frame : DataFrame of shape (n_times, n_columns)
        With columns that differ in name.
    names : sequence, optional
        What the columns are called, if not as in the frame.

    Raises
    ------
    DataError
        If several columns could be it.

    Examples
    --------
    >>> find_time(pd.DataFrame({"load": [0.5, 0.7], "when": ["2024-01-01", "2024-01-02"]}))
    'when'
    """
    called: dict[Any, Hashable] = dict(zip(frame.columns, frame.columns if names is None else names, strict=True))
    text = [name for name, dtype in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    dates = [name for name in text if _holds_dates(frame[name])]
    found = [name for name in dates if has_time_name(called[name])] or dates
    found = found or [name for name in called if has_time_name(called[name]) and is_epoch(frame[name])]
    if len(found) > 1:
        could = " and ".join(str(called[name]) for name in found)
        raise DataError(f"the columns {could} could all be the time: name one with time=")
    return found[0] if found else None


def has_time_name(name: Hashable) -> bool:
    """Whether a column has a name that is usual for timestamps."""
    return str(name).strip().lower().replace(" ", "") in _TIME_NAMES


def _holds_dates(column: pd.Series[Any]) -> bool:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return True
    there = (cell for cell in column.array if not (pd.api.types.is_scalar(cell) and pd.isna(cell)))
    probe = list(islice(there, _PROBED))
    # Most of them are enough: a cell that is no date is an error to report, not a sign of another column.
    return bool(probe) and 2 * sum(map(is_date, probe)) >= len(probe)


def is_epoch(column: pd.Series[Any]) -> bool:
    """Whether numbers are so large that they count from 1970, or hold days such as 20150710."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or not len(column):
        return False
    return bool(column.min() >= _SMALLEST_EPOCH) or looks_like_days(column.to_numpy(dtype=np.float64))


def binary_labels(column: pd.Series[Any], place: Callable[[int], str]) -> npt.NDArray[np.int8]:
    """Return a column of 0 and 1 (or false and true) as labels.

    Raises
    ------
    DataError
        If it holds anything else; the message names the first.
    """
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~np.isin(numbers, (0, 1)))
    if wrong.size:
        row = int(wrong[0])
        raise DataError(
            f"expected the labels 0 and 1, but {place(row)} has {str(column.iloc[row])[:40]!r} in column "
            f"{column.name}: correct it, or name another column as the label"
        )
    return numbers.astype(np.int8)


def number_array(frame: pd.DataFrame, place: Callable[[int], str]) -> npt.NDArray[Any]:
    """Return the columns as one array of numbers: (n_times, n_columns).

    Raises
    ------
    DataError
        If a cell is none, the message names the first; or if there are no columns.
    """
    if not frame.shape[1]:
        raise DataError("expected at least one column of values beside the timestamps, but there is none")
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            frame = _with_numbers(frame, name, place)
    plain = all(isinstance(dtype, np.dtype) for dtype in frame.dtypes)
    array = frame.to_numpy() if plain else frame.to_numpy(dtype=np.float64, na_value=np.nan)
    if array.dtype.kind == "f":
        warn_of_lost_digits(frame)
    return array


def warn_of_lost_digits(frame: pd.DataFrame) -> None:
    """Warn where the whole numbers among the columns are too large to keep all their digits as floats."""
    whole = frame.select_dtypes("integer")
    if whole.size:
        warn_of_large_integers(whole.to_numpy(dtype=np.float64, na_value=np.nan))


def _with_numbers(frame: pd.DataFrame, name: Hashable, place: Callable[[int], str]) -> pd.DataFrame:
    column = frame[name]
    with failing_as(DataError, f"column {name} holds no numbers", "correct it, or leave it out"):
        numbers = pd.to_numeric(column, errors="coerce")
    too_large = np.isinf(numbers.to_numpy(dtype=np.float64, na_value=np.nan)) & ~_says_inf(column)
    wrong = np.flatnonzero((numbers.isna() & column.notna()) | too_large)
    if wrong.size or pd.api.types.is_datetime64_any_dtype(column.dtype):
        row = int(wrong[0]) if wrong.size else 0
        raise DataError(
            f"expected numbers, but column {name} has {str(column.iloc[row])[:40]!r} at {place(row)}: "
            "correct it, leave text columns out, or name the one that holds the labels"
        )
    kept = frame.copy()
    kept[name] = numbers
    return kept


def _says_inf(column: pd.Series[Any]) -> npt.NDArray[np.bool_]:
    return column.astype(str).str.contains("inf", case=False, regex=False).to_numpy(dtype=bool)


def arrange(rows: Rows, order: str = "sort", duplicates: str = "keep") -> Rows:
    """Return rows whose time never decreases, and warn of what was done for it.

    Parameters
    ----------
    rows : Rows
        Rows without timestamps are returned as they are.
    order : {"sort", "error"}
        What to do where time runs backwards; sorting leaves rows of one time as they stand.
    duplicates : {"keep", "first", "last", "mean", "error"}
        What to do with rows that share a timestamp; a mean leaves NaN out, and takes the largest label.

    Raises
    ------
    ParameterError
        If there is no such policy.
    DataError
        If rows are out of order, or share a timestamp, and the policy is ``"error"``.
    """
    for what, given, known in (("order", order, _ORDERS), ("duplicates", duplicates, _DUPLICATES)):
        if given not in known:
            raise ParameterError(f"{what} is one of {', '.join(known)}, got {given!r}")
    if rows.times is None or not len(rows.times):
        return rows
    times = rows.times
    backwards = int(np.sum(times[1:] < times[:-1]))
    if backwards:
        _tell(f"time runs backwards at {backwards:,} of {len(times):,} rows", order, "order", "all rows were sorted")
        in_order = np.argsort(times, kind="stable")
        rows, times = rows[in_order], times[in_order]
    again = np.append(False, times[1:] == times[:-1])
    if not again.any():
        return rows
    done = {"keep": "all were kept", "mean": "their mean was taken"}.get(duplicates, f"the {duplicates} was kept")
    _tell(f"{int(again.sum()):,} rows have the timestamp of one before", duplicates, "duplicates", done)
    return _without_duplicates(rows, again, duplicates)


def _tell(what: str, policy: str, name: str, done: str) -> None:
    if policy == "error":
        raise DataError(f"{what}, and {name} is 'error': correct them, or choose another policy for {name}")
    warnings.warn(f"{what}: {done} ({name}={policy!r})", IrregularTimeWarning, stacklevel=4)


def _without_duplicates(rows: Rows, again: npt.NDArray[np.bool_], policy: str) -> Rows:
    """Return one row for each time, by the policy; ``again`` marks rows with the timestamp of the row before."""
    if policy == "keep":
        return rows
    if policy != "mean":
        return rows[~again if policy == "first" else ~np.append(again[1:], False)]
    cells = np.cumsum(~again) - 1
    labels = None if rows.labels is None else largest_by_cell(rows.labels, cells)
    return replace(rows[~again], values=mean_by_cell(rows.values, cells), labels=labels)

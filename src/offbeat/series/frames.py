"""Data frames taken apart into timestamps, values and labels; rows are put in order, with a warning."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, IrregularTimeWarning, ParameterError, failing_as, warn
from offbeat.series.any_frame import as_pandas
from offbeat.series.arrays import warn_of_large_integers
from offbeat.series.columns import find_time
from offbeat.series.dates import Place
from offbeat.series.grid import largest_by_cell, mean_by_cell
from offbeat.series.labels import labels_of
from offbeat.series.number_dates import is_epoch
from offbeat.series.roles import Roles, Said, Table, assign_roles
from offbeat.series.spelled import as_numbers
from offbeat.series.time_of_table import read_time_columns
from offbeat.series.zones import Times, Zone

__all__ = [
    "Rows",
    "arrange",
    "index_columns",
    "number_array",
    "rows_of_frame",
    "rows_of_roles",
    "table_of",
    "warn_of_lost_digits",
]

_PLACE = "row {} (counted from 0)".format

_MOST_NAMED = 12
"""Columns up to which all are named in a message."""
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
    zone : Zone, optional
        Of the times.
    notes : tuple of str
        How they were read, where they might have been meant otherwise.
    columns : tuple of (name, role)
        The columns of the table that are no channels, see :attr:`Roles.others`.
    """

    values: npt.NDArray[Any]
    channels: tuple[str, ...] | None = None
    times: Times | None = None
    labels: npt.NDArray[np.int8] | None = None
    zone: Zone | None = None
    notes: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, rows: npt.NDArray[Any]) -> Rows:
        return replace(
            self,
            values=self.values[rows],
            times=None if self.times is None else self.times[rows],
            labels=None if self.labels is None else self.labels[rows],
        )


def rows_of_frame(
    frame: Any,
    time: Hashable | None = None,
    labels: Hashable | None = None,
    *,
    time_format: str | None = None,
    normal: Any = None,
    needs_time: bool = True,
) -> Rows:
    """Take a frame apart, its rows as they stand.

    Parameters
    ----------
    frame : data frame of shape (n_times, n_columns), or series
        Of any library; its index becomes a column where it holds times or names recordings.
    time, labels : hashable, optional
        The columns of the timestamps and of the labels; found where they are not given, see
        :func:`offbeat.series.roles.assign_roles`.
    time_format : str, optional
        See :func:`offbeat.series.dates.read_times`.
    normal : optional
        What the labels call normal, where they are not 0 and 1.
    needs_time : bool
        Whether a frame without times is refused.

    Raises
    ------
    DataError
        If there is no such column, no timestamp, or something that is no number.
    """
    frame = as_pandas(frame)
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("value" if frame.name is None else frame.name)
    table, keys = table_of(frame, _PLACE)
    positions = {name: position for position, name in enumerate(keys)}
    if len(positions) < len(keys):
        twice = next(name for name in keys if keys.count(name) > 1)
        raise DataError(f"the columns of a recording differ in name, but {twice!r} comes twice: rename one")
    for wanted in (time, labels):
        if wanted is not None and wanted not in positions:
            raise DataError(f"no column is called {wanted!r}: the columns are {', '.join(map(str, frame.columns))}")
    is_index = time is None and isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex)
    said = Said(
        0 if is_index else None if time is None else positions[time],
        None if labels is None else positions[labels],
        time_format=time_format,
        strict=False,
    )
    roles = assign_roles(table, said)
    if roles.time is None and needs_time:
        raise DataError(
            "a frame becomes a recording by a column of dates or its datetime index, but this one has none: "
            "name the column with time=, or set_index first"
        )
    return rows_of_roles(table, roles, time_format, normal)


def table_of(frame: pd.DataFrame, place: Place) -> tuple[Table, list[Hashable]]:
    """Return a frame as a table with numbered columns, and its names; the index is a column where it says something."""
    before = index_columns(frame.index)
    names = [*before, *frame.columns]
    columns = frame.set_axis(range(len(before), len(names)), axis="columns").reset_index(drop=True)
    if before:
        index = pd.DataFrame(dict(enumerate(before.values())))
        columns = pd.concat([index, columns], axis="columns")
    return Table(columns, tuple(map(str, names)), place), names


def index_columns(index: pd.Index[Any]) -> dict[Hashable, pd.Series[Any]]:
    """Return the columns that an index stands for, by name: times, or the levels of several; none of row numbers.

    Examples
    --------
    >>> list(index_columns(pd.date_range("2024-01-01", periods=2))), index_columns(pd.RangeIndex(2))
    (['timestamp'], {})
    """
    if isinstance(index, pd.MultiIndex):
        names = [f"level_{i}" if name is None else name for i, name in enumerate(index.names)]
        levels = (index.get_level_values(i).to_series().reset_index(drop=True) for i in range(index.nlevels))
        return dict(zip(names, levels, strict=True))
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if isinstance(index, pd.TimedeltaIndex):
        index = pd.DatetimeIndex(pd.Timestamp(0) + index, name=index.name)
    column = index.to_series().reset_index(drop=True)
    # pandas makes a range of whole numbers that rise evenly, such as seconds since 1970; those may be uneven, too.
    is_nameless_epoch = index.name is None and index.is_monotonic_increasing and is_epoch(column)
    if find_time(column.to_frame("x"), ["time" if is_nameless_epoch else index.name], elapsed=False) is None:
        return {}
    return {"timestamp" if index.name is None else index.name: column}


def rows_of_roles(table: Table, roles: Roles, time_format: str | None = None, normal: Any = None) -> Rows:
    """Return the parts of a recording by the roles of the columns of its table, the rows as they stand.

    Raises
    ------
    DataError
        If a cell is not what its role needs; the message names the first.
    """
    times, zone = None, None
    if roles.time is not None:
        times, zone = read_time_columns(table, roles.time, time_format)
    notes = list(roles.notes)
    labels = None
    if roles.label is not None:
        named = table.frame[roles.label].rename(table.called(roles.label))
        labels, how = labels_of(named, table.place, normal)
        notes.append(
            f"column {named.name} is read as the labels{how}: {labels.sum():,} of {len(labels):,} time steps are "
            "anomalies (label='none' if it is a channel)"
        )
    names = tuple(table.called(position) for position in roles.channels)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the channels of a recording differ in name, but {twice!r} comes twice: rename one")
    frame = table.frame[list(roles.channels)].set_axis(list(names), axis="columns")
    for name in names:
        column, told = as_numbers(frame[name], name)
        if told:
            frame, notes = frame.assign(**{name: column}), notes + told
    values = number_array(frame, table.place)
    others = tuple((table.called(position), role) for position, role in roles.others.items())
    return Rows(values, names if table.names else None, times, labels, zone, tuple(notes), others)


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
    if pd.api.types.is_timedelta64_dtype(column.dtype):
        return frame.assign(**{str(name): column.dt.total_seconds()})
    with failing_as(DataError, f"column {name} holds no numbers", "correct it, or leave it out"):
        numbers = pd.to_numeric(column, errors="coerce")
    too_large = np.isinf(numbers.to_numpy(dtype=np.float64, na_value=np.nan)) & ~_says_inf(column)
    wrong = np.flatnonzero((numbers.isna() & column.notna()) | too_large)
    if wrong.size or pd.api.types.is_datetime64_any_dtype(column.dtype):
        row = int(wrong[0]) if wrong.size else 0
        raise DataError(
            f"expected numbers, but column {name} has {str(column.iloc[row])[:40]!r} at {place(row)}: correct it, "
            f"{_others(frame, name)}or name the column of the labels (label=)"
        )
    kept = frame.copy()
    kept[name] = numbers
    return kept


def _others(frame: pd.DataFrame, name: Hashable) -> str:
    """Return how to read the other columns of numbers, if there are any, with a comma behind."""
    plain = [str(other) for other, dtype in frame.dtypes.items() if pd.api.types.is_numeric_dtype(dtype)]
    plain = [other for other in plain if other != name]
    if not plain:
        return ""
    few = len(plain) <= _MOST_NAMED
    of_file, of_frame = (f"{','.join(plain)!r}", str(plain)) if few else ("…", "[…]")
    return f"read the others alone (channels={of_file} of a file, frame[{of_frame}] of a frame), "


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
    if duplicates == "keep" and 2 * again.sum() >= len(times) - 1:
        done += ", and the usual step is 0: duplicates='mean' makes one row of each time"
    _tell(f"{int(again.sum()):,} rows have the timestamp of one before", duplicates, "duplicates", done)
    return _without_duplicates(rows, again, duplicates)


_ADVICE = {
    "order": "put them in order, as frame.sort_index() does, or read them with order='sort'; where clocks were set "
    "back, give times with their offset",
    "duplicates": "leave all but one out, or read them with duplicates='first', 'last' or 'mean'",
}


def _tell(what: str, policy: str, name: str, done: str) -> None:
    if policy == "error":
        raise DataError(f"{what}: {_ADVICE[name]}")
    warn(f"{what}: {done} ({name}={policy!r})", IrregularTimeWarning)


def _without_duplicates(rows: Rows, again: npt.NDArray[np.bool_], policy: str) -> Rows:
    """Return one row for each time, by the policy; ``again`` marks rows with the timestamp of the row before."""
    if policy == "keep":
        return rows
    if policy != "mean":
        return rows[~again if policy == "first" else ~np.append(again[1:], False)]
    cells = np.cumsum(~again) - 1
    labels = None if rows.labels is None else largest_by_cell(rows.labels, cells)
    return replace(rows[~again], values=mean_by_cell(rows.values, cells), labels=labels)

"""Long tables of many recordings: a column such as ``host`` says which recording a row belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.data.readers.long import recording_of_rows, rows_of_table
from offbeat.data.readers.missing import without_marks
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.wide import WideTable, column_at
from offbeat.errors import DataError
from offbeat.series.dates import is_date
from offbeat.series.recording import Recording

__all__ = ["key_positions", "recordings_by_key"]


def recordings_by_key(table: WideTable, options: ReadOptions) -> dict[str, Recording]:
    """Split a long table into recordings, one for each value of the key columns, in the order they first occur.

    Parameters
    ----------
    table : WideTable
        One time step of one recording a row.
    options : ReadOptions
        ``by`` names the key columns; where it is not given they are found. The rest is as for one recording.

    Returns
    -------
    dict of str to Recording
        Each is called by its key. Where several columns make the key, its parts are joined by ``/``.

    Raises
    ------
    DataError
        If no column looks like a key and none is named, a row has no key, or the table holds no recordings.

    Examples
    --------
    >>> from pathlib import Path
    >>> frame = pd.DataFrame([["2024-01-01", "a", 0.5], ["2024-01-01", "b", 9.5], ["2024-01-02", "a", 0.7]])
    >>> table = WideTable(Path("load.csv"), frame, ("day", "host", "load"), "row {}".format)
    >>> {key: len(recording) for key, recording in recordings_by_key(table, ReadOptions(by="host")).items()}
    {'a': 2, 'b': 1}
    """
    positions = key_positions(table, options)
    if not positions:
        raise DataError(f"no column of {table.path} says which recording a row belongs to: name it with by=")
    keys, number = _keys(table, positions)
    # The roles of the columns, and the dates, are read once for all recordings: there may be ten thousand.
    rows = rows_of_table(without_marks(table, options.marks), replace(options, by=tuple(positions)))
    parts = np.split(np.argsort(number, kind="stable"), np.cumsum(np.bincount(number))[:-1])
    return {key: recording_of_rows(rows[part], options, key) for key, part in zip(keys, parts, strict=True)}


def key_positions(table: WideTable, options: ReadOptions) -> list[int]:
    """Return the columns that say which recording a row belongs to: those that are named, or else those of words."""
    if options.by is not None:
        return [column_at(table, name, "by") for name in options.keys or ()]
    return list(table.keys) or [p for p in range(table.frame.shape[1]) if _is_words(table.frame[p])]


def _is_words(column: pd.Series[Any]) -> bool:
    """Whether a column holds a few words, each many times."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return False
    values = column.dropna().unique()
    return 0 < 2 * len(values) <= len(column) and all(isinstance(v, str) and not is_date(v) for v in values)


def _keys(table: WideTable, positions: list[int]) -> tuple[list[str], npt.NDArray[np.intp]]:
    """Return the keys in the order they first occur, and for each row the number of its key."""
    columns = table.frame[positions]
    missing = np.flatnonzero(columns.isna().any(axis=1))
    if missing.size:
        row = int(missing[0])
        position = next(position for position in positions if pd.isna(columns[position].iloc[row]))
        raise DataError(f"{table.place(row)} of {table.path} has no key in {table.column(position)}: fill it in")
    text = ["/".join(map(str, row)) for row in zip(*(_plain(columns[p]) for p in positions), strict=True)]
    number, keys = pd.factorize(np.array(text, dtype=object))
    return list(map(str, keys)), number


def _plain(column: pd.Series[Any]) -> Iterable[Any]:
    """Return the cells, whole numbers without a decimal point."""
    if column.dtype.kind == "f" and bool(np.all(column == np.round(column))):
        return column.astype(np.int64)
    return column

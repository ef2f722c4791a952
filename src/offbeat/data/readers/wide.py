"""Wide tables, one series a row: the column of the labels is found, the others are values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, FormatError
from offbeat.files.cells import looks_numeric, read_number
from offbeat.files.regular import shorten
from offbeat.records.aami import CLASSES
from offbeat.series.arrays import text_array
from offbeat.series.frames import warn_of_lost_digits
from offbeat.series.recording import Collection, FloatArray
from offbeat.series.row_numbers import find_row_numbers

__all__ = ["WideTable", "column_at", "find_label", "to_collection"]

_KAGGLE_COLUMNS = 188
_KAGGLE_CLASSES = {str(label): name for label, name in enumerate(CLASSES)}
_FEWEST_ROWS, _MOST_CLASSES, _ROWS_A_CLASS = 20, 50, 4
"""Whole numbers are classes in so many rows at least, where they are so many at most, with so many rows each."""
_LABEL_NAMES = ("label", "target", "class", "y")
_TIME = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}:\d{2}")


@dataclass(frozen=True)
class WideTable:
    """Rows as they stand in a file or a frame, before labels and values are separated.

    Parameters
    ----------
    path : Path
        The file, for messages.
    frame : DataFrame of shape (n_series, n_columns)
        Columns are numbered 0, 1, …
    names : tuple of str, optional
        What the header calls the columns.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``.
    notes : tuple of str
        What could have been read in another way, a clause each.
    keys : tuple of int
        The columns that are known to say which recording a row belongs to: levels of an index.
    """

    path: Path
    frame: pd.DataFrame
    names: tuple[str, ...] | None
    place: Callable[[int], str]
    notes: tuple[str, ...] = ()
    keys: tuple[int, ...] = ()

    def column(self, position: int) -> str:
        """Return what to call a column in a message; columns count from 1 there."""
        return f"column {position + 1}" + (f" ({self.names[position]!r})" if self.names else "")


def to_collection(table: WideTable, label: str | int | None = None) -> Collection:
    """Make a collection of a wide table; the label never stays inside the series.

    Parameters
    ----------
    table : WideTable
        One series a row.
    label : {"first", "last", "none"}, str or int, optional
        The column of the labels: an end of the table, a name of the header, or a position from 0. Where it is not
        given it is the column called label, target, class or y, or else a first or last column that is all text, or
        the last of 188 without names as in the Kaggle set of heartbeats, or without names a first or last column of a
        few whole numbers beside measured values.

    Raises
    ------
    FormatError
        If text stands where a number should, a label is missing, or the rows are no series.
    DataError
        If there is no such column, or it is unclear which one holds the labels.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame([["high", 0.5, 0.7], ["low", 0.1, 0.2]])
    >>> beats = to_collection(WideTable(Path("curves.csv"), frame, None, "row {}".format))
    >>> beats.labels.tolist(), beats.values.shape
    (['high', 'low'], (2, 1, 2))
    """
    if not len(table.frame):
        raise FormatError(f"expected at least one series, but {table.path} holds a header and no rows")
    position = _label_position(table, label)
    labels = None if position is None else _labels(table, position)
    names = _KAGGLE_CLASSES if table.path.stem.startswith("mitbih_") and _is_kaggle(table) else {}
    rows = _row_numbers(table, position)
    values = _values(table, [found for found in (position, rows) if found is not None])
    notes = [] if rows is None else [f"{table.column(rows)} numbers the rows: left out"]
    if label is None and position is not None and not _is_kaggle(table) and _holds_classes(table, position):
        n_classes = table.frame[position].nunique()
        notes.append(
            f"{table.column(position)} holds {n_classes} whole numbers beside measured values: taken for the labels; "
            "label='none' if it is a time step"
        )
    return Collection(values, labels=labels, class_names=names, name=table.path.stem, notes=tuple(notes))


def _row_numbers(table: WideTable, label: int | None) -> int | None:
    """Return the column that numbers the rows by its name, such as ``id``; it is no time step."""
    if table.names is None:
        return None
    others = [position for position in range(table.frame.shape[1]) if position != label]
    found = find_row_numbers(table.frame[others], [table.names[position] for position in others])
    return int(found[0]) if found else None


def _label_position(table: WideTable, label: str | int | None) -> int | None:
    if label is None:
        return find_label(table)
    return None if label == "none" else column_at(table, label)


def column_at(table: WideTable, given: str | int, what: str = "label") -> int:
    """Return the position of a column that is given by its end of the table, its name or its position.

    Raises
    ------
    DataError
        If there is no such column.
    """
    count = table.frame.shape[1]
    if isinstance(given, str):
        return _by_name(table, given, what)
    if not -count <= given < count:
        raise DataError(
            f"{table.path} has {count} columns, so the {what} column is one of 0 … {count - 1}, not {given}"
        )
    return given % count


def _by_name(table: WideTable, given: str, what: str) -> int:
    ends = {"first": 0, "last": table.frame.shape[1] - 1}
    if given in ends:
        return ends[given]
    if table.names is None and given.isdecimal() and int(given) < table.frame.shape[1]:
        return int(given)
    if table.names is None:
        words = "'first', 'last' or 'none'" if what == "label" else "'first' or 'last'"
        raise DataError(f"{table.path} has no header line, so no column is called {given!r}: set {what} to {words}")
    if given not in table.names:
        raise DataError(f"no column of {table.path} is called {given!r}: the columns are {shorten(table.names)}")
    return table.names.index(given)


def find_label(table: WideTable) -> int | None:
    """Return the column of the labels by its name and what it holds, see :func:`to_collection`; None without one.

    Raises
    ------
    DataError
        If two columns could be it.
    FormatError
        If it holds times.
    """
    named = [i for i, name in enumerate(table.names or ()) if name.strip().lower() in _LABEL_NAMES]
    ends = sorted({0, table.frame.shape[1] - 1})
    found = named or [position for position in ends if _is_all_text(table.frame[position])]
    if not found and not _is_kaggle(table):
        found = [position for position in ends if _holds_classes(table, position)]
    if len(found) > 1:
        columns = " and ".join(table.column(position) for position in found)
        raise DataError(f"{columns} of {table.path} could both hold the labels: set label to one of them")
    if not found:
        return table.frame.shape[1] - 1 if _is_kaggle(table) else None
    # A column of times would pass for labels, and each reading of a recording for a series.
    if _TIME.match(str(table.frame[found[0]].iloc[0])):
        raise FormatError(
            f"expected one series a row, but {table.column(found[0])} of {table.path} holds times: "
            "that is one long recording, with one time step a row; read it with kind='recording'"
        )
    return found[0]


def _holds_classes(table: WideTable, position: int) -> bool:
    """Whether a column without a name holds a few whole numbers, and hardly another column only such."""
    frame = table.frame
    if table.names is not None or len(frame) < _FEWEST_ROWS or not all(map(_is_number_column, frame.dtypes)):
        return False
    classes = frame[position].nunique()
    if not _is_whole(frame[position]) or not 2 <= classes <= min(_MOST_CLASSES, len(frame) // _ROWS_A_CLASS):
        return False
    return sum(_is_whole(frame[other]) for other in range(frame.shape[1]) if other != position) <= frame.shape[1] // 20


def _is_whole(column: pd.Series[Any]) -> bool:
    cells = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool(np.all(cells == np.round(cells)))


def _is_kaggle(table: WideTable) -> bool:
    """Whether rows are those of mitbih_train.csv and its like: 187 values from 0 to 1, then a class from 0 to 4."""
    if table.names is not None or table.frame.shape[1] != _KAGGLE_COLUMNS:
        return False
    if not all(map(_is_number_column, table.frame.dtypes)):
        return False
    cells = table.frame.to_numpy(np.float64)
    values, classes = cells[:, :-1], cells[:, -1]
    return bool(np.all((values >= 0) & (values <= 1)) and np.all(np.isin(classes, range(5))))


def _is_number_column(dtype: Any) -> bool:
    return bool(pd.api.types.is_numeric_dtype(dtype)) and not pd.api.types.is_bool_dtype(dtype)


def _is_all_text(column: pd.Series[Any]) -> bool:
    if _is_number_column(column.dtype):
        return False
    return all(isinstance(cell, str | date) and not looks_numeric(cell) for cell in column[column.notna()])


def _number(cell: object) -> float | None:
    """Return a cell as a float, NaN where it is missing, or None where it is no number."""
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return float("nan")
    if isinstance(cell, bool | np.bool_):
        return None
    try:
        return read_number(cell) if isinstance(cell, str) else float(cell)  # type: ignore[arg-type]  # whatever float() takes
    except (TypeError, ValueError, OverflowError):
        return None


def _labels(table: WideTable, position: int) -> npt.NDArray[Any]:
    column = table.frame[position]
    missing = np.flatnonzero(column.isna())
    if missing.size:
        row = int(missing[0])
        raise FormatError(f"{table.place(row)} of {table.path} has no label in {table.column(position)}: fill it in")
    if not _is_number_column(column.dtype):
        return text_array([str(cell).strip() for cell in column], f"the labels of {table.path}")
    numbers = column.to_numpy() if pd.api.types.is_integer_dtype(column.dtype) else column.to_numpy(dtype=np.float64)
    broken = np.flatnonzero(numbers != np.round(numbers))
    if broken.size:
        row = int(broken[0])
        raise FormatError(
            f"expected a class in {table.column(position)} of {table.path}, but {table.place(row)} has "
            f"{numbers[row]:g} there: set kind='recording' if each row is a time step; or label='none' if each is a "
            "series without a label, or label to the column that has it"
        )
    return numbers


def _values(table: WideTable, taken: list[int]) -> FloatArray:
    kept = table.frame.drop(columns=taken)
    if kept.shape[1] < 2:
        raise FormatError(
            f"expected one series a row, but {table.path} has a single value in each: "
            "that is one long recording, with one time step a row; read it with kind='recording'"
        )
    text = [int(i) for i, dtype in zip(kept.columns, kept.dtypes, strict=True) if not _is_number_column(dtype)]
    if text:
        kept = kept.copy()
        for position, cells in _converted(table, text).items():
            kept[position] = cells
    warn_of_lost_digits(kept)
    return kept.to_numpy(dtype=np.float64, na_value=np.nan)


def _converted(table: WideTable, positions: list[int]) -> dict[int, list[float]]:
    """Return number columns that a file keeps as text or objects, or complain about the topmost bad cell."""
    columns = {position: [_number(cell) for cell in table.frame[position]] for position in positions}
    bad = [(cells.index(None), position) for position, cells in columns.items() if None in cells]
    if bad:
        row, position = min(bad)
        cell = str(table.frame[position].iloc[row])
        raise FormatError(
            f"expected a number at {table.place(row)}, {table.column(position)} of {table.path}, "
            f"got {cell[:40]!r}: correct it, or set label to its column if it is one"
        )
    return {position: [cell for cell in cells if cell is not None] for position, cells in columns.items()}

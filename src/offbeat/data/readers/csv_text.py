"""CSV with one series or one time step a line, with or without a header line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from offbeat.data.readers.delimited import line_of_row, one_line, read_rows, top_of
from offbeat.data.readers.files import check_width
from offbeat.data.readers.long import from_table
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.files.cells import looks_numeric
from offbeat.files.regular import existing_file
from offbeat.series.dates import is_date
from offbeat.series.recording import Collection, Recording

__all__ = ["csv_table", "has_words_on_top", "read_csv"]

_MISSING = {"", "?", "na", "n/a", "null", "none"}
# Shorter runs of 0, 1, 2 … are rather data than the numbers of the columns.
_SHORTEST_NUMBERING = 5


def read_csv(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    r"""Read a table of comma, semicolon or tab separated values, one series or one time step a line.

    The first line is a header if it is text where the next line has numbers, or if it merely numbers the columns.

    Parameters
    ----------
    path : str or Path
        The file; empty cells, ``NaN`` and ``?`` are missing values.
    options : ReadOptions
        Where timestamps and labels stand, see :func:`offbeat.data.read`.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, 1, n_times) or (n_times, n_channels).

    Raises
    ------
    FormatError
        If the file is not such a table.
    DataError
        If it is missing, or has no such label column.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "curves.csv")
    >>> _ = file.write_text("high,0.5,0.7\nlow,0.1,\n")
    >>> curves = read_csv(file)
    >>> curves.labels.tolist(), curves.values[:, 0].tolist()
    (['high', 'low'], [[0.5, 0.7], [0.1, nan]])
    """
    return from_table(csv_table(path, options), options)


def csv_table(path: str | Path, options: ReadOptions = DEFAULTS) -> WideTable:
    """Return the rows of a table as they stand in the file, see :func:`read_csv`."""
    path = existing_file(path)
    number, first, second, delimiter = top_of(path, ";,\t", ",")
    header_line = number if _is_header(first, second) else 0
    if options.kind == "recording" and second is None and not header_line:
        return one_line(path, first)
    check_width(len(first), path)
    frame = read_rows(path, delimiter, header_line)
    names = tuple(first) if header_line else None
    frame, names = _without_row_numbers(frame, names)
    return WideTable(path, frame, names, line_of_row(path, header_line))


def _is_number(field: str) -> bool:
    """Whether a field is a value rather than a heading: also one that is refused as a value later."""
    return field.lower() in _MISSING or looks_numeric(field)


def _is_header(first: list[str], second: list[str] | None) -> bool:
    """Tell a header from a first series; an end column of words may be labels, so it proves nothing by itself."""
    if _numbers_the_columns(first):
        return second is None or first[1:-1] != second[1:-1]
    inner_text = [not _is_number(field) for field in first[1:-1]]
    if second is None:
        return any(inner_text) or not any(map(_is_number, first))
    return has_words_on_top(first, second)


def has_words_on_top(first: list[str], second: list[str]) -> bool:
    """Whether words stand above numbers or dates, beyond what an end column of labels could be by itself."""
    pairs = list(zip(first, second, strict=False))
    if any(is_date(below) and not is_date(above) and not _is_number(above) for above, below in pairs):
        return True
    turns_to_number = [not _is_number(above) and _is_number(below) for above, below in pairs]
    if any(turns_to_number[1:-1]):
        return True
    return all(not _is_number(field) for field in first) and any(turns_to_number)


def _numbers_the_columns(fields: list[str]) -> bool:
    """Whether the fields between both ends merely count up, as pandas names columns that have no names."""
    inner = fields[1:-1]
    if len(inner) < _SHORTEST_NUMBERING or inner[0] not in ("0", "1", "2"):
        return False
    return inner == [str(int(inner[0]) + i) for i in range(len(inner))]


def _without_row_numbers(
    frame: pd.DataFrame, names: tuple[str, ...] | None
) -> tuple[pd.DataFrame, tuple[str, ...] | None]:
    """Leave out the nameless first column of row numbers that pandas writes by default."""
    if not names or names[0] != "" or not len(frame) or list(frame[0]) != list(range(len(frame))):
        return frame, names
    return frame.drop(columns=0).set_axis(range(len(names) - 1), axis="columns"), names[1:]

"""Tables of every file format as one type, before it is told what their columns mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from offbeat.data.readers.clocked import with_clock
from offbeat.data.readers.memory import table_of_frame
from offbeat.data.readers.options import Label, ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.errors import FormatError
from offbeat.files.arrow import arrow_frame
from offbeat.files.excel import sheet_lines
from offbeat.files.json_text import json_frame
from offbeat.files.parquet import parquet_frame
from offbeat.files.sql import sql_frame, url_of_file
from offbeat.files.text.packing import suffix_of
from offbeat.files.text.table import TextTable

__all__ = [
    "TableReader",
    "default_label",
    "table_of_arrow",
    "table_of_excel",
    "table_of_json",
    "table_of_parquet",
    "table_of_sqlite",
    "table_of_text",
    "table_of_url",
]

TableReader = Callable[[Path, ReadOptions], WideTable]

_UCR = (".txt", ".tsv")


def default_label(table: WideTable) -> Label:
    """Return where the class of a series stands unless the caller says it: first, in text as of the UCR archive."""
    return "first" if table.names is None and suffix_of(table.path) in _UCR else None


def table_of_text(path: Path, options: ReadOptions) -> WideTable:
    r"""Read a table of text, whatever parts its columns and however its numbers are written.

    Lines above a header, remarks, and units below it are left out; a table may have no header.

    Parameters
    ----------
    path : Path
        The file; empty cells, ``NaN`` and ``?`` are missing values.
    options : ReadOptions
        With ``kind="recording"`` all values may stand on one line.

    Returns
    -------
    WideTable
        Rows, with the line of each.

    Raises
    ------
    FormatError
        If the file is not such a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "load.txt")
    >>> _ = file.write_text("Logger 3\n\nZeit;Last\n01.03.2024 00:00;0,5\n01.03.2024 00:10;\n")
    >>> table = table_of_text(file, ReadOptions())
    >>> table.names, table.frame[1].tolist(), table.place(1)
    (('Zeit', 'Last'), [0.5, nan], 'line 5')
    """
    text = TextTable(path, on_one_line=options.kind == "recording", times=options.time_format is None)
    table = WideTable(path, text.frame, text.names, text.place, text.notes)
    return with_clock(table) if options.time is None and options.kind != "collection" else table


def table_of_excel(path: Path, options: ReadOptions) -> WideTable:
    """Read a worksheet, the first with anything in it or the one that ``options.table`` names, as text is read.

    Raises
    ------
    FormatError
        If the file is damaged, or the worksheet holds no table.
    MissingExtraError
        If openpyxl is not installed.
    """
    lines, note = sheet_lines(path, options.table)
    try:
        text = TextTable(path, times=options.time_format is None, held=lines, line="row")
    except FormatError as error:
        raise FormatError(f"{error}{note and '; '}{note}") from error
    return WideTable(path, text.frame, text.names, text.place, tuple(filter(None, (note, *text.notes))))


def table_of_parquet(path: Path, options: ReadOptions) -> WideTable:
    """Read a Parquet file; its index, unless it holds times, is left out, and nulls are missing values.

    Raises
    ------
    FormatError
        If the file is damaged.
    MissingExtraError
        If pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> file = Path(tempfile.mkdtemp(), "beats.parquet")
    >>> pd.DataFrame({"t0": [0.5, 0.1], "t1": [0.7, None]}).to_parquet(file)
    >>> table_of_parquet(file, ReadOptions()).names
    ('t0', 't1')
    """
    return table_of_frame(parquet_frame(path), path)


def table_of_arrow(path: Path, options: ReadOptions) -> WideTable:
    """Read an Arrow (Feather) file or stream, as a Parquet file is read."""
    return table_of_frame(arrow_frame(path), path)


def table_of_json(path: Path, options: ReadOptions) -> WideTable:
    """Read records or columns in JSON, see :mod:`offbeat.files.json_text`.

    Raises
    ------
    FormatError
        If it is no JSON, or holds no table or several.
    """
    frame, note = json_frame(path)
    table = table_of_frame(frame, path)
    return replace(table, place=lambda row: f"record {row + 1}", notes=tuple(filter(None, (note, *table.notes))))


def table_of_sqlite(path: Path, options: ReadOptions) -> WideTable:
    """Read a table or a query of a SQLite database in a file, see :func:`table_of_url`."""
    return table_of_url(url_of_file(path), options)


def table_of_url(url: str, options: ReadOptions) -> WideTable:
    """Read a table or a query of a database, see :func:`offbeat.files.sql.sql_frame`.

    Raises
    ------
    ParameterError
        If neither is named and there are several tables.
    DataError
        If it cannot be opened, or the query fails.
    MissingExtraError
        If SQLAlchemy is not installed.
    """
    frame, name = sql_frame(url, options.query, options.table)
    return table_of_frame(frame, Path(name))

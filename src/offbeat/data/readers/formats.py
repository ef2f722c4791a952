"""The formats of files that are read, told by their content, or by their extension where that leaves it open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from offbeat.data.readers.arff import read_arff
from offbeat.data.readers.long import from_table
from offbeat.data.readers.npy import read_npy
from offbeat.data.readers.npz import read_npz
from offbeat.data.readers.options import Label, ReadOptions
from offbeat.data.readers.tables import (
    TableReader,
    default_label,
    table_of_arrow,
    table_of_excel,
    table_of_json,
    table_of_parquet,
    table_of_sqlite,
    table_of_text,
)
from offbeat.data.readers.ts import read_ts
from offbeat.errors import FormatError, ParameterError
from offbeat.files.excel import is_workbook
from offbeat.files.foreign import what_else
from offbeat.files.json_text import looks_like_json
from offbeat.files.text.content import Content, looks_like_text
from offbeat.files.text.packing import ZIP, is_packed, suffix_of
from offbeat.series.recording import Collection, Recording

__all__ = ["FORMATS", "Format", "extensions", "format_of", "what_is_read"]

_HEAD = 4096

Reader = Callable[[Path, ReadOptions], Collection | Recording]


@dataclass(frozen=True)
class Format:
    """A format of files.

    Parameters
    ----------
    name : str
        As messages call it.
    suffixes : tuple of str
        Extensions, in lower case.
    begins : tuple of bytes
        How each file of it begins; text has no such mark.
    read : callable, optional
        Makes data of a path and the options, where the format holds more than a table.
    table : callable, optional
        Makes a table of them.
    has_tables : bool
        Whether a file may hold several tables.
    """

    name: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    read: Reader | None = None
    table: TableReader | None = None
    has_tables: bool = False

    def __call__(self, path: Path, options: ReadOptions) -> Collection | Recording:
        """Read a file of this format."""
        if self.read is not None:
            return self.read(path, options)
        assert self.table is not None
        table = self.table(path, options)
        return from_table(table, options, default_label=default_label(table))


def _of_series(reader: Callable[[str | Path, Label], Collection]) -> Reader:
    """Return a reader of a format that only holds collections."""

    def read_series(path: Path, options: ReadOptions) -> Collection:
        if options.is_recording:
            raise ParameterError(
                f"{path} holds many short series, as every {suffix_of(path)} file does: leave kind and time out"
            )
        return reader(path, options.label)

    return read_series


_TEXT = Format("CSV and other tables of text", (".csv", ".tsv", ".txt", ".dat", ".log", ".data"), table=table_of_text)
_JSON = Format("JSON", (".json", ".jsonl", ".ndjson"), table=table_of_json)
_ARFF = Format("ARFF", (".arff",), read=_of_series(read_arff))
_EXCEL = Format("Excel", (".xlsx", ".xlsm"), table=table_of_excel, has_tables=True)
_NPZ = Format("NumPy archive", (".npz",), read=read_npz)

FORMATS: tuple[Format, ...] = (
    _TEXT,
    Format("Parquet", (".parquet", ".pq"), (b"PAR1",), table=table_of_parquet),
    Format("Arrow", (".arrow", ".feather"), (b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"), table=table_of_arrow),
    _EXCEL,
    _JSON,
    Format("SQLite", (".db", ".sqlite", ".sqlite3"), (b"SQLite format 3\0",), table=table_of_sqlite, has_tables=True),
    Format("NumPy array", (".npy",), (b"\x93NUMPY",), read=read_npy),
    _NPZ,
    _ARFF,
    Format("ts", (".ts",), read=_of_series(read_ts)),
)
"""All formats."""


def format_of(path: Path) -> Format:
    """Return the format of a file.

    Raises
    ------
    FormatError
        If it is none of those that are read; the message says what it looks like, or names all formats.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    suffix = suffix_of(path)
    named = next((one for one in FORMATS if suffix in one.suffixes), None)
    marked = next((one for one in FORMATS if one.begins and head.startswith(one.begins)), None)
    if marked is not None:
        return marked
    if head.startswith(ZIP) and (named in (_NPZ, _EXCEL) or is_workbook(path)):
        return named if named in (_NPZ, _EXCEL) and named is not None else _EXCEL
    if what := what_else(head):
        raise FormatError(f"{path} is {what}")
    if not looks_like_text(head):
        if named is not None:
            return named  # it says what is wrong with the file
        raise FormatError(f"{path} is in no format that is read: expected {what_is_read()}")
    if named is not None and named not in (_TEXT, _JSON) and not (named.begins or named in (_NPZ, _EXCEL)):
        return named
    return _of_text(path, head, named)


def _of_text(path: Path, head: bytes, named: Format | None) -> Format:
    """Return the format of text by how it begins; names of binary formats are wrong here."""
    begin = "\n".join(Content(path).top(1, 1 << 30)) if is_packed(head) else head.decode("utf-8", "replace")
    if begin.lstrip().lower().startswith("@relation"):
        return _ARFF
    if looks_like_json(begin, named is _JSON):
        return _JSON
    if named is not None and named not in (_TEXT, _JSON) and not any(map(str.isdecimal, begin)):
        return named  # it says that these words are none
    return _TEXT


def extensions() -> str:
    """Return the usual extensions of all formats, as text."""
    return ", ".join(suffix for one in FORMATS for suffix in one.suffixes)


def what_is_read() -> str:
    """Return the names of all formats and their usual extensions.

    Examples
    --------
    >>> what_is_read()[:70]
    'CSV and other tables of text (.csv, .tsv, .txt, .dat, .log, .data), Pa'
    """
    return ", ".join(f"{one.name} ({', '.join(one.suffixes)})" for one in FORMATS)

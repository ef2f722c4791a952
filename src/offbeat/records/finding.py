"""The ECG records of a folder, a pattern or a list."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from offbeat.errors import DataError, OffbeatError
from offbeat.files.finding import files_below, is_pattern, named_apart
from offbeat.files.regular import existing_file, is_file
from offbeat.records.formats import FILE_SUFFIXES, TABLE_SUFFIXES
from offbeat.records.text import TableSource
from offbeat.records.wfdb_header import header_lines

__all__ = ["Found", "find_records", "find_with_left_out", "holds_many", "named_apart"]

LIST = "RECORDS"
"""What PhysioNet calls the list of the records of a folder."""

_HEADER = ".hea"
_RESULTS = (b"sample,time_s,", b"record,error,")  # how tables begin that hold what was found in records
_ANY_RATE = 250.0  # Hz, of a table of which only the columns are looked at


class Found(NamedTuple):
    """What a folder, a pattern or a list stands for."""

    records: list[Path]
    """As :func:`~offbeat.records.open_record` takes them, sorted but for those of a list."""
    left_out: list[Path]
    """Tables beside headers that were not taken, as no column is named like a lead of an ECG."""


def holds_many(place: str | Path) -> bool:
    """Return whether a folder, a pattern or a list of records is meant, and not one record.

    Examples
    --------
    >>> holds_many("night/*.edf"), holds_many("night/200")
    (True, False)
    """
    path = Path(place)
    return path.is_dir() or path.name == LIST or is_pattern(path)


def find_records(place: str | Path) -> list[Path]:
    """Return the records of a folder with all folders in it, of a pattern such as ``night/*.edf``, or of a list.

    A list is a text file called RECORDS, with the path of a record a line, relative to it. Headers of WFDB and files of
    recorders are records; so are tables of text that hold no results of offbeat. Beside a header, where tables of
    annotations and of patients lie, too, a table is a record only if one of its columns is named like a lead of an ECG.

    Parameters
    ----------
    place : str or Path
        One of them; what is none of them is taken for a record.

    Returns
    -------
    list of Path
        As :func:`~offbeat.records.open_record` takes them, sorted but for those of a list.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("100.hea", "100.dat", "b/night.edf", "notes.txt"):
    ...     (folder / name).parent.mkdir(exist_ok=True)
    ...     (folder / name).touch()
    >>> [str(path.relative_to(folder)) for path in find_records(folder)]
    ['100', 'b/night.edf']
    """
    return find_with_left_out(place).records


def find_with_left_out(place: str | Path) -> Found:
    r"""Return the records that :func:`find_records` does, and the tables that were taken for something else.

    Raises
    ------
    DataError
        If there is no record.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, text in (("100.hea", ""), ("labels.csv", "100,N\n"), ("strip.csv", "time,II\n0,1\n0.004,2\n")):
    ...     _ = (folder / name).write_text(text)
    >>> [[path.name for path in paths] for paths in find_with_left_out(folder)]
    [['100', 'strip.csv'], ['labels.csv']]
    """
    path = Path(place)
    left_out: list[Path] = []
    if path.is_dir():
        found, left_out = _records_among(files_below(path))
    elif path.name == LIST:
        lines = existing_file(path).read_text(encoding="utf-8", errors="replace").splitlines()
        found = [path.parent / line.strip() for line in lines if line.strip() and not line.startswith("#")]
    elif holds_many(path):
        found, left_out = _records_among(path.parent.glob(path.name), folders=True)
    else:
        found = [path]
    if not found:
        raise DataError(
            f"expected ECG records in {place}, found none: headers (.hea), {', '.join(FILE_SUFFIXES)} or tables "
            f"({', '.join(TABLE_SUFFIXES)})"
        )
    return Found(found, left_out)


def _records_among(files: Iterable[Path], *, folders: bool = False) -> Found:
    """Return the records that some files are, each once; of folders among them, where wanted, what they hold."""
    paths = sorted(files)
    headers = [path for path in paths if path.suffix == _HEADER]
    segments = {segment for header in headers for segment in _segments(header)}
    with_headers = {path.parent for path in headers}
    found: dict[Path, None] = {}
    left_out: list[Path] = []
    for path in paths:
        suffix = path.suffix.lower()
        if path.is_dir():
            inside = _records_among(files_below(path)) if folders else Found([], [])
            found.update(dict.fromkeys(inside.records))
            left_out += inside.left_out
        elif suffix == _HEADER:
            found.update({} if path.with_suffix("") in segments else {path.with_suffix(""): None})
        elif suffix in TABLE_SUFFIXES and path.parent in with_headers and not _has_ecg_columns(path):
            left_out += [] if _holds_results(path) else [path]
        elif suffix in FILE_SUFFIXES or (suffix in TABLE_SUFFIXES and not _holds_results(path)):
            found[path] = None
    return Found(list(found), left_out)


def _has_ecg_columns(table: Path) -> bool:
    """Whether a table can be read as samples, and has a column that is a lead by its name or its device."""
    try:
        return is_file(table) and TableSource(table, _ANY_RATE).has_ecg_names
    except OffbeatError:
        return False


def _holds_results(table: Path) -> bool:
    """Whether a table lists what was found in records, and is none itself."""
    if not is_file(table):
        return False
    try:
        with table.open("rb") as file:
            return file.read(max(map(len, _RESULTS))).startswith(_RESULTS)
    except OSError:  # what cannot be read is an error of that record, not of its folder
        return False


def _segments(header: Path) -> list[Path]:
    """Return the records that a header joins; none where it names signals itself."""
    try:
        lines = header_lines(header)
    except OSError:  # what cannot be read is an error of that record, not of its folder
        return []
    if not lines or "/" not in lines[0].split()[0]:
        return []
    return [header.parent / line.split()[0] for line in lines[1:]]

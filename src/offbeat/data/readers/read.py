"""One function for every file format, for databases, and for data in memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from offbeat.data.readers.formats import FORMATS, Format, format_of
from offbeat.data.readers.long import from_table
from offbeat.data.readers.memory import read_memory
from offbeat.data.readers.options import Kind, ReadKeywords, ReadOptions, options_from
from offbeat.data.readers.tables import table_of_url
from offbeat.data.readers.wide import WideTable
from offbeat.errors import FormatError, ParameterError, failing_as
from offbeat.files.regular import existing_file
from offbeat.files.sql import is_url
from offbeat.files.stdin import STDIN, stdin_as_file
from offbeat.files.text.packing import stem_of
from offbeat.series.recording import Collection, Recording
from offbeat.words import domain_of_names

__all__ = ["READERS", "is_elsewhere", "read", "read_table", "read_with"]

READERS: Mapping[str, Format] = {suffix: one for one in FORMATS for suffix in one.suffixes}
"""The formats by their usual extensions."""

_RATE_TOLERANCE = 1e-3
"""By which share a sampling rate may differ from that of the timestamps."""


def read(source: Any, *, kind: Kind | None = None, **options: Unpack[ReadKeywords]) -> Collection | Recording:
    r"""Read many short series, or one long one, from a file, a data frame or an array.

    It is one long series, a recording, if one of its columns holds dates, if it has a single column, or if the caller
    says so; else it has one series a row and is a collection. An array is a recording unless it has three axes.

    Parameters
    ----------
    source : str, Path, data frame or array
        The path of a file in one of :data:`~offbeat.data.readers.formats.FORMATS`, in which empty cells, ``NaN`` and
        ``?`` become NaN; the URL of a database such as ``sqlite:///plant.db``; ``-`` for standard input; a frame of
        pandas, polars, pyarrow or another library that narwhals knows; or an array of shape (n_times,),
        (n_times, n_channels) or (n_series, n_channels, n_times).
    kind : {"recording", "collection"}, optional
        What the source holds, where it cannot be inferred.
    **options
        ``label``, ``time``, ``order``, ``duplicates``, ``gaps``, ``channels``, ``sampling_rate``, ``table`` and
        ``query``, see :class:`~offbeat.data.readers.options.ReadOptions`.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels), without the label. Labels of a
        collection are text, those of a recording 0 and 1.

    Raises
    ------
    FormatError
        If the file holds no data that can be read, or is cut short; the message names the line and column.
    DataError
        If there is no such file or label column.
    ParameterError
        If there is no such option, or it does not apply to this format.
    MissingExtraError
        If the format needs a library that is not installed.

    Warns
    -----
    IrregularTimeWarning
        If time steps are out of order, share a timestamp, or leave gaps; the message says what was done.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "curves.csv")
    >>> _ = file.write_text("t0,t1,t2,kind\n0.5,0.7,0.6,calm\n0.1,,9.9,wild\n")
    >>> curves = read(file, label="kind")
    >>> curves
    Collection(2 series x 1 channel x 3 time steps, 2 classes)
    >>> curves.counts()
    {'calm': 1, 'wild': 1}
    >>> read([0.5, 0.7, 9.9, 0.6], sampling_rate=250)
    Recording(4 time steps x 1 channel (ch0), 250 Hz)
    """
    return read_with(source, options_from(ReadOptions, {"kind": kind, **options}, "reading data"))


def read_with(source: Any, options: ReadOptions) -> Collection | Recording:
    """Read as :func:`read` does, with options that were made already."""
    if not isinstance(source, str | Path):
        return _with_rate(read_memory(source, options), options.sampling_rate)
    if is_url(source):
        table = table_of_url(str(source), options)
        return _named(_with_rate(from_table(table, options), options.sampling_rate), table.path)
    if source == STDIN:
        with stdin_as_file() as path:
            return read_with(path, options)
    path = existing_file(source)
    with _whole(path):
        data = _with_rate(_format_of(path, options)(path, options), options.sampling_rate)
    return _named(data, path)


def read_table(source: str | Path, options: ReadOptions) -> WideTable:
    """Read a file, or a table of a database, as rows whose columns mean nothing yet.

    Parameters
    ----------
    source : str or Path
        A path, the URL of a database, or ``-`` for standard input.
    options : ReadOptions
        Of which only those that choose a table are used.

    Raises
    ------
    FormatError
        If the file holds no table.
    """
    if is_url(source):
        return table_of_url(str(source), options)
    if source == STDIN:
        with stdin_as_file() as path:
            return read_table(path, options)
    path = existing_file(source)
    with _whole(path):
        found = _format_of(path, options)
        if found.table is None:
            raise FormatError(f"expected a table, but {path} is a file of the format {found.name}: save it as .csv")
        return found.table(path, options)


def is_elsewhere(source: object) -> bool:
    """Whether something names data that are no file: the URL of a database, or standard input."""
    return source == STDIN or is_url(source)


def _format_of(path: Path, options: ReadOptions) -> Format:
    found = format_of(path)
    for name, value in (("table", options.table), ("query", options.query)):
        if value is not None and not found.has_tables:
            raise ParameterError(f"{path} holds one table: leave {name}={value!r} out")
    return found


def _whole(path: Path) -> AbstractContextManager[None]:
    """Return the one guard for all readers: what libraries raise for damaged files fits into no list."""
    return failing_as(
        FormatError, f"{path} is no whole {path.suffix.lower() or 'data'} file", "write or download it again"
    )


def _named(data: Collection | Recording, path: Path) -> Collection | Recording:
    if data.name == path.stem:
        data = replace(data, name=stem_of(path))
    domain = domain_of_names(path.name, *data.channels)
    return replace(data, domain=domain) if domain else data


def _with_rate(data: Collection | Recording, given: float | None) -> Collection | Recording:
    if given is None:
        return data
    step = data.step if isinstance(data, Recording) else float("nan")
    if abs(step * given - 1) > _RATE_TOLERANCE:
        raise ParameterError(
            f"expected sampling_rate={1 / step:g}, because the timestamps are {step:g} s apart, got {given:g}: "
            "leave it out"
        )
    return replace(data, sampling_rate=float(given))

"""One function for every file format, whose extension chooses the reader; and for data in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from offbeat.data.readers.arff import read_arff
from offbeat.data.readers.memory import read_memory
from offbeat.data.readers.npy import read_npy
from offbeat.data.readers.npz import read_npz
from offbeat.data.readers.options import Kind, Label, ReadKeywords, ReadOptions, options_from
from offbeat.data.readers.parquet import read_parquet
from offbeat.data.readers.text_table import read_text_table
from offbeat.data.readers.ts import read_ts
from offbeat.errors import FormatError, ParameterError, failing_as
from offbeat.files.regular import existing_file
from offbeat.series.recording import Collection, Recording
from offbeat.words import domain_of_names

__all__ = ["READERS", "read", "read_with"]

Reader = Callable[[str | Path, ReadOptions], Collection | Recording]


def _of_series(reader: Callable[[str | Path, Label], Collection]) -> Reader:
    """Return a reader of a format that only holds collections."""

    def read_series(path: str | Path, options: ReadOptions) -> Collection:
        if options.is_recording:
            raise ParameterError(
                f"{path} holds many short series, as every {Path(path).suffix} file does: leave kind and time out"
            )
        return reader(path, options.label)

    return read_series


READERS: dict[str, Reader] = {
    ".arff": _of_series(read_arff),
    ".csv": read_text_table,
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".ts": _of_series(read_ts),
    ".tsv": read_text_table,
    ".txt": read_text_table,
}

_RATE_TOLERANCE = 1e-3
"""By which share a sampling rate may differ from that of the timestamps."""


def read(source: Any, *, kind: Kind | None = None, **options: Unpack[ReadKeywords]) -> Collection | Recording:
    r"""Read many short series, or one long one, from a file, a data frame or an array.

    It is one long series, a recording, if one of its columns holds dates, if it has a single column, or if the caller
    says so; else it has one series a row and is a collection. An array is a recording unless it has three axes.

    Parameters
    ----------
    source : str, Path, data frame or array
        The path of an ``.arff``, ``.csv``, ``.npy``, ``.npz``, ``.parquet``, ``.ts``, ``.tsv`` or ``.txt`` file, in
        which empty cells, ``NaN`` and ``?`` become NaN; a frame of pandas, polars, pyarrow or another library that
        narwhals knows; or an array of shape (n_times,), (n_times, n_channels) or (n_series, n_channels, n_times).
    kind : {"recording", "collection"}, optional
        What the source holds, where it cannot be inferred.
    **options
        ``label``, ``time``, ``order``, ``duplicates``, ``gaps``, ``channels`` and ``sampling_rate``, see
        :class:`~offbeat.data.readers.options.ReadOptions`.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, n_channels, n_times) or (n_times, n_channels), without the label. Labels of a
        collection are text, those of a recording 0 and 1.

    Raises
    ------
    FormatError
        If the file is not what its extension says, or is cut short; the message names the line and column.
    DataError
        If there is no such file or label column.
    ParameterError
        If there is no such option, or it does not apply to this format.
    MissingExtraError
        If Parquet is asked for and pyarrow is not installed.

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
    path = existing_file(source)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise FormatError(
            f"the extension {path.suffix!r} of {path} is none of those read here ({', '.join(sorted(READERS))}): "
            "save the series as one of them"
        )
    # One guard for all readers: what libraries raise for damaged files fits into no list.
    with failing_as(FormatError, f"{path} is no whole {path.suffix.lower()} file", "write or download it again"):
        data = _with_rate(reader(path, options), options.sampling_rate)
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

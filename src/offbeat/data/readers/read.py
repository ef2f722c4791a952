"""One door to every file format: the extension says which reader opens it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from offbeat.data.readers.arff import read_arff
from offbeat.data.readers.csv_text import read_csv
from offbeat.data.readers.npy import read_npy
from offbeat.data.readers.npz import read_npz
from offbeat.data.readers.options import Duplicates, Gaps, Kind, Label, Order, ReadOptions
from offbeat.data.readers.parquet import read_parquet
from offbeat.data.readers.ts import read_ts
from offbeat.data.readers.ucr_text import read_ucr_text
from offbeat.errors import FormatError, ParameterError, failing_as
from offbeat.files.regular import existing_file
from offbeat.series.recording import Collection, Recording
from offbeat.words import domain_of_names

__all__ = ["READERS", "read"]

Reader = Callable[[str | Path, ReadOptions], Collection | Recording]


def _of_series(reader: Callable[[str | Path, Label], Collection]) -> Reader:
    """Return a reader of a format that only holds collections."""

    def read_series(path: str | Path, options: ReadOptions) -> Collection:
        if options.is_recording:
            raise ParameterError(
                f"{path} holds many short series, for that is what {Path(path).suffix} is for: leave kind and time out"
            )
        return reader(path, options.label)

    return read_series


READERS: dict[str, Reader] = {
    ".arff": _of_series(read_arff),
    ".csv": read_csv,
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".ts": _of_series(read_ts),
    ".tsv": read_ucr_text,
    ".txt": read_ucr_text,
}


def read(
    path: str | Path,
    *,
    label: Label = None,
    time: str | int | None = None,
    kind: Kind | None = None,
    order: Order = "sort",
    duplicates: Duplicates = "keep",
    gaps: Gaps = "keep",
    channels: Sequence[str] | str | None = None,
) -> Collection | Recording:
    r"""Read a file of many short series, or of one long one.

    It holds one long series, a recording, if one of its columns holds dates, if it has a single column, or if the
    caller says so; else one series a row, a collection. An ``.npy`` array is a recording unless it has three axes.

    Parameters
    ----------
    path : str or Path
        An ``.arff``, ``.csv``, ``.npy``, ``.npz``, ``.parquet``, ``.ts``, ``.tsv`` or ``.txt`` file. Empty cells,
        ``NaN`` and ``?`` become NaN.
    label : {"first", "last", "none"}, str or int, optional
        Where the class of each series stands: an end of the row, a column by its name in the header, or a
        position from 0. Where it is not given, the format decides: ``.arff`` has a nominal attribute, ``.ts`` says it
        in the header, ``.txt`` and ``.tsv`` have it first, ``.npz`` in ``y`` or ``labels``; in ``.csv`` and
        ``.parquet`` it is the column called label, target, class or y, or else an end column of text, or the last of
        188 columns of numbers as in the Kaggle set of heartbeats (``mitbih_train.csv``). The labels of a
        recording, 0 and 1, are a column called label, is_anomaly or anomaly where it is not given.
    time : str or int, optional
        The column of the timestamps; what has one is a recording. Where it is not given it is found: a column of
        dates, or one called timestamp, time, date … of numbers that count from 1970. Time zones become UTC.
    kind : {"recording", "collection"}, optional
        What the file holds, where it does not show by itself. A recording may stand on one line of text.
    order : {"sort", "error"}
        What to do with time steps that are out of order.
    duplicates : {"keep", "first", "last", "mean", "error"}
        What to do with time steps that share a timestamp, see :meth:`offbeat.Recording.from_frame`.
    gaps : {"keep", "nan", "interpolate", "last", "error"}
        What to do where steps are longer than 1.5 usual ones: take the rows as they follow each other, or put the
        recording on an even grid and fill it, missing values too, see :meth:`offbeat.Recording.regular`.
    channels : sequence of str, or str, optional
        The columns of a table that are the channels of a recording, as text with commas between them; all columns
        beside timestamps and labels where it is not given.

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
        If ``kind`` or ``time`` is nothing for this format.
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
    >>> _ = file.write_text("timestamp,load\n2024-01-01 00:00,0.5\n2024-01-01 00:05,0.7\n")
    >>> read(file)
    Recording(2 time steps x 1 channel (load))
    """
    path = existing_file(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise FormatError(
            f"the extension {path.suffix!r} of {path} is none of those read here ({', '.join(sorted(READERS))}): "
            "save the series as one of them"
        )
    options = ReadOptions(label, time, kind, order, duplicates, gaps, channels)
    # One guard for all readers: what libraries raise for bytes that nobody meant fits into no list.
    with failing_as(FormatError, f"{path} is no whole {path.suffix.lower()} file", "write or download it again"):
        data = reader(path, options)
    domain = domain_of_names(path.name, *data.channels)
    return replace(data, domain=domain) if domain else data

"""One door to every file format: the extension says which reader opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from offbeat.data.arff import read_arff
from offbeat.data.csv_text import read_csv
from offbeat.data.files import existing_file
from offbeat.data.npz import read_npz
from offbeat.data.parquet import read_parquet
from offbeat.data.ts import read_ts
from offbeat.data.ucr_text import read_ucr_text
from offbeat.errors import FormatError
from offbeat.recording import Collection

__all__ = ["READERS", "read"]

READERS: dict[str, Callable[[str | Path, str | int | None], Collection]] = {
    ".arff": read_arff,
    ".csv": read_csv,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".ts": read_ts,
    ".tsv": read_ucr_text,
    ".txt": read_ucr_text,
}


def read(path: str | Path, *, label: str | int | None = None) -> Collection:
    r"""Read a file of many short series.

    Parameters
    ----------
    path : str or Path
        An ``.arff``, ``.csv``, ``.npz``, ``.parquet``, ``.ts``, ``.tsv`` or ``.txt`` file, one series a row.
        Empty cells, ``NaN`` and ``?`` become NaN.
    label : {"first", "last", "none"}, str or int, optional
        Where the class of each series stands: an end of the row, a column by its name in the header, or a
        position from 0. Where it is not given, the format decides: ``.arff`` has a nominal attribute, ``.ts`` says it
        in the header, ``.txt`` and ``.tsv`` have it first, ``.npz`` in ``y`` or ``labels``; in ``.csv`` and
        ``.parquet`` it is the column called label, target, class or y, or else an end column of text.

    Returns
    -------
    Collection
        Values of shape (n_series, n_channels, n_times), without the label; labels are text.

    Raises
    ------
    FormatError
        If the file is not what its extension says, or is cut short; the message names the line and column.
    DataError
        If there is no such file or label column.
    MissingExtraError
        If Parquet is asked for and pyarrow is not installed.

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
    """
    path = existing_file(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise FormatError(
            f"the extension {path.suffix!r} of {path} is none of those read here ({', '.join(sorted(READERS))}): "
            "save the series as one of them"
        )
    return reader(path, label)

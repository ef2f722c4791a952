"""Parquet tables, one series or one time step a row."""

from __future__ import annotations

from pathlib import Path

from offbeat.data.readers.long import from_table
from offbeat.data.readers.memory import table_of_frame
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.files.parquet import parquet_frame
from offbeat.files.regular import existing_file
from offbeat.series.recording import Collection, Recording

__all__ = ["read_parquet"]


def read_parquet(path: str | Path, options: ReadOptions = DEFAULTS) -> Collection | Recording:
    """Read a Parquet table, one series or one time step a row; its index, unless it holds times, is left out.

    Parameters
    ----------
    path : str or Path
        The file; nulls are missing values.
    options : ReadOptions
        Where timestamps and labels stand, see :func:`offbeat.data.read`.

    Returns
    -------
    Collection or Recording
        Values of shape (n_series, 1, n_times) or (n_times, n_channels).

    Raises
    ------
    FormatError
        If the file is damaged, or holds no such table.
    DataError
        If it is missing, or has no such label column.
    MissingExtraError
        If pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> file = Path(tempfile.mkdtemp(), "beats.parquet")
    >>> pd.DataFrame({"t0": [0.5, 0.1], "t1": [0.7, None], "target": [1, 2]}).to_parquet(file)
    >>> beats = read_parquet(file)
    >>> beats.labels.tolist(), beats.values[:, 0].tolist()
    (['1', '2'], [[0.5, 0.7], [0.1, nan]])
    """
    path = existing_file(path)
    frame = parquet_frame(path)
    return from_table(table_of_frame(frame, path), options)

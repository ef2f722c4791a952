"""Data that is in memory already: frames of any library, arrays, and what was read before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from offbeat.data.readers.files import check_width
from offbeat.data.readers.long import from_table
from offbeat.data.readers.npz import from_arrays
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.errors import DataError, ParameterError, failing_as
from offbeat.series.any_frame import as_pandas
from offbeat.series.columns import find_time
from offbeat.series.frames import table_of
from offbeat.series.recording import Collection, Recording

__all__ = ["read_memory", "table_of_frame"]

_FRAME, _ARRAY = Path("the frame"), Path("the array")  # what messages call them


def read_memory(data: Any, options: ReadOptions) -> Collection | Recording:
    """Make a collection or recording of a frame or an array, as if it stood in a file.

    Parameters
    ----------
    data : data frame, series, array, Collection or Recording
        A frame is read like a Parquet file, an array like an ``.npy`` file; a series is a recording.
    options : ReadOptions
        See :func:`offbeat.data.read`.

    Raises
    ------
    DataError
        If the data is neither, or does not hold what the options say.
    ParameterError
        If a collection or recording is to be read as the other kind.

    Examples
    --------
    >>> frame = pd.DataFrame({"t0": [0.5, 0.1], "t1": [0.7, 0.2], "target": [1, 2]})
    >>> read_memory(frame, ReadOptions()).labels.tolist()
    ['1', '2']
    >>> read_memory(np.zeros((5, 1, 140)), ReadOptions())
    Collection(5 series x 1 channel x 140 time steps)
    """
    if isinstance(data, Collection | Recording):
        return _as_it_is(data, options)
    data = as_pandas(data)
    if isinstance(data, pd.Series):
        data = data.to_frame("value" if data.name is None else data.name)
    if isinstance(data, pd.DataFrame):
        return _unnamed(from_table(table_of_frame(data, _FRAME), options))
    with failing_as(DataError, "expected a path, a data frame or an array of numbers, but NumPy cannot read this"):
        values = np.asarray(data)
    if not values.ndim:
        raise DataError(f"expected a path, a data frame or an array, got {type(data).__name__}")
    names = options.channel_names
    others = {} if names is None else {"channels": np.array(names, np.str_)}
    return _unnamed(from_arrays(_ARRAY, values, others, options, "collection" if values.ndim == 3 else "recording"))


def table_of_frame(frame: pd.DataFrame, path: Path) -> WideTable:
    """Return a frame as a table; its index, unless it holds times or names recordings, is left out."""
    check_width(frame.shape[1], path)
    table, names = table_of(frame, lambda row: f"row {row + 1}")
    levels = range(frame.index.nlevels if isinstance(frame.index, pd.MultiIndex) else 0)
    time = find_time(table.frame[list(levels)]) if levels else None
    keys = tuple(level for level in levels if time is None or level not in time.columns)
    return WideTable(path, table.frame, tuple(map(str, names)), table.place, keys=keys)


def _as_it_is(data: Collection | Recording, options: ReadOptions) -> Collection | Recording:
    kind = "recording" if isinstance(data, Recording) else "collection"
    if options.kind not in (None, kind):
        raise ParameterError(
            f"expected kind={kind!r}, because the data is a {kind}, got {options.kind!r}: leave it out"
        )
    return data


def _unnamed(data: Collection | Recording) -> Collection | Recording:
    return replace(data, name="")

"""Tables without names that begin with when they start and how many rows follow a second, as wristbands write them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.data.readers.wide import WideTable
from offbeat.files.cells import SMALLEST_EPOCH

__all__ = ["with_clock"]

_HEAD = 2
_FEWEST_ROWS = 10
_LATEST = 4_102_444_800
"""The year 2100."""
_RATES = (1 / 3600, 100_000)
_FAR = 1e3
"""How many times larger than all values behind it the number is that rather is a time."""


def with_clock(table: WideTable) -> WideTable:
    """Return a table whose first two rows are a time in seconds since 1970 and a rate in Hz with its times as a column.

    Each of both stands in all columns alike. Any other table is returned as it is.

    Examples
    --------
    >>> from pathlib import Path
    >>> values = [1_709_287_200.0, 4.0, *np.linspace(36.1, 36.6, 20)]
    >>> table = WideTable(Path("TEMP.csv"), pd.DataFrame({0: values}), None, "row {}".format)
    >>> with_clock(table).names, len(with_clock(table).frame)
    (('time', 'ch0'), 20)
    """
    frame = table.frame
    if table.names is not None or len(frame) < _FEWEST_ROWS or not all(map(_is_number, frame.dtypes)):
        return table
    numbers = frame.to_numpy(dtype=np.float64)
    start, rate, rest = numbers[0], numbers[1], numbers[_HEAD:]
    if not (_are_one(start, SMALLEST_EPOCH, _LATEST) and _are_one(rate, *_RATES)):
        return table
    if np.nanmax(np.abs(rest), initial=0.0) * _FAR > start[0]:
        return table
    times = np.round(start[0] * 1e6 + np.arange(len(rest)) * (1e6 / rate[0])).astype("datetime64[us]")
    columns = {0: times} | {column + 1: rest[:, column] for column in range(rest.shape[1])}
    note = (
        f"the first two rows hold a time and a rate: read as {str(times[0])[:19].replace('T', ' ')} and {rate[0]:g} Hz"
    )
    return replace(
        table,
        frame=pd.DataFrame(columns),
        names=("time", *(f"ch{column}" for column in range(rest.shape[1]))),
        place=lambda row: table.place(row + _HEAD),
        notes=(*table.notes, note),
    )


def _is_number(dtype: Any) -> bool:
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def _are_one(cells: npt.NDArray[np.float64], least: float, most: float) -> bool:
    """Whether all cells hold one number, within bounds."""
    return bool(np.all(cells == cells[0]) and least <= cells[0] <= most)

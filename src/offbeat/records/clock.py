"""The sampling rate of a table, from its column of times."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, failing_as

__all__ = ["rate_of_times", "seconds_of_cells"]

_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "milliseconds": 1e-3, "us": 1e-6}


def seconds_of_cells(cells: pd.Series) -> npt.NDArray[np.float64]:
    """Return times as seconds: numbers as they are, ``1:02.5`` and dates by the clock.

    Parameters
    ----------
    cells : Series of shape (n,)
        Numbers, or text as it stands in the file.

    Raises
    ------
    DataError
        If a cell is no time.

    Examples
    --------
    >>> seconds_of_cells(pd.Series(["0:01.5", "1:00:00.25"])).tolist()
    [1.5, 3600.25]
    """
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(np.float64)
    text = cells.astype(str).str.strip("'\"[] ")
    if text.str.fullmatch(r"[0-9:.]+").all():
        return np.array([_clock(cell) for cell in text])
    with failing_as(DataError, "expected seconds, clock times or dates in the column of times"):
        dates = pd.to_datetime(text, format="mixed", utc=True)
    return np.asarray((dates - dates.iloc[0]).dt.total_seconds(), dtype=np.float64)


def _clock(cell: str) -> float:
    seconds = 0.0
    for part in cell.split(":"):
        if not re.fullmatch(r"[0-9]+(\.[0-9]*)?", part):
            raise DataError(f"expected a time such as 1:02.5 in the column of times, got {cell!r}")
        seconds = 60 * seconds + float(part)
    return seconds


def rate_of_times(head: npt.NDArray[np.float64], last: float, n_times: int, unit: str = "") -> float:
    """Return samples per second (Hz) of evenly spaced times.

    Parameters
    ----------
    head : array of shape (n,)
        The first times.
    last : float
        The very last one.
    n_times : int
        How many there are.
    unit : str
        What they count: seconds, ms or us; empty for seconds.

    Raises
    ------
    DataError
        If the times do not go on evenly from the first to the last.

    Examples
    --------
    >>> rate_of_times(np.array([0.0, 0.003, 0.006, 0.008, 0.011]), 2.775, 1000)
    360.0
    """
    scale = _UNITS.get(unit.strip().lower(), 1.0)
    span = scale * (last - head[0])
    rate = (n_times - 1) / span if span > 0 else np.nan
    steps = scale * np.diff(head)
    # Times are often rounded to milliseconds, so that steps differ by one.
    if not (np.isfinite(rate) and np.all(steps > 0) and np.all(np.abs(steps * rate - 1) < max(0.5, 1.1e-3 * rate))):
        raise DataError("times must go up evenly, as samples do: sort them, and leave gaps empty instead of out")
    expected = (len(head) - 1) / rate
    if abs(scale * (head[-1] - head[0]) - expected) > max(2e-3, 2 / rate) + 1e-4 * expected:
        raise DataError("times must go on evenly to the end, but there are gaps: write a line for each sample")
    whole = round(rate)
    return float(whole) if abs(whole - rate) <= rate * (1e-4 + 1e-3 / span) else float(rate)

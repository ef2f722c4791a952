"""Times of day and lengths of time, written as text or as numbers such as 1330, that come without a date."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ReadingWarning, warn

__all__ = ["clock_text", "is_clock", "is_dotted_clock", "is_time_of_day", "read_clocks"]

_TIME_OF_DAY = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(\s*[ap]\.?\s?m\.?)?\s*$", re.IGNORECASE | re.ASCII)
_DOTTED = re.compile(r"\s*([01]\d|2[0-4])\.[0-5]\d\.[0-5]\d\s*", re.ASCII)
_LENGTH = re.compile(
    r"(?:(?P<days>\d+) days?,? *)?(?P<hours>\d{1,5}):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:[.,]\d{1,9})?))?"
    r"(?:\s*(?P<half>[ap])\.?\s?m\.?)?",
    re.IGNORECASE | re.ASCII,
)
_ISO_LENGTH = re.compile(r"P(\d+D)?T(\d+H)?(\d+M)?([\d.]+S)?", re.ASCII)
_MOST_TURNS = 0.2
"""The share of rows that may begin a new day."""
_LATE = 3600.0
"""Seconds by which a row that is late, or a clock that is set back, lies before the row above at most."""


def is_time_of_day(cell: object) -> bool:
    """Whether a cell is text such as ``14:24:05``.

    Examples
    --------
    >>> [is_time_of_day(cell) for cell in ("14:24", "2:24:05.250 PM", "2015-07-10 14:24", "14")]
    [True, True, False, False]
    """
    return isinstance(cell, str) and bool(_TIME_OF_DAY.match(cell))


def is_dotted_clock(cell: object) -> bool:
    """Whether a cell is a time of day as ``14.24.05``, or else a date such as 14.02.05."""
    return isinstance(cell, str) and bool(_DOTTED.fullmatch(cell))


def is_clock(cell: object) -> bool:
    """Whether a cell is a time of day or a length of time.

    Examples
    --------
    >>> [is_clock(cell) for cell in ("14:24", "1 days 00:00:05", "125:00:00", "PT5S", "5 s", timedelta(seconds=5))]
    [True, True, True, True, False, True]
    """
    if not isinstance(cell, str):
        return isinstance(cell, timedelta)
    return bool(_LENGTH.fullmatch(cell.strip()) or _ISO_LENGTH.fullmatch(cell.strip()))


def read_clocks(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return times of day or lengths of time as ``datetime64`` in UTC from 1970-01-01 on; NaT where a cell is neither.

    Times of day that start over belong to the next day.

    Parameters
    ----------
    column : Series of shape (n_times,)
        Text, or lengths of time.

    Raises
    ------
    DataError
        If times of day start over too often to begin a day each time.

    Warns
    -----
    ReadingWarning
        Which dates were made up.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", ReadingWarning)
    ...     read_clocks(pd.Series(["23:10", "23:50", "00:10", "1:20"])).dt.strftime("%d %H:%M").tolist()
    ['01 23:10', '01 23:50', '02 00:10', '02 01:20']
    """
    if column.dtype.kind == "m":
        lengths, of_day = column, False
    else:
        lengths, of_day = _lengths(column.astype(str).str.strip())
    turns = np.zeros(len(lengths), np.int64)
    if of_day:
        turns = _days(lengths.dt.total_seconds().to_numpy())
        lengths = lengths + pd.to_timedelta(turns, unit="D")
    if lengths.notna().all():
        _tell(str(column.iloc[0]), of_day, int(turns.max(initial=0)))
    return pd.Timestamp(0, tz="UTC") + lengths


def _lengths(text: pd.Series[Any]) -> tuple[pd.Series[Any], bool]:
    """Return text as lengths of time, and whether all may be times of day."""
    parts = text.str.extract(_LENGTH.pattern, flags=_LENGTH.flags)
    whole = text.str.fullmatch(_LENGTH.pattern, flags=_LENGTH.flags).astype(bool)
    hours = pd.to_numeric(parts["hours"])
    half = parts["half"].str.lower()
    hours = hours.mask(half.notna(), hours % 12 + 12 * (half == "p"))
    seconds = pd.to_numeric(parts["seconds"].str.replace(",", ".")).fillna(0) + 60 * pd.to_numeric(parts["minutes"])
    total = seconds + 3600 * hours + 86_400 * pd.to_numeric(parts["days"]).fillna(0)
    lengths = pd.to_timedelta(total.where(whole).mul(1e9).round(), unit="ns")
    in_day = (hours < 24) | ((hours == 24) & (seconds == 0))  # the midnight that ends a day
    of_day = bool(whole.all() and parts["days"].isna().all() and in_day.all())
    return lengths.fillna(pd.to_timedelta(text.where(~whole), errors="coerce")), of_day


def _days(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the day, from 0, that each time of day belongs to; the newest may stand first."""
    steps = np.diff(seconds)
    if np.sum(steps < 0) > np.sum(steps > 0):
        return _days(seconds[::-1])[::-1]
    n_back = int(np.sum(steps < 0))
    if n_back > max(1, _MOST_TURNS * len(steps)):
        raise DataError(
            f"expected times of day that start over at midnight, got {n_back:,} of {len(seconds):,} that lie "
            "before the one above: give them their date, or sort the rows"
        )
    return np.append(0, np.cumsum(steps < -_LATE)).astype(np.int64)


def _tell(cell: str, of_day: bool, n_midnights: int) -> None:
    days = f", and a day later after each midnight ({n_midnights:,} in all)" if n_midnights else ""
    meaning = f"of 1970-01-01{days}" if of_day else "the time from the start, whose dates count from 1970-01-01"
    warn(
        f"times such as {cell[:40]!r} have no date: read as {meaning} (time='none' leaves them out)",
        ReadingWarning,
    )


def clock_text(numbers: npt.NDArray[np.float64]) -> list[str] | None:
    """Return numbers such as 1330 (hours and minutes), 133005 (and seconds) or 13 as times of day, or None.

    The hour may be 24, which is the midnight that ends a day.

    Examples
    --------
    >>> clock_text(np.array([0.0, 1330.0])), clock_text(np.array([7.0, 24.0])), clock_text(np.array([1375.0]))
    (['00:00', '13:30'], ['07:00', '24:00'], None)
    """
    if not np.all((numbers >= 0) & (numbers <= 240_000) & (numbers == np.round(numbers))):
        return None
    largest = float(numbers.max(initial=0.0))
    # By the largest: 1 is one o'clock among hours, and a minute past midnight beside 1330.
    n_parts = 1 if largest <= 24 else 2 if largest <= 2400 else 3
    digits = numbers.astype(np.int64)
    parts = [digits // 100**place % 100 for place in range(n_parts - 1, -1, -1)]
    late = (parts[0] == 24) & (digits != 24 * 100 ** (n_parts - 1))
    if late.any() or any(np.any(part >= most) for part, most in zip(parts, (25, 60, 60), strict=False)):
        return None
    parts = parts if n_parts > 1 else [*parts, np.zeros_like(digits)]
    return [":".join(f"{part:02d}" for part in row) for row in zip(*parts, strict=True)]

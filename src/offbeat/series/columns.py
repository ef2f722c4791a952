"""What the columns of a long table are: the time, the labels, the name of a recording, row numbers, or channels."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.files.cells import SMALLEST_EPOCH, looks_numeric
from offbeat.series.calendar import find_calendar
from offbeat.series.clocks import clock_text, is_clock, is_dotted_clock, is_time_of_day
from offbeat.series.dates import is_date, looks_like_days
from offbeat.series.number_dates import (
    holds_number_dates,
    is_epoch,
    is_epoch_too,
    is_rising_epoch,
    nearly_even,
    unit_by_name,
)
from offbeat.series.row_numbers import count_up
from offbeat.series.time_words import (
    CLOCK_WORDS,
    has_time_name,
    is_only_time,
    is_time_word,
    is_vague,
    words_of,
)
from offbeat.series.yearless import is_yearless

__all__ = [
    "TimeColumns",
    "find_time",
    "rises_unevenly",
]


_OF_LABVIEW = {"x", "value"}
"""The words of ``X_Value``."""
_UNIT_OF = {
    **{"ms": "ms", "msec": "ms", "us": "us", "ns": "ns", "min": "min", "mins": "min", "minutes": "min"},
    **{"h": "h", "hr": "h", "hrs": "h", "hours": "h", "d": "d", "days": "d"},
}
"""What numbers from the start count in, by a word of their name; else seconds."""
_PROBED = 20


@dataclass(frozen=True)
class TimeColumns:
    """Where the times of a table stand.

    Parameters
    ----------
    columns : tuple
        One column; or a date and a time of day, or year, month, day …, which are read together.
    parts : tuple of str
        What each column holds where they are the parts of dates, see :mod:`offbeat.series.calendar`.
    unit : str, optional
        What numbers count in that are no dates, but count from the start of the recording: s, ms, us, ns, min, h or d;
        or the format of years.
    left_out : tuple
        Other columns that hold dates, and so can be no channels.
    """

    columns: tuple[Any, ...]
    unit: str | None = None
    parts: tuple[str, ...] = ()
    left_out: tuple[Any, ...] = ()


def find_time(
    frame: pd.DataFrame, names: Sequence[Hashable] | None = None, *, elapsed: bool = True
) -> TimeColumns | None:
    """Return the columns of the time, or None.

    It is a column of dates; or one of numbers that count from 1970 or hold days such as 20150710, by its name, or
    because they rise evenly; or the parts of a date in columns called year, month, day …; or one that is called time
    and rises, such as seconds from the start. Names that other things have as well, such as ``t``, are believed of
    numbers that rise evenly.

    Parameters
    ----------
    frame : DataFrame of shape (n_times, n_columns)
        With columns that differ in name.
    names : sequence, optional
        What the columns are called, if not as in the frame.
    elapsed : bool
        Whether a time may count from the start of the recording.

    Examples
    --------
    >>> find_time(pd.DataFrame({"load": [0.5, 0.7], "when": ["2024-01-01", "2024-01-02"]})).columns
    ('when',)
    """
    called: dict[Hashable, Hashable] = dict(zip(frame.columns, frame.columns if names is None else names, strict=True))
    text = [name for name, dtype in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(dtype)]
    dates = [name for name in text if _holds_dates(frame[name])]
    if dates:
        return _of_dates(frame, called, dates, [name for name in called if name not in dates])
    numbers = [name for name in called if name not in text]
    named = (name for name in numbers if is_only_time(called[name]) and not is_vague(called[name]))
    if found := [name for name in named if is_epoch(frame[name])]:
        return _of_numbers(frame, called, found[0], [*text, *numbers])
    if parts := find_calendar(frame[numbers], [called[name] for name in numbers]):
        return TimeColumns(tuple(parts), parts=tuple(parts.values()))
    rising = (name for name in numbers if is_rising_epoch(frame[name], called[name]))
    found = list(islice(rising, 1))
    if found := found or [name for name in numbers if holds_number_dates(frame[name], called[name])][:1]:
        return _of_numbers(frame, called, found[0], [*text, *numbers])
    clocks = [name for name in text if is_time_word(called[name]) and _most(frame[name], is_clock)]
    if found := clocks or [name for name in text if is_only_time(called[name]) and _most(frame[name], _has_digits)]:
        return TimeColumns((found[0],), left_out=tuple(found[1:]))
    return _elapsed(frame, called, numbers) if elapsed else None


def _of_numbers(
    frame: pd.DataFrame, called: Mapping[Hashable, Hashable], name: Hashable, others: list[Hashable]
) -> TimeColumns:
    """Return a column of numbers that is the time, with a time of day beside it."""
    of_day = _times_of_day(frame, called, others) if _are_days(frame[name]) else []
    return TimeColumns((name, *of_day[:1]), unit_by_name(frame[name], called[name]), left_out=tuple(of_day[1:]))


def _has_digits(cell: object) -> bool:
    return isinstance(cell, str) and any(sign.isdigit() for sign in cell) and not looks_numeric(cell)


def _of_dates(
    frame: pd.DataFrame, called: Mapping[Hashable, Hashable], dates: list[Hashable], others: list[Hashable]
) -> TimeColumns:
    """Return the column of dates that is the time: by its name, then the first; with a time of day beside it."""
    dotted = [name for name in dates if _is_clock_name(called[name]) and _most(frame[name], is_dotted_clock)]
    if len(dotted) < len(dates):
        dates, others = [name for name in dates if name not in dotted], [*others, *dotted]
    named = [name for name in dates if has_time_name(called[name])]
    named = named or [name for name in dates if is_time_word(called[name])] or dates
    best = named[0]
    of_day = _times_of_day(frame, called, others) if _are_days(frame[best]) else []
    rest = [name for name in dates if name != best]
    counts = [name for name in others if is_time_word(called[name]) and is_epoch_too(frame[name])]
    return TimeColumns((best, *of_day[:1]), left_out=(*rest, *of_day[1:], *counts))


def _is_clock_name(name: Hashable) -> bool:
    return bool(words_of(name)) and words_of(name) <= CLOCK_WORDS


def _times_of_day(
    frame: pd.DataFrame, called: Mapping[Hashable, Hashable], names: Sequence[Hashable]
) -> list[Hashable]:
    """Return the columns of times of day, as text; or else the only one of numbers such as 1330, if there is one."""
    found = [name for name in names if _most(frame[name], is_time_of_day)]
    found += [name for name in names if _is_clock_name(called[name]) and _most(frame[name], is_dotted_clock)]
    if found:
        return found
    found = [name for name in names if words_of(called[name]) & CLOCK_WORDS and _is_clock(frame[name])]
    return found if len(found) == 1 else []


def _is_clock(column: pd.Series[Any]) -> bool:
    """Whether numbers are hours, or hours and minutes such as 1330."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype) or not len(column):
        return False
    return clock_text(column.to_numpy(dtype=np.float64, na_value=np.nan)) is not None


def _are_days(column: pd.Series[Any]) -> bool:
    """Whether dates lack a time of day."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return looks_like_days(column.to_numpy(dtype=np.float64))
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return bool((column.dropna().dt.normalize() == column.dropna()).all())
    return not any(":" in str(cell) for cell in islice(column.dropna(), _PROBED))


def _holds_dates(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column.dtype) or _most(
        column, lambda cell: is_date(cell) or is_yearless(cell)
    )


def _most(column: pd.Series[Any], is_one: Any) -> bool:
    there = (cell for cell in column.array if not (pd.api.types.is_scalar(cell) and pd.isna(cell)))
    probe = list(islice(there, _PROBED))
    # Most of them are enough: a cell that is no date is an error to report, not a sign of another column.
    return bool(probe) and 2 * sum(map(is_one, probe)) >= len(probe)


def _elapsed(
    frame: pd.DataFrame, called: Mapping[Hashable, Hashable], numbers: Sequence[Hashable]
) -> TimeColumns | None:
    """Return a column that is called time and whose numbers rise, unless they merely number the rows."""
    for name in numbers:
        words = words_of(called[name])
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if not (is_only_time(called[name]) or words == _OF_LABVIEW) or not _rises_from_a_start(values):
            continue
        if is_vague(called[name]) and values[0] != 0 and not nearly_even(values):
            continue
        return TimeColumns((name,), next((unit for word, unit in _UNIT_OF.items() if word in words), "s"))
    return None


def rises_unevenly(column: pd.Series[Any], name: Hashable) -> bool:
    """Whether numbers rise under a name that may be one of the time, but not as evenly as to believe it."""
    if not is_vague(name) or not pd.api.types.is_numeric_dtype(column.dtype):
        return False
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return len(values) > 1 and bool(np.all(np.diff(values) >= 0)) and values[0] < values[-1]


def _rises_from_a_start(values: npt.NDArray[np.float64]) -> bool:
    return (
        len(values) > 1
        and bool(np.all(np.diff(values) >= 0))
        and values[0] < values[-1]
        and bool(values[0] < SMALLEST_EPOCH)
        and not count_up(values)
    )

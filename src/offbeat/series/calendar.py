"""Dates whose parts stand in columns of their own: year, month, day, day of the year, week, hour, minute, second."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["calendar_times", "find_calendar"]

_NAMES = {
    "year": "year yyyy yr yy jahr année annee año ano anno",
    "month": "month mon mo mm monat mes mois mese mês",
    "day": "day dayofmonth dd dy dom tag dia día jour giorno",
    "doy": "doy dayofyear yday jday julianday ddd",
    "week": "week weekofyear isoweek wk kw woche semaine semana settimana",
    "hour": "hour hours hr hh stunde hora heure ora",
    "minute": "minute minutes min mi mm minuten",
    "second": "second seconds sec ss",
}
_PART_OF = [(name, part) for part, names in _NAMES.items() for name in names.split()]
_BOUNDS = {
    "year": (1700, 2200),
    "month": (1, 12),
    "day": (1, 31),
    "doy": (1, 366),
    "week": (1, 53),
    "hour": (0, 24),
    "minute": (0, 59),
    "second": (0, 60),
}
_DATES = (("year", "month", "day"), ("year", "doy"), ("year", "week"), ("year", "month"))
"""What makes a date; the parts of a clock may follow."""
_CLOCK = ("hour", "minute", "second")
_STATISTICS = {"max", "maximum", "mean", "avg", "average", "median", "std", "sum", "total", "range"}
"""What stands beside a column called min that holds the least of something."""
_MOSTLY = 0.9
"""The share of steps of one length from which on times are evenly spaced, but for gaps and other recordings."""
_FEWEST_ROWS = 10
"""Rows from which on the numbers alone can tell dates, in columns without names."""

Numbers = npt.NDArray[np.float64]


def find_calendar(frame: pd.DataFrame, names: Sequence[Hashable]) -> dict[Any, str]:
    """Return the columns that are the parts of dates, and which each is; none where they are no dates.

    Names alone are not believed: a channel may be called ``min``, ``sec`` or ``hours``.

    Columns without names, whose names are numbers, are the parts of dates where they stand first and always rise.

    Parameters
    ----------
    frame : DataFrame of shape (n_times, n_columns)
        Of numbers.
    names : sequence
        What the columns are called.

    Examples
    --------
    >>> frame = pd.DataFrame({"YEAR": [2023, 2024], "load": [0.5, 0.7], "DOY": [365, 1]})
    >>> find_calendar(frame, list(frame))
    {'YEAR': 'year', 'DOY': 'doy'}
    >>> frame = pd.DataFrame({"year": [2024, 2024], "month": [3, 3], "day": [1, 2], "hour": [0, 0], "min": [7, 5]})
    >>> list(find_calendar(frame.assign(max=[18, 17]), [*frame, "max"]))
    ['year', 'month', 'day', 'hour']
    """
    if all(isinstance(name, int) for name in names):
        return _unnamed(frame)
    by_part = _parts_by_name(frame, names)
    for day in _DATES:
        if set(day) <= set(by_part):
            found = {part: by_part[part] for part in (*day, *_parts_of_clock(by_part))}
            if known := _believable(frame, found, len(day)):
                return {column: part for part, column in known.items()}
    return {}


def _parts_by_name(frame: pd.DataFrame, names: Sequence[Hashable]) -> dict[str, Any]:
    """Return the first column that is called as each part is; min beside max or mean is no minute."""
    plain = [re.sub(r"[\W\d_]", "", str(name)).lower() for name in names]
    by_part: dict[str, Any] = {}
    for column, word in zip(frame.columns, plain, strict=True):
        part = next((part for name, part in _PART_OF if name == word and part not in by_part), None)
        if part is not None and not (word == "min" and _STATISTICS & set(plain)):
            by_part[part] = column
    return by_part


def _parts_of_clock(parts: Mapping[str, Any]) -> Iterator[str]:
    for part in _CLOCK:
        if part not in parts:
            return
        yield part


def _believable(frame: pd.DataFrame, parts: dict[str, Any], n_date: int) -> dict[str, Any]:
    """Return the parts of dates as far as they make a calendar together; none where those of the day do not.

    A part of the clock that lies out of its bounds is none. Nor is one without which the times are evenly spaced, and
    with which they are not: then it is a channel, such as hours of sunshine, that happens to have a part's name.
    """
    known = list(parts)
    for n in range(n_date, len(known) + 1):
        fits = _are_dates(frame[[parts[part] for part in known[:n]]], known[:n])
        if not fits or (n > n_date and _are_even(frame, parts, known[: n - 1]) > _are_even(frame, parts, known[:n])):
            known = known[: n - 1] if n > n_date else []
            break
    return {part: parts[part] for part in known}


def _are_even(frame: pd.DataFrame, parts: Mapping[str, Any], known: Sequence[str]) -> bool:
    """Whether times made of these parts are mostly the same time apart, or the same number of months."""
    times = calendar_times({part: frame[parts[part]] for part in known}).to_numpy()
    in_months = "month" in known and "day" not in known
    steps = np.diff(times.astype("datetime64[M]" if in_months else "datetime64[s]").astype(np.int64))
    usual = np.median(steps) if len(steps) else 0.0
    return bool(usual and np.mean(steps == usual) > _MOSTLY)


def _unnamed(frame: pd.DataFrame) -> dict[Any, str]:
    """Return the shortest run of first columns that are the parts of dates and rise in each row."""
    for day in (("year", "doy"), ("year", "month"), ("year", "month", "day")):
        for n_clock in range(len(_CLOCK) + 1 if day != ("year", "month") else 1):
            parts = (*day, *_CLOCK[:n_clock])
            columns: list[Any] = list(frame.columns[: len(parts)])
            if len(columns) < min(len(parts), frame.shape[1]) or columns != list(range(len(parts))):
                continue
            if len(frame) >= _FEWEST_ROWS and _are_dates(frame[columns], parts, strictly=True):
                return dict(zip(columns, parts, strict=True))
    return {}


def _are_dates(frame: pd.DataFrame, parts: Sequence[str], *, strictly: bool = False) -> bool:
    """Whether numbers lie within the bounds of the parts; where they are no whole dates, whether they go one way."""
    numbers = [frame[column].to_numpy(dtype=np.float64, na_value=np.nan) for column in frame.columns]
    for values, part in zip(numbers, parts, strict=True):
        low, high = _BOUNDS[part]
        # A clock that lacks a number is one that cannot be read there, not a channel.
        there = values[np.isfinite(values)] if part in _CLOCK else values
        if not len(there) or not np.all((there >= low) & (there <= high) & (there == np.round(there))):
            return False
    if not strictly and set(_DATES[0]) <= set(parts):
        return True
    if "doy" in parts and strictly and numbers[1].max() <= 12:
        return False  # rather months
    times = calendar_times(dict(zip(parts, map(pd.Series, numbers), strict=True)))
    steps = np.diff(times.dropna().to_numpy().astype(np.int64))
    return bool(np.all(steps > 0) if strictly else (np.all(steps >= 0) or np.all(steps <= 0)) and steps.any())


def calendar_times(parts: Mapping[str, pd.Series[Any]]) -> pd.Series[Any]:
    """Return dates made of their parts as ``datetime64``; NaT where there is no such day or a part is missing.

    A week stands for its Monday, as ISO 8601 counts weeks; the hour 24 ends a day.

    Parameters
    ----------
    parts : mapping of str to Series of shape (n_times,)
        Whole numbers.

    Examples
    --------
    >>> parts = {"year": pd.Series([2024]), "week": pd.Series([1]), "hour": pd.Series([24])}
    >>> calendar_times(parts).astype(str).tolist()
    ['2024-01-02']
    """
    index = next(iter(parts.values())).index
    whole = {part: column.to_numpy(dtype=np.float64, na_value=np.nan) for part, column in parts.items()}
    is_there = np.all([np.isfinite(values) for values in whole.values()], axis=0)
    numbers = {part: np.where(is_there, values, 1).astype(np.int64) for part, values in whole.items()}
    years = (numbers["year"] - 1970).astype("datetime64[Y]")
    if "week" in parts:
        fourth = years.astype("datetime64[D]") + 3  # of January, which is always in the first week
        days = fourth - (fourth.astype(np.int64) + 3) % 7 + 7 * (numbers["week"] - 1)
        is_there &= (days + 3).astype("datetime64[Y]") == years
    elif "doy" in parts:
        days = years.astype("datetime64[D]") + (numbers["doy"] - 1)
        is_there &= days.astype("datetime64[Y]") == years
    else:
        months = years.astype("datetime64[M]") + (numbers.get("month", 1) - 1)
        days = months.astype("datetime64[D]") + (numbers.get("day", np.ones(len(years), np.int64)) - 1)
        is_there &= days.astype("datetime64[M]") == months
    seconds = days.astype("datetime64[s]")
    for part, length in zip(_CLOCK, (3600, 60, 1), strict=True):
        seconds = seconds + numbers.get(part, 0) * length
    return pd.Series(np.where(is_there, seconds, np.datetime64("NaT")), index)

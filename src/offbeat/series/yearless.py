"""Dates that lack a year, such as Feb 1, 31-Jan or Mar  1 10:00:00, as dates of years that follow each other."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import AmbiguousDateWarning, ReadingWarning, warn
from offbeat.series.date_words import MONTH_NAMES, month_number

__all__ = ["is_yearless", "with_years"]

_FIRST_YEARS = range(1970, 1974)
"""Any year will do; one of these has a 29th of February where there is one."""
_CELL = re.compile(
    rf"(?:(?P<month>{MONTH_NAMES})\.?(?P<mark>[-/. ]+)(?P<day>\d\d?)"
    rf"|(?P<day_first>\d\d?)\.?[-/. ]+(?P<named>{MONTH_NAMES})\.?)(?P<clock>[T, ]+\d\d?:\d\d.*)?",
    re.IGNORECASE | re.ASCII,
)
_HALF_A_YEAR = 6 * 31
_BEFORE = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])
"""Days before each month."""

Numbers = npt.NDArray[np.int64]


def is_yearless(cell: object) -> bool:
    """Whether a cell is a month with its name and a day, and maybe a time of day.

    Examples
    --------
    >>> [is_yearless(cell) for cell in ("Feb 1", "31-Jan", "Mar  1 10:00:00", "Feb 2024", "5")]
    [True, True, True, False, False]
    """
    return isinstance(cell, str) and _CELL.fullmatch(cell.strip()) is not None


def with_years(text: pd.Series[Any]) -> pd.Series[Any] | None:
    """Return dates that lack a year or a day as ISO 8601 writes them; None where they are others.

    What lacks a year is read as of 1970, and the year changes where the months start over. ``Jan-01`` may as well be a
    month of the year 2001, and is one where these months are evenly spaced.

    Parameters
    ----------
    text : Series of shape (n_times,)

    Warns
    -----
    ReadingWarning
        If the years are not those that were meant, which nobody can tell.
    AmbiguousDateWarning
        If days may be years.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with_years(pd.Series(["31-Dec 23:00", "1-Jan 00:00"])).tolist()
    ['1970-12-31 23:00', '1971-01-01 00:00']
    """
    if not len(text) or not is_yearless(text.iloc[0]):
        return None
    cells = [_CELL.fullmatch(cell) for cell in text]
    if any(cell is None for cell in cells):
        return None
    found = [cell for cell in cells if cell is not None]
    months = np.array([month_number(cell["month"] or cell["named"]) for cell in found])
    days = np.array([int(cell["day"] or cell["day_first"]) for cell in found])
    if days.max() > 31:
        return None
    if _are_years(str(text.iloc[0]), found, months, days):
        pairs = zip(days, months, strict=True)
        return pd.Series([f"{2000 + year}-{month:02d}-01" for year, month in pairs], text.index)
    years = _turns(months, days)
    first = next((year for year in _FIRST_YEARS if _exist(year + years, months, days)), _FIRST_YEARS[0])
    warn(
        f"dates such as {str(text.iloc[0])[:40]!r} have no year: read as of {first}"
        f"{', and a year later where they start over' if years.any() else ''} (time='none' leaves them out)",
        ReadingWarning,
    )
    parts = zip(first + years, months, days, found, strict=True)
    dated = [f"{year}-{month:02d}-{day:02d}{_clock(cell['clock'])}" for year, month, day, cell in parts]
    return pd.Series(dated, index=text.index)


def _clock(text: str | None) -> str:
    return f" {text.lstrip('T, ')}" if text else ""


def _exist(years: Numbers, months: Numbers, days: Numbers) -> bool:
    firsts = ((years - 1970) * 12 + months - 1).astype("datetime64[M]")
    return bool(np.all((firsts.astype("datetime64[D]") + (days - 1)).astype("datetime64[M]") == firsts))


def _are_years(cell: str, cells: list[re.Match[str]], months: Numbers, numbers: Numbers) -> bool:
    """Whether numbers beside months are years, and not days: as evenly spaced as days, and none of them ahead."""
    if any(found["clock"] or len(found["day"] or found["day_first"]) < 2 for found in cells):
        return False
    is_one_month, differ = len(set(months)) == 1, len(set(numbers)) > 1
    as_years = _evenness(12 * numbers + months)
    as_days = _evenness(366 * _turns(months, numbers) + _BEFORE[months - 1] + numbers)
    if differ and (as_days > as_years or 2000 + numbers.max() > pd.Timestamp.now().year + 1):
        return False
    # How most programs shorten months of years; others have to show both numbers and months that change.
    is_usual = all(found["month"] and found["mark"] in ("-", "/") for found in cells)
    if not is_usual and (is_one_month or not differ):
        return False
    if is_one_month and len(numbers) > 1:
        warn(
            f"dates such as {cell!r} are read as months of years, but may be days of one month: state the format to be "
            "sure (time_format='%b-%d')",
            AmbiguousDateWarning,
        )
    return True


def _turns(months: Numbers, days: Numbers) -> Numbers:
    """Return in which year each date lies, the first being 0."""
    steps = np.diff(31 * months + days, prepend=31 * months[0] + days[0])
    return np.cumsum((steps < -_HALF_A_YEAR).astype(int) - (steps > _HALF_A_YEAR).astype(int))


def _evenness(places: Numbers) -> float:
    """Return the share of steps that are as long as the usual one."""
    steps = np.diff(places)
    return float(np.mean(steps == np.median(steps))) if len(steps) else 1.0

"""Columns of numbers that are points in time, by their names and by how they rise."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.files.cells import SMALLEST_EPOCH
from offbeat.series.counts import digits_form, number_form
from offbeat.series.dates import looks_like_days
from offbeat.series.time_words import CALENDAR_WORDS, TIME_WORDS, UNIT_WORDS, is_time_word, is_vague, words_of

__all__ = ["holds_number_dates", "is_epoch", "is_epoch_too", "is_rising_epoch", "nearly_even", "unit_by_name"]

# A column that only looks like seconds since 1970 (or smaller units) lies within these years.
_EPOCH_YEARS = (np.datetime64("1990", "s").astype(float), np.datetime64("2100", "s").astype(float))
_OLDEST = 1700
"""Numbers of rows beyond it are rare, so that these are years even in a column without a name."""
_JITTER, _MOSTLY = 0.1, 0.8
"""By how much of the usual step most steps between times differ from it, and how many that is."""
_FEWEST_ROWS = 10
"""Rows from which on the numbers alone can tell a time."""


def is_epoch(column: pd.Series[Any]) -> bool:
    """Whether numbers are so large that they count from 1970, or hold days such as 20150710."""
    if not pd.api.types.is_numeric_dtype(column.dtype) or not len(column):
        return False
    return bool(column.min() >= SMALLEST_EPOCH) or looks_like_days(column.to_numpy(dtype=np.float64))


def holds_number_dates(column: pd.Series[Any], name: Hashable) -> bool:
    """Whether numbers under a name for time never fall, and are dates by their digits or as counts of days."""
    words = words_of(name)
    if name == "":  # as R leaves the years of its tables
        return _are_old_years(column.to_numpy(dtype=np.float64, na_value=np.nan), words)
    if not words & (TIME_WORDS | CALENDAR_WORDS) or not words <= TIME_WORDS | UNIT_WORDS | CALENDAR_WORDS:
        return False
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if is_vague(name) and not nearly_even(numbers):
        return False
    steps = np.diff(numbers)
    one_way = bool(np.all(steps >= 0) or np.all(steps <= 0)) and numbers.min() < numbers.max()
    form = number_form(numbers, words) if len(numbers) > 1 and one_way else None
    return form is not None or _are_old_years(numbers, words)


def _are_old_years(numbers: npt.NDArray[np.float64], words: set[str]) -> bool:
    """Whether numbers under the name year count up by one, from any year."""
    return (
        words <= {"year", "years", "jahr"}
        and len(numbers) > 1
        and bool(np.all(np.diff(numbers) == 1) and numbers[0] > (99 if words else _OLDEST))
    )


def unit_by_name(column: pd.Series[Any], name: Hashable) -> str | None:
    """Return what years, months or days are under a name that says so: there is nothing to tell of."""
    numbers, words = column.to_numpy(dtype=np.float64, na_value=np.nan), words_of(name)
    if _are_old_years(numbers, words):
        return "%Y"
    form = number_form(numbers, words)
    return form if form in ("%Y", "%Y%m", "years", "mjd") and words & CALENDAR_WORDS else None


def is_rising_epoch(column: pd.Series[Any], name: Hashable) -> bool:
    """Whether numbers rise as times since 1970 do: by the name and size, or else by even steps."""
    if pd.api.types.is_bool_dtype(column.dtype) or len(column) < 2 or not column.iloc[0] >= SMALLEST_EPOCH:
        return False
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    steps = np.diff(numbers)
    if not np.all(steps >= 0):
        return False
    if digits_form(numbers) in ("%Y%m%d%H%M", "%Y%m%d%H%M%S"):
        return True
    seconds = numbers / 10.0 ** min(9, max(0, 3 * ((int(np.log10(numbers[0])) - 9 + 2) // 3)))  # down to ns
    if not _EPOCH_YEARS[0] <= seconds[0] <= seconds[-1] <= _EPOCH_YEARS[1]:
        return False
    if is_vague(name):
        return nearly_even(numbers)
    usual = np.median(steps)
    even = np.mean(np.abs(steps - usual) <= 0.01 * usual)
    return is_time_word(name) or bool(len(numbers) >= _FEWEST_ROWS and usual > 0 and even > 0.5)


def nearly_even(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether most steps between numbers are about as long as the usual one, as those of times are.

    Examples
    --------
    >>> nearly_even(np.array([0.0, 1.01, 1.99, 3.0])), nearly_even(np.array([20.5, 20.9, 22.4, 22.5]))
    (True, False)
    """
    steps = np.diff(numbers)
    usual = abs(float(np.median(steps))) if len(steps) else 0.0
    return bool(usual > 0 and np.mean(np.abs(np.abs(steps) - usual) <= _JITTER * usual) > _MOSTLY)


def is_epoch_too(column: pd.Series[Any]) -> bool:
    """Whether numbers count from 1970 and never turn, so that they are the time once more."""
    return is_epoch(column) and (column.is_monotonic_increasing or column.is_monotonic_decreasing)

"""Numbers as points in time: they count from some day, or are the digits of a date."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ParameterError

__all__ = ["UNITS", "counted", "counts", "digits_form", "number_form", "size_unit"]

Numbers = npt.NDArray[np.float64]

Unit = Literal["ns", "us", "ms", "s"]
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86_400.0}
"""What numbers may count in since 1970, or since another day that the form names: the seconds of one."""
_SINCE = re.compile(r"(ns|us|ms|s|min|h|d|second|minute|hour|day)s? since (\d{1,4}-\d\d?-\d\d?.*)", re.ASCII)
# Numbers of this size and more are milliseconds, microseconds and nanoseconds since 1970, not seconds.
_SIZES: tuple[tuple[float, Unit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"))

TICKS = {"dotnet": 621_355_968_000_000_000, "filetime": 116_444_736_000_000_000}
"""The number of 1970-01-01 in counts of 100 ns: of .NET since the year 1, and of Windows since 1601."""
_TICK_SIZES = (("filetime", 1.22e17, 1.58e17), ("dotnet", 6.27e17, 6.63e17))
"""From about 1990 to 2100; as nanoseconds since 1970 they would lie in 1974 and in 1990."""

DAY_COUNTS = {"excel": 25_569.0, "mjd": 40_587.0, "matlab": 719_529.0, "julian": 2_440_587.5}
"""The number of 1970-01-01 in counts of days: of spreadsheets, modified Julian, of MATLAB, and Julian."""
_YEARS = "years"
"""Decimal years such as 2015.25."""
_DAY_SIZES = (
    ("excel", 20_000.0, 80_000.0),
    ("matlab", 690_000.0, 780_000.0),
    ("julian", 2_415_000.0, 2_490_000.0),
)
"""From about 1900 to 2100, of which spreadsheets only count the middle."""
_NAMES = {"excel": {"excel", "serial"}, "matlab": {"matlab", "datenum"}, "julian": {"jd", "julian", "hjd", "bjd"}}
_DATE_WORDS = {"date", "datetime", "datum", "fecha"}
_SPANS = {
    *("s", "sec", "secs", "second", "seconds", "ms", "msec", "us", "ns", "elapsed"),
    *("min", "mins", "minute", "minutes", "h", "hr", "hrs", "hours"),
}
"""Words of names whose numbers count from the start of the recording."""
_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
_NATURAL = np.array([1, 2, 5, 10, 15, 20, 30, *(60 * n for n in _MINUTES), *(3600 * n for n in (1, 2, 3, 4, 6, 8, 12))])
"""The seconds between times that people record: in days, these have many decimals."""
_DAYS = {1, 7, 28, 29, 30, 31}
"""The days between times that lack a time of day."""

_MOSTLY = 0.9
_FEW_DECIMALS = 3
"""Decimals that seconds have; parts of a day have more."""
_FEWEST_DIGITS = 1e7
"""Numbers from which on a name such as seconds does not speak against dates written in digits."""

_DIGITS = {4: "%Y", 6: "%Y%m", 7: "%Y%j", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def counted(column: pd.Series[Any], form: str) -> pd.Series[Any]:
    """Return numbers that count from some day as ``datetime64`` in UTC; NaT where they lie beyond.

    Parameters
    ----------
    column : Series of shape (n_times,)
        Numbers.
    form : str
        One of s, ms, us, ns, min, h and d since 1970, or since another day, such as ``"s since 1904-01-01"``; excel,
        mjd, matlab or julian for days; dotnet or filetime for ticks of 100 ns; or years for decimal years.

    Raises
    ------
    ParameterError
        If the day that ``form`` names is none.

    Examples
    --------
    >>> counted(pd.Series([3792218400.0]), "seconds since 1904-01-01").dt.date.tolist()
    [datetime.date(2024, 3, 2)]
    """
    if (since := _SINCE.fullmatch(form)) is not None:
        return _since(column, since[1] if since[1] in UNITS else since[1][0].replace("m", "min"), since[2])
    if form in TICKS:
        return pd.to_datetime((column.astype("int64") - TICKS[form]) * 100, unit="ns", utc=True)
    numbers = column.to_numpy(dtype=np.float64)
    if form in UNITS and UNITS[form] <= 1:
        if float(np.max(np.abs(numbers), initial=0.0)) >= 2**63:
            # Some versions of pandas do not coerce what is beyond its integers.
            column = column.where(np.abs(numbers) < 2**63)
        unit: Any = form
        times: pd.Series[Any] = pd.to_datetime(column, unit=unit, utc=True, errors="coerce")
        # A float has seven digits of seconds since 1970: what lies behind them is no time.
        return times.dt.round("us") if form == "s" and numbers.dtype == column.dtype else times
    if form in UNITS:
        return _rounded(numbers * UNITS[form], column)
    return _rounded(_seconds_of_years(numbers) if form == _YEARS else (numbers - DAY_COUNTS[form]) * 86_400, column)


def counts(form: str) -> bool:
    """Whether a form is one of numbers that count from some day, and so one of :func:`counted`."""
    return form in UNITS or form in DAY_COUNTS or form in TICKS or form == _YEARS or bool(_SINCE.fullmatch(form))


def _since(column: pd.Series[Any], unit: str, day: str) -> pd.Series[Any]:
    """Return numbers that count from a day which the caller names."""
    try:
        start = np.datetime64(day.strip().replace(" ", "T"), "s")
    except ValueError as error:
        raise ParameterError(f"expected a day such as 1904-01-01 after 'since', got {day!r}") from error
    later = counted(column, unit).dt.tz_convert(None).to_numpy().astype("datetime64[us]")
    return pd.Series(pd.to_datetime(later + (start - np.datetime64(0, "s")), utc=True, errors="coerce"), column.index)


def _rounded(seconds: Numbers, column: pd.Series[Any]) -> pd.Series[Any]:
    """Return seconds since 1970 as times without the parts of seconds that decimals of larger units hardly tell."""
    steps = np.abs(np.diff(seconds))
    unit: Unit = "s" if len(steps) and np.median(steps) >= 2 else "ms"
    whole = pd.Series(np.round(seconds if unit == "s" else seconds * 1000), index=column.index)
    return pd.to_datetime(whole, unit=unit, utc=True, errors="coerce")


def _seconds_of_years(numbers: Numbers) -> Numbers:
    first = np.floor(numbers).astype(np.int64)
    starts = [
        (first + later - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64) for later in (0, 1)
    ]
    return np.asarray(starts[0] + (numbers - first) * (starts[1] - starts[0]))


def size_unit(numbers: Numbers) -> Unit:
    """Return what numbers count in since 1970, by the largest."""
    largest = float(np.max(np.abs(numbers), initial=0.0))
    return next((unit for size, unit in _SIZES if largest >= size), "s")


def digits_form(numbers: Numbers) -> str | None:
    """Return the format of numbers whose digits are a year, and a month, a day and so on; None where some are none.

    Examples
    --------
    >>> digits_form(np.array([20240229.0])), digits_form(np.array([202412.0])), digits_form(np.array([202413.0]))
    ('%Y%m%d', '%Y%m', None)
    """
    if not len(numbers) or not np.all(numbers == np.round(numbers)) or not numbers.min() > 0:
        return None
    n_digits = len(str(int(numbers.min())))
    form = _DIGITS.get(n_digits)
    if form is None or len(str(int(numbers.max()))) != n_digits:
        return None
    digits = numbers.astype(np.int64)
    years = digits // 10 ** (n_digits - 4)
    least = 1700 if n_digits == 4 else 1900
    if not np.all((years >= least) & (years < 2200)):
        return None
    if form == "%Y%j":
        return form if np.all((digits % 1000 >= 1) & (digits % 1000 <= 366)) else None
    bounds = ((1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
    for place, (low, high) in zip(range(n_digits - 6, -1, -2), bounds, strict=False):
        part = digits // 10**place % 100
        if not np.all((part >= low) & (part <= high)):
            return None
    return form


def number_form(numbers: Numbers, words: set[str] | None = None) -> str | None:
    """Return how numbers are dates that count neither from 1970 nor from the start of the recording, or None.

    Parameters
    ----------
    numbers : array of shape (n_times,)
    words : set of str, optional
        Those of the name of the column; None where the caller says that it is the time.

    Raises
    ------
    DataError
        If they look like decimal years, and no name says so.

    Examples
    --------
    >>> [number_form(np.array(numbers)) for numbers in ([45352.3333, 45352.3368], [0.0, 0.5], [1999.0, 2000.0])]
    ['excel', None, '%Y']
    """
    if not len(numbers) or not np.all(np.isfinite(numbers)):
        return None
    low, high = float(numbers.min()), float(numbers.max())
    ticks = next((form for form, least, most in _TICK_SIZES if least < low and high < most), None)
    if ticks is not None:
        return ticks
    if words is not None and words & _SPANS and high < _FEWEST_DIGITS:
        return None
    if (digits := digits_form(numbers)) is not None:
        return digits
    if len(numbers) > 1 and low >= 1800 and high < 2200:
        return _decimal_years(words, low, high)
    return _day_count(numbers, words, low, high)


def _day_count(numbers: Numbers, words: set[str] | None, low: float, high: float) -> str | None:
    if words is not None and "mjd" in words and low > 10_000 and high < 90_000:
        return "mjd"
    form = next((form for form, least, most in _DAY_SIZES if least < low and high < most), None)
    if form is None or (words is not None and words & (_NAMES[form] | _DATE_WORDS)):
        return form
    if np.all(numbers == np.round(numbers)):
        return form if words is None and set(np.diff(np.unique(numbers))) <= _DAYS else None
    if form != "excel":  # whose sizes no recording reaches in seconds
        return None if np.all(np.round(scaled := np.round(numbers * 1000, 6)) == scaled) else form
    return form if _are_parts_of_days(numbers) else None


def _are_parts_of_days(numbers: Numbers) -> bool:
    """Whether numbers with decimals are days: one length apart that people would choose, or else whole seconds apart.

    Seconds from the start of a recording are neither: a 256th of a second would be a 256th of a day.
    """
    decimals = next((n for n in range(1, 12) if np.allclose(numbers, np.round(numbers, n), rtol=0, atol=1e-9)), 12)
    if decimals <= _FEW_DECIMALS:
        return False
    seconds = np.diff(np.unique(numbers)) * 86_400
    usual, rounding = float(np.median(seconds)), max(2 * 86_400 * 10.0**-decimals, 0.002)
    if np.mean(np.abs(seconds - usual) <= rounding) > _MOSTLY:
        return bool(np.min(np.abs(_NATURAL - usual)) <= rounding)
    return rounding < 0.2 and bool(np.mean(np.abs(seconds - np.round(seconds)) <= rounding) > _MOSTLY)


def _decimal_years(words: set[str] | None, low: float, high: float) -> str:
    if words is None:
        raise DataError(
            f"the times look like years with decimals ({low:g} to {high:g}): state time_format='years' if they are, "
            "or time_format='s' if they are seconds from the start of the recording"
        )
    return _YEARS

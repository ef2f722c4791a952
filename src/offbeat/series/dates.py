"""Columns of dates and times, however they are written, read as points in time."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from offbeat.errors import AmbiguousDateWarning, DataError, ParameterError, ignoring
from offbeat.series.zones import Times, Zone

__all__ = [
    "UNITS",
    "Place",
    "fits_format",
    "is_date",
    "is_time_of_day",
    "looks_like_days",
    "looks_like_seconds",
    "looks_like_years",
    "parse_times",
    "read_times",
]

Place = Callable[[int], str]
"""Turns a row (from 0) into words such as ``"line 7"``, for messages."""

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\s*(\d{1,2}:\d{2}(:\d{2})? )?\[?(\d{4}-\d{2}(-\d{2})?\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}[T ]\d{2}"
    rf"|(\w{{3,9}},? +)?(\d{{1,2}}[-/. ]?{_MONTH}[-/., ]*\d{{2,4}}"
    rf"|{_MONTH} +\d{{1,2}},? +(\d\d:[^ ]+ +(\w+ +)?)?\d{{4}})"
    rf"|\d{{4}}[-/. ]{_MONTH}[-/. ]\d{{1,2}})",
    re.IGNORECASE | re.ASCII,
)
_TIME_OF_DAY = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(\s*[ap]\.?m\.?)?\s*$", re.IGNORECASE | re.ASCII)
_ENDING = re.compile(r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", re.ASCII)
_OFFSET = re.compile(rf":\d{{2}}([.,]\d+)?\s*{_ENDING.pattern}", re.ASCII)
_LOG_COMMA = re.compile(r"(:\d{2}),(\d{1,9})\b", re.ASCII)

# Of what pandas does not guess, or would read cell by cell.
_DAYS_AND_MONTHS = (
    *("%d-%b-%y", "%d-%b-%Y", "%d %b %y", "%d %b %Y", "%d/%b/%Y"),
    *("%d.%b.%Y", "%d-%B-%Y", "%b %d %Y", "%d%b%Y", "%d%b%y"),
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %I:%M:%S.%f %p")
_WHOLE = ("%d/%b/%Y:%H:%M:%S %z", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y")
_ORDERS = {
    "month": ("%m{0}%d{0}%Y", "%m{0}%d{0}%y"),
    "day": ("%d{0}%m{0}%Y", "%d{0}%m{0}%y"),
    "year": ("%y{0}%m{0}%d",),
}
"""Dates in numbers, by what stands first."""

_PROBED = 5000
"""Rows, about, by which the order of day and month is told."""

Unit = Literal["ns", "us", "ms", "s"]
UNITS: tuple[Unit, ...] = ("s", "ms", "us", "ns")
"""What numbers may count in since 1970."""
# Numbers of this size and more are milliseconds, microseconds and nanoseconds since 1970, not seconds.
_SIZES: tuple[tuple[float, Unit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"))


def is_date(cell: object) -> bool:
    """Whether a cell is a date, or text that begins like one; a time of day alone is none.

    Examples
    --------
    >>> [is_date(cell) for cell in ("2015-07-10 14:24", "7/10/2015", "10-JUL-15 14:24", "14:24", "1.5", "low")]
    [True, True, True, False, False, False]
    """
    return bool(_DATE.match(cell)) if isinstance(cell, str) else isinstance(cell, date)


def is_time_of_day(cell: object) -> bool:
    """Whether a cell is text such as ``14:24:05``.

    Examples
    --------
    >>> [is_time_of_day(cell) for cell in ("14:24", "2:24:05.250 PM", "2015-07-10 14:24", "14")]
    [True, True, False, False]
    """
    return isinstance(cell, str) and bool(_TIME_OF_DAY.match(cell))


def parse_times(column: pd.Series[Any], place: Place, form: str | None = None) -> Times:
    """Return a column of dates, text or numbers as ``datetime64`` in UTC; see :func:`read_times`.

    Examples
    --------
    >>> parse_times(pd.Series([1436538240, 1436539080]), "row {}".format).astype("datetime64[m]").astype(str).tolist()
    ['2015-07-10T14:24', '2015-07-10T14:38']
    """
    return read_times(column, place, form)[0]


def read_times(column: pd.Series[Any], place: Place, form: str | None = None) -> tuple[Times, Zone | None]:
    """Return a column of dates, text or numbers as ``datetime64`` in UTC, and the time zone it was written in.

    Numbers count from 1970 in seconds, milliseconds, microseconds or nanoseconds, by their size; eight digits are year,
    month and day. In text such as ``07/10/2015`` the month comes first, unless that gives no dates, or runs backwards
    where the day first does not.

    Parameters
    ----------
    column : Series of shape (n_times,)
        As it was read.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.
    form : str, optional
        The format, such as ``"%d/%m/%Y %H:%M"``; of numbers the unit that they count in since 1970: s, ms, us or ns.

    Returns
    -------
    times : array of shape (n_times,)
        ``datetime64`` in UTC, or as the clock showed it where there is no zone.
    zone : Zone or None
        None where neither a zone nor an offset is given.

    Raises
    ------
    DataError
        If a timestamp is missing or is none; the message names the first.
    ParameterError
        If ``form`` does not fit a column of such a kind.
    """
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(f"{place(int(missing[0]))} has no timestamp: leave such rows out, or fill it in")
    zone: Zone | None = None
    if pd.api.types.is_numeric_dtype(column.dtype):
        times = _from_numbers(column, form)
    elif isinstance(column.dtype, pd.DatetimeTZDtype):
        times, zone = pd.to_datetime(column, utc=True), Zone((column.dtype.tz,))
    elif column.dtype.kind == "M":
        times = pd.to_datetime(column, utc=True)
    else:
        times = _from_text(column, form)
    lost = np.flatnonzero(times.isna())
    if lost.size:
        row = int(lost[0])
        wanted = f"a time of the format {form!r}" if form else "a date such as 2015-07-10 14:24:00"
        raise DataError(
            f"expected {wanted} at {place(row)}, got {str(column.iloc[row])[:40]!r}: "
            "correct it, state the format with time_format=, or name another column with time="
        )
    found = np.asarray(times.dt.tz_convert(None))
    return found, zone or _zone_of(column, found)


def fits_format(column: pd.Series[Any], form: str) -> bool:
    """Whether the first cell of a column is written in a format of dates."""
    there = column.dropna()
    if not len(there) or pd.api.types.is_bool_dtype(column.dtype) or column.dtype.kind == "M":
        return False
    cell = there.iloc[0]
    text = str(int(cell)) if isinstance(cell, float | np.floating) and cell == round(cell) else str(cell).strip()
    return bool(pd.notna(_by_form(pd.Series([text]), form).iloc[0]))


def looks_like_days(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are whole and as large as year, month and day written in eight digits, since 1900."""
    return bool(len(numbers)) and bool(np.all((numbers > 1.9e7) & (numbers < 2.2e7) & (numbers == np.round(numbers))))


def looks_like_years(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are years such as 2015 or 2015.25."""
    return len(numbers) > 1 and bool(np.all((numbers >= 1800) & (numbers < 2200)))


def _from_numbers(column: pd.Series[Any], form: str | None) -> pd.Series[Any]:
    if form is not None and form not in UNITS:
        digits = column.astype("int64").astype(str) if bool(np.all(column == np.round(column))) else column.astype(str)
        return _by_form(digits, form)
    numbers = column.to_numpy(dtype=np.float64)
    for fits, digits_form in ((looks_like_days(numbers), "%Y%m%d"), (looks_like_seconds(numbers), "%Y%m%d%H%M%S")):
        if fits and form is None:
            digits = column.astype("int64").astype(str)
            read: pd.Series[Any] = pd.to_datetime(digits, format=digits_form, utc=True, errors="coerce")
            if not read.isna().any():
                return read
    largest = float(np.max(np.abs(numbers), initial=0.0))
    by_size: Unit = next((unit for size, unit in _SIZES if largest >= size), "s")
    unit = next((unit for unit in UNITS if unit == form), by_size)
    if largest >= 2**63:
        # Some versions of pandas do not coerce what is beyond its integers.
        column = column.where(np.abs(numbers) < 2**63)
    times: pd.Series[Any] = pd.to_datetime(column, unit=unit, utc=True, errors="coerce")
    return times


def looks_like_seconds(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are fourteen digits: year, month, day, hour, minute and second."""
    return len(numbers) > 0 and bool(np.all((numbers >= 1.9e13) & (numbers < 2.2e13) & (numbers == np.round(numbers))))


def _by_form(text: pd.Series[Any], form: str) -> pd.Series[Any]:
    try:
        times: pd.Series[Any] = pd.to_datetime(text, format=form, utc=True, errors="coerce")
    except ValueError as error:
        raise ParameterError(
            f"expected a format such as '%d/%m/%Y %H:%M', or s, ms, us or ns for numbers, got {form!r}: {error}"
        ) from error
    return times


def _from_text(column: pd.Series[Any], form: str | None) -> pd.Series[Any]:
    text = column.astype(str).str.strip()
    if form is not None:
        return _by_form(text, form)
    times: pd.Series[Any] = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    if not times.isna().any() or not is_date(text.iloc[0]):
        return times
    if _LOG_COMMA.search(text.iloc[0]):
        return _from_text(text.str.replace(_LOG_COMMA, r"\1.\2", regex=True), form)
    if text.iloc[0].startswith("["):
        return _from_text(text.str.strip("[]"), form)
    # Which order it is shows in a few rows, if these come from everywhere.
    some = text.iloc[:: max(1, len(text) // _PROBED)]
    readings = {"ISO": times[some.index], **{first: _guess(some, first) for first in _ORDERS}}
    faults = {first: _faults(reading) for first, reading in readings.items()}
    best = min(readings, key=lambda first: faults[first])
    # Two rows have a single step, which speaks for neither order.
    same = [first for first in readings if faults[first] == faults[best] and not readings[first].equals(readings[best])]
    if len(text) > 2 and same and not faults[best][0]:
        warnings.warn(
            f"dates such as {text.iloc[0][:40]!r} are read with the {best} first, but the {same[0]} may as well stand "
            "first: state the format to be sure (time_format='%d/%m/%Y …')",
            AmbiguousDateWarning,
            stacklevel=5,
        )
    return times if best == "ISO" else _guess(text, best)


def _guess(text: pd.Series[Any], first: str) -> pd.Series[Any]:
    """Return dates in which the month, the day or a year of two digits stands first, where it does."""
    cell, day_first = str(text.iloc[0]), first == "day"
    form = _known_form(cell, first)
    if form is None and first == "year":
        return pd.Series(pd.DatetimeIndex([pd.NaT] * len(text), tz="UTC"), index=text.index)
    # pandas warns where the first date fits only the other order; both are tried, so there is nothing to warn of.
    with ignoring(UserWarning):
        form = form or guess_datetime_format(cell, dayfirst=day_first) or "mixed"
        times: pd.Series[Any] = pd.to_datetime(text, format=form, dayfirst=day_first, utc=True, errors="coerce")
        unread = times.isna()
        if form != "mixed" and unread.any() and first != "year":
            others = pd.to_datetime(text[unread], format="mixed", dayfirst=day_first, utc=True, errors="coerce")
            times = times.fillna(others)
    return times


def _known_form(cell: str, first: str) -> str | None:
    """Return the format of a date with a month's name, or in numbers."""
    mark = next((mark for mark in "/-." if mark in cell[:5]), "/")
    dates = [form.format(mark) for form in _ORDERS[first]]
    dates = dates if first == "year" else [*_DAYS_AND_MONTHS, *dates]
    whole = () if first == "year" else (*_WHOLE, *(f"%H:%M:%S {day}" for day in dates))
    for form in (*whole, *(day + clock for day in dates for clock in _CLOCKS)):
        try:
            datetime.strptime(cell, form)  # only tried
        except ValueError:
            continue
        return form
    return None


def _faults(times: pd.Series[Any]) -> tuple[int, int, int]:
    """Return how many dates are unread, run backwards, and come after an unusual step; fewer is a better reading."""
    steps = times.diff().dropna()
    usual = steps.median()
    uneven = int(((steps - usual).abs() > usual / 2).sum()) if len(steps) else 0
    return int(times.isna().sum()), int((steps < pd.Timedelta(0)).sum()), uneven


def _zone_of(column: pd.Series[Any], times: Times) -> Zone | None:
    """Return the zone of cells that carry an offset each, or None."""
    if not len(column) or pd.api.types.is_numeric_dtype(column.dtype) or column.dtype.kind == "M":
        return None
    if isinstance(column.iloc[0], datetime):
        offsets = [cell.utcoffset() for cell in column if isinstance(cell, datetime)]
        known = [offset.total_seconds() // 60 for offset in offsets if offset is not None]
        return Zone.of_offsets(times, np.array(known, dtype=np.int64)) if len(known) == len(column) else None
    text = column.astype(str).str.strip("[] ")
    if not _OFFSET.search(text.iloc[0]):
        return None
    # The few different endings are read once each: there may be millions of rows.
    number, endings = pd.factorize(text.str.slice(-6))
    minutes = [_minutes(ending) for ending in endings]
    if any(offset is None for offset in minutes):
        return None
    return Zone.of_offsets(times, np.array(minutes, dtype=np.int64)[number])


def _minutes(ending: str) -> int | None:
    """Return the offset from UTC that the end of a time of day states."""
    found = _ENDING.search(ending)
    if found is None:
        return None
    word = found.group(1)
    if word[0] not in "+-":
        return 0
    digits = word[1:].replace(":", "").ljust(4, "0")
    return (-1 if word[0] == "-" else 1) * (60 * int(digits[:2]) + int(digits[2:]))

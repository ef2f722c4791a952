"""Columns of dates and times, however they are written, read as points in time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ParameterError, ReadingWarning, warn
from offbeat.files.cells import SMALLEST_EPOCH
from offbeat.series.clocks import is_clock, read_clocks
from offbeat.series.counts import UNITS, counted, counts, digits_form, number_form, size_unit
from offbeat.series.date_words import plain_date
from offbeat.series.offsets import Place, tidied, zone_of_text
from offbeat.series.orders import MONTH, read_dates
from offbeat.series.origins import doubt_of, likelier_forms
from offbeat.series.yearless import with_years
from offbeat.series.zones import Times, Zone, as_zone

__all__ = [
    "UNITS",
    "Place",
    "fits_format",
    "is_date",
    "looks_like_days",
    "parse_times",
    "read_times",
]

_UNIT_WORDS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_WAYS = (
    "time_format= s, ms, us, ns, min, h or d since 1970 or from the start, 's since 1904-01-01', excel, matlab, "
    "julian, mjd, dotnet, filetime, years, or a format of digits"
)
_MEANING = {
    "excel": "days since 1899-12-30, as spreadsheets count them",
    "matlab": "days since the year 0, as MATLAB counts them",
    "julian": "Julian days",
    "mjd": "modified Julian days",
    "dotnet": "ticks of .NET",
    "filetime": "file times of Windows",
    "%Y%j": "years and days of the year",
    "%Y": "years",
    "%Y%m": "years and months",
}

_DATE = re.compile(
    r"\s*(\d{1,2}:\d{2}(:\d{2})? )?\[?(\d{4}-\d{2}(-\d{2})?\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\.\d)|\d{8}[T ]\d{2}"
    rf"|(\w{{3,9}},? +)?(\d{{1,2}}[-/. ]?{MONTH}[-/., ]*\d{{2,4}}"
    rf"|{MONTH} +\d{{1,2}},? +(\d\d:[^ ]+ +(\w+ +)?)?\d{{4}})"
    rf"|\d{{4}}[-/. ]{MONTH}[-/. ]\d{{1,2}})",
    re.IGNORECASE | re.ASCII,
)
_LAST_MIDNIGHT = re.compile(r"(?<=[T ])24:00(?=$|:00)", re.ASCII)


def is_date(cell: object) -> bool:
    """Whether a cell is a date, or text that begins like one; a time of day alone is none.

    Examples
    --------
    >>> [is_date(cell) for cell in ("2015-07-10 14:24", "7/10/2015", "10-JUL-15 14:24", "1. Mai 2015", "2015Q3")]
    [True, True, True, True, True]
    >>> [is_date(cell) for cell in ("14:24", "1.5", "low", "10.0.0.1")]
    [False, False, False, False]
    """
    if not isinstance(cell, str):
        return isinstance(cell, date)
    return bool(_DATE.match(cell) or _DATE.match(plain_date(cell.strip())))


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

    Numbers count from 1970 in seconds, milliseconds, microseconds or nanoseconds, by their size; or they are days as
    spreadsheets, MATLAB and astronomers count them; or their digits are a year, a month and so on. Text such as
    ``07/10/2015`` is read in one order throughout the column: the one that gives dates in all rows and the more even
    steps; where that does not tell, dates with dots have the day first and others the month.

    Parameters
    ----------
    column : Series of shape (n_times,)
        As it was read.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.
    form : str, optional
        The format, such as ``"%d/%m/%Y %H:%M"``; of numbers the unit that they count in since 1970: s, ms, us, ns, min,
        h or d, or since another day: ``"s since 1904-01-01"``; what counts days: excel, matlab, julian or mjd; ticks:
        dotnet or filetime; or years for decimal years.

    Returns
    -------
    times : array of shape (n_times,)
        ``datetime64`` in UTC, or as the clock showed it where there is no zone.
    zone : Zone or None
        None where neither a zone nor an offset is given.

    Raises
    ------
    DataError
        If a timestamp is missing or is none; the message names the first. If only some have an offset from UTC, or
        the zone is an unknown name.
    ParameterError
        If ``form`` does not fit a column of such a kind.

    Warns
    -----
    AmbiguousDateWarning
        If day and month, or the year, may stand in another order.
    ReadingWarning
        If numbers are taken for a count of days or seconds, or for times that are long ago or ahead; or text without
        an offset for UTC.
    """
    column = _without_arrow(column)
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(f"{place(int(missing[0]))} has no timestamp: leave such rows out, or fill it in")
    zone: Zone | None = None
    text: pd.Series[Any] | None = None
    if pd.api.types.is_numeric_dtype(column.dtype):
        times = _from_numbers(column, form)
    elif isinstance(column.dtype, pd.DatetimeTZDtype):
        times, zone = pd.to_datetime(column, utc=True), Zone((column.dtype.tz,))
    elif column.dtype.kind == "M":
        times = pd.to_datetime(column, utc=True)
    elif column.dtype.kind == "m" or is_clock(column.iloc[0] if form is None and len(column) else None):
        times = read_clocks(column)
    else:
        times, text = _from_text(column, form)
    lost = np.flatnonzero(times.isna())
    if lost.size:
        row = int(lost[0])
        wanted = f"a time of the format {form!r}" if form else "a date such as 2015-07-10 14:24:00"
        raise DataError(
            f"expected {wanted} at {place(row)}, got {str(column.iloc[row])[:40]!r}: "
            "correct it, state the format with time_format=, or name another column with time="
        )
    found = np.asarray(times.dt.tz_convert(None))
    return found, zone or (None if text is None else zone_of_text(column, text, found, place))


def _without_arrow(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return times in the memory of pyarrow as those of pandas, with their zone."""
    if not (isinstance(column.dtype, pd.ArrowDtype) and str(column.dtype).startswith("timestamp")):
        return column
    unit, zone = column.dtype.pyarrow_dtype.unit, as_zone(column.dtype.pyarrow_dtype.tz)
    return column.astype(np.dtype(f"datetime64[{unit}]") if zone is None else pd.DatetimeTZDtype(unit, zone.zones[0]))


def fits_format(column: pd.Series[Any], form: str) -> bool:
    """Whether the first cell of a column is written in a format of dates."""
    there = column.dropna()
    if not len(there) or pd.api.types.is_bool_dtype(column.dtype) or column.dtype.kind == "M":
        return False
    cell = there.iloc[0]
    text = str(int(cell)) if isinstance(cell, float | np.floating) and cell == round(cell) else str(cell).strip()
    return bool(pd.notna(_by_form(pd.Series([text]), form).iloc[0]))


def looks_like_days(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are year, month and day written in eight digits, since 1900."""
    return digits_form(numbers) == "%Y%m%d"


def _from_numbers(column: pd.Series[Any], form: str | None) -> pd.Series[Any]:
    numbers = column.to_numpy(dtype=np.float64)
    found = form or number_form(numbers)
    if found is None:
        times = _of_size(column, size_unit(numbers))
    elif counts(found):
        times = counted(column, found)
    else:
        digits = (
            column.astype("int64").astype(str) if bool(np.all(numbers == np.round(numbers))) else column.astype(str)
        )
        times = _by_form(digits, found)
    if form is None and found is not None and (found in _MEANING or found == "%Y%m%d%H"):
        first = f" ({times.iloc[0]:%Y-%m-%d %H:%M})" if not times.isna().any() else ""
        _tell_numbers(column, f"{_MEANING.get(found, f'dates of the format {found}')}{first}")
    return times


def _of_size(column: pd.Series[Any], unit: str) -> pd.Series[Any]:
    """Return numbers that count from 1970 or from the start of the recording, and tell of what may be another."""
    times, low = counted(column, unit), column.min()
    # What begins at 0 can be no date.
    if len(column) and low > 0 and column.max() < SMALLEST_EPOCH:
        meaning = "seconds from the start of the recording, whose dates count from 1970-01-01"
        _tell_numbers(column, meaning, likelier_forms(column, unit))
    elif len(column) and low >= SMALLEST_EPOCH and (doubt := doubt_of(times)):
        meaning = f"{_UNIT_WORDS[unit]} since 1970 ({times.iloc[0]:%Y-%m-%d %H:%M}), {doubt}"
        _tell_numbers(column, meaning, likelier_forms(column, unit))
    return times


def _tell_numbers(column: pd.Series[Any], meaning: str, others: Sequence[tuple[str, pd.Timestamp]] = ()) -> None:
    ways = " or ".join(f"time_format={form!r} for {first:%Y-%m-%d %H:%M}" for form, first in others) or _WAYS
    warn(
        f"times such as {column.iloc[0]:.15g} are read as {meaning}: state what they are if this is wrong ({ways})",
        ReadingWarning,
    )


def _by_form(text: pd.Series[Any], form: str) -> pd.Series[Any]:
    try:
        times: pd.Series[Any] = pd.to_datetime(text, format=form, utc=True, errors="coerce")
    except ValueError as error:
        raise ParameterError(
            f"expected a format such as '%d/%m/%Y %H:%M', or s, ms, us or ns for numbers, got {form!r}: {error}"
        ) from error
    return times


def _from_text(column: pd.Series[Any], form: str | None) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return times in UTC, and the text that they were read from."""
    text = column.astype(str).str.strip()
    if form is not None:
        return _by_form(text, form), text
    if (dated := with_years(text)) is not None:
        text = dated
    times: pd.Series[Any] = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    if not times.isna().any() or not is_date(text.iloc[0]):
        return times, text
    late = text.str.contains(_LAST_MIDNIGHT)
    if late.any():
        text = text.str.replace(_LAST_MIDNIGHT, "00:00", regex=True)
    if _DATE.match(text.iloc[0]) is None:
        text = _in_plain_words(text)
        times = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    times, plain = _dates_of(text, times)
    if times.isna().any() and not (words := _in_plain_words(text)).equals(text):
        times, plain = _dates_of(words, pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce"))
    return times + pd.to_timedelta(late.astype(int), unit="D") if late.any() else times, plain


def _in_plain_words(text: pd.Series[Any]) -> pd.Series[Any]:
    return text.map({cell: plain_date(cell) for cell in text.unique()})


def _dates_of(text: pd.Series[Any], iso: pd.Series[Any]) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return dates in UTC, given how far they are ISO 8601, and the text with clocks and zones as it was read."""
    if not iso.isna().any():
        return iso, text
    plain = tidied(text, str(text[iso.isna()].iloc[0]))
    if plain is not text:
        iso = pd.to_datetime(plain, format="ISO8601", utc=True, errors="coerce")
    return (read_dates(plain, iso) if iso.isna().any() else iso), plain

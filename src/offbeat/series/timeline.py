"""Points in time as arrays: read them from text or numbers, and find a date among them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from offbeat.errors import AmbiguousDateWarning, DataError, ParameterError, ignoring

__all__ = ["Times", "as_times", "is_date", "looks_like_days", "parse_times", "row_at", "share_or_row", "usual_step"]

Times = npt.NDArray[np.datetime64]

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"\s*(\d{4}-\d{2}(-\d{2})?\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}T\d{2,6}"
    rf"|(\w{{3,9}},? )?(\d{{1,2}}[ -]{_MONTH}[ -,]+\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}}))",
    re.IGNORECASE | re.ASCII,
)
# Numbers of this size and more are milliseconds, microseconds and nanoseconds since 1970, not seconds.
_UNITS: tuple[tuple[float, Literal["ns", "us", "ms"]], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"))


def as_times(timestamps: npt.NDArray[Any]) -> Times:
    """Return timestamps as ``datetime64``, those with a time zone in UTC; numbers are refused.

    Raises
    ------
    DataError
        If they are no points in time.
    """
    if timestamps.dtype.kind == "M":
        return timestamps
    try:
        if timestamps.dtype.kind in "fiub":
            raise TypeError("these are numbers")
        return pd.to_datetime(timestamps, utc=True).tz_convert(None).to_numpy()
    except (TypeError, ValueError) as error:
        raise DataError(
            f"expected points in time (datetime64) as timestamps, but they cannot be read: {error}"
        ) from error


def is_date(cell: object) -> bool:
    """Whether a cell is a date, or text that begins like one; a time of day alone is none.

    Examples
    --------
    >>> [is_date(cell) for cell in ("2015-07-10 14:24", "7/10/2015", "14:24", "1.5", "low")]
    [True, True, False, False, False]
    """
    return bool(_DATE.match(cell)) if isinstance(cell, str) else isinstance(cell, date)


def parse_times(column: pd.Series[Any], place: Callable[[int], str]) -> Times:
    """Return a column of dates, text or numbers as ``datetime64`` in UTC.

    Numbers count from 1970 in seconds, milliseconds, microseconds or nanoseconds, by their size; eight digits are year,
    month and day. In text such as ``07/10/2015`` the month comes first, unless that gives no dates, or runs backwards
    where the day first does not.

    Parameters
    ----------
    column : Series of shape (n_times,)
        As it was read.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.

    Raises
    ------
    DataError
        If a timestamp is missing or is none; the message names the first.

    Examples
    --------
    >>> parse_times(pd.Series([1436538240, 1436539080]), "row {}".format).astype("datetime64[m]").astype(str).tolist()
    ['2015-07-10T14:24', '2015-07-10T14:38']
    """
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(f"{place(int(missing[0]))} has no timestamp: leave such rows out, or fill it in")
    if pd.api.types.is_numeric_dtype(column.dtype):
        times = _from_numbers(column)
    elif isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        times = pd.to_datetime(column, utc=True)
    else:
        times = _from_text(column)
    lost = np.flatnonzero(times.isna())
    if lost.size:
        row = int(lost[0])
        raise DataError(
            f"expected a date such as 2015-07-10 14:24:00 at {place(row)}, got {str(column.iloc[row])[:40]!r}: "
            "correct it, or name another column with time="
        )
    return np.asarray(times.dt.tz_convert(None))


def _from_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    numbers = column.to_numpy(dtype=np.float64)
    if looks_like_days(numbers):
        days = pd.to_datetime(column.astype("int64").astype(str), format="%Y%m%d", utc=True, errors="coerce")
        if not days.isna().any():
            return days
    if len(numbers) and np.all((numbers >= 1.9e13) & (numbers < 2.2e13) & (numbers == np.round(numbers))):
        digits = column.astype("int64").astype(str)
        seconds = pd.to_datetime(digits, format="%Y%m%d%H%M%S", utc=True, errors="coerce")
        if not seconds.isna().any():
            return seconds
    largest = float(np.max(np.abs(numbers), initial=0.0))
    unit: Literal["ns", "us", "ms", "s"] = next((unit for size, unit in _UNITS if largest >= size), "s")
    if largest >= 2**63:
        # Some versions of pandas do not coerce what is beyond its integers.
        column = column.where(np.abs(numbers) < 2**63)
    times: pd.Series[Any] = pd.to_datetime(column, unit=unit, utc=True, errors="coerce")
    return times


def looks_like_days(numbers: npt.NDArray[np.float64]) -> bool:
    """Whether numbers are whole and as large as year, month and day written in eight digits, since 1900."""
    return bool(len(numbers)) and bool(np.all((numbers > 1.9e7) & (numbers < 2.2e7) & (numbers == np.round(numbers))))


def _from_text(column: pd.Series[Any]) -> pd.Series[Any]:
    text = column.astype(str)
    times = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    if not times.isna().any() or not is_date(text.iloc[0]):
        return times
    month_first, day_first = _guess(text, day_first=False), _guess(text, day_first=True)
    found = min((times, month_first, day_first), key=_faults)
    faults = _faults(month_first)
    # Two rows have a single step, which speaks for neither order.
    if found is month_first and len(text) > 2 and not faults[0] and faults == _faults(day_first):
        _tell_ambiguous(text, month_first, day_first)
    return found


def _tell_ambiguous(text: pd.Series[Any], month_first: pd.Series[Any], day_first: pd.Series[Any]) -> None:
    if not day_first.equals(month_first):
        warnings.warn(
            f"dates such as {text.iloc[0][:40]!r} are read with the month first, but the day may as well stand first: "
            "write them as 2024-02-01 to be sure",
            AmbiguousDateWarning,
            stacklevel=5,
        )


def _guess(text: pd.Series[Any], day_first: bool) -> pd.Series[Any]:
    # pandas warns where the first date fits only the other order; both are tried, so there is nothing to warn of.
    with ignoring(UserWarning):
        form = guess_datetime_format(str(text.iloc[0]), dayfirst=day_first) or "mixed"
        times: pd.Series[Any] = pd.to_datetime(text, format=form, dayfirst=day_first, utc=True, errors="coerce")
    return times


def _faults(times: pd.Series[Any]) -> tuple[int, int, int]:
    """Return how many dates are unread, run backwards, and come after an unusual step; fewer is a better reading."""
    steps = times.diff().dropna()
    usual = steps.median()
    uneven = int(((steps - usual).abs() > usual / 2).sum()) if len(steps) else 0
    return int(times.isna().sum()), int((steps < pd.Timedelta(0)).sum()), uneven


def seconds_of(step: float | str | pd.Timedelta) -> float:
    """Return a time span in seconds.

    Raises
    ------
    ParameterError
        If it is no time span.

    Examples
    --------
    >>> seconds_of("5min"), seconds_of(2.5)
    (300.0, 2.5)
    """
    if isinstance(step, int | float | np.number):
        return float(step)
    try:
        return float(pd.Timedelta(step).total_seconds())
    except (ValueError, TypeError) as error:
        raise ParameterError(f"a step is a number of seconds or text such as '5min', got {step!r}") from error


def row_at(times: Times, when: object) -> int:
    """Return the first row at or after a date; ``len(times)`` where all are before it.

    Raises
    ------
    ParameterError
        If ``when`` is no date.

    Examples
    --------
    >>> days = np.array(["2024-01-01", "2024-01-02", "2024-01-04"], dtype="datetime64[s]")
    >>> row_at(days, "2024-01-03"), row_at(days, "2024-01-02T02:00+02:00")
    (2, 1)
    """
    try:
        if isinstance(when, str) and not is_date(when):
            raise ValueError("it does not begin like a date")
        stamp = pd.Timestamp(when)  # type: ignore[arg-type]  # whatever pandas takes for a date
        if pd.isna(stamp):
            raise ValueError("it is no point in time")
        stamp = stamp.tz_convert(None) if stamp.tzinfo else stamp
    except (TypeError, ValueError) as error:
        raise ParameterError(f"expected a date such as 2015-07-10 14:24:00, got {when!r} ({error})") from error
    return int(np.searchsorted(times, stamp.to_datetime64()))


def share_or_row(at: float | np.number[Any], n_times: int) -> int:
    """Return the row that a share of the time steps reaches, or the row itself.

    Raises
    ------
    ParameterError
        If a share does not lie strictly between 0 and 1.

    Examples
    --------
    >>> share_or_row(0.25, 1000), share_or_row(25, 1000)
    (250, 25)
    """
    if isinstance(at, int | np.integer) and not isinstance(at, bool):
        return int(at)
    if not isinstance(at, float | np.floating) or not 0 < at < 1:
        raise ParameterError(f"a share lies strictly between 0 and 1, and a row is a whole number, got {at}")
    return round(float(at) * n_times)


def usual_step(times: Times) -> float:
    """Return the median of the seconds between time steps, NaN for fewer than two."""
    return float(np.median(np.diff(times) / np.timedelta64(1, "s"))) if len(times) > 1 else float("nan")

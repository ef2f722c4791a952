"""Points in time as arrays: check them, and find a date among them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, IrregularTimeWarning, ParameterError, warn
from offbeat.series.dates import is_date
from offbeat.series.zones import Times, Zone
from offbeat.words import duration

__all__ = [
    "GAP",
    "Times",
    "as_times",
    "gaps_between",
    "long_steps",
    "row_at",
    "seconds_of",
    "share_or_row",
    "usual_step",
    "warn_of_gaps",
]

GAP = 1.5
"""In usual steps, from when on a step between two rows is a gap."""


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


def seconds_of(step: float | str | timedelta | np.timedelta64) -> float:
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
    if isinstance(step, np.timedelta64):  # which NumPy has among the whole numbers
        step = pd.Timedelta(step)
    if isinstance(step, int | float | np.number):
        return float(step)
    try:
        return float(pd.Timedelta(step).total_seconds())
    except (ValueError, TypeError) as error:
        raise ParameterError(f"a step is a number of seconds or text such as '5min', got {step!r}") from error


def gaps_between(times: Times | None, step: float) -> str:
    """Return in words which steps between rows are longer than the usual one; nothing where none is.

    Parameters
    ----------
    times : array of shape (n_times,), optional
        Without them nothing is known.
    step : float
        The usual seconds between rows; NaN where they are not known.

    Examples
    --------
    >>> gaps_between(np.array(["2024-01-01T00", "2024-01-01T01", "2024-01-01T05"], "datetime64[s]"), 3600.0)
    '1 of 2 steps between rows are gaps: longer than the usual 3600 s, up to 4 hours'
    """
    if times is None or not step > 0:
        return ""
    step, long = _gaps(times, step)
    if not long.any():
        return ""
    longest = float(np.max(np.diff(times) / np.timedelta64(1, "s")))
    return (
        f"{long.sum():,} of {len(long):,} steps between rows are gaps: longer than the usual {step:g} s, up to "
        f"{duration(longest)}"
    )


def _gaps(times: Times, step: float) -> tuple[float, npt.NDArray[np.bool_]]:
    """Return the usual step (s), and which steps between rows, ``(n_times - 1,)``, are longer than 1.5 of it."""
    steps = np.diff(times) / np.timedelta64(1, "s")
    if (steps == 0).any() and (steps > 0).any():  # rows that share a time make the usual step shorter than it is
        step = max(step, float(np.median(steps[steps > 0])))
    return step, np.asarray(steps > GAP * step)


def warn_of_gaps(times: Times | None, step: float) -> None:
    """Warn of gaps in a frame, across which windows would go, see :func:`gaps_between`."""
    if found := gaps_between(times, step):
        advice = "offbeat.load_data(frame, gaps='nan') puts missing rows in"
        warn(f"{found}; rows are taken as they follow each other: {advice}", IrregularTimeWarning)


def row_at(times: Times, when: object, zone: Zone | None = None) -> int:
    """Return the first row at or after a date; ``len(times)`` where all are before it.

    A date without an offset is one of the zone's clock.

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
        if stamp.tzinfo is None and zone is not None:
            return int(np.searchsorted(times, zone.in_utc(stamp)))
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


def long_steps(times: Times) -> npt.NDArray[np.bool_]:
    """Return which of the steps between rows are gaps, ``(n_times - 1,)``: longer than 1.5 usual ones.

    Examples
    --------
    >>> long_steps(np.array([0, 1, 2, 5, 6], dtype="datetime64[s]")).tolist()
    [False, False, True, False]
    """
    return _gaps(times, usual_step(times))[1]

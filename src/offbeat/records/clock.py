"""The sampling rate of a table, from its column of times."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from offbeat.errors import DataError, failing_as
from offbeat.series.arrays import FloatArray

__all__ = ["Pace", "pace_of_times", "rate_of_times", "seconds_of_cells", "time_unit"]

_UNITS = {
    1.0: ("s", "sec", "secs", "second", "seconds", "sekunden", "segundos"),
    1e-3: ("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"),
    1e-6: ("us", "usec", "usecs", "micros", "microsecond", "microseconds"),
    1e-9: ("ns", "nsec", "nsecs", "nanos", "nanosecond", "nanoseconds"),
    60.0: ("min", "mins", "minute", "minutes"),
    3600.0: ("h", "hour", "hours"),
    86400.0: ("d", "day", "days"),
}
_NAMES = {1.0: "s", 1e-3: "ms", 1e-6: "µs", 1e-9: "ns", 60.0: "min", 3600.0: "h", 86400.0: "days"}
_GUESSED = (1.0, 1e-3, 1e-6, 1e-9, 86400.0)  # of these at most one makes a sampling rate of an ECG
_RATES = (40.0, 5000.0)
_DAY = 86400.0
_JITTER = 0.05  # s that times may be off, of samples that were taken evenly


@dataclass(frozen=True)
class Pace:
    """How samples go on in time.

    Parameters
    ----------
    rate : float
        Samples per second (Hz).
    note : str
        What was taken for granted; empty where nothing was.
    """

    rate: float
    note: str = ""


def time_unit(word: str) -> float:
    """Return how many seconds a unit of time is; 0 for what is none.

    Examples
    --------
    >>> time_unit("ms"), time_unit("µs"), time_unit("mV")
    (0.001, 1e-06, 0)
    """
    plain = re.sub("Â?[µμ]|\ufffd", "u", word.strip().strip("[](){}'\" ")).lower()
    return next((seconds for seconds, words in _UNITS.items() if plain in words), 0)


def seconds_of_cells(cells: pd.Series) -> FloatArray:
    """Return times as seconds: numbers as they are, ``1:02.5`` and dates by the clock; days go on past midnight.

    Parameters
    ----------
    cells : Series of shape (n,)
        Numbers, or text as it stands in the file.

    Raises
    ------
    DataError
        If a cell is no time.

    Examples
    --------
    >>> seconds_of_cells(pd.Series(["0:01.5", "1:00:00.25"])).tolist()
    [1.5, 3600.25]
    >>> seconds_of_cells(pd.Series(["23:59:59.5", "00:00:00.0"])).tolist()
    [86399.5, 86400.0]
    """
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(np.float64)
    text = cells.astype(str).str.strip("'\"[] ").str.replace(",", ".", regex=False)
    if text.str.fullmatch(r"[0-9:.]+").all() and text.str.contains(":").any():
        return _past_midnight(np.array([_clock(cell) for cell in text]))
    plain = pd.to_numeric(text, errors="coerce")
    if plain.notna().all():
        return plain.to_numpy(np.float64)
    with failing_as(DataError, "expected seconds, clock times or dates in the column of times"):
        found = [_dates(text, day_first) for day_first in (False, True)]
    # Where day and month can be exchanged, the shorter of both recordings is meant.
    return min(found, key=lambda seconds: seconds[-1] if seconds[-1] >= 0 else np.inf)


def _dates(text: pd.Series, day_first: bool) -> FloatArray:
    # A third colon stands before milliseconds, in some programs.
    text = text.str.replace(r"(\d:\d\d:\d\d):(\d+)$", r"\1.\2", regex=True)
    year_first = bool(re.match(r"\d{4}", str(text.iloc[0])))
    dates = pd.to_datetime(text, format="mixed", utc=True, dayfirst=day_first and not year_first)
    return _past_midnight(np.asarray((dates - dates.iloc[0]).dt.total_seconds(), dtype=np.float64))


def _past_midnight(seconds: FloatArray) -> FloatArray:
    """Add a day wherever times of a clock fall by most of one."""
    return seconds + _DAY * np.cumsum(np.diff(seconds, prepend=seconds[:1]) < -_DAY / 2)


def _clock(cell: str) -> float:
    parts = cell.split(":")
    if len(parts) == 4 and len(parts[3]) == 3:  # hours, minutes, seconds and milliseconds
        parts = [*parts[:2], f"{parts[2]}.{parts[3]}"]
    seconds = 0.0
    for part in parts:
        if not re.fullmatch(r"[0-9]+(\.[0-9]*)?", part):
            raise DataError(f"expected a time such as 1:02.5 in the column of times, got {cell!r}")
        seconds = 60 * seconds + float(part)
    return seconds


def pace_of_times(
    head: FloatArray, last: float, n_times: int, unit: str = "", *, clock: bool = False, name: str = "time"
) -> Pace:
    """Return samples per second of times, which may be unevenly written of evenly taken samples.

    Parameters
    ----------
    head : array of shape (n,)
        The first times.
    last : float
        The very last one.
    n_times : int
        How many there are.
    unit : str
        What they count, such as ms; where it is empty or makes no rate of an ECG, the one that does.
    clock : bool
        Whether they are seconds of a clock, which begins anew at midnight.
    name : str
        What the note calls their column.

    Raises
    ------
    DataError
        If the times do not go on evenly from the first to the last.

    Examples
    --------
    >>> pace_of_times(np.arange(1000) * 4.0, 3996.0, 1000).rate
    250.0
    >>> pace_of_times(np.arange(2000) // 250, 59, 15_000, "s", name="Time").note
    "'Time' counts whole steps of 1 s, each for 250 samples: 250 Hz taken (--sampling-rate overrules)"
    """
    head = np.asarray(head, np.float64)
    scale, note = (1.0, "") if clock else _scale(head, unit, name)
    head, last = scale * head, scale * last
    if clock and len(head) > 1 and head[-1] > head[0]:
        expected = head[0] + (head[-1] - head[0]) / (len(head) - 1) * (n_times - 1)
        last += _DAY * max(0, round((expected - last) / _DAY))
    try:
        return Pace(rate_of_times(head, last, n_times), note)
    except DataError:
        steps = np.diff(head)
        if len(steps) < 20 or not np.all(steps >= 0) or not last >= head[-1]:
            raise
        found = _stepwise(head, name) if np.mean(steps == 0) >= 0.5 else _jittering(head, last, n_times, name)
        if found is None:
            raise
        return Pace(found.rate, "; ".join(part for part in (note, found.note) if part))


def _scale(head: FloatArray, unit: str, name: str) -> tuple[float, str]:
    """Return the seconds of one unit, and a note where that contradicts its name."""
    step = float(head[-1] - head[0]) / max(1, len(head) - 1)
    named = time_unit(unit)

    def fits(scale: float) -> bool:
        return bool(step > 0 and _RATES[0] <= 1 / (step * scale) <= _RATES[1])

    if named and fits(named):
        return named, ""
    guessed = next((scale for scale in _GUESSED if fits(scale)), None)
    if guessed is None:
        return named or 1.0, ""
    if not named:
        return guessed, ""
    return guessed, (
        f"{name!r} would count {_NAMES[named]} by its name, which makes no sampling rate of an ECG: "
        f"{_NAMES[guessed]} taken (--sampling-rate overrules)"
    )


def _stepwise(head: FloatArray, name: str) -> Pace | None:
    """Return the rate of times that stay the same for several samples, as whole seconds do."""
    stamps, counts = np.unique(head, return_counts=True)
    if len(stamps) < 4:
        return None
    steps, inner = np.diff(stamps)[1:], counts[1:-1]  # the first and the last may be cut
    step = float(np.median(steps))
    even = np.abs(inner - np.median(inner)) <= max(2, 0.1 * inner.max())
    if np.any(np.abs(steps - step) > 0.5 * step) or not even.all():
        return None
    rate = _tidy(float(inner.sum() / (stamps[-1] - stamps[1])), 5e-3)
    return Pace(
        rate,
        f"{name!r} counts whole steps of {step:g} s, each for {np.median(inner):g} samples: "
        f"{rate:g} Hz taken (--sampling-rate overrules)",
    )


def _jittering(head: FloatArray, last: float, n_times: int, name: str) -> Pace | None:
    """Return the rate of times that scatter around those of even samples."""
    places = np.arange(len(head))
    slope, start = np.polyfit(places, head, 1)
    off = float(np.abs(head - (start + slope * places)).max())
    whole = (last - head[0]) / (n_times - 1)
    if not slope > 0 or off > max(_JITTER, 5 * slope) or abs(slope / whole - 1) > 2 * off / (slope * len(head)) + 2e-3:
        return None
    rate = _tidy(1 / whole, 2e-3)
    return Pace(
        rate,
        f"the times in {name!r} are uneven by up to {1000 * off:.2g} ms: taken as {rate:g} Hz "
        "(--sampling-rate overrules)",
    )


def _tidy(rate: float, tolerance: float) -> float:
    """Return a whole number where a rate is one, but for what its times are off."""
    return float(round(rate)) if abs(round(rate) - rate) <= tolerance * rate else float(f"{rate:.5g}")


def rate_of_times(head: FloatArray, last: float, n_times: int) -> float:
    """Return samples per second (Hz) of evenly spaced times.

    Parameters
    ----------
    head : array of shape (n,)
        The first times (s).
    last : float
        The very last one.
    n_times : int
        How many there are.

    Raises
    ------
    DataError
        If the times do not go on evenly from the first to the last.

    Examples
    --------
    >>> rate_of_times(np.array([0.0, 0.003, 0.006, 0.008, 0.011]), 2.775, 1000)
    360.0
    """
    span = last - head[0]
    rate = (n_times - 1) / span if span > 0 else np.nan
    steps = np.diff(head)
    # Times are often rounded to milliseconds, so that steps differ by one.
    if not (np.isfinite(rate) and np.all(steps > 0) and np.all(np.abs(steps * rate - 1) < max(0.5, 1.1e-3 * rate))):
        raise DataError("times must go up evenly, as samples do: sort them, and leave gaps empty instead of out")
    expected = (len(head) - 1) / rate
    if abs((head[-1] - head[0]) - expected) > max(2e-3, 2 / rate) + 1e-4 * expected:
        raise DataError("times must go on evenly to the end, but there are gaps: write a line for each sample")
    whole = round(rate)
    return float(whole) if abs(whole - rate) <= rate * (1e-4 + 1e-3 / span) else float(rate)

"""The time of a line, for the times of events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from offbeat.app.lines.values import is_number
from offbeat.errors import DataError, ParameterError
from offbeat.files.cells import read_number
from offbeat.series.dates import is_date, parse_times, read_times
from offbeat.series.number_dates import is_epoch
from offbeat.series.time_words import has_time_name
from offbeat.series.zones import Stamp, Zone, fixed, stamp_of

__all__: list[str] = []

# In other text, a single line does not tell day from month.
_CERTAIN = re.compile(r"\s*\d{4}-?\d\d-?\d\d([T ]|\s*$)|.*[a-z]{3}", re.ASCII | re.IGNORECASE)
_PLAIN = re.compile(r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)(Z|[+-]\d\d:\d\d)?", re.ASCII)
_SECONDS = (1_000_000_000, 1_900_000_000)
"""Whole seconds from 1970 in the years 2001 to 2030, which are no dates written as digits."""


def time_of(cells: Iterable[tuple[str, Any]]) -> Stamp | None:
    """Return the time among the cells of a line that are no channels, with its zone; None where none can be told.

    It is the only date, or the only one with a usual name (timestamp, time …), or else the only number with such a
    name, if it counts from 1970. Dates are those of ISO 8601, or have the month in letters.

    Examples
    --------
    >>> time_of([("host", "web"), ("when", "2026-03-01T10:00+01:00")])
    Timestamp('2026-03-01 10:00:00+0100', tz='UTC+01:00')
    >>> time_of([("time", "1436538240")]).astype("datetime64[m]")
    np.datetime64('2015-07-10T14:24')
    >>> time_of([("time", "17")]), time_of([("date", "07/10/2015")])
    (None, None)
    """
    known = list(cells)
    dates = [(name, cell) for name, cell in known if is_date(cell)]
    found = [cell for name, cell in dates if has_time_name(name)] or [cell for _, cell in dates]
    found = found or [cell for name, cell in known if has_time_name(name)]
    if len(found) != 1:
        return None
    try:
        return _from_text(found[0]) if is_date(found[0]) else _from_number(found[0])
    except (DataError, ValueError, OverflowError):
        return None


def _from_text(cell: str) -> Stamp | None:
    plain = _PLAIN.fullmatch(cell.strip())
    # A column is read with all its rows in view, at a thousand times the cost; most single cells do not need that.
    found = None if plain is None else _of_plain(*plain.groups())
    if found is not None or not _CERTAIN.match(cell):
        return found
    times, zone = read_times(pd.Series([cell]), "row {}".format)
    return stamp_of(times[0], zone)


def _of_plain(clock: str, offset: str | None) -> Stamp | None:
    """Return a date and time of ISO 8601, with its offset or without one; None where there is no such time."""
    try:
        time = np.datetime64(clock.replace(" ", "T"), "us")
        if offset is None:
            return time
        zone, minutes = _zone_of(offset)
    except (ValueError, ParameterError):
        return None
    return stamp_of(time - np.timedelta64(minutes, "m"), zone)


@cache
def _zone_of(offset: str) -> tuple[Zone, int]:
    """Return the zone of an offset, and how many minutes it is ahead of UTC."""
    if offset == "Z":
        return Zone((fixed(0),)), 0
    minutes = (60 * int(offset[1:3]) + int(offset[-2:])) * (-1 if offset[0] == "-" else 1)
    return Zone((fixed(minutes),)), minutes


def _from_number(cell: Any) -> np.datetime64 | None:
    if isinstance(cell, bool) or not (isinstance(cell, int | float) or (isinstance(cell, str) and is_number(cell))):
        return None
    number = read_number(cell) if isinstance(cell, str) else float(cell)
    if number.is_integer() and _SECONDS[0] <= number < _SECONDS[1]:
        return np.datetime64(int(number), "s")
    column = pd.Series([number])
    return np.asarray(parse_times(column, "row {}".format))[0] if is_epoch(column) else None

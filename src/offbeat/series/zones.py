"""The time zone of a clock: times are kept in UTC, and shown as they were written."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ParameterError

__all__ = ["Stamp", "Times", "Zone", "as_stamp", "as_zone", "in_utc", "minutes_of_name", "stamp_of", "stamp_text"]

Times = npt.NDArray[np.datetime64]
Stamp = np.datetime64 | pd.Timestamp
"""A point in time: with a zone a ``Timestamp`` of pandas, without one a ``datetime64``."""

_NAMED_HOURS = {"UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3}
_AMERICAN_HOURS = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


@dataclass(frozen=True)
class Zone:
    """What a clock shows: a time zone, a fixed offset from UTC, or offsets that change at known times.

    Parameters
    ----------
    zones : sequence of tzinfo
        One, or one for each part of the recording.
    since : sequence of datetime64
        When in UTC each of them but the first begins; text with offsets does not name the zone whose clock changed.

    Examples
    --------
    >>> berlin = as_zone("Europe/Berlin")
    >>> str(berlin.at(np.datetime64("2024-10-27T00:30"))), str(berlin.at(np.datetime64("2024-10-27T01:30")))
    ('2024-10-27 02:30:00+02:00', '2024-10-27 02:30:00+01:00')
    """

    zones: tuple[tzinfo, ...]
    since: tuple[np.datetime64, ...] = ()

    @classmethod
    def of_offsets(cls, times: Times, minutes: npt.NDArray[np.int64]) -> Self:
        """Return the zone of times in UTC, each of which was written with an offset of so many minutes."""
        order = np.argsort(times, kind="stable")
        times, minutes = times[order], minutes[order]
        first = np.flatnonzero(np.diff(minutes)) + 1
        zones = (fixed(int(minutes[row])) for row in (0, *first))
        return cls(tuple(zones), tuple(times[first]))

    def at(self, time: np.datetime64) -> pd.Timestamp:
        """Return a time in UTC as the clock shows it."""
        return pd.Timestamp(time, tz="UTC").tz_convert(self._zone_at(time))

    def index(self, times: Times) -> Any:
        """Return times in UTC, in order, as an index: of one time zone, or of stamps where the offset changes."""
        utc = pd.DatetimeIndex(times, tz="UTC")
        if not self.since:
            return utc.tz_convert(self.zones[0])
        parts = np.split(np.arange(len(times)), np.searchsorted(times, np.array(self.since)))
        stamps = [utc[part].tz_convert(zone).astype(object) for part, zone in zip(parts, self.zones, strict=True)]
        return pd.Index([stamp for part in stamps for stamp in part], dtype=object)

    def in_utc(self, local: pd.Timestamp) -> np.datetime64:
        """Return a time that the clock showed, in UTC; the first where it showed it twice."""
        zone = self._zone_at(local.to_datetime64())
        aware = local.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        return aware.tz_convert("UTC").tz_localize(None).to_datetime64()

    @property
    def newest(self) -> str:
        """The name of the last of the zones."""
        return _name(self.zones[-1])

    def _zone_at(self, time: np.datetime64) -> tzinfo:
        return self.zones[bisect_right(self.since, time)]

    def __str__(self) -> str:
        return " and ".join(dict.fromkeys(map(_name, self.zones)))


def fixed(minutes: int) -> timezone:
    """Return the time zone that is so many minutes ahead of UTC."""
    return UTC if not minutes else timezone(timedelta(minutes=minutes))


def as_zone(given: Any) -> Zone | None:
    """Return a time zone given by its name, such as Europe/Berlin, by an offset such as +02:00, or as a tzinfo.

    Raises
    ------
    ParameterError
        If there is no such zone.
    """
    if given is None or isinstance(given, Zone):
        return given
    if isinstance(given, tzinfo):
        return Zone((given,))
    try:
        if str(given)[:1] in "+-":
            return Zone((datetime.fromisoformat(f"2000-01-01T00:00{given}").tzinfo or UTC,))
        return Zone((UTC if given in ("UTC", "Z") else ZoneInfo(str(given)),))
    except (ValueError, AttributeError, OSError, KeyError) as error:
        raise ParameterError(
            f"expected a time zone such as 'Europe/Berlin' or '+02:00', got {given!r}: correct it"
        ) from error


def minutes_of_name(name: str) -> tuple[int, bool]:
    """Return how many minutes the zone of a short name is ahead of UTC, and whether other zones share the name.

    Raises
    ------
    DataError
        If it has several meanings, or none.

    Examples
    --------
    >>> minutes_of_name("CEST"), minutes_of_name("EST")
    ((120, False), (-300, True))
    """
    if name in _AMERICAN_HOURS:
        return 60 * _AMERICAN_HOURS[name], True
    if name not in _NAMED_HOURS:
        raise DataError(
            f"names of zones such as {name} are not read: write offsets from UTC such as +02:00, or leave the name out"
        )
    return 60 * _NAMED_HOURS[name], False


def stamp_of(time: np.datetime64, zone: Zone | None) -> Stamp:
    """Return a point in time, in UTC where there is a zone, as the clock shows it."""
    return time if zone is None or np.isnat(time) else zone.at(time)


def as_stamp(given: Any) -> Stamp:
    """Return what :func:`stamp_text` wrote, or a point in time as it is.

    Examples
    --------
    >>> as_stamp("2024-01-02T03:04:00+02:00"), as_stamp("2024-01-02T03:04")
    (Timestamp('2024-01-02 03:04:00+0200', tz='UTC+02:00'), np.datetime64('2024-01-02T03:04'))
    """
    if isinstance(given, pd.Timestamp):
        return given if given.tzinfo is not None else given.to_datetime64()
    is_aware = isinstance(given, str) and re.search(r":\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$", given)
    return pd.Timestamp(given) if is_aware else np.datetime64(given)


def in_utc(time: Stamp) -> tuple[np.datetime64, Zone | None]:
    """Return a point in time in UTC, and its zone; as it is where it has none."""
    if not isinstance(time, pd.Timestamp):
        return time, None
    if time.tzinfo is None:
        return time.to_datetime64(), None
    return time.tz_convert("UTC").tz_localize(None).to_datetime64(), Zone((time.tzinfo,))


def stamp_text(time: Stamp) -> str:
    """Return a point in time as text of ISO 8601, with its offset where it has a zone.

    Examples
    --------
    >>> stamp_text(np.datetime64("2024-01-02T03:04")), stamp_text(pd.Timestamp("2024-01-02T03:04", tz="+02:00"))
    ('2024-01-02T03:04', '2024-01-02T03:04:00+02:00')
    """
    return time.isoformat() if isinstance(time, pd.Timestamp) else str(time)


def _name(zone: tzinfo) -> str:
    return str(zone).removeprefix("UTC") or "UTC"

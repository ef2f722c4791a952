"""What is pushed: points of many streams, and what is answered about each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from offbeat.errors import DataError

__all__ = [
    "LARGEST_SEQ",
    "LONGEST_KEY",
    "MICRO",
    "STATUSES",
    "Answer",
    "Point",
    "Push",
    "Removal",
    "Removed",
    "Result",
    "check_key",
    "check_place",
    "check_time",
    "micros_of",
    "text_of_micros",
]

MICRO = 1_000_000
STATUSES = ("scored", "unscored", "repeated", "late", "refused")
"""What can become of a point."""
LONGEST_KEY = 200
LARGEST_SEQ = 2**53
_LATEST = 9_000_000_000  # seconds: datetime64 of nanoseconds ends in 2262
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Values = float | None | Sequence[float | None] | Mapping[str, float | None]


class Point(NamedTuple):
    """The values of one stream at one time.

    A point with neither a time nor a number is stamped when it arrives; sent again, it counts again.
    """

    key: str
    values: Values
    time: int | None = None
    """Microseconds from 1970, in UTC."""
    seq: int | None = None
    """A number of the sender that rises within the stream."""
    model: str | None = None
    """The name of the model; None where the service has only one."""


class Result(NamedTuple):
    """What became of a point."""

    status: str
    """``scored``; ``unscored``: stored, but with too few values for a score yet; ``repeated``; ``late``: older than
    the newest point, and not among those kept; or ``refused``."""
    score: float = math.nan
    """The score that became known with the point: that of the time step ``delay`` before; NaN where there is none."""
    severity: int = 0
    """Means nothing where there is no score."""
    message: str = ""
    """What was expected and got, of a point that is late or refused."""


@dataclass
class Answer:
    """The results of a push, in the order of its points."""

    results: list[Result]


@dataclass(eq=False)
class Push:
    """Points that are stored together, or not at all.

    Parameters
    ----------
    points : list of Point
        Of any streams.
    source : str
        The name of the source that they come from; empty for HTTP.
    position : str
        Where the source goes on after these points; stored with them.
    answer : Future of Answer
        Done when the points are on disk.
    """

    points: list[Point]
    source: str = ""
    position: str = ""
    answer: Future[Answer] = field(default_factory=Future)


class Removed(NamedTuple):
    """A stream that was deleted."""

    model: str
    key: str
    n_points: int
    """Points that it had taken; 0 where it rested."""
    n_events: int
    """Its events, which stay."""


@dataclass(eq=False)
class Removal:
    """A stream that is to be deleted.

    Parameters
    ----------
    model, key : str
        The stream; a model of None is the only one.
    answer : Future of Removed
        Done when it is deleted on disk.
    """

    model: str | None
    key: str
    answer: Future[Removed] = field(default_factory=Future)


def micros_of(time: str | float) -> int:
    """Return a time as microseconds from 1970 in UTC.

    Parameters
    ----------
    time : str or float
        Text of ISO 8601, in UTC unless it has an offset; or seconds from 1970.

    Raises
    ------
    DataError
        If it is neither, or is out of range.

    Examples
    --------
    >>> micros_of("2026-03-01T10:00:00+01:00") == micros_of("2026-03-01T09:00:00Z") == micros_of(1772355600.0)
    True
    """
    if isinstance(time, str):
        try:
            found = datetime.fromisoformat(time.strip())
        except ValueError:
            raise DataError(f"expected a time as in ISO 8601, got {time[:40]!r}: write 2026-03-01T09:00:00Z") from None
        aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
        since = aware - _EPOCH
        return check_time((since.days * 86_400 + since.seconds) * MICRO + since.microseconds)
    if not 0 <= time < _LATEST:
        raise DataError(f"expected a time in seconds from 1970, got {time:g}: divide milliseconds by 1000")
    return round(time * MICRO)


def check_time(micros: int) -> int:
    """Return a time in microseconds that all that reads it later can represent.

    Raises
    ------
    DataError
        If it is before 1684-10-19 or after 2255-03-14.

    Examples
    --------
    >>> check_time(1772355600_000000)
    1772355600000000
    """
    if abs(micros) > _LATEST * MICRO:
        raise DataError("expected a time from the years 1685 to 2254, got one outside of it: correct the clock")
    return micros


def check_place(point: Point) -> None:
    """Check that the time and the number of a point can be stored.

    Raises
    ------
    DataError
        If one is out of range.

    Examples
    --------
    >>> check_place(Point("web1", 0.5, time=1772355600_000000, seq=7))
    """
    if point.time is not None:
        check_time(point.time)
    if point.seq is not None and abs(point.seq) > LARGEST_SEQ:
        raise DataError("expected a seq from -2**53 to 2**53, got one outside of it: number the points from 0")


def check_key(key: str) -> None:
    """Check that a stream may have a key.

    Raises
    ------
    DataError
        If it is empty, too long, or has half a character, which JSON can escape and a database cannot store.

    Examples
    --------
    >>> check_key("web1")
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise DataError(f"expected a key of 1 to {LONGEST_KEY} characters, got {len(key)}: use a shorter name")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise DataError(f"expected a key of whole characters, got {key[:40]!r}: correct how it is encoded") from None


def text_of_micros(micros: int | None) -> str | None:
    """Return microseconds from 1970 as text of ISO 8601, with Z for UTC.

    Examples
    --------
    >>> text_of_micros(1772355600_000000), text_of_micros(1772355600_250000)
    ('2026-03-01T09:00:00Z', '2026-03-01T09:00:00.250000Z')
    """
    if micros is None:
        return None
    seconds, rest = divmod(micros, MICRO)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest).isoformat().replace("+00:00", "Z")

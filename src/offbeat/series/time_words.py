"""Names of columns, word by word: which of them are about time."""

from __future__ import annotations

import re
from collections.abc import Hashable

__all__ = [
    "CALENDAR_WORDS",
    "CLOCK_WORDS",
    "STEP_WORDS",
    "TIME_WORDS",
    "UNIT_WORDS",
    "counts_time",
    "has_time_name",
    "is_only_time",
    "is_time_word",
    "is_vague",
    "words_of",
]

_TIME_NAMES = ("timestamp", "timestamps", "datetime", "date", "time", "ts", "epoch", "unixtime")


def words_of(name: Hashable) -> set[str]:
    """Return the words and numbers of a name, in small letters.

    Examples
    --------
    >>> [sorted(words_of(name)) for name in ("timestamp_ms", "startTime (UTC)", "Normal/Attack", "t0")]
    [['ms', 'timestamp'], ['start', 'time', 'utc'], ['attack', 'normal'], ['0', 't']]
    """
    parted = re.sub(r"(?<=[a-zäöü])(?=[A-Z])", " ", str(name))
    return set(re.findall(r"[^\W\d_]+|\d+", parted.lower()))


TIME_WORDS = words_of(
    "timestamp timestamps datetime date time times ts epoch unix unixtime t when clock utc elapsed second seconds sec "
    "secs zeit datum uhrzeit zeitstempel fecha hora heure horodatage tempo data tid ds created recorded"
)
_VAGUE_WORDS = words_of("t data tempo tid clock second")
"""Words for time that are names of other things, too: temperature, tempo, identifiers, the second of several."""
UNIT_WORDS = words_of(
    "s sec secs seconds ms msec us ns min mins minutes h hr hrs hours d days utc gmt local unix epoch ds"
)
STEP_WORDS = words_of("step steps sample samples timestep timesteps cycle cycles")
CALENDAR_WORDS = words_of(
    "year years month day week stamp datenum matlab jd mjd julian serial excel jahr monat tag mes dia mois jour "
    "decimal yyyy yyyymm yyyymmdd yyyyddd doy quarter period ticks filetime"
)
"""Words for time that numbers from the start of a recording do not have."""
CLOCK_WORDS = words_of("hhmm hhmmss hour hours hr hh time uhrzeit stunde hora heure start begin end")


def has_time_name(name: Hashable) -> bool:
    """Whether a column has a name that is usual for timestamps."""
    return str(name).strip().lower().replace(" ", "") in _TIME_NAMES


def is_time_word(name: Hashable) -> bool:
    """Whether a word of a name is one for time, as in ``startTime``, ``timestamp_ms`` or ``month``."""
    return bool(words_of(name) & (TIME_WORDS | CALENDAR_WORDS))


def is_only_time(name: Hashable) -> bool:
    """Whether a name is about nothing but time."""
    words = words_of(name)
    return bool(words & TIME_WORDS) and words <= TIME_WORDS | UNIT_WORDS


def is_vague(name: Hashable) -> bool:
    """Whether a name may be that of a time, but of something else as well.

    Examples
    --------
    >>> [is_vague(name) for name in ("t", "data", "t_ms", "time")]
    [True, True, False, False]
    """
    return words_of(name) <= _VAGUE_WORDS


def counts_time(name: Hashable) -> bool:
    """Whether the name of a column of row numbers says that a row is a time step."""
    return bool(words_of(name) & (TIME_WORDS | STEP_WORDS | {"year"}))

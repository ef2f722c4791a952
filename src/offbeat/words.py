"""The wording that all share: counts, shares, names that fit, text that is safe to show."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from shlex import quote

__all__: list[str] = []

LONG = 10.0
"""Seconds of waiting that are announced."""

READ_OPTIONS = ("order", "duplicates", "gaps", "channels", "missing", "sampling_rate", "table", "query")
"""How a file can be read: what the command takes by --read."""
_SETTINGS = ("incidents",)
"""Settings of detectors that messages name, which the command takes by --set."""
_KEYWORD = re.compile(
    r"(?<!--)(?<!--read )(?<!--set )\b(kind|label|time|time_format|normal|by|data_dir|"
    rf"{'|'.join((*READ_OPTIONS, *_SETTINGS))})=(?:'([^']*)')?(?![\w.])"
)


def percent(part: float, whole: float) -> str:
    """Return a share that only says 0 % or 100 % where it is exactly that; a dash where there is no whole.

    Examples
    --------
    >>> percent(1, 4), percent(2, 4500), percent(4499, 4500), percent(0, 9), percent(3, 0)
    ('25%', '<0.1%', '>99.9%', '0%', '–')
    """
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    if 99.9 < share < 100:
        return ">99.9%"
    return f"{share:.1f}".removesuffix(".0") + "%"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "score"), plural(1200, "score"), plural(3, "series", "series")
    ('1 score', '1,200 scores', '3 series')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a question that names the word closest to what was given, with a blank behind it; nothing if none is near.

    Examples
    --------
    >>> did_you_mean("Orders", ["order", "gaps"]), did_you_mean("colour", ["order", "gaps"])
    ("did you mean 'order'? ", '')
    """
    from difflib import get_close_matches

    by_lower_case = {word.lower(): word for word in known}
    close = get_close_matches(given.lower(), by_lower_case)
    # Few mistype the first letter.
    close.sort(key=lambda word: word[:1] != given[:1].lower())
    return f"did you mean {by_lower_case[close[0]]!r}? " if close else ""


def as_options(text: str) -> str:
    """Return a message of the library with the options of the command in place of keyword arguments.

    Examples
    --------
    >>> as_options("300 series; kind='recording' if they are columns over time (label='none', channels=)")
    '300 series; --kind recording if they are columns over time (--label none, --read channels=…)'
    >>> as_options("two tables (--read table=a); pass incidents='drop'")
    'two tables (--read table=a); pass --set incidents=drop'
    >>> as_options("state the format (time_format='%d/%m/%Y %H:%M')")
    "state the format (--time-format '%d/%m/%Y %H:%M')"
    """

    def option(found: re.Match[str]) -> str:
        name, value = found.group(1), found.group(2) or "…"
        if name in READ_OPTIONS or name in _SETTINGS:
            return f"--{'read' if name in READ_OPTIONS else 'set'} {name}={value}"
        return f"--{name.replace('_', '-')} {quote(value) if found.group(2) else ''}".rstrip()

    return _KEYWORD.sub(option, text)


def clock(seconds: float, decimals: int = 0) -> str:
    """Return a time since the start as h:mm:ss, rounded to some decimals; without any, a part of a second is dropped.

    Examples
    --------
    >>> clock(5025.97), clock(5025.97, 1), clock(90_000)
    ('1:23:45', '1:23:46.0', '25:00:00')
    """
    whole, part = divmod(round(seconds * 10**decimals) if decimals else int(seconds), 10**decimals)
    text = f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text


def clock_from(started: time | None) -> Callable[[float], str]:
    """Return what tells when something was: the time since the start of a record, and the time of day where known.

    Examples
    --------
    >>> clock_from(None)(75), clock_from(time(23, 59, 30))(75)
    ('0:01:15', '0:01:15 (00:00:45)')
    """

    def tell(seconds: float) -> str:
        if started is None:
            return clock(seconds)
        moment = datetime.combine(date(2000, 1, 1), started) + timedelta(seconds=int(seconds))
        return f"{clock(seconds)} ({moment:%H:%M:%S})"

    return tell


def to_go(seconds: float) -> str:
    """Return how long something will still take, for the end of a line; nothing where that is not long.

    Examples
    --------
    >>> to_go(75.2), to_go(3.0)
    (', about 0:01:15 to go', '')
    """
    return f", about {clock(seconds)} to go" if seconds > LONG else ""


def shorten(text: str, width: int) -> str:
    """Return :func:`printable` text of at most ``width`` characters, with an ellipsis where some were cut.

    Examples
    --------
    >>> shorten("supraventricular premature", 12)
    'supraventri…'
    """
    line = printable(text)
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def printable(text: str, width: int = 0) -> str:
    r"""Return text as one line that does nothing but be read: control and format characters are written out.

    Names from files reach terminals; what moves the cursor there, changes colours or hides text is shown as ``\\x1b``.

    Parameters
    ----------
    text : str
        Anything, lone surrogates included.
    width : int
        The most characters to return, where it is not 0; what is too much is left out of the middle.

    Examples
    --------
    >>> print(printable("no column \x1b[31mred\n"), printable("x" * 30 + ": mend it", 20))
    no column \x1b[31mred xxxxxxxxx … mend it
    """
    line = escaped(" ".join(text.split()))
    if not width or len(line) <= width:
        return line
    tail = (width - 3) // 2
    return f"{line[: width - 3 - tail].rstrip()} … {line[len(line) - tail :].lstrip()}"


def escaped(text: str) -> str:
    r"""Return text with control and format characters written out, and spaces as they stand: for data that is shown.

    Examples
    --------
    >>> print(escaped("a,  b\x1b[31m\r"))
    a,  b\x1b[31m\r
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def wrapped(text: str, width: int) -> str:
    r"""Return text broken into lines of at most ``width`` characters.

    Examples
    --------
    >>> wrapped("supraventricular or ectopic", 18)
    'supraventricular\nor ectopic'
    """
    return "\n".join(textwrap.wrap(text, width)) or text


def duration(seconds: float) -> str:
    """Return a length of time in the largest unit that it fills.

    Examples
    --------
    >>> duration(604_800.0), duration(86_400.0), duration(90.0)
    ('7 days', '1 day', '1.5 minutes')
    """
    units = (("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0), ("second", 1.0))
    unit, length = next((each for each in units if seconds >= each[1]), units[-1])
    count = f"{seconds / length:.3g}"
    return f"{count} {unit}{'s' * (count != '1')}"


NOTICE = "Research software, not a medical device."
DOMAINS = {
    "": "anything else",
    "ecg": "electrocardiograms, and the beats in them",
    "physiology": "other signals of a living body, such as blood pressure or gait",
}
"""What data can be about, as far as it matters to those who read the results."""

_HEART = re.compile(r"ecg|ekg|(?<![a-z])ml(i{1,3}|v\d)(?![a-z])|heart-?_?beat|arrhythmia|mit-?bih|ptbdb", re.IGNORECASE)
_LEADS = {"II", "III", "aVR", "aVL", "aVF"}
"""Names of leads that hardly anything else has; I and V1 may be a current and a voltage."""


def domain_of_names(*names: str) -> str:
    """Return what data is about by the name of its file and those of its channels; nothing where they do not say it.

    Parameters
    ----------
    *names : str
        Without folders, which may be called anything.

    Examples
    --------
    >>> domain_of_names("patient-7.csv", "MLII", "V5"), domain_of_names("pump.csv", "V1", "current")
    ('ecg', '')
    """
    return "ecg" if any(name in _LEADS or _HEART.search(name) for name in names) else ""


def notice_for(*domains: str) -> str:
    """Return the notice, where any of these domains needs it; else nothing.

    Parameters
    ----------
    *domains : str
        Of the data, and of what the model has learned from.

    Examples
    --------
    >>> notice_for("", "ecg")
    'Research software, not a medical device.'
    >>> notice_for("")
    ''
    """
    return NOTICE if any(domains) else ""

"""Dates written in words: months in six languages, quarters, weeks, days of the year, styles of programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

__all__ = ["MONTH_NAMES", "is_month", "month_number", "plain_date"]

_MONTHS = (
    ("jan", "january januar janvier janv enero ene gennaio gen janeiro jän jänner"),
    ("feb", "february februar février févr fév febrero febbraio fevereiro fev"),
    ("mar", "march märz mär mrz mars marzo março"),
    ("apr", "april avril avr abril abr aprile"),
    ("may", "mai mayo maggio mag maio"),
    ("jun", "june juni juin junio giugno giu junho"),
    ("jul", "july juli juillet juil julio luglio lug julho"),
    ("aug", "august août agosto ago"),
    ("sep", "september sept septembre septiembre settembre set setembro"),
    ("oct", "october oktober okt octobre octubre ottobre ott outubro out"),
    ("nov", "november novembre noviembre novembro"),
    ("dec", "december dezember dez décembre déc diciembre dic dicembre dezembro"),
)
_MONTH_OF = {word: month for month, words in _MONTHS for word in (month, *words.split())}
_WORD = re.compile(r"[^\W\d_]{3,}")
MONTH_NAMES = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
"""All names of months, as alternatives of a regular expression."""

Found = re.Match[str]


def _quarter(year: str, quarter: str) -> str:
    return f"{year}-{3 * int(quarter) - 2:02d}-01"


def _week(year: str, week: str, day: str | None) -> str:
    return date.fromisocalendar(int(year), int(week), int(day or 1)).isoformat()


def _day_of_year(year: str, day: str) -> str:
    found = date(int(year), 1, 1) + timedelta(days=int(day) - 1)
    if found.year != int(year):
        raise ValueError(f"{year} has no day {day}")
    return found.isoformat()


def _japanese(found: Found) -> str:
    clock = f" {int(found[4]):02d}:{found[5]}:{found[6] or '00'}" if found[4] else ""
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}{clock}"


_DAY = rf"(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[-/. ](?:{MONTH_NAMES})[-/. ]\d{{2,4}}|\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}})"
_RULES: tuple[tuple[str, Callable[[Found], str]], ...] = (
    (r"(\d{4})[- ]?[qt]([1-4])", lambda found: _quarter(found[1], found[2])),
    (r"[qt]([1-4])[- /](\d{4})", lambda found: _quarter(found[2], found[1])),
    (r"(\d{4})-?w(\d\d)(?:-?([1-7]))?", lambda found: _week(found[1], found[2], found[3])),
    (r"(?:kw|cw|w|week) ?(\d{1,2})[- /]+(\d{4})", lambda found: _week(found[2], found[1], None)),
    (r"(\d{4})-(\d{3})(?P<clock>[ t].*)?", lambda found: _day_of_year(found[1], found[2]) + (found["clock"] or "")),
    (r"(\d{4})m(\d\d)", lambda found: f"{found[1]}-{found[2]}"),
    (rf"({MONTH_NAMES})\.?[- /.,']+(\d{{4}})", lambda found: f"01 {found[1]} {found[2]}"),
    (rf"({MONTH_NAMES})\.?[-/']+(\d\d)", lambda found: f"01-{found[1]}-{found[2]}"),
    (rf"(\d{{4}})[- /]({MONTH_NAMES})", lambda found: f"01 {found[2]} {found[1]}"),
    (r"(\d{4})年(\d{1,2})月(\d{1,2})日(?: ?(\d{1,2})[時时点:](\d\d)分?(?:(\d\d)秒)?)?", _japanese),
    (r"(\d[\d.:/ -]*\d) - \d[\d.:/ -]*", lambda found: found[1]),  # the begin of an interval
    (r"(.*\d) @ (\d.*)", lambda found: f"{found[1]} {found[2]}"),
    (
        rf"({_DAY})[- ](\d\d)\.(\d\d)\.(\d\d)(.*)",
        lambda found: f"{found[1]} {found[2]}:{found[3]}:{found[4]}{found[5]}",
    ),
    (
        rf"(?:[^\W\d_]{{2,10}}[.,]+ )?(\d{{1,2}})(?:\.?|(?: de)?)[- /.]+({MONTH_NAMES})\.?(?: de)?([- /.]+)(\d.*)",
        lambda found: f"{found[1]} {found[2]} {found[4]}",
    ),
)
"""How a whole cell is written, in small letters, and what is read instead."""
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _RULES)


def is_month(name: str) -> bool:
    """Whether a name is that of a month."""
    return name.strip().lower().rstrip(".") in _MONTH_OF


def month_number(name: str) -> int:
    """Return the number of a month, from 1, by its name.

    Examples
    --------
    >>> month_number("Mai"), month_number("DEC")
    (5, 12)
    """
    return [english for english, _ in _MONTHS].index(_MONTH_OF[name.lower()]) + 1


def plain_date(cell: str) -> str:
    """Return a date without words other than the English names of months; any other cell as it is.

    A quarter, a week or a month stands for its first day, an interval for its begin.

    Examples
    --------
    >>> [plain_date(cell) for cell in ("2024Q2", "2024-W05", "2024-061", "Mai 2024", "Jan-98", "low")]
    ['2024-04-01', '2024-01-29', '2024-03-01', '01 may 2024', '01-jan-98', 'low']
    >>> plain_date("1. März 2024 10:00"), plain_date("12 de agosto de 2024"), plain_date("03-Dez-24")
    ('1 mar 2024 10:00', '12 aug 2024', '03 dec 24')
    >>> plain_date("Mar 1, 2024 @ 10:00:00.000"), plain_date("2024-03-01-10.00.00.000000")
    ('mar 1, 2024 10:00:00.000', '2024-03-01 10:00:00.000000')
    """
    for pattern, instead in _COMPILED:
        found = pattern.fullmatch(cell)
        if found is None:
            continue
        try:
            return _in_english(instead(found))
        except ValueError:  # there is no such week or day
            return cell
    return cell


def _in_english(text: str) -> str:
    return _WORD.sub(lambda word: _MONTH_OF.get(word[0].lower(), word[0]), text)

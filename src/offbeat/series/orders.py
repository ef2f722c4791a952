"""Dates in text, whose day, month and year stand in an order that often only the whole column tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from offbeat.errors import AmbiguousDateWarning, ignoring, warn

__all__ = ["MONTH", "read_dates"]

MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_NAMED = re.compile(MONTH, re.IGNORECASE)
_MARK = re.compile(r"\d([-/.])\d", re.ASCII)
_LEADING = re.compile(r"\d{1,2}:\d\d(?P<second>:\d\d)?(?P<part>\.\d{1,9})? +", re.ASCII)
_CLOCK = re.compile(
    r"(?P<gap>,? +|T|:)\d{1,2}:\d\d(?P<second>:\d\d)?(?P<part>\.\d{1,9})?(?P<half> *[AP]M)?"
    r"(?P<zone> *(Z|[+-]\d\d:?\d\d))?$",
    re.ASCII | re.IGNORECASE,
)

_ORDERS = {
    "month": ("%m{0}%d{0}%Y", "%m{0}%d{0}%y"),
    "day": ("%d{0}%m{0}%Y", "%d{0}%m{0}%y"),
    "year": ("%Y{0}%m{0}%d", "%y{0}%m{0}%d"),
    "name": (
        *("%d-%b-%y", "%d-%b-%Y", "%d %b %y", "%d %b %Y", "%d/%b/%Y", "%d.%b.%Y", "%d-%B-%Y", "%b %d %Y"),
        *("%d%b%Y", "%d%b%y"),
    ),
}
"""Formats of dates by what stands first, or those in which the month has its name, in any order."""
_WHOLE = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y")

_PROBED = 5000
"""Rows, about, by which the order is told."""
_PIVOT = 1969
"""The first year that two digits stand for by themselves."""
_AHEAD = 10
"""Years ahead of today from which on a year of two digits belongs to the century before."""
_FAR = 5.0
"""How many times longer the dates of one order may last than those of another before they are less likely."""


class _Weight(NamedTuple):
    """What speaks against an order; less is better, the first difference decides."""

    unread: int
    uneven: int
    """Steps between the sorted times, which hold for any order of the rows, that are unlike the usual one."""
    turns: int
    """Steps against the direction of the most."""
    undotted: bool
    """Whether dates with dots have the month first, which nobody writes."""
    is_backwards: bool
    is_long: bool
    age: int

    @property
    def certain(self) -> tuple[int, ...]:
        """What needs no warning."""
        return self[:4]


def read_dates(text: pd.Series[Any], iso: pd.Series[Any]) -> pd.Series[Any]:
    """Return dates in UTC, all read in one order; NaT where they do not fit it.

    Parameters
    ----------
    text : Series of shape (n_times,)
        Dates of one kind.
    iso : Series of shape (n_times,)
        The text read as ISO 8601.

    Warns
    -----
    AmbiguousDateWarning
        If another order makes as good a series.
    """
    # Which order it is shows in a few rows, if these come from everywhere.
    every = slice(None, None, max(1, len(text) // _PROBED))
    some = text.iloc[every]
    readings = {"ISO": iso.iloc[every], **{first: _in_order(some, first) for first in _ORDERS}}
    weights = _weighed(readings, str(text.iloc[0]))
    ranked = sorted(readings, key=weights.__getitem__)
    best = ranked[0]
    _warn_of_ties(some, readings, [first for first in ranked if weights[first].certain == weights[best].certain])
    times = iso if best == "ISO" else _in_order(text, best)
    if times.isna().any() and len(some) < len(text):
        # The rows between may speak for another.
        others = (iso if first == "ISO" else _in_order(text, first) for first in ranked[1:])
        times = min((times, *others), key=lambda reading: int(reading.isna().sum()))
    _tell_of_century(str(text.iloc[0]), best, times)
    return times


def _tell_of_century(cell: str, best: str, times: pd.Series[Any]) -> None:
    oldest = times.min()
    if "%y" in (_form_of(cell, best) or "") and oldest is not pd.NaT and oldest.year < _PIVOT:
        warn(
            f"years of two digits, as in {cell[:40]!r}, are read from {oldest.year} on, because the next century lies "
            "ahead: write them with four digits to be sure",
            AmbiguousDateWarning,
        )


def _warn_of_ties(some: pd.Series[Any], readings: dict[str, pd.Series[Any]], tied: list[str]) -> None:
    best = tied[0]
    others = [first for first in tied[1:] if not readings[first].equals(readings[best])]
    if not others or readings[best].isna().any():
        return
    other = others[0]
    row = int(np.flatnonzero(readings[best] != readings[other])[0])
    cell, shown, elsewise = str(some.iloc[row]), readings[best].iloc[row], readings[other].iloc[row]
    warn(
        f"dates such as {cell[:40]!r} are read with the {best} first ({shown:%Y-%m-%d}), but the {other} may as well "
        f"stand first ({elsewise:%Y-%m-%d}): state the format to be sure (time_format={_form_of(cell, other)!r})",
        AmbiguousDateWarning,
    )


def _weighed(readings: dict[str, pd.Series[Any]], cell: str) -> dict[str, _Weight]:
    instants = {
        first: reading.dropna().dt.tz_convert(None).to_numpy().astype("datetime64[ms]")
        for first, reading in readings.items()
    }
    spans = {first: float(np.ptp(times.astype(np.int64))) for first, times in instants.items() if len(times)}
    shortest = min(spans.values(), default=0.0)
    mark = _MARK.search(cell)
    found = {}
    for first, times in instants.items():
        steps = np.diff(times.astype(np.int64))
        n_back, n_forth = int(np.sum(steps < 0)), int(np.sum(steps > 0))
        found[first] = _Weight(
            unread=len(readings[first]) - len(times),
            uneven=_n_uneven(times.astype(np.int64)),
            turns=min(n_back, n_forth),
            undotted=first == "month" and mark is not None and mark.group(1) == ".",
            is_backwards=n_back > n_forth,
            is_long=spans.get(first, 0.0) > _FAR * shortest,
            age=abs(datetime.now(UTC).year - pd.Timestamp(times.max()).year) if len(times) else 0,
        )
    return found


def _n_uneven(times: Any) -> int:
    """Return how many steps between different times are longer or shorter than the usual one by more than half."""
    steps = np.diff(np.unique(times))
    usual = np.median(steps) if len(steps) else 0.0
    return int(np.sum(np.abs(steps - usual) > usual / 2))


def _in_order(text: pd.Series[Any], first: str) -> pd.Series[Any]:
    """Return dates in which the month, the day or the year stands first; the format of the clock may vary."""
    times = pd.Series(pd.DatetimeIndex([pd.NaT] * len(text), tz="UTC"), index=text.index)
    unread = text
    # pandas warns where a date fits only the other order.
    with ignoring(UserWarning):
        while len(unread) and (form := _form_of(str(unread.iloc[0]), first)) is not None:
            found = pd.to_datetime(unread, format=form, utc=True, errors="coerce")
            if "%y" in form:
                ahead = found.dt.year > datetime.now(UTC).year + _AHEAD
                found = found.mask(ahead, found - pd.DateOffset(years=100))
            times = found if unread is text else times.fillna(found)
            if found.isna().all():
                break
            unread = unread[found.isna()]
        if first == "name" and len(unread) and _NAMED.search(str(unread.iloc[0])):
            times = times.fillna(pd.to_datetime(unread, format="mixed", utc=True, errors="coerce"))
    return times


def _form_of(cell: str, first: str) -> str | None:
    """Return the format of a date in which this stands first, or None."""
    if first == "ISO":
        return "ISO8601"
    if bool(_NAMED.search(cell)) != (first == "name"):
        return None
    found = _MARK.search(cell)
    dates = [form.format(found.group(1) if found else "/") for form in _ORDERS[first]]
    before, day, after = _parted(cell)
    for form in dates:
        if _fits(day, form):
            return before + form + after
    for form in _WHOLE if first == "name" else ():
        if _fits(cell, form):
            return form
    guessed = guess_datetime_format(cell, dayfirst=first == "day")
    return guessed if guessed is not None and _first_of(guessed) == first else None


def _parted(cell: str) -> tuple[str, str, str]:
    """Return the format of a clock before the date, the date, and the format of a clock after it."""
    if (clock := _LEADING.match(cell)) is not None:
        return f"%H:%M{_seconds(clock)} ", cell[clock.end() :], ""
    if (clock := _CLOCK.search(cell)) is None:
        return "", cell, ""
    hours, half = ("%I", " %p" if clock["half"][0] == " " else "%p") if clock["half"] else ("%H", "")
    zone = "" if not clock["zone"] else " %z" if clock["zone"][0] == " " else "%z"
    gap = " " if clock["gap"].isspace() else clock["gap"]
    return "", cell[: clock.start()], f"{gap}{hours}:%M{_seconds(clock)}{half}{zone}"


def _seconds(clock: re.Match[str]) -> str:
    return (":%S" if clock["second"] else "") + (".%f" if clock["part"] else "")


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # only tried
    except ValueError:
        return False
    return True


def _first_of(form: str) -> str:
    """Return what stands first in a format, or that the month has its name."""
    if "%b" in form or "%B" in form:
        return "name"
    words = {"%d": "day", "%m": "month", "%Y": "year", "%y": "year"}
    found = {form.index(sign): word for sign, word in words.items() if sign in form}
    order = [found[place] for place in sorted(found)]
    # Nobody writes the day between the year and the month.
    return "" if not order or order[:2] == ["year", "day"] else order[0]

"""Offsets from UTC and names of zones behind the times of a column of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ReadingWarning, warn
from offbeat.series.zones import Times, Zone, minutes_of_name

__all__ = ["Place", "tidied", "zone_of_text"]

Place = Callable[[int], str]
"""Turns a row (from 0) into words such as ``"line 7"``, for messages."""

_ENDING = re.compile(r"(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", re.ASCII)
_OFFSET = re.compile(rf":\d{{2}}([.,]\d+)?( [AP]M)?\s*{_ENDING.pattern[:-1]}(?= \d{{4}}$|$)", re.ASCII)

_YEAR_LAST = re.compile(r" \d{4}$", re.ASCII)

# How clocks are written that differ from ISO 8601, and what is read instead.
_LOG_COMMA = re.compile(r"(:\d{2}),(\d{1,9})\b", re.ASCII)
_BRACKETS = re.compile(r"^\[|\]$")
_REGION = re.compile(r"(Z|[+-]\d\d:?\d\d)\[[\w/+-]+\]$", re.ASCII)
_HALF = re.compile(r"(:\d\d(?:\.\d+)?) *([ap])\.? ?(?:m\.?)?(?=$| [A-Z(])", re.ASCII | re.IGNORECASE)
_ZONE_NAME = re.compile(r"(:\d\d(?:\.\d+)?(?: [AP]M)?) *\(?(?!AM|PM)([A-Z]{2,5})\)?(?= \d{4}$|$)", re.ASCII)
_FROM_GMT = re.compile(r" ?(?:GMT|UTC) ?([+-])(\d{1,2})(?::?(\d\d))?(?: \(.*\))?$", re.ASCII)
_NAMED_TOO = re.compile(r"([+-]\d\d:?\d\d) +\(?[A-Z]{2,5}\)?$", re.ASCII)
_COLON = re.compile(r"(\d\d:\d\d:\d\d):(\d{3})$", re.ASCII)
_TIDIED: tuple[tuple[re.Pattern[str], Any], ...] = (
    (_REGION, r"\1"),
    (_BRACKETS, ""),
    (_LOG_COMMA, r"\1.\2"),
    (_COLON, r"\1.\2"),
    (_NAMED_TOO, r"\1"),
    # Left to others, a sign behind GMT would be that of POSIX, which is the opposite one.
    (_FROM_GMT, lambda found: f" {found[1]}{int(found[2]):02d}:{found[3] or '00'}"),
    (_HALF, lambda found: f"{found[1]} {found[2].upper()}M"),
)


def tidied(text: pd.Series[Any], cell: str) -> pd.Series[Any]:
    """Return text in which clocks are written as the formats of dates know them, where those of a cell are not."""
    for pattern, instead in _TIDIED:
        if pattern.sub(instead, cell) != cell:
            text, cell = text.str.replace(pattern, instead, regex=True), pattern.sub(instead, cell)
    named = _ZONE_NAME.search(cell)
    if named is None:
        return text
    if minutes_of_name(named[2])[1]:
        warn(
            f"the zone {named[2]} is read as that of North America ({_offset_text(named[2])}): write offsets from UTC "
            "where it is another",
            ReadingWarning,
        )
    return text.str.replace(_ZONE_NAME, lambda found: f"{found[1]} {_offset_text(found[2])}", regex=True)


def _offset_text(name: str) -> str:
    minutes = minutes_of_name(name)[0]
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def zone_of_text(column: pd.Series[Any], text: pd.Series[Any], times: Times, place: Place) -> Zone | None:
    """Return the zone of cells that carry an offset each, or None.

    Raises
    ------
    DataError
        If some carry an offset other than 0, and some none.
    """
    if isinstance(column.iloc[0] if len(column) else None, datetime):
        offsets = [cell.utcoffset() for cell in column if isinstance(cell, datetime)]
        known = [offset.total_seconds() // 60 for offset in offsets if offset is not None]
        return Zone.of_offsets(times, np.array(known, dtype=np.int64)) if len(known) == len(column) else None
    # The few different endings are read once each: there may be millions of rows.
    number, endings = pd.factorize(text.str.slice(-11 if _YEAR_LAST.search(text.iloc[0]) else -6))
    marked = [sum(sign in ending for sign in "+-Z") > 0 or ending[-1:] in "CT" for ending in endings]
    if not any(marked):
        return None
    rows = np.unique(number, return_index=True)[1]
    minutes = [_minutes(str(text.iloc[row])) if mark else None for row, mark in zip(rows, marked, strict=True)]
    known = [offset for offset in minutes if offset is not None]
    if not known:
        return None
    without = np.array([offset is None for offset in minutes])[number]
    if without.any():
        _tell_without_offset(without, any(known), place)
    return Zone.of_offsets(times, np.array([offset or 0 for offset in minutes], dtype=np.int64)[number])


def _tell_without_offset(without: npt.NDArray[np.bool_], is_shifted: bool, place: Place) -> None:
    row, n_without = int(np.flatnonzero(without)[0]), int(without.sum())
    if is_shifted:
        raise DataError(
            f"expected an offset from UTC such as +02:00 in all times or in none, got {n_without:,} of "
            f"{len(without):,} without one, the first at {place(row)}: write it in all, or leave it out in all"
        )
    warn(
        f"{n_without:,} of {len(without):,} times have no zone, the first at {place(row)}: read as UTC as the others",
        ReadingWarning,
    )


def _minutes(text: str) -> int | None:
    """Return the offset from UTC that the text of a time states."""
    found = _OFFSET.search(text)
    if found is None:
        return None
    word = found.group(3)
    if word[0] not in "+-":
        return 0
    digits = word[1:].replace(":", "").ljust(4, "0")
    return (-1 if word[0] == "-" else 1) * (60 * int(digits[:2]) + int(digits[2:]))

"""Marks inside of cells that look like delimiters: the milliseconds of logs, and colons behind the times of RRDtool."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["Rewriting", "rewriting_of", "with_milliseconds"]


class Rewriting(NamedTuple):
    """What is read in place of some bytes of each line."""

    pattern: re.Pattern[bytes]
    instead: bytes
    is_meant: Callable[[Sequence[str], Sequence[str]], bool]
    """Whether the first lines, and those of them that are surely rows, have what no other table does."""


_MILLISECONDS = re.compile(r"(\d\d:\d\d:\d\d),(\d{3})(?=,)", re.ASCII)
_MANY = 200
"""Numbers of milliseconds after which new ones are no longer expected in half of the rows."""


def _are_milliseconds(lines: Sequence[str], rows: Sequence[str]) -> bool:
    """Whether numbers of three digits behind a time are parts of its second, and no column of ids such as 007."""
    others = (line for line in lines if not _MILLISECONDS.search(line))
    if any(line.count(",") == rows[0].count(",") for line in others):
        return False  # a header names that column
    found = [match[2] for match in map(_MILLISECONDS.search, lines) if match]
    return (
        any(number.startswith("0") for number in found)
        and any(number >= "100" for number in found)
        and 2 * len(set(found)) >= min(len(found), _MANY)
    )


def _has_colons(lines: Sequence[str], rows: Sequence[str]) -> bool:
    return any(re.search(r"\s*\d{9,10}:\s", line) for line in lines)


_REWRITINGS = (
    Rewriting(re.compile(_MILLISECONDS.pattern.encode()), rb"\1.\2", _are_milliseconds),
    Rewriting(re.compile(rb"^([ \t]*\d{9,10}):(?=[ \t])", re.MULTILINE), rb"\1", _has_colons),
)


def rewriting_of(lines: Sequence[str], rows: Sequence[str]) -> Rewriting | None:
    r"""Return what has to be rewritten in a table, by its first lines, and those of them that are surely rows.

    Examples
    --------
    >>> lines = ["time,load", "2024-01-01 12:00:00,007,0.5", "2024-01-01 12:00:00,150,0.7"]
    >>> rewriting_of(lines, lines[1:]).instead
    b'\\1.\\2'
    >>> rewriting_of(lines[2:], lines[2:]) is None
    True
    """
    for one in _REWRITINGS:
        if rows and all(one.pattern.search(line.encode()) for line in rows) and one.is_meant(lines, rows):
            return one
    return None


def with_milliseconds(line: str) -> str:
    """Return a line in which milliseconds follow their time behind a point, for one that has a field too many.

    Examples
    --------
    >>> with_milliseconds("2024-01-01 12:00:00,150,0.7")
    '2024-01-01 12:00:00.150,0.7'
    """
    return _MILLISECONDS.sub(r"\1.\2", line)

"""Marks inside of cells that look like delimiters: the milliseconds of logs, and colons behind the times of RRDtool."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Rewriting", "rewriting_of"]


class Rewriting(NamedTuple):
    """What is read in place of some bytes of each line."""

    pattern: re.Pattern[bytes]
    instead: bytes
    evidence: re.Pattern[str]
    """What some line has that no line of another table does."""


_REWRITINGS = (
    # No program writes whole numbers as 05, so these are parts of a second and no column.
    Rewriting(re.compile(rb"(\d\d:\d\d:\d\d),(\d{3})(?=,)"), rb"\1.\2", re.compile(r"\d\d:\d\d:\d\d,0\d\d,", re.ASCII)),
    Rewriting(re.compile(rb"^([ \t]*\d{9,10}):(?=[ \t])", re.MULTILINE), rb"\1", re.compile(r"\s*\d{9,10}:\s")),
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
        if rows and any(map(one.evidence.search, lines)) and all(one.pattern.search(line.encode()) for line in rows):
            return one
    return None

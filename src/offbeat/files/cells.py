"""One line of text and its cells: the delimiter between them, and the number in each."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence

__all__ = [
    "SMALLEST_EPOCH",
    "STATUS_WORDS",
    "WHITESPACE",
    "delimiter_of",
    "looks_numeric",
    "read_number",
    "split_fields",
]

WHITESPACE = r"\s+"
"""The delimiter of columns that are separated by blanks and tabs."""

SMALLEST_EPOCH = 1e8
"""The spring of 1973 in seconds since 1970: smaller numbers rather count from the start of the recording."""

_QUOTED = re.compile(r'(?:"[^"]*"|[^ \t"]|"(?=[^"]*$))+')
"""A field between blanks and tabs, which are part of it where they stand in quotes."""

STATUS_WORDS = frozenset(
    (
        *("bad", "bad input", "bad data", "no data", "nodata", "no value", "i/o timeout", "timeout", "not connected"),
        *("comm fail", "comm error", "configure", "pt created", "scan off", "scan timeout", "shutdown", "over range"),
        *("under range", "error", "err", "fault", "invalid", "unavailable", "unknown", "not available", "calc failed"),
        *("#n/a", "#ref!", "#div/0!", "#value!", "#num!", "#name?", "#null!", "[-11059] no good data for calculation"),
    )
)
"""What historians, loggers and spreadsheets write in place of a number, in lower case."""


def delimiter_of(lines: Sequence[str], marks: Sequence[str], default: str) -> str:
    """Return the delimiter of columns: the first mark that occurs equally often in all lines, outside of quotes.

    Names in a header may hold any mark, so every line counts. Where the lines agree on none, it is the first mark that
    occurs in the first line.

    Examples
    --------
    >>> delimiter_of(['"load; mean",memory', "1,2"], ";,", WHITESPACE)
    ','
    >>> delimiter_of(["time,a;b", "0,1.5"], ";,", WHITESPACE)
    ','
    """
    bare = ["".join(line.split('"')[::2]) for line in lines]
    present = [mark for mark in marks if mark in bare[0]] if bare else []
    even = (mark for mark in present if len({line.count(mark) for line in bare}) == 1)
    return next(even, present[0] if present else default)


def split_fields(line: str, delimiter: str) -> list[str]:
    """Return the stripped fields of one line.

    Raises
    ------
    csv.Error
        If a field in quotes is too long.

    Examples
    --------
    >>> split_fields('1, "a, b", 3', ","), split_fields('1 "a b"  3', WHITESPACE)
    (['1', 'a, b', '3'], ['1', 'a b', '3'])
    """
    if delimiter == WHITESPACE:  # other blanks than these two part nothing, for pandas neither
        if '"' in line:
            return [field.replace('"', "") for field in _QUOTED.findall(line)]
        return [field for field in line.replace("\t", " ").split(" ") if field]
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]


def read_number(text: str) -> float:
    """Return the number that a cell holds; nan and inf are numbers, too.

    Raises
    ------
    ValueError
        If it is none, or written otherwise than in plain digits: Python takes ``1_000`` and digits of other scripts.
    OverflowError
        If it is too large for a float.

    Examples
    --------
    >>> read_number(" 1.5e3 ")
    1500.0
    """
    value = float(text)
    if "_" in text or not text.isascii():
        raise ValueError(f"{text!r} is no number in plain digits")
    if math.isinf(value) and "n" not in text.lower():  # it does not say inf
        raise OverflowError(f"{text!r} is too large")
    return value


def looks_numeric(cell: object) -> bool:
    """Whether Python takes a cell for a number; also one that is written too oddly for :func:`read_number`.

    Examples
    --------
    >>> looks_numeric("1_000"), looks_numeric(" 2.5"), looks_numeric("load"), looks_numeric(None)
    (True, True, False, False)
    """
    try:
        float(cell)  # type: ignore[arg-type]  # whatever float() takes
    except (TypeError, ValueError):
        return False
    return True

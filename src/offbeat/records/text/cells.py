"""What a cell of a table can be: a number, a time, a word, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from offbeat.files.cells import WHITESPACE, split_fields

__all__ = ["MISSING", "cells_of_lines", "is_number", "is_time", "kind_of_cell", "kind_of_column"]

MISSING = (
    "", "nan", "na", "n/a", "#n/a", "null", "none", "nil", "missing", "-", "--", "---", "?", ".",
    "-nan", "1.#qnan", "1.#ind", "-1.#ind", "1.#inf", "-1.#inf", "inf", "+inf", "-inf", "infinity", "+infinity",
    "-infinity",
)  # fmt: skip
"""Cells without a value, in lower case; what is infinite has none, either."""

_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_TIME = re.compile(r"[\d:./\-TZ +]+([,]\d{1,9})?( ?[ap]\.?m\.?)?( ?(utc|gmt))?|[\d:./\- ]*[a-z]{3,9}[\d:./\- ,]+", re.I)
_PARTED = re.compile(r"\d:\d|\d[-/.]\w+[-/.]\d", re.ASCII)


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number, with a decimal point or comma."""
    return _NUMBER.fullmatch(cell.strip("'\" ")) is not None


def is_time(cell: str) -> bool:
    """Whether a cell holds a time of day or a date.

    Examples
    --------
    >>> [is_time(cell) for cell in ("10:00:00.004", "2020-01-01T10:00:00Z", "[0:01.5]", "24-Sep-2020 10:00:00", "0.5")]
    [True, True, True, True, False]
    """
    plain = cell.strip("'\"[] ")
    return _PARTED.search(plain) is not None and _TIME.fullmatch(plain) is not None


def kind_of_cell(cell: str) -> str:
    """Return number, time, nothing or word."""
    if cell.strip("'\" ").lower() in MISSING:
        return "nothing"
    if is_number(cell):
        return "number"
    return "time" if is_time(cell) else "word"


def kind_of_column(cells: Iterable[str]) -> str:
    """Return the kind of most cells of a column, those without a value aside; a number where in doubt."""
    kinds = [kind for kind in map(kind_of_cell, cells) if kind != "nothing"]
    if not kinds:
        return "nothing"
    return max(("number", "time", "word"), key=kinds.count)


def cells_of_lines(text: bytes, delimiter: str) -> npt.NDArray[np.int64]:
    r"""Return how many cells each line of a text has; 0 for a blank line.

    Examples
    --------
    >>> cells_of_lines(b"1,2\n\n3\n", ",").tolist(), cells_of_lines(b" 1  2\n3 4", WHITESPACE).tolist()
    ([2, 0, 1], [2, 2])
    """
    if b'"' in text:
        lines = text.decode("latin-1").removesuffix("\n").split("\n")
        return np.array([len(split_fields(line.strip("\r"), delimiter)) if line.strip() else 0 for line in lines])
    symbols = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
    ends = np.flatnonzero(symbols == ord("\n"))
    ink = (symbols != ord(" ")) & (symbols != ord("\t")) & (symbols != ord("\r")) & (symbols != ord("\n"))
    inked = np.diff(np.cumsum(ink)[ends], prepend=0) > 0
    if delimiter == WHITESPACE:
        begins = ink & ~np.concatenate([[False], ink[:-1]])
        return np.diff(np.cumsum(begins)[ends], prepend=0)
    marks = np.cumsum(symbols == ord(delimiter))
    return np.where(inked, np.diff(marks[ends], prepend=0) + 1, 0)

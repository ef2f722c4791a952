"""What a cell of a table can be: a number, a time, a word, or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from offbeat.files.cells import STATUS_WORDS, WHITESPACE, split_fields

__all__ = [
    "INFINITE",
    "MISSING",
    "cells_of_lines",
    "ends_of_cells",
    "is_grouped",
    "is_number",
    "is_time",
    "kind_of_cell",
    "kind_of_column",
]

MISSING = (
    "", "nan", "na", "n/a", "#n/a", "null", "(null)", "none", "nil", "missing", "-", "--", "---", "?", ".",
    "-nan", "1.#qnan", "1.#ind", "-1.#ind",
)  # fmt: skip
"""Cells without a value, in lower case."""

INFINITE = ("1.#inf", "-1.#inf", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity")
"""Cells of an infinite value, in lower case."""

_NOTHING = frozenset((*MISSING, *INFINITE, *STATUS_WORDS))
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
_GROUPED = re.compile(
    r"[-+]?\d{1,3}((?:,\d{3})+(\.\d+)?|(?:\.\d{3})+,\d+|(?:\.\d{3}){2,}|(?:['’ \u00a0\u202f]\d{3})+([.,]\d+)?)",
    re.ASCII,
)
_TIME = re.compile(
    r"[\d:./\-TZ +]+([,]\d{1,9})?( ?[ap]\.?m\.?)?( ?(utc|gmt))?|[\d:./\- ]*[a-z]{3,9}[\d:./\- ,+]+", re.I
)
_ZONE = re.compile(r"(?<=[\dM.]) ?[A-Z]{3,5}$|\[?[A-Z][a-z]+(/[A-Z]\w+)+\]?$")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}(:\d+)?", re.ASCII)
_PARTED = re.compile(r"\d:\d|\d[-/.]\w+[-/.]\d", re.ASCII)


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number, with a decimal point or comma."""
    return _NUMBER.fullmatch(cell.strip("'\" ")) is not None


def is_grouped(cell: str) -> bool:
    """Whether a cell holds a number whose thousands are parted by a mark.

    Examples
    --------
    >>> [is_grouped(cell) for cell in ("1,234.5", "1.234,5", "1'234", "1 234,50", "1,5", "1.234", "25.03.2024")]
    [True, True, True, True, False, False, False]
    """
    return _GROUPED.fullmatch(cell.strip("'\" ")) is not None


def is_time(cell: str) -> bool:
    """Whether a cell holds a time of day or a date; the name of a zone may stand behind it.

    Examples
    --------
    >>> [is_time(cell) for cell in ("10:00:00.004", "2020-01-01T10:00:00Z", "[0:01.5]", "24-Sep-2020 10:00:00", "0.5")]
    [True, True, True, True, False]
    >>> is_time("2024-03-05 10:00:00 CEST"), is_time("2024-03-05T10:00:00+01:00[Europe/Berlin]"), is_time("10.0.0.1")
    (True, True, False)
    """
    plain = _ZONE.sub("", cell.strip("'\"[] "))
    return (
        _ADDRESS.fullmatch(plain) is None and _PARTED.search(plain) is not None and _TIME.fullmatch(plain) is not None
    )


def kind_of_cell(cell: str) -> str:
    """Return number, time, nothing or word."""
    plain = cell.strip("'\" ")
    if plain.lower() in _NOTHING:
        return "nothing"
    if is_number(plain) or is_grouped(plain):
        return "number"
    return "time" if is_time(plain) else "word"


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
    >>> cells_of_lines(b'"a,b",2\n', ",").tolist()
    [2]
    """
    symbols = np.frombuffer(text if text.endswith(b"\n") else text + b"\n", np.uint8)
    if delimiter == WHITESPACE:
        return _by_line(text, delimiter) if b'"' in text else _words_of_lines(symbols)
    places = ends_of_cells(symbols, delimiter)
    is_end = symbols[places] == ord("\n")
    if b'"' in text:
        quotes = np.searchsorted(np.flatnonzero(symbols == ord('"')), places)
        outside = quotes % 2 == 0  # as many quotes close as open in front of it
        if not outside[is_end].all():
            return _by_line(text, delimiter)
        places, is_end = places[outside], is_end[outside]
    return _without_blank(_between_ends(is_end), places[is_end], symbols)


def ends_of_cells(symbols: npt.NDArray[np.uint8], delimiter: str) -> npt.NDArray[np.int64]:
    """Return where the delimiters and the ends of lines are in a text."""
    return np.flatnonzero((symbols == ord("\n")) | (symbols == ord(delimiter)))


def _without_blank(
    counts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], symbols: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Return the cells of each line, with 0 where the only one of a line is blank."""
    alone = np.flatnonzero(counts == 1)
    if len(alone):
        inked = np.diff(np.cumsum(symbols > ord(" "), dtype=np.int64)[ends], prepend=0) > 0
        counts[alone] = inked[alone]
    return counts


def _between_ends(is_end: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the cells of each line, by which of the marks between cells are ends of lines."""
    return np.diff(np.flatnonzero(is_end), prepend=-1)


def _words_of_lines(symbols: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    ink = (symbols != ord(" ")) & (symbols != ord("\t")) & (symbols != ord("\n"))
    begins = ink & ~np.concatenate([[False], ink[:-1]])
    return _between_ends((symbols == ord("\n"))[begins | (symbols == ord("\n"))]) - 1


def _by_line(text: bytes, delimiter: str) -> npt.NDArray[np.int64]:
    lines = text.decode("latin-1").removesuffix("\n").split("\n")
    blank = " " if delimiter == "\t" else " \t"
    return np.array([len(split_fields(line, delimiter)) if line.strip(blank) else 0 for line in lines])

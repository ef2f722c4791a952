"""The layout of a table of text: what parts the columns, where the rows begin, and how columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from offbeat.files.cells import WHITESPACE, split_fields
from offbeat.files.text.cells import kind_of_cell, kind_of_column
from offbeat.files.text.header import Dialect, is_ruler, names_above
from offbeat.files.text.numbers import Marks, marks_of

__all__ = ["TOP", "Layout", "delimiter_of_rows", "read_layout", "rows_among"]

TOP = 1000
"""Lines that are looked at; the rows must have begun in the middle of them."""

_SAMPLED = 40  # lines that say what columns hold
_MOST_CELLS = 100_000  # of them, so that a table of very many columns is told in a moment
_PROBED = 20_000  # characters of a line that tell the delimiter
_DELIMITERS = ("\t", ";", "|", ",", WHITESPACE)
_DIGIT = re.compile(r"\d")
_STATED = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How to read the lines.

    Parameters
    ----------
    delimiter : str
        What parts the columns; empty where there is one.
    on_top : int
        How many lines stand above the rows.
    names, units, kinds : tuple of str
        One a column; names and units are empty where the file has none. A kind is number, time, word or nothing.
    named : bool
        Whether the names stand in the file.
    marks : Marks
        How numbers are written.
    notes : tuple of str
        What could have been read in another way.
    padded : bool
        Whether there are blanks in front of delimiters and ends of lines.
    """

    delimiter: str
    on_top: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    named: bool
    marks: Marks
    notes: tuple[str, ...] = ()
    padded: bool = False

    def fields(self, line: str) -> list[str]:
        """Return the cells of a line."""
        return _fields(line, self.delimiter)


def read_layout(path: Path, top: Sequence[str], dialect: Dialect) -> Layout:
    """Recognise the layout of a table by its first lines.

    Parameters
    ----------
    path : Path
        What errors call the file.
    top : sequence of str
        Its first lines.
    dialect : Dialect
        What such tables have above their rows.

    Raises
    ------
    FormatError
        If they are not those of a table.
    """
    inked = [line for line in top if line.strip()]
    sampled = rows_among(inked)
    stated = next((found[1] for line in inked[:1] if (found := _STATED.fullmatch(line))), "")
    delimiter, note = (stated, "") if stated in _DELIMITERS else delimiter_of_rows(sampled)
    rows = [row for line in sampled if (row := _fields(line, delimiter))]
    width = _width(rows, several=bool(delimiter))
    if width > dialect.widest:
        raise dialect.too_wide(path, width)
    even = [row for row in rows if len(row) == width][: max(2, _MOST_CELLS // max(1, width))]
    columns = list(zip(*even, strict=True))
    kinds = tuple(map(kind_of_column, columns))
    marks = marks_of([column for column, kind in zip(columns, kinds, strict=True) if kind == "number"], delimiter)
    on_top = _first_row(path, top, delimiter, kinds, dialect)
    # R leaves the numbers or names of rows without one; between commas the others may be parts of decimal numbers.
    of_r = (
        bool(columns)
        and (delimiter != "," or all(line.startswith('"') for line in sampled))
        and (kinds[0] in ("word", "time") or _counts_on(columns[0]))
    )
    lacks_first = dialect.may_lack_first_name or of_r
    header = names_above(path, top[:on_top], lambda line: _fields(line, delimiter), kinds, dialect, lacks_first)
    notes = tuple(filter(None, (note, marks.note)))
    padded = any(f" {delimiter}" in line or line.endswith(" ") for line in sampled)
    return Layout(delimiter, on_top, header.names, header.units, kinds, header.found, marks, notes, padded)


def _fields(line: str, delimiter: str) -> list[str]:
    return [line.strip()] if not delimiter else split_fields(line, delimiter)


def rows_among(lines: Sequence[str]) -> Sequence[str]:
    """Return lines that are surely rows: some at the end of those given, or all where there are no numbers in these."""
    last = lines[len(lines) // 2 :][-_SAMPLED:]
    return last if any(map(_DIGIT.search, last)) else lines[-_SAMPLED:]


def _counts_on(cells: Sequence[str]) -> bool:
    """Whether numbers of rows stand in a column."""
    whole = [int(plain) for cell in cells if (plain := cell.strip("'\"")).isdecimal() and len(plain) < 16]
    return len(whole) == len(cells) > 1 and all(b - a == 1 for a, b in pairwise(whole))


def delimiter_of_rows(lines: Sequence[str]) -> tuple[str, str]:
    """Return what parts the columns, nothing where there is one column; and a note where it could be otherwise.

    It is the mark that parts most lines into equally many cells with as few words as possible. Blanks stand inside of
    times and remarks as well: where they leave words, a mark that parts all lines alike goes first.
    """
    best, most, best_is_even = "", 0.0, False
    lines = [line[:_PROBED] for line in lines]
    for mark in _DELIMITERS:
        rows = [split_fields(line, mark) for line in lines]
        width = _width(rows, several=True)
        even = [row for row in rows if len(row) == width]
        if width < 2 or 2 * len(even) < len(rows):
            continue
        cells = [cell for row in even[: max(2, _MOST_CELLS // 10 // width)] for cell in row]
        if mark == WHITESPACE and best_is_even and any(kind_of_cell(cell) == "word" for cell in cells):
            continue
        plain = 0.01 + sum(kind_of_cell(cell) != "word" for cell in cells) / len(cells) * len(even) / len(rows)
        if plain > most:
            best, most, best_is_even = mark, plain, len(even) == len(rows) > 1
    if best == "," and all(re.fullmatch(r"\s*[-+]?\d+,\d+\s*", line) for line in lines):
        parts = [line.strip().split(",") for line in lines]
        # No program writes whole numbers as 05 or -0.
        if any((b[0] == "0" and len(b) > 1) or a.startswith("-0") for a, b in parts) and len({*parts[0]}) > 1:
            return "", "'0,05' was read as a decimal number, not as two columns"
    return best, ""


def _width(rows: Sequence[Sequence[str]], several: bool = False) -> int:
    """Return the most frequent number of cells, the smaller one where two are; of ``several``, more than one."""
    counts = Counter(len(row) for row in rows if len(row) > several)
    return min(counts, key=lambda width: (-counts[width], width)) if counts else 0


def _first_row(path: Path, top: Sequence[str], delimiter: str, kinds: Sequence[str], dialect: Dialect) -> int:
    """Return the first line that holds a row: numbers, times, and no words, where the columns have them."""
    rows = [_fields(line, delimiter) for line in top[:2]]
    begin = int(bool(rows) and dialect.is_numbering(rows[0], rows[1] if len(rows) > 1 else None))
    is_row = _row_teller(kinds)
    empty = None
    for place, line in enumerate(top[begin:], start=begin):
        row = _fields(line, delimiter) if line.strip() else []
        if len(row) != len(kinds) or is_ruler(line):
            empty = None
            continue
        found = [kind_of_cell(cell) for cell in row]
        if {cell for cell, kind in zip(found, kinds, strict=True) if kind != "word"} == {"nothing"}:
            # A recording may begin with rows without any value.
            empty = place if empty is None else empty
        elif is_row(found):
            return place if empty is None else empty
        else:
            empty = None
    if empty is not None:
        return empty
    return dialect.without_rows(path, top, lambda line: _fields(line, delimiter))


def _row_teller(kinds: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    """Return what tells by the kinds of its cells whether a line is a row of columns of these kinds."""
    numbers = [i for i, kind in enumerate(kinds) if kind == "number"]
    empty = [i for i, kind in enumerate(kinds) if kind == "nothing"]
    times = [i for i, kind in enumerate(kinds) if kind == "time"]

    def is_row(found: Sequence[str]) -> bool:
        plain = [found[i] in ("number", "nothing") for i in numbers]
        known = any(found[i] == "number" for i in (*numbers, *empty)) or bool(times)
        fits = not plain or (plain[0] and 2 * sum(plain) >= len(plain))
        return known and fits and all(found[i] == "time" for i in times)

    return is_row

"""The lines above the rows of a table: which of them name the columns, and which their units."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from offbeat.errors import FormatError
from offbeat.files.text.cells import is_number, is_time

__all__ = ["Dialect", "Header", "Split", "is_ruler", "names_above", "without_mark"]

_MARK = re.compile(r"^\s*[\"']?(#|%|//|\*|!|;|--)+(?![\"'])\s*")

_RULER = re.compile(r"\s*[|+]?\s*:?[-=]{3,}:?(\s*[|+,;\t ]\s*:?[-=]{3,}:?)+\s*[|+]?\s*")
_COMMENT = re.compile(r"comments?|remarks?|notes?|bemerkung(en)?|kommentare?", re.IGNORECASE)
_UNITS = re.compile(r"units?|einheit(en)?|unités?|statistic|aggregation", re.IGNORECASE)

Split = Callable[[str], list[str]]
"""Parts a line into its cells."""


class Dialect(Protocol):
    """What tables of one kind have above their rows."""

    @property
    def widest(self) -> int:
        """The most columns that are read."""

    @property
    def may_lack_first_name(self) -> bool:
        """Whether the first column may have no name, whatever it holds and whatever parts the columns."""

    def too_wide(self, path: Path, width: int) -> FormatError:
        """Return the error for a table with more columns."""

    def is_fact(self, line: str) -> bool:
        """Whether a line says something of the table, and names no columns."""

    def is_unit(self, cell: str) -> bool:
        """Whether a cell names a unit, or nothing."""

    def is_numbering(self, first: Sequence[str], second: Sequence[str] | None) -> bool:
        """Whether the first line merely counts the columns."""

    def without_rows(self, path: Path, top: Sequence[str], split: Split) -> int:
        """Return how many lines stand above the rows where none looks like a row; or raise FormatError."""

    def check_rest(
        self, path: Path, rest: Sequence[tuple[int, list[str]]], first: int, width: int, named: bool
    ) -> None:
        """Refuse lines above row number ``first`` and below the names, if any, that look like rows, or like names.

        Each line comes with its number in the file, from 1, and as its cells.
        """


@dataclass(frozen=True)
class Header:
    """The names and units of columns, empty where there are none, and whether names were found."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    found: bool


def without_mark(line: str) -> tuple[str, bool]:
    """Return a line without the mark of a comment in front of it, and whether there was one."""
    plain = _MARK.sub("", line)
    return plain, plain != line and _MARK.match(line) is not None


def is_ruler(line: str) -> bool:
    """Whether a line is drawn between names and rows, such as ``|---|---|`` or ``-----+-----``."""
    return _RULER.fullmatch(line) is not None


def names_above(
    path: Path, above: Sequence[str], split: Split, kinds: Sequence[str], dialect: Dialect, lacks_first: bool
) -> Header:
    """Return how the columns of a table are called.

    Parameters
    ----------
    path : Path
        What errors call the file.
    above : sequence of str
        The lines above the rows.
    split : callable
        Parts a line into its cells.
    kinds : sequence of str
        What the columns hold.
    dialect : Dialect
        What such tables have above their rows.
    lacks_first : bool
        Whether a name less than there are columns means that the first has none.

    Raises
    ------
    FormatError
        If there are lines above that can be neither names nor remarks.
    """
    width = len(kinds)
    units: list[str] = []
    odd = 0
    found: list[list[str]] = []
    rest: list[tuple[int, list[str]]] = []
    for place in range(len(above), 0, -1):
        line, comment = without_mark(above[place - 1])
        is_remark = comment and bool(found) and _is_complete(found[-1])
        if is_remark or not line.strip() or is_ruler(above[place - 1]) or dialect.is_fact(above[place - 1]):
            if found:
                break
            continue
        row = _fitted(line, split, kinds, lacks_first)
        if row is None:
            if found:
                break
            if not comment:
                rest.append((place, split(line)))
                odd = place if len(rest[-1][1]) == width > 1 else odd
        elif not any(row):
            continue
        elif not found and _are_units(row, dialect) and place > 1:
            units = row
        elif odd:
            raise FormatError(
                f"expected numbers below the header of {path}, but line {odd} holds {above[odd - 1].strip()[:40]!r}: "
                "correct it, or leave it out"
            )
        else:
            found.append(row)
            if _is_complete(row) and row[0]:
                break
    if units and not any(len(set(row)) == len(row) for row in found):
        # These are names such as a and b, or say what differs between columns of one name, such as mean and max.
        found, units = [units, *found], []
    dialect.check_rest(path, rest, len(above) + 1, width, named=bool(found))
    names = _best(found) if found else [""] * width
    return Header(tuple(names), tuple(units or [""] * width), bool(found))


def _best(rows: Sequence[list[str]]) -> list[str]:
    """Return the names among rows of words, the nearest to the values first.

    One row has a name for each column; or else the topmost that does names them, as loggers write units and the kind of
    mean below; or else names are made of all the words above a column. A word that spans several columns stands above
    the first of them.
    """
    complete = [row for row in rows if _is_complete(row) and row[0] and (row[-1] or not rows[0][-1])]
    if complete or len(rows) == 1:
        return complete[-1] if complete else rows[0]
    spread = [rows[0], *(_spread(row, below) for below, row in pairwise(rows))]
    return [" ".join(dict.fromkeys(filter(None, column[::-1]))) for column in zip(*spread, strict=True)]


def _spread(row: Sequence[str], below: Sequence[str]) -> list[str]:
    """Return words above columns, each above all those that have a name below and no word of their own above."""
    found: list[str] = []
    word = ""
    for own, name in zip(row, below, strict=True):
        word = (own or word) if name else ""
        found.append(word if name else own)
    return found


def _is_complete(row: Sequence[str]) -> bool:
    """Whether each column has a name of its own, but for the numbers of rows and what a delimiter at the end leaves."""
    named = row[1 if not row[0] else 0 : -1 if not row[-1] and len(row) > 1 else None]
    return all(named) and len(set(named)) == len(named) and bool(named)


def _are_units(row: Sequence[str], dialect: Dialect) -> bool:
    """Whether a row of words names units, or how values were summed up; its first cell may say so."""
    return all(map(dialect.is_unit, row[1:])) and (dialect.is_unit(row[0]) or _UNITS.fullmatch(row[0]) is not None)


def _fitted(line: str, split: Split, kinds: Sequence[str], lacks_first: bool) -> list[str] | None:
    """Return the cells of a line of names, as many as there are columns; None where it is no such line."""
    if len(kinds) == 1:
        alone = line.strip().strip("'\"")
        return None if re.search(r"[,;:=\t]|^[-+.]?\d", alone) else [alone]
    row = [cell.strip("'\" ") for cell in split(line)]
    if len(row) == len(kinds) + 1 and (not row[-1] or _COMMENT.fullmatch(row[-1])):  # which rows may leave away
        row = row[:-1]
    if len(row) == len(kinds) - 1 > 0 and kinds[-1] == "nothing":  # rows end with a delimiter
        row = [*row, ""]
    elif len(row) == len(kinds) - 1 > 0 and lacks_first and not any(map(is_time, row)):
        row = ["", *row]  # or begin with a number that has no name
    if len(row) == len(kinds) and any(kind == "time" and is_time(cell) for cell, kind in zip(row, kinds, strict=True)):
        return None  # a row whose other cells are odd
    numbers = [is_number(cell) for cell in row if cell]
    return row if len(row) == len(kinds) and (not any(numbers) or all(numbers) or _count_on(row)) else None


def _count_on(row: Sequence[str]) -> bool:
    """Whether names count the columns from 0 or 1 on, but for words at the ends, as in ``label,0,1,2``."""
    words = [i for i in (0, len(row) - 1) if not is_number(row[i])]
    inner = [cell for i, cell in enumerate(row) if i not in words]
    return len(inner) > 1 and inner[0] in ("0", "1") and inner == [str(int(inner[0]) + i) for i in range(len(inner))]

"""The layout of a table of samples: what parts the columns, where the samples begin, and how columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offbeat.errors import FormatError
from offbeat.files.cells import WHITESPACE, split_fields
from offbeat.records.clock import time_unit
from offbeat.records.text.cells import is_number, kind_of_cell, kind_of_column
from offbeat.records.text.facts import is_fact, without_mark
from offbeat.records.units import is_counts, split_unit, voltage

__all__ = ["LONGEST_LINE", "TOP", "Layout", "read_layout"]

TOP = 1000
"""Lines that are looked at; the samples must have begun in the middle of them."""

LONGEST_LINE = 1 << 20
_SAMPLED = 40  # lines that say what columns hold
_WIDEST = 1000
_DELIMITERS = ("\t", ";", "|", ",", WHITESPACE)


@dataclass(frozen=True)
class Layout:
    """How to read the lines.

    Parameters
    ----------
    delimiter : str
        What parts the columns.
    on_top : int
        How many lines stand above the samples.
    names, units, kinds : tuple of str
        One a column; units are empty where none is named. A kind is number, time, word or nothing.
    named : bool
        Whether the names stand in the file.
    decimal : str
        The decimal mark.
    note : str
        What could have been read in another way.
    """

    delimiter: str
    on_top: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    kinds: tuple[str, ...]
    named: bool
    decimal: str
    note: str = ""


def read_layout(path: Path, top: Sequence[str]) -> Layout:
    """Recognise the layout of a table by its lines on top.

    Parameters
    ----------
    path : Path
        What errors call the file.
    top : sequence of str
        Its first lines.

    Raises
    ------
    FormatError
        If they are not those of a table of samples.
    """
    inked = [line for line in top if line.strip()]
    sampled = inked[len(inked) // 2 :][-_SAMPLED:] if len(inked) > 1 else inked
    delimiter, note = _delimiter(sampled)
    rows = [row for line in sampled if (row := _fields(line, delimiter))]
    width = _width(rows, several=bool(delimiter))
    if width > _WIDEST:
        raise FormatError(
            f"expected one sample a line and up to {_WIDEST:,} columns, but {path} has {width:,} in a line: exchange "
            "lines and columns"
        )
    even = [row for row in rows if len(row) == width]
    kinds = tuple(kind_of_column(row[i] for row in even) for i in range(width))
    decimal = "," if any("," in cell and is_number(cell) for row in even for cell in row) else "."
    on_top = _first_row(path, top, delimiter, kinds)
    names, units, named = _header(path, top[:on_top], delimiter, kinds)
    return Layout(delimiter, on_top, names, units, kinds, named, decimal, note)


def _fields(line: str, delimiter: str) -> list[str]:
    return [line.strip()] if not delimiter else split_fields(line, delimiter)


def _delimiter(lines: Sequence[str]) -> tuple[str, str]:
    """Return what parts the columns, nothing where there is one column; and a note where it could be otherwise.

    It is the mark that parts most lines into equally many cells with as few words as possible.
    """
    best, most = "", 0.0
    for mark in _DELIMITERS:
        rows = [split_fields(line, mark) for line in lines]
        width = _width(rows, several=True)
        even = [row for row in rows if len(row) == width]
        if width < 2 or 2 * len(even) < len(rows):
            continue
        cells = [cell for row in even for cell in row]
        plain = 0.01 + sum(kind_of_cell(cell) != "word" for cell in cells) / len(cells)
        if plain > most:
            best, most = mark, plain
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


def _first_row(path: Path, top: Sequence[str], delimiter: str, kinds: Sequence[str]) -> int:
    """Return the first line that holds samples: numbers, and no words, where the columns have numbers."""
    numbers = [i for i, kind in enumerate(kinds) if kind == "number"]
    times = [i for i, kind in enumerate(kinds) if kind == "time"]
    empty = None
    top = _without_numbered_header(top, delimiter)
    for place, line in enumerate(top):
        row = _fields(line, delimiter) if line.strip() else []
        if len(row) != len(kinds):
            empty = None
            continue
        found = [kind_of_cell(cell) for cell in row]
        plain = [found[i] in ("number", "nothing") for i in numbers]
        some = any(found[i] == "number" for i in numbers)
        if set(found) == {"nothing"}:  # a recording may begin with a time without any value
            empty = place if empty is None else empty
        elif some and plain[0] and 2 * sum(plain) >= len(plain) and all(found[i] == "time" for i in times):
            return place if empty is None else empty
        else:
            empty = None
    if empty is not None:
        return empty
    raise FormatError(f"expected lines of numbers in {path}, one sample each, but its first {len(top)} lines have none")


def _without_numbered_header(top: Sequence[str], delimiter: str) -> Sequence[str]:
    """Return the lines with a blank one for names that are 0, 1 …, as libraries write where none are given."""
    rows = [_fields(line, delimiter) for line in top[:2]]
    names = list(map(str, range(len(rows[0])))) if rows else []
    counts_on = len(rows) == 2 and rows[1][:1] == ["1"]  # then these are samples with their number
    return ["", *top[1:]] if len(names) > 1 and rows[0] == names and len(rows) == 2 and not counts_on else top


def _header(
    path: Path, above: Sequence[str], delimiter: str, kinds: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Return names and units of the columns, and whether the names stand in the file."""
    units, odd = [""] * len(kinds), 0
    for place in range(len(above), 0, -1):
        line, comment = without_mark(above[place - 1])
        if not line.strip() or is_fact(line):
            continue
        row = _fitted(line, delimiter, kinds)
        if row is None:
            if not comment and len(_fields(line, delimiter)) == len(kinds) > 1:
                odd = place
        elif any(row) and all(map(_is_unit, row)) and any(other.strip() for other in above[: place - 1]):
            units = row
        elif odd:
            raise FormatError(
                f"expected numbers below the header of {path}, but line {odd} holds {above[odd - 1].strip()[:40]!r}: "
                "correct it, or leave it out"
            )
        else:
            split = [split_unit(name) for name in row]
            return (
                tuple(name for name, _ in split),
                tuple(unit or own for (_, own), unit in zip(split, units, strict=True)),
                True,
            )
    return tuple(f"lead {i + 1}" for i in range(len(kinds))), tuple(units), False


def _fitted(line: str, delimiter: str, kinds: Sequence[str]) -> list[str] | None:
    """Return the cells of a line of names, as many as there are columns; None where it is no such line."""
    if len(kinds) == 1:
        alone = line.strip().strip("'\"")
        return None if re.search(r"[,;:=\t]|^[-+.]?\d", alone) else [alone]
    row = [cell.strip("'\" ") for cell in _fields(line, delimiter)]
    if len(row) == len(kinds) + 1 and not row[-1]:
        row = row[:-1]
    if len(row) == len(kinds) - 1 > 0:  # rows end with a delimiter, or begin with a number that has no name
        row = [*row, ""] if kinds[-1] == "nothing" else ["", *row]
    numbers = [is_number(cell) for cell in row if cell]
    return row if len(row) == len(kinds) and (not any(numbers) or all(numbers)) else None


def _is_unit(cell: str) -> bool:
    plain = cell.strip("'\"[]() ")
    return not plain or bool(voltage(plain) or time_unit(plain) or is_counts(plain))

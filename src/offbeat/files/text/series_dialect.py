"""What tables of time series have above their rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from offbeat.errors import FormatError
from offbeat.files.regular import shorten
from offbeat.files.text.cells import kind_of_cell
from offbeat.files.text.header import Split, without_mark
from offbeat.files.text.units import is_unit

__all__ = ["SERIES", "SeriesDialect"]

# Shorter runs of 0, 1, 2 … are rather data than the numbers of the columns.
_SHORTEST_NUMBERING = 5
_FACT = re.compile(r"\s*(\"?sep=.\"?\s*$|[^,;\t|]*[=:]\s*([,;\t|]|$))", re.IGNORECASE)
_LOOKS = (
    (re.compile(r"\s*<(!doctype )?html", re.IGNORECASE), "a web page: download the data itself"),
    (re.compile(r"\s*<"), "XML: save it as CSV"),
    (re.compile(r"\s*[{\[]"), "JSON that is cut short or nested: save one record a line (.jsonl)"),
    (re.compile(r"\s*(import|def|from|#!)\s"), "a program: name the file of the data"),
    (re.compile(r"version https://git-lfs"), "a pointer of Git LFS: fetch the file itself (git lfs pull)"),
)


class SeriesDialect:
    """A line of names or none, and any remarks above."""

    widest = 50_000
    may_lack_first_name = False

    def too_wide(self, path: Path, width: int) -> FormatError:
        """Return the error for a table with more columns."""
        return FormatError(
            f"expected a table of up to {self.widest:,} columns, but {path} has {width:,}: save long series as .npy, "
            "or read it as one long recording (kind='recording')"
        )

    def is_fact(self, line: str) -> bool:
        """Whether a line has a key and a value, such as ``Device: 3`` or ``# unit=degC``, or is ``sep=;``."""
        plain, comment = without_mark(line)
        return (comment and bool(re.search("[:=]", plain))) or _FACT.match(line) is not None

    def is_unit(self, cell: str) -> bool:
        """Whether a cell names a unit, or nothing."""
        return is_unit(cell)

    def is_numbering(self, first: Sequence[str], second: Sequence[str] | None) -> bool:
        """Whether the fields between both ends merely count up, as pandas names columns that have no names."""
        inner = list(first[1:-1])
        if len(inner) < _SHORTEST_NUMBERING or inner[0] not in ("0", "1", "2"):
            return False
        counts = inner == [str(int(inner[0]) + i) for i in range(len(inner))]
        return counts and (second is None or inner != list(second[1:-1]))

    def without_rows(self, path: Path, top: Sequence[str], split: Split) -> int:
        """Return the place of the first row where rows hold nothing, or of the line behind the names where none is.

        Raises
        ------
        FormatError
            If there are only words; the message says what the file looks like.
        """
        inked = [place for place, line in enumerate(top) if line.strip()]
        kinds = [list(map(kind_of_cell, split(top[place]))) for place in inked]
        if any("nothing" in row for row in kinds) and len(set(map(len, kinds))) == 1:
            return inked[int("nothing" not in kinds[0])]
        if len(inked) == 1 and (len(kinds[0]) > 1 or re.fullmatch(r"\w+", top[inked[0]].strip())):
            return inked[0] + 1
        looks = next((what for mark, what in _LOOKS if mark.match(top[inked[0]])), "")
        raise FormatError(
            f"expected a table of numbers, but {path} looks like {looks}"
            if looks
            else f"expected a table of numbers, but the first {len(inked)} lines of {path} hold words, such as "
            f"{top[inked[0]].strip()[:40]!r}: name the file of the data, or leave such lines out"
        )

    def check_rest(
        self, path: Path, rest: Sequence[tuple[int, list[str]]], first: int, width: int, named: bool
    ) -> None:
        """Refuse a line that is cut short, and one right above the rows that names other columns than there are.

        Raises
        ------
        FormatError
            If there is one; the message names it.
        """
        for place, cells in reversed(rest):
            kinds = set(map(kind_of_cell, cells))
            if named and len(cells) == width and kinds == {"word", "number"}:
                continue  # a key and its value
            if named and len(cells) != width:
                raise FormatError(self._uneven(path, width, place, len(cells)))
            if len(cells) > 1 and ("word" not in kinds or len(cells) == width):
                same = len(cells) == width
                shown = shorten(cells)
                raise FormatError(
                    f"expected names or values in line {place} of {path}, got {shown}: correct it, or leave it out"
                    if same
                    else self._uneven(path, len(cells), first, width)
                )
            if len(cells) > 1 and place == first - 1:
                raise FormatError(self._other_width(path, first, cells, width))

    def _uneven(self, path: Path, width: int, place: int, count: int) -> str:
        return (
            f"expected {width} columns in each line of {path}, but line {place} has {count}: is the file cut short, or "
            "are the series of different lengths?"
        )

    def _other_width(self, path: Path, first: int, names: list[str], width: int) -> str:
        way = "name each column, or leave the names out"
        if width > len(names) and set(map(kind_of_cell, names)) == {"word"}:
            way += "; numbers with a decimal comma need ';' between the columns"
        return (
            f"expected {len(names)} columns in each line of {path}, as line {first - 1} has, but line {first} has "
            f"{width}: {way}"
        )


SERIES = SeriesDialect()
"""The dialect of tables of time series."""

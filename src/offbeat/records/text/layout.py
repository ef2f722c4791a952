"""The layout of a table of samples: that of any table, with units in the names of the leads or below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offbeat.errors import FormatError
from offbeat.files.text.header import Split
from offbeat.files.text.layout import Layout
from offbeat.files.text.layout import read_layout as read_layout_of_table
from offbeat.records.clock import time_unit
from offbeat.records.text.facts import is_fact
from offbeat.records.units import is_counts, split_unit, voltage

__all__ = ["read_layout"]


def read_layout(path: Path, top: Sequence[str]) -> Layout:
    """Recognise the layout of a table of samples by its lines on top.

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
    layout = read_layout_of_table(path, top, _Dialect())
    if not layout.named:
        return replace(layout, names=tuple(f"lead {i + 1}" for i in range(len(layout.names))))
    split = [split_unit(name) for name in layout.names]
    units = [unit or own for (_, own), unit in zip(split, layout.units, strict=True)]
    return replace(layout, names=tuple(name for name, _ in split), units=tuple(units))


class _Dialect:
    """A line of names or none; above it anything, of which some lines say what the samples are."""

    widest = 1000
    may_lack_first_name = True

    def too_wide(self, path: Path, width: int) -> FormatError:
        return FormatError(
            f"expected one sample a line and up to {self.widest:,} columns, but {path} has {width:,} in a line: "
            "exchange lines and columns"
        )

    def is_fact(self, line: str) -> bool:
        return is_fact(line)

    def is_unit(self, cell: str) -> bool:
        plain = cell.strip("'\"[]() ")
        return not plain or bool(voltage(plain) or time_unit(plain) or is_counts(plain))

    def is_numbering(self, first: Sequence[str], second: Sequence[str] | None) -> bool:
        """Whether names are 0, 1 …, as libraries write where none are given; samples with their number go on by 1."""
        counts = len(first) > 1 and list(first) == [str(i) for i in range(len(first))]
        return counts and second is not None and list(second[:1]) != ["1"]

    def without_rows(self, path: Path, top: Sequence[str], split: Split) -> int:
        raise FormatError(
            f"expected lines of numbers in {path}, one sample each, but its first {len(top)} lines have none"
        )

    def check_rest(
        self, path: Path, rest: Sequence[tuple[int, list[str]]], first: int, width: int, named: bool
    ) -> None:
        """Take any lines: without a mark of comments, too, they may say something of the samples."""

"""Text with one row a line: count its columns line by line, then hand it to pandas."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import pandas as pd

from offbeat.data.readers.files import numbered_lines
from offbeat.data.readers.wide import WideTable
from offbeat.errors import FormatError
from offbeat.files.cells import WHITESPACE, delimiter_of, read_number, split_fields

__all__ = ["Top", "line_of_row", "one_line", "read_rows", "top_of"]


class Top(NamedTuple):
    """The first two lines of a text that are not blank, split into fields."""

    number: int
    """Of the first of them in the file, from 1."""
    first: list[str]
    second: list[str] | None
    delimiter: str


def top_of(path: Path, delimiters: str, otherwise: str) -> Top:
    """Return the first two lines of a text, split at the delimiter that they have.

    Raises
    ------
    FormatError
        If all lines are blank, or the text is not UTF-8.
    """
    top = list(islice(numbered_lines(path), 2))
    if not top:
        raise FormatError(f"expected at least one series, but {path} holds only blank lines")
    delimiter = delimiter_of([line for _, line in top], delimiters, otherwise)
    first, *rest = [split_fields(line, delimiter) for _, line in top]
    return Top(top[0][0], first, rest[0] if rest else None, delimiter)


def read_rows(path: Path, delimiter: str, header_line: int = 0) -> pd.DataFrame:
    """Return the rows below line ``header_line`` as a frame with columns 0, 1, …; missing cells are NaN.

    Raises
    ------
    FormatError
        If the lines do not all have as many columns, or the text is not UTF-8.
    """
    # pandas fills short lines up with NaN without a word, so they are counted first.
    n_lines = _check_counts(path, delimiter)
    try:
        if n_lines is None:
            frame = _parse(path, delimiter, header_line)
        else:
            # Python ends the lines: pandas goes on forever at a carriage return that blanks follow.
            with path.open(encoding="utf-8-sig") as lines:
                frame = _parse(lines, delimiter, header_line)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    if n_lines is not None and len(frame) != n_lines - (header_line > 0):
        raise FormatError(f"expected one row a line in {path}, but some cell in quotes runs on: close its quotes")
    below = ((f"line {number}", line) for number, line in numbered_lines(path) if number > header_line)
    _refuse_overflow(frame, path, ((place, split_fields(line, delimiter)) for place, line in below))
    return frame


def _parse(source: Path | IO[str], delimiter: str, header_line: int) -> pd.DataFrame:
    return pd.read_csv(
        source,
        sep=delimiter,
        header=None,
        skiprows=header_line,
        skipinitialspace=True,
        na_values=["?"],
        encoding="utf-8-sig",
        float_precision="round_trip",  # else the last bit may be lost
        low_memory=False,  # in chunks a column could get a type for each chunk
    )


def _refuse_overflow(frame: pd.DataFrame, path: Path, rows: Iterable[tuple[str, list[str]]]) -> None:
    """Refuse numbers that are too large, which pandas reads as infinite; a cell that reads inf is allowed."""
    floats = frame.select_dtypes("float64").to_numpy()
    infinite = np.flatnonzero(np.isinf(floats).any(axis=1))
    wanted = set(infinite.tolist())
    for row, (place, cells) in enumerate(islice(rows, int(infinite[-1]) + 1 if wanted else 0)):
        for position, cell in enumerate(cells if row in wanted else ()):
            if _overflows(cell):
                raise FormatError(
                    f"expected a number up to 1.8e308 at {place}, column {position + 1} of {path}, got {cell[:40]!r}: "
                    "correct it, or leave it empty"
                )


def _overflows(cell: str) -> bool:
    try:
        read_number(cell)
    except OverflowError:
        return True
    except ValueError:
        pass
    return False


def one_line(path: Path, fields: list[str]) -> WideTable:
    """Return the values that stand side by side on the only line of a file as one column."""
    text = io.StringIO("\n".join([*fields, ""]))
    frame = pd.read_csv(
        text,
        header=None,
        sep="\0",
        na_values=["?"],
        skip_blank_lines=False,
        float_precision="round_trip",
        low_memory=False,
    )
    _refuse_overflow(frame, path, ((f"value {i} of the line", [field]) for i, field in enumerate(fields, start=1)))
    return WideTable(path, frame, None, lambda row: f"value {row + 1} of the line")


def _check_counts(path: Path, delimiter: str) -> int | None:
    """Return how many lines there are that are not blank, None where none of them can hide in quotes."""
    # Line by line is slow for millions of them, and only needed to name the one that is wrong.
    if delimiter != WHITESPACE and _is_even(path.read_bytes(), delimiter.encode()):
        return None
    expected = n_lines = 0
    for number, line in numbered_lines(path):
        count = _count_fields(line, delimiter)
        if expected and count != expected:
            raise FormatError(
                f"expected {expected} columns in each line of {path}, as in the lines above, but line {number} has "
                f"{count}: is the file cut short, or are the series of different lengths?"
            )
        expected, n_lines = count, n_lines + 1
    return n_lines


def _is_even(content: bytes, delimiter: bytes) -> bool:
    """Whether all lines surely have as many columns; no is no proof that they have not."""
    if any(special in content for special in (b'"', b"\0")) or content.count(b"\r") != content.count(b"\r\n"):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    symbols = np.frombuffer(content if content.endswith(b"\n") else content + b"\n", dtype=np.uint8)
    fences = symbols[(symbols == delimiter[0]) | (symbols == ord("\n"))] == ord("\n")
    ends = np.flatnonzero(fences)
    return bool(np.all(np.diff(ends, prepend=-1) == ends[0] + 1))


def _count_fields(line: str, delimiter: str) -> int:
    if delimiter == WHITESPACE or '"' in line:
        return len(split_fields(line, delimiter))
    return line.count(delimiter) + 1


def line_of_row(path: Path, header_line: int = 0) -> Callable[[int], str]:
    """Return a function that names the line of the file that a row of the frame stands on."""

    def place(row: int) -> str:
        lines = (number for number, _ in numbered_lines(path) if number > header_line)
        return f"line {next(number for index, number in enumerate(lines) if index == row)}"

    return place

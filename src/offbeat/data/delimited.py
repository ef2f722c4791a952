"""Text with one row a line: count its columns line by line, then hand it to pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.data.files import numbered_lines
from offbeat.data.wide import WideTable
from offbeat.errors import FormatError

__all__ = ["line_of_row", "one_line", "read_rows", "split_fields"]

WHITESPACE = r"\s+"


def split_fields(line: str, delimiter: str) -> list[str]:
    """Return the stripped fields of one line.

    Examples
    --------
    >>> split_fields('1, "a, b", 3', ",")
    ['1', 'a, b', '3']
    """
    if delimiter == WHITESPACE:
        return line.split()
    return [field.strip() for field in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]


def read_rows(path: Path, delimiter: str, header_line: int = 0) -> pd.DataFrame:
    """Return the rows below line ``header_line`` as a frame with columns 0, 1, …; missing cells are NaN.

    Raises
    ------
    FormatError
        If the lines do not all have as many columns, or the text is not UTF-8.
    """
    # pandas fills short lines up with NaN without a word, so they are counted first.
    _check_counts(path, delimiter)
    try:
        return pd.read_csv(
            path,
            sep=delimiter,
            header=None,
            skiprows=header_line,
            skipinitialspace=True,
            na_values=["?"],
            encoding="utf-8-sig",
            float_precision="round_trip",  # else the last bit may be lost
            low_memory=False,  # in chunks a column could get a type for each chunk
        )
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except pd.errors.ParserError as error:
        raise FormatError(f"{path} is not a table of text: {error}") from error


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
    return WideTable(path, frame, None, lambda row: f"value {row + 1} of the line")


def _check_counts(path: Path, delimiter: str) -> None:
    # Line by line is slow for millions of them, and only needed to say which one is wrong.
    if delimiter != WHITESPACE and _is_even(path.read_bytes(), delimiter.encode()):
        return
    expected = 0
    for number, line in numbered_lines(path):
        count = _count_fields(line, delimiter)
        if expected and count != expected:
            raise FormatError(
                f"expected {expected} columns in each line of {path}, as in the lines above, but line {number} has "
                f"{count}: is the file cut short, or are the series of different lengths?"
            )
        expected = count


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
    """Return a function that says on which line of the file a row of the frame stands."""

    def place(row: int) -> str:
        lines = (number for number, _ in numbered_lines(path) if number > header_line)
        return f"line {next(number for index, number in enumerate(lines) if index == row)}"

    return place

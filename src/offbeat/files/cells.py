"""One line of text and the cells in it: what parts them, and which number a cell is."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence

__all__ = ["WHITESPACE", "delimiter_of", "read_number", "split_fields"]

WHITESPACE = r"\s+"
"""The delimiter of columns that blanks and tabs part."""


def delimiter_of(line: str, marks: Sequence[str], default: str) -> str:
    """Return the first of the marks that stands in a line outside of quotes.

    Examples
    --------
    >>> delimiter_of('"load; mean",memory', ";,", WHITESPACE)
    ','
    """
    outside = line.split('"')[::2]
    return next((mark for mark in marks if any(mark in part for part in outside)), default)


def split_fields(line: str, delimiter: str) -> list[str]:
    """Return the stripped fields of one line.

    Raises
    ------
    csv.Error
        If a field in quotes is too long.

    Examples
    --------
    >>> split_fields('1, "a, b", 3', ",")
    ['1', 'a, b', '3']
    """
    if delimiter == WHITESPACE:  # other blanks than these two part nothing, for pandas neither
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

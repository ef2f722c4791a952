"""Values between commas, semicolons or tabs; below a header or without one."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from offbeat.app.lines.values import BadLine, is_missing, is_number, number
from offbeat.errors import DataError
from offbeat.files.cells import delimiter_of
from offbeat.files.text.rewriting import with_milliseconds

__all__: list[str] = []

_DELIMITERS = (",", ";", "\t")
_TIME = re.compile(r"\d+[-:/.T]\d", re.ASCII)


class NoColumns(DataError):
    """A header without the fitted channels: no line below it can be read."""


class CsvLines:
    """Reads the lines that come with, or below, a first line.

    Parameters
    ----------
    first : str
        The header; or, where there is none, any line with values, in the order of the channels and after a time if
        there is one more.
    channels : sequence of str
        The columns of the values.

    Raises
    ------
    NoColumns
        If it is a header without the channels.
    BadLine
        If it is neither a header nor values.
    """

    def __init__(self, first: str, channels: Sequence[str]) -> None:
        self.first, n = first.strip(), len(channels)
        named = _named(first, channels)
        self.style, fields = named or _split(first)
        if named is None and len(fields) == n + 2 and self.style == ",":
            fields = _fields(with_milliseconds(first), self.style)
        self.width = len(fields)
        self.header = None if named is None and _hold_values(fields, n) else fields
        if self.header is None:
            self.columns = _last(fields, n)
        elif named:
            self.columns = [_only(fields, name) for name in channels]
        else:
            self.columns = _nameless(fields, channels)
        others = [column for column in range(self.width) if column not in self.columns]
        self.others = [("time" if self.header is None else fields[column], column) for column in others]

    @property
    def layout(self) -> tuple[str, int, list[int]]:
        """Where the values are, whatever the columns are called."""
        return self.style, self.width, self.columns

    @staticmethod
    def names(line: str, channels: Sequence[str]) -> bool:
        """Whether a line has the names of all channels as its fields, and they could not be values."""
        if not all(name in line for name in channels):
            return False
        return not any(is_number(name) or is_missing(name) for name in channels) and _named(line, channels) is not None

    @staticmethod
    def may_begin(line: str, channels: Sequence[str]) -> bool:
        """Whether a line is a header if an input begins with it."""
        return _named(line, channels) is not None or not _hold_values(_split(line)[1], len(channels))

    def is_header(self, line: str) -> bool:
        """Whether the line is the very same header."""
        return self.header is not None and line.strip() == self.first

    def read(self, line: str) -> tuple[list[float], str, list[tuple[str, str]]]:
        """Return the values, the line as it is, and the other cells with their names."""
        fields = _fields(line, self.style)
        if len(fields) == self.width + 1 and self.style == ",":
            fields = _fields(with_milliseconds(line), self.style)
        if len(fields) != self.width:
            raise BadLine("of another width", f"expected {self.width} fields, got {len(fields)}")
        return (
            [number(fields[column]) for column in self.columns],
            line,
            [(name, fields[at]) for name, at in self.others],
        )


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        # Each line is read alone: a quote that it does not close is an error, not a field of several lines.
        fields = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise BadLine("not CSV", f"expected fields between {delimiter!r}, got {line[:40]!r} ({error})") from error
    return [field.strip() for field in fields]


def _named(line: str, channels: Sequence[str]) -> tuple[str, list[str]] | None:
    """Return the delimiter that makes all channels fields of a line, and the fields; None where there is none."""
    for delimiter in _DELIMITERS:
        try:
            fields = _fields(line, delimiter)
        except BadLine:
            continue
        if set(channels) <= set(fields):
            return delimiter, fields
    return None


def _split(line: str) -> tuple[str, list[str]]:
    """Return the delimiter by what stands outside quotes, and the fields."""
    delimiter = delimiter_of([line], (";", "\t"), ",")
    return delimiter, _fields(line, delimiter)


def _hold_values(fields: Sequence[str], n: int) -> bool:
    """Whether fields that name no channel are values: a number, a date or a time is among them, or all are missing."""
    if any(is_number(field) or _TIME.match(field) for field in fields):
        return True
    return len(fields) in (n, n + 1) and all(is_missing(field) for field in fields[-n:])


def _last(fields: Sequence[str], n: int) -> list[int]:
    """Return the places of values without names."""
    if len(fields) not in (n, n + 1):
        raise BadLine("of another width", f"expected {n} values, after a time or not, got {len(fields)}")
    for field in fields[-n:]:
        number(field)
    return list(range(len(fields) - n, len(fields)))


def _only(fields: list[str], name: str) -> int:
    if fields.count(name) > 1:
        raise NoColumns(f"expected one column {name}, but the header has {fields.count(name)}: rename the others")
    return fields.index(name)


def _nameless(fields: list[str], channels: Sequence[str]) -> list[int]:
    """Return the places of channels that were never named, in a header that may name them as it likes."""
    n = len(channels)
    if len(fields) < n:
        raise BadLine("of another width", f"expected a header or {n} values, got {len(fields)} fields")
    if len(fields) in (n, n + 1) and tuple(channels) == tuple(f"ch{i}" for i in range(n)):
        return list(range(len(fields) - n, len(fields)))
    raise NoColumns(
        f"expected the columns {', '.join(channels)}, which the model was fitted on, but the header has "
        f"{', '.join(fields)}"
    )

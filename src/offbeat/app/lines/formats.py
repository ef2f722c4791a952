"""Formats of lines and how they are recognised: a JSON object each, or CSV with a header or without."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from offbeat.app.lines.csv_lines import CsvLines
from offbeat.app.lines.json_lines import JsonLines
from offbeat.app.lines.values import BadLine

__all__: list[str] = []

# A carriage return inside a line, a NUL, an escape sequence: no text that anyone meant, and nothing to pass on.
_CONTROL = re.compile(r"[\x00-\x08\n-\x1f\x7f-\x9f]")


HEADER = "header"
"""The style of a header that waits for the lines before it."""


class Row(NamedTuple):
    """A line that was read, as it is to be written back."""

    style: str
    """How to add to it: the delimiter of CSV, or "{"."""
    text: str | None
    """The line; None where it was bad, and is not to be written."""

    @property
    def is_line(self) -> bool:
        """Whether it is a line of values, and not a header that waits for the lines before it."""
        return self.style != HEADER


class Format(Protocol):
    """How the lines of a stream are read."""

    first: str
    """The line that the format was recognised by; with the names of the channels it is recognised again."""
    style: str
    """See :class:`Row`."""

    def is_header(self, line: str) -> bool:
        """Whether the line is the header."""
        ...

    def read(self, line: str) -> tuple[list[float], str, Sequence[tuple[str, Any]]]:
        """Return a value for each channel (NaN if missing), the line to write back, and other cells by name.

        Raises
        ------
        BadLine
            If it cannot be read.
        """
        ...


def check_text(line: str) -> None:
    r"""Refuse what is no text.

    Raises
    ------
    BadLine
        If there are control characters in it, other than tabs.

    Examples
    --------
    >>> check_text("1,2\r3")
    Traceback (most recent call last):
    offbeat.app.lines.values.BadLine: expected text, got the control character '\r'
    """
    found = _CONTROL.search(line)
    if found:
        raise BadLine("control characters", f"expected text, got the control character {found[0]!r}")


def format_of(
    line: str, channels: Sequence[str], known: Format | None, added: Sequence[str], *, at_start: bool
) -> Format:
    """Return the format to read a line by.

    Parameters
    ----------
    line : str
        The line.
    channels : sequence of str
        What the detector was fitted on.
    known : Format or None
        What the lines before it were.
    added : sequence of str
        The names of what will be added to each line.
    at_start : bool
        Whether an input begins, with a header or without one. Later a line is a header only if it names the channels.

    Raises
    ------
    BadLine
        If no format is recognised.
    NoColumns
        If it is a header without the channels.
    """
    if known is not None and not at_start:
        is_new = isinstance(known, CsvLines) and CsvLines.names(line, channels)
        return CsvLines(line, channels) if is_new else known
    if line.lstrip().startswith("{"):
        return JsonLines(channels, added)
    goes_on = isinstance(known, CsvLines) and not CsvLines.may_begin(line, channels)
    return known if known is not None and goes_on else CsvLines(line, channels)


def header(row: Row, added: Sequence[str]) -> str:
    """Return what to write for a header."""
    return row.style.join([row.text or "", *added])


def written(row: Row, added: Sequence[str], score: float, flag: int, tier: str) -> str:
    """Return a line with what was found added to it under the names in ``added``, empty where there is no score."""
    text, known = row.text or "", not math.isnan(score)
    if row.style == "{":
        found = dict(zip(added, (score, flag, tier) if known else (None, None, None), strict=True))
        before, more = text[:-1], json.dumps(found)[1:]
        return f"{before}, {more}" if before != "{" else before + more
    return row.style.join([text, *([f"{score:.9g}", str(flag), tier] if known else ["", "", ""])])

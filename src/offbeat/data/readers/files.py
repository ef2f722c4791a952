"""Text files, line by line, and how wide tables may be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from offbeat.files.text.content import Content
from offbeat.files.text.series_dialect import SERIES

__all__ = ["check_width", "numbered_lines"]

_BLOCK = 1 << 22


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that is not blank, without its end, with its number in the file (from 1).

    Raises
    ------
    FormatError
        If the bytes are no text.
    """
    content = Content(path)
    for first, text in content.blocks(0, content.n_lines, _BLOCK):
        for number, line in enumerate(text.decode(content.encoding, "replace").split("\n"), start=first + 1):
            if line.strip():
                yield number, line


def check_width(n_columns: int, path: Path) -> None:
    """Refuse tables of more columns than can be read in reasonable time.

    Raises
    ------
    FormatError
        If there are more than 50,000.
    """
    if n_columns > SERIES.widest:
        raise SERIES.too_wide(path, n_columns)

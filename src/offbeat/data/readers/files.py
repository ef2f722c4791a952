"""Text files, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from offbeat.errors import FormatError

__all__ = ["check_width", "numbered_lines"]

_WIDEST = 50_000


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that is not blank, without its end, with its number in the file (from 1).

    Raises
    ------
    FormatError
        If the bytes are not UTF-8 text.
    """
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                if "\0" in line:
                    raise _not_text(path)
                # Tabs stay: where they part the columns, they are empty cells.
                if line.strip(" \n"):
                    yield number, line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise _not_text(path) from error


def _not_text(path: Path) -> FormatError:
    return FormatError(f"expected UTF-8 text, but {path} holds other bytes: save it as UTF-8, or check its extension")


def check_width(n_columns: int, path: Path) -> None:
    """Refuse tables of more columns than can be read in reasonable time.

    Raises
    ------
    FormatError
        If there are more than 50,000.
    """
    if n_columns > _WIDEST:
        raise FormatError(
            f"expected a table of up to {_WIDEST:,} columns, but {path} has {n_columns:,}: save long series as .npy, "
            "or read it as one long recording (kind='recording')"
        )

"""What every reader needs first: a file that is there, its lines by number, and words for its faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from offbeat.errors import DataError, FormatError

__all__ = ["existing_file", "numbered_lines", "shorten"]


def existing_file(path: str | Path) -> Path:
    """Return ``path`` if it is a file that holds anything.

    Raises
    ------
    DataError
        If it is missing or a folder.
    FormatError
        If it is empty.
    """
    path = Path(path)
    if path.is_dir():
        inside = shorten(sorted(entry.name for entry in path.iterdir() if entry.is_file()))
        raise DataError(f"expected a file, but {path} is a folder: name one of its files{inside and f' ({inside})'}")
    if not path.exists():
        raise DataError(f"there is no file {path}: check the path")
    if path.stat().st_size == 0:
        raise FormatError(f"expected at least one series, but {path} is empty: write or download it again")
    return path


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
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): check its permissions") from error


def _not_text(path: Path) -> FormatError:
    return FormatError(f"expected UTF-8 text, but {path} holds other bytes: save it as UTF-8, or check its extension")


def shorten(words: Sequence[str], limit: int = 6) -> str:
    """Join words by commas; of a long list keep only both ends.

    Examples
    --------
    >>> shorten(["a", "b", "c"])
    'a, b, c'
    >>> shorten([f"t{i}" for i in range(140)])
    't0, t1, t2, …, t137, t138, t139'
    """
    if len(words) <= limit:
        return ", ".join(words)
    return ", ".join([*words[: limit // 2], "…", *words[-(limit // 2) :]])

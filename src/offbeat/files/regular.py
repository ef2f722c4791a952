"""Checks before a file is read: it exists, is a regular file, and is not empty."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from offbeat.errors import DataError, FormatError, failing_as

__all__ = ["existing_file", "is_file", "is_there", "regular_file", "shorten"]

_LONGEST = 40


def is_there(path: str | Path) -> bool:
    """Whether anything is at a path; False also where nothing can be, as by a name that is too long."""
    try:
        return Path(path).exists()
    except OSError:
        return False


def is_file(path: str | Path) -> bool:
    """Whether a file is at a path; False also where none can be, as by a name that is too long."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def existing_file(path: str | Path) -> Path:
    """Return ``path`` if it is a regular file that holds anything, see :func:`regular_file`.

    Raises
    ------
    DataError
        If it is no file, or empty (FormatError).
    """
    path = regular_file(path)
    with failing_as(DataError, f"{path} cannot be opened"):
        if path.stat().st_size == 0:
            raise FormatError(f"expected data, but {path} is empty: write or download it again")
    return path


def regular_file(path: str | Path) -> Path:
    """Return ``path`` if it is a file on disk; devices and pipes may never end, or give their content only once.

    Raises
    ------
    DataError
        If it is missing, a folder, or may not be looked at.
    FormatError
        If it is a device or a pipe.
    """
    path = Path(path)
    with failing_as(DataError, f"{path} cannot be opened", "check the path, and who may read it"):
        try:
            found = path.stat()
        except FileNotFoundError:
            raise DataError(f"there is no file {path}: check the path") from None
        if stat.S_ISDIR(found.st_mode):
            inside = shorten(sorted(entry.name for entry in path.iterdir() if entry.is_file()))
            raise DataError(
                f"expected a file, but {path} is a folder: name one of its files{inside and f' ({inside})'}"
            )
        if not stat.S_ISREG(found.st_mode) and not path.samefile(os.devnull):
            raise FormatError(f"expected a file, but {path} is a device or a pipe: save what it gives as a file first")
    return path


def shorten(words: list[str] | tuple[str, ...], limit: int = 6) -> str:
    """Join words by commas; of a long list keep only both ends, of long words the beginning.

    Examples
    --------
    >>> shorten(["a", "b", "c"])
    'a, b, c'
    >>> shorten([f"t{i}" for i in range(140)])
    't0, t1, t2, …, t137, t138, t139'
    """
    if len(words) > limit:
        words = [*words[: limit // 2], "…", *words[-(limit // 2) :]]
    return ", ".join(word if len(word) <= _LONGEST else word[: _LONGEST - 1] + "…" for word in words)

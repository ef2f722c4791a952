"""Find many files: those below a folder, those of a pattern, and a name for each."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path

from offbeat.errors import DataError

__all__ = ["files_below", "is_pattern", "named_apart"]

_MAGIC = "*?["
_PACKED = (".gz",)
"""Endings after the ending that says what a file holds."""


def is_pattern(place: str | Path) -> bool:
    """Return whether a path is a pattern such as ``night/*.edf``, and not a file whose name has such characters.

    Examples
    --------
    >>> is_pattern("night/*.edf"), is_pattern("night/200.edf")
    (True, False)
    """
    path = Path(place)
    return any(mark in path.name for mark in _MAGIC) and not path.exists()


def files_below(folder: Path) -> list[Path]:
    """Return what a folder and all folders in it hold, without hidden files and folders.

    Raises
    ------
    DataError
        If it is the root of a disk or the home folder: whoever names these did not mean all that is below.
    """
    whole = folder.resolve()
    if whole in (Path(whole.anchor), Path.home()):
        raise DataError(f"expected a folder of data, got {whole} with all that is below it: name a folder in it")
    found = (path.relative_to(folder) for path in folder.rglob("*"))
    return [folder / path for path in found if not any(part.startswith(".") for part in path.parts)]


def named_apart(paths: Iterable[Path], root: Path | None = None) -> list[str]:
    """Return a name for each file, none twice: its path below ``root``, or its file, without the ending.

    Examples
    --------
    >>> named_apart([Path("a/100"), Path("a/b/100.edf"), Path("a/100.csv")], Path("a"))
    ['100', 'b/100', '100.csv']
    """
    names: dict[str, None] = {}
    for path in paths:
        below = path.relative_to(root) if root is not None and path.is_relative_to(root) else Path(path.name)
        whole = below.as_posix()
        bare = below.with_suffix("") if below.suffix in _PACKED else below
        numbered = (f"{whole} {number}" for number in count(2))
        tries = chain((bare.with_suffix("").as_posix() if bare.suffix else whole, whole), numbered)
        names[next(name for name in tries if name not in names)] = None
    return list(names)

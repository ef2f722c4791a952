"""Write beside, then rename: a reader never meets a half-written file, and a failure leaves nothing behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import OutputError

__all__ = ["writing_file", "writing_folder"]


@contextmanager
def writing_file(path: str | Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of ``path`` when all went well. Missing folders are made.

    Raises
    ------
    OutputError
        If it cannot be written (no permission, disk full, a folder in the way).

    Examples
    --------
    >>> with writing_file(Path(tempfile.mkdtemp()) / "results.txt") as beside:
    ...     _ = beside.write_text("all of it")
    """
    path = Path(path)
    with _reporting(path), _scratch_beside(path) as scratch:
        yield scratch / path.name
        if path.is_dir():
            raise OutputError(f"{path} cannot be written: a folder of that name is in the way")
        (scratch / path.name).replace(path)


@contextmanager
def writing_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of ``path`` when all went well.

    Raises
    ------
    OutputError
        If it cannot be written (no permission, disk full, a file in the way).
    """
    path = Path(path)
    with _reporting(path), _scratch_beside(path) as scratch:
        new = scratch / "new"
        new.mkdir()
        yield new
        if path.is_file():
            raise OutputError(f"{path} cannot be written: a file of that name is in the way")
        if path.exists():
            path.replace(scratch / "old")
        new.replace(path)


@contextmanager
def _scratch_beside(path: Path) -> Iterator[Path]:
    """Give a folder on the same disk, so that renaming is one step; it is gone after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _reporting(path: Path) -> Iterator[None]:
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{path} cannot be written: {reason}; nothing was left half-written") from error

"""Write beside, then rename: a reader never meets a half-written file, and a failure leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import OutputError

__all__ = ["check_file_place", "check_place", "writing_file", "writing_folder"]


def check_place(path: str | Path) -> None:
    """Refuse a place that cannot be written to, before any work is spent on what is to go there. Nothing is made.

    Raises
    ------
    OutputError
        If a file stands where a folder is needed, or nothing may be written there.
    """
    path = Path(path)
    nearest = next(place for place in path.absolute().parents if place.exists())
    if not nearest.is_dir():
        raise OutputError(f"{path} cannot be written: {nearest} is a file, not a folder; choose another place")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise OutputError(f"{path} cannot be written: {nearest} may not be written to; choose another place")


def check_file_place(path: str | Path) -> None:
    """Refuse a place where no file can be written, see :func:`check_place`.

    Raises
    ------
    OutputError
        If a folder of that name is in the way, too.
    """
    if Path(path).is_dir():
        raise OutputError(f"{path} cannot be written: a folder of that name is in the way; choose another name")
    if not _is_device(Path(path)):
        check_place(path)


def _is_device(path: Path) -> bool:
    """Whether it is a device or a pipe, such as /dev/stdout: to be written to, not to be replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


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
    check_file_place(path)
    if _is_device(path):
        with _reporting(path):
            yield path
        return
    target = path.resolve()
    with _reporting(path), _scratch_beside(target) as scratch:
        yield scratch / target.name
        (scratch / target.name).replace(target)


@contextmanager
def writing_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of ``path`` when all went well.

    Raises
    ------
    OutputError
        If it cannot be written (no permission, disk full, a file in the way).
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise OutputError(f"{path} cannot be written: a file of that name is in the way; choose another name")
    check_place(path)
    with _reporting(path), _scratch_beside(path) as scratch:
        new = scratch / "new"
        new.mkdir()
        yield new
        old = scratch / "old"
        if path.exists():
            path.replace(old)
        try:
            new.replace(path)
        except OSError:
            if old.exists():
                old.replace(path)
            raise


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

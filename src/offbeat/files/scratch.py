"""A scratch folder beside the place to be written, on the same disk; leftovers of dead processes are removed.

A process holds a lock on its scratch folder, which the system releases when the process ends in any way. A folder that
is not locked is left over, and the next process that writes beside it removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["OLDER", "PREFIX", "displaced", "scratch_in"]

PREFIX = ".offbeat-"
"""How the names of scratch folders begin; short, since names may not be longer than 255 bytes."""
OLDER = "old"
"""Where in a scratch folder an older folder is while the new one takes its place, where that is no single step."""

_DAY, _MINUTE = 86_400.0, 60.0
_MANY = 1000
"""Entries of a folder that take about as long to list as a small file to write."""
_swept_until: dict[Path, float] = {}
"""When folders of many entries are to be looked through again."""


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """Give an empty folder in ``folder``, which is created if missing; both are removed if nothing was written.

    Raises
    ------
    OSError
        If none can be made there.
    """
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    scratch, lock = _claim(folder)
    try:
        yield scratch
    finally:
        _clear(scratch)
        _unlock(lock)
        for place in missing:
            # Only where nothing was written after all: a folder that holds anything stays.
            with suppress(OSError):
                place.rmdir()


def displaced(path: Path) -> Path | None:
    """Return where the folder is that lay at ``path`` until its replacement was interrupted, None if there is none."""
    with suppress(OSError):
        for scratch in _scratches(path.parent):
            if (scratch / OLDER / path.name).is_dir():
                return scratch / OLDER / path.name
    return None


def _scratches(folder: Path) -> list[Path]:
    """Return the scratch folders of this user: no other can make this one move or remove anything."""
    return [Path(entry.path) for entry in os.scandir(folder) if entry.name.startswith(PREFIX) and _is_own(entry)]


def _is_own(entry: os.DirEntry[str]) -> bool:
    own = not hasattr(os, "geteuid") or entry.stat(follow_symlinks=False).st_uid == os.geteuid()
    return own and entry.is_dir(follow_symlinks=False)


def _claim(folder: Path) -> tuple[Path, int | None]:
    """Make a scratch folder and lock it; made again where another process removed it as left over in between."""
    while True:
        scratch = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        with suppress(BlockingIOError, FileNotFoundError):
            lock = _lock(scratch)
            if scratch.exists():
                return scratch, lock
            _unlock(lock)


def _sweep(folder: Path) -> None:
    """Remove scratch folders that no process uses any more; what cannot be removed is left for the next time.

    Of a folder of many entries this is done once a minute: to list it takes longer than to write a small file.
    """
    begun, place = time.monotonic(), folder.absolute()
    if begun < _swept_until.get(place, 0.0):
        return
    with suppress(OSError):
        if sum(1 for _ in folder.iterdir()) > _MANY:
            _swept_until[place] = begun + _MINUTE
        for scratch in _scratches(folder):
            with suppress(OSError):
                lock = _lock(scratch)
                if lock is not None or time.time() - scratch.stat().st_mtime > _DAY:
                    _clear(scratch)
                _unlock(lock)


def _lock(scratch: Path) -> int | None:
    """Return the open lock of a folder; None where the system or the disk has none.

    Raises
    ------
    BlockingIOError
        If another holds it.
    FileNotFoundError
        If another has cleared it away.
    """
    try:
        import fcntl

        lock = os.open(scratch, os.O_RDONLY)
    except FileNotFoundError:
        raise
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        if isinstance(error, BlockingIOError):
            raise
        return None
    return lock


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _clear(scratch: Path) -> None:
    """Remove a scratch folder; a folder that was moved aside goes back first, if nothing has taken its place."""
    with suppress(OSError):
        for older in (scratch / OLDER).iterdir():
            if older.is_dir() and not (scratch.parent / older.name).exists():
                try:
                    older.replace(scratch.parent / older.name)
                except OSError:
                    return  # It is the only copy: better a leftover than nothing.
    shutil.rmtree(scratch, ignore_errors=True)

"""A file that only one process at a time may hold."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offbeat.errors import OutputError

if sys.platform != "win32":
    import fcntl

__all__ = ["holding"]

_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}
"""Errors of file systems without locks."""


@contextmanager
def holding(path: Path) -> Iterator[None]:
    """Hold a file, which need not exist, by a lock beside it, which the system releases when the process ends.

    Raises
    ------
    OutputError
        If another process holds it.
    """
    target = path.resolve()
    beside = target.with_name(f".{target.name}.lock"[-255:])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(beside)
    except BlockingIOError as error:
        raise OutputError(f"{path} is in use by {_holder(beside)}: stop it, or give each its own file") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        beside.unlink(missing_ok=True)
        os.close(lock)


def _locked(beside: Path) -> int:
    """Return the open lock, with the number of this process in it."""
    while True:
        lock = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            _take(lock)
            if _is_at(lock, beside):
                os.truncate(lock, 0)
                os.write(lock, f"{os.getpid()}".encode())
                return lock
        except OSError:
            os.close(lock)
            raise
        # The former holder has just removed it: a lock on a file without a name excludes no one.
        os.close(lock)


def _take(lock: int) -> None:
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise


def _is_at(lock: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False


def _holder(beside: Path) -> str:
    try:
        number = beside.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        number = ""
    return f"process {number}" if number.isdecimal() else "another process"

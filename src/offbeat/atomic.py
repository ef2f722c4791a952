"""Write beside, then rename: a reader never sees a half-written file, and a failure leaves nothing behind.

Output is written to a scratch folder on the same disk (:mod:`offbeat.files.scratch`), synced, and moved to its place in
one step. Several outputs can be moved together: all of them, or none.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from offbeat.files.exchange import exchange
from offbeat.files.places import check_file_place, check_folder_place, is_device, reporting, target_of
from offbeat.files.scratch import OLDER, displaced, scratch_in

__all__ = ["Outputs", "all_or_none", "read_whole", "sync_all", "writing_file", "writing_folder"]

_Read = TypeVar("_Read")

_NEW = "new"
"""Where in a scratch folder outputs wait."""
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)
"""Errors of file systems that cannot sync."""


@contextmanager
def writing_file(path: str | Path) -> Iterator[Path]:
    """Give a path to write to, which replaces ``path`` when the block succeeds. Missing folders are created.

    Mode and owner of a replaced file are kept; of a link, the target is written.

    Raises
    ------
    OutputError
        If it cannot be written (no permission, disk full, a folder in the way).

    Examples
    --------
    >>> import tempfile
    >>> with writing_file(Path(tempfile.mkdtemp()) / "results.txt") as beside:
    ...     _ = beside.write_text("all of it")
    """
    check_file_place(path)
    if is_device(path):
        with reporting(path):
            yield Path(path)
        return
    with _writing(path) as beside:
        yield beside


@contextmanager
def writing_folder(path: str | Path) -> Iterator[Path]:
    """Give an empty folder to fill, which replaces ``path`` when the block succeeds, see :func:`writing_file`.

    Raises
    ------
    OutputError
        If it cannot be written (no permission, disk full, a file in the way).
    """
    check_folder_place(path)
    with _writing(path) as beside:
        beside.mkdir()
        yield beside


@contextmanager
def all_or_none(*, durable: bool = True) -> Iterator[Outputs]:
    """Move all outputs written inside to their places at the end; after an error, none of them.

    Nested blocks belong to the outermost.

    Parameters
    ----------
    durable : bool
        Whether new outputs are synced to disk before they are moved. To sync takes milliseconds for each file. Without
        it a process may be killed at any time, too, but if the whole machine fails, files of the last half minute may
        be empty: only for outputs that can be made again, and whose sizes are checked. What replaces an older version
        is always synced.

    Yields
    ------
    Outputs
        What was written so far.

    Raises
    ------
    OutputError
        If one cannot be moved to its place; the others are moved back.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with suppress(ZeroDivisionError), all_or_none():
    ...     with writing_file(folder / "results.txt") as beside:
    ...         _ = beside.write_text("the first half")
    ...     1 / 0
    >>> list(folder.iterdir())
    []
    """
    outer = _group.get()
    if outer is not None:
        yield outer
        return
    with _new_group(durable) as group:
        yield group


def sync_all() -> None:
    """Sync everything that was written on this machine to disk, in one go, where the system can do that.

    Examples
    --------
    >>> sync_all()
    """
    if hasattr(os, "sync"):
        os.sync()


def read_whole(path: Path, read: Callable[[Path], _Read]) -> _Read:
    """Return what ``read`` makes of a folder that :func:`writing_folder` wrote, never a mix of two versions.

    A folder that is replaced meanwhile is read again. Where a process died while it replaced the folder and nothing is
    at ``path``, the older version is read, which still lies beside it.

    Examples
    --------
    >>> import tempfile
    >>> read_whole(Path(tempfile.mkdtemp()), lambda folder: [entry.name for entry in folder.iterdir()])
    []
    """
    while True:
        before = _identity(path)
        try:
            found = read(path if before is not None else displaced(path) or path)
        except Exception:
            if _identity(path) == before:
                raise
        else:
            if _identity(path) == before:
                return found


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # Inode numbers are reused, but not together with the time of the last change.
    return status.st_dev, status.st_ino, status.st_ctime_ns


@dataclass
class _Place:
    """An output that is written beside its target, on the same disk."""

    path: str | Path
    target: Path
    new: Path
    older: Path
    replaces: bool = False

    def put(self) -> None:
        """Move it to its target; the older version is kept for now, so that this can be undone."""
        if self.new.is_dir():
            self._put_folder()
            return
        self.replaces = self.target.exists()
        if self.replaces:
            self.older.parent.mkdir(exist_ok=True)
            # Not every file system has hard links; without one this cannot be undone.
            with suppress(OSError):
                os.link(self.target, self.older)
        self.new.replace(self.target)

    def _put_folder(self) -> None:
        self.replaces = self.target.exists()
        if not self.replaces:
            try:
                self.new.replace(self.target)
                return
            except OSError:
                self.replaces = self.target.exists()  # Another was faster.
                if not self.replaces:
                    raise
        if not exchange(self.new, self.target):
            self.older.parent.mkdir(exist_ok=True)
            self.target.replace(self.older)
            self.new.replace(self.target)

    def take_back(self) -> None:
        """Undo :meth:`put`, if that can be done."""
        with suppress(OSError):
            if self.replaces and not self.older.exists():
                exchange(self.new, self.target)
                return
            if not self.replaces or self.target.is_dir():
                self.target.replace(self.new)
            if self.replaces:
                self.older.replace(self.target)


@dataclass
class Outputs:
    """Outputs that are moved to their places together, and the scratch folders that they wait in."""

    scratches: ExitStack
    durable: bool = True
    places: list[_Place] = field(default_factory=list)
    waiting: list[Path] = field(default_factory=list)
    scratch_of: dict[Path, Path] = field(default_factory=dict)
    """The scratch folder of each folder: outputs that go to one folder share it, which saves most of the work."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each finished file, by its name in the folder that it goes to."""
        return {
            str(Path(place.target.name, file.relative_to(place.new))): file.stat().st_size
            for place in self.places
            for file in sorted((place.new, *place.new.rglob("*")))
            if file.is_file()
        }

    def makes(self, target: Path) -> bool:
        """Whether a target lies within something that is still being made."""
        return any(new in (target, *target.parents) for new in self.waiting)

    def scratch(self, target: Path) -> Path:
        """Return the scratch folder for an output; one that is written twice has another for the second time."""
        known = self.scratch_of.get(target.parent)
        if known is None or known / _NEW / target.name in self.waiting:
            known = self.scratch_of[target.parent] = self.scratches.enter_context(scratch_in(target.parent))
        return known

    def put(self) -> None:
        """Move all of them to their places, or none."""
        with ExitStack() as undo:
            for place in self.places:
                with reporting(place.path):
                    place.put()
                undo.callback(place.take_back)
            undo.pop_all()
        for folder in {place.target.parent for place in self.places if self.durable or place.replaces}:
            # Everything is in its place: a disk that fails to sync now changes nothing about that.
            with suppress(OSError):
                _sync(folder)


_group: ContextVar[Outputs | None] = ContextVar("group", default=None)


@contextmanager
def _new_group(durable: bool = True) -> Iterator[Outputs]:
    with ExitStack() as scratches:
        group = Outputs(scratches, durable)
        token = _group.set(group)
        try:
            yield group
        finally:
            _group.reset(token)
        group.put()


@contextmanager
def _writing(path: str | Path) -> Iterator[Path]:
    with ExitStack() as own, reporting(path):
        target, group = target_of(path), _group.get()
        # An output inside a folder that is still being written needs no group: the folder is moved as a whole.
        if group is None or group.makes(target):
            group = own.enter_context(_new_group())
        scratch = group.scratch(target)
        place = _Place(path, target, scratch / _NEW / target.name, scratch / OLDER / target.name)
        place.new.parent.mkdir(exist_ok=True)
        group.waiting.append(place.new)
        yield place.new
        _finish(place.new, target, durable=group.durable or target.exists())
        group.places.append(place)


def _finish(new: Path, target: Path, durable: bool) -> None:
    """Give the output the modes and owners of what it replaces, and sync it to disk where it is to be durable."""
    for part in (new, *new.rglob("*")):
        if durable:
            _sync(part)
        _keep_mode(part, target / part.relative_to(new))


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)


def _keep_mode(new: Path, older: Path) -> None:
    if not older.exists():
        return
    if hasattr(os, "chown"):
        # Only privileged users may change owners.
        with suppress(OSError):
            os.chown(new, older.stat().st_uid, older.stat().st_gid)
    shutil.copymode(older, new)

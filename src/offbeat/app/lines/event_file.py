"""A file that events are appended to, line by line, when they begin to be known and when they are settled."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from offbeat.errors import DataError, OutputError, ParameterError
from offbeat.events import Event
from offbeat.events.event import TIMES
from offbeat.files.regular import regular_file

__all__ = ["STATUSES", "EventFile", "check_event_lines"]

STATUSES = ("known", "settled")

_COLUMNS = ("status", "start", "end", "peak", "known_at", "score", "severity", *TIMES)
_JSON = '{"status": "'
_TAIL = 2**20
"""No line is longer."""


def check_event_lines(path: Path) -> None:
    """Refuse a path that does not end in ``.csv`` or ``.jsonl``, which are the formats that can be appended to."""
    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise ParameterError(f"expected a file of events to append to, .csv or .jsonl, got {path}: give such an ending")


class EventFile:
    """Appends a line for each event; within a ``with``.

    A file that is there is continued. What a kill or a full disk left of a line at its end is cut off: that line comes
    again. :func:`offbeat.read_events` reads the file.

    Parameters
    ----------
    path : Path
        ``.csv``, a table with the columns of :func:`offbeat.write_events` after a ``status``, or ``.jsonl``, with the
        status and :meth:`Event.to_dict` in an object a line.
    channels : sequence of str
        The channels of the model, whose shares are columns.
    key : str
        The name of the column of keys, where events are those of many; empty where they are of one stream.

    Raises
    ------
    ParameterError
        If the path has another ending, or the key is called like what events have anyway.
    DataError
        From ``with``, if the file is there and has no such events in it.
    OutputError
        From ``with``, if it cannot be written.
    """

    def __init__(self, path: Path, channels: Sequence[str], key: str = "") -> None:
        check_event_lines(path)
        self.path, self._is_table = path, path.suffix.lower() == ".csv"
        self._channels, self._key = tuple(channels), key
        if key in (*_COLUMNS, "channels"):
            raise ParameterError(f"events have a {key} of their own, so it cannot be the key: rename that column")
        self._begins = (
            _as_row([*_COLUMNS, *([key] if key else ()), *(f"share_{name}" for name in channels)])
            if self._is_table
            else _JSON
        )

    def __enter__(self) -> Self:
        if self.path.exists():
            regular_file(self.path)
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error
        try:
            self._continue()
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def write(self, status: str, event: Event, key: str = "") -> None:
        """Append an event, whether it is only known or settled, and the key that it is of, where there are keys.

        Raises
        ------
        OutputError
            If it cannot be written; nothing of it is left then.
        """
        found = {"status": status, **event.to_dict(), **({self._key: key} if self._key else {})}
        self._append(self._row(found) if self._is_table else json.dumps(found, allow_nan=False) + "\n")

    def sync(self) -> None:
        """See to it that what was written outlasts a power failure.

        Raises
        ------
        OutputError
            If it does not.
        """
        try:
            os.fsync(self._file)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def _row(self, found: dict[str, Any]) -> str:
        cells = [found.get(name) for name in (*_COLUMNS, *([self._key] if self._key else ()))] + [
            found["channels"].get(name) for name in self._channels
        ]
        return _as_row(["" if cell is None else cell for cell in cells])

    def _append(self, line: str) -> None:
        content, size = line.encode(), os.fstat(self._file).st_size
        try:
            written = os.write(self._file, content)
            if written < len(content):
                written += os.write(self._file, content[written:])
            if written < len(content):
                raise OSError("only a part of a line was taken")
        except OSError as error:
            os.ftruncate(self._file, size)
            raise OutputError(f"{self.path} cannot be written: {error.strerror or error}") from error

    def _continue(self) -> None:
        """Check what is there, and cut off half a line."""
        size, begins = os.fstat(self._file).st_size, self._begins.encode()
        os.lseek(self._file, 0, os.SEEK_SET)
        there = os.read(self._file, len(begins))
        if not begins.startswith(there):
            raise DataError(
                f"expected {self.path} to begin with {self._begins.strip()!r}, as files of events of this model do, "
                f"got {there[:60].decode(errors='replace')!r}: give another file"
            )
        os.lseek(self._file, max(0, size - _TAIL), os.SEEK_SET)
        last = os.read(self._file, _TAIL)
        os.ftruncate(self._file, size - len(last) + last.rfind(b"\n") + 1)
        if self._is_table and len(there) < len(begins):
            self._append(self._begins)


def _as_row(cells: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()

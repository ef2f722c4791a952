"""The SQLite file of a service, and what is written to it in one transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from offbeat.errors import ModelError, OutputError

__all__ = ["SYNC", "Database", "remember"]

_VERSION = 2
_BUSY = 10.0  # seconds to wait for another connection
SYNC = ("normal", "full")


class Database:
    """Connections to the file: one that writes, and as many that read as there were reads at once.

    It is in WAL mode, so readers see whole transactions and hold up no writer. What was committed survives the end of
    the process, however it ends; with ``sync="full"`` also that of the machine.

    Parameters
    ----------
    path : Path
        The file; made where it is not there.
    sync : {"normal", "full"}
        Whether each commit waits for the disk.

    Raises
    ------
    OutputError
        If it cannot be opened or written.
    ModelError
        If it is no file of a service, or of a newer version. One of an earlier version is brought up to date.
    """

    def __init__(self, path: Path, sync: str = "normal") -> None:
        self.path, self._closed = path, False
        self._free: list[sqlite3.Connection] = []
        self._lock, self._writing = threading.Lock(), threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = self._connected()
            self.writer.execute("PRAGMA journal_mode=WAL")
            self.writer.execute(f"PRAGMA synchronous={sync.upper()}")
            self._prepare()
        except sqlite3.DatabaseError as error:
            kind = OutputError if isinstance(error, sqlite3.OperationalError) else ModelError
            raise kind(f"expected {path} as the data of a service, got: {error}: choose another --data") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what is written in the block, or nothing of it."""
        with self._writing:
            self.writer.execute("BEGIN IMMEDIATE")
            try:
                yield self.writer
                self.writer.execute("COMMIT")
            except BaseException:
                if self.writer.in_transaction:
                    self.writer.execute("ROLLBACK")
                raise

    def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return rows, as they are committed; from any thread."""
        reader = self._taken()
        try:
            return reader.execute(sql, values).fetchall()
        finally:
            self._given_back(reader)

    def position(self, name: str) -> str | None:
        """Return how far a source has come; None where it never began."""
        rows = self.read("SELECT position FROM positions WHERE name = ?", name)
        return None if not rows else str(rows[0]["position"])

    def size(self) -> int:
        """Return the bytes that are in use in the file."""
        pages, free, page = (
            int(self.read(f"PRAGMA {name}")[0][0]) for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * page

    def close(self) -> None:
        """Close all connections; those that still read are closed when they have."""
        with self._lock:
            self._closed = True
            for connection in (*self._free, self.writer):
                connection.close()
            self._free.clear()

    def _taken(self) -> sqlite3.Connection:
        """Return a connection that reads: the one that was used last, so that few are open."""
        with self._lock:
            if self._closed:
                raise sqlite3.ProgrammingError(f"the database {self.path} is closed")
            if self._free:
                return self._free.pop()
        made = self._connected()
        made.execute("PRAGMA query_only=1")
        return made

    def _given_back(self, reader: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed:
                reader.close()
            else:
                self._free.append(reader)

    def _connected(self) -> sqlite3.Connection:
        # Transactions are begun and ended here, not by the module.
        connection = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def _prepare(self) -> None:
        version = int(self.writer.execute("PRAGMA user_version").fetchone()[0])
        tables = int(self.writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        if version > _VERSION or (tables and not version):
            raise ModelError(
                f"expected {self.path} as the data of a service of version {_VERSION}, got "
                f"{f'version {version}' if version else 'another database'}: choose another --data"
            )
        if not version:
            self._run("schema.sql", _VERSION)
        for earlier in range(version or _VERSION, _VERSION):
            self._run(f"upgrade_{earlier}.sql", earlier + 1)

    def _run(self, name: str, version: int) -> None:
        """Run the statements of a file that leads to a version, all or none."""
        statements = package_files("offbeat.service").joinpath(name).read_text(encoding="utf-8")
        try:
            self.writer.executescript(f"BEGIN; {statements} PRAGMA user_version={version}; COMMIT;")
        except BaseException:
            if self.writer.in_transaction:
                self.writer.execute("ROLLBACK")
            raise


def remember(writer: sqlite3.Connection, name: str, position: str) -> None:
    """Store a position as part of a transaction."""
    writer.execute(
        "INSERT INTO positions VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET position = excluded.position",
        (name, position),
    )

"""A folder in which Parquet files appear: each is read once, whole, in the order of their names."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from logging import getLogger
from pathlib import Path
from typing import Annotated, Any

from offbeat.errors import OffbeatError, failing_as
from offbeat.estimators.hints import Range
from offbeat.files.parquet import need_pyarrow
from offbeat.service.points import Push
from offbeat.service.sources.errors import SourceError
from offbeat.service.sources.layout import Bad, ColumnSettings, points_of
from offbeat.service.sources.source import Source

__all__ = ["Parquet", "ParquetSettings"]

_log = getLogger(__name__)
_MAGIC = b"PAR1"
_Look = tuple[int, float, float]


@dataclass(frozen=True, kw_only=True)
class ParquetSettings(ColumnSettings):
    """A folder of Parquet files, those of its folders included, whose rows are points.

    Parameters
    ----------
    folder : str
        Its path. Files are taken in the order of their names; names that begin with a dot or an underscore are left
        out.
    settle : float
        Seconds without a change after which a file counts as written. Until then the files after it wait as well. What
        is no Parquet file even then is passed over, and read if it becomes one.
    interval : float
        Seconds between two looks while nothing comes.
    most : int
        Rows that are read at once.
    """

    folder: str
    settle: Annotated[float, Range(0, 86_400)] = 2.0
    interval: Annotated[float, Range(0, 86_400)] = 5.0
    most: Annotated[int, Range(1, 100_000)] = 5_000

    def open(self) -> Parquet:
        """Return the source."""
        return Parquet(self)


class Parquet(Source):
    """Reads new files of a folder.

    The position has the names of the files that are done, and the next row of those that are not. A name is forgotten
    when its file has gone and others are in its folder: one that is empty, or not there, may not be mounted.

    Parameters
    ----------
    settings : ParquetSettings
        What is read.
    clock : callable
        Returns the seconds from 1970, as files have them.
    steady : callable
        Returns seconds that never go back.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """

    def __init__(
        self,
        settings: ParquetSettings,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        need_pyarrow(Path(settings.folder))
        super().__init__(settings.name)
        self.settings, self.bad = settings, Bad(self.name, self.left_out)
        self._folder, self._clock, self._steady = Path(settings.folder), clock, steady
        self._next = steady()
        self._layout = settings.layout()
        self._done = set[str]()
        self._next_rows = dict[str, int]()
        self._told = set[str]()
        self._seen: dict[str, tuple[_Look, float]] = {}
        """How files that may still be written looked, and since when."""

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield the rows of new files."""
        self._begin(position)
        while True:
            if self._steady() < self._next:
                yield None
                continue
            path = self._next_file()
            if path is None:
                self._next = self._steady() + self.settings.interval
                yield None
                continue
            yield from self._rows(path)

    def _begin(self, position: str | None) -> None:
        if position is None:
            return
        with self._reading_position():
            found = json.loads(position)
            self._done = set(found["done"])
            self._next_rows = {str(name): int(row) for name, row in found["rows"].items()}

    def _position(self) -> str:
        return json.dumps({"done": sorted(self._done), "rows": self._next_rows})

    def _next_file(self) -> Path | None:
        """Return the first file that is whole and was not read; None while one before it may still be written."""
        names = self._names()
        self._forget(names)
        for name in names:
            if name in self._done:
                continue
            path = self._folder / name
            try:
                if not self._is_settled(name, path.stat()):
                    return None
                if _is_whole(path):
                    return path
            except OSError:
                continue  # it has gone
            if name not in self._told:
                self._told.add(name)
                _log.warning("source %s: passed over %s, which is no whole Parquet file", self.name, path)
        return None

    def _forget(self, names: Sequence[str]) -> None:
        """Forget the files that have gone; where a folder has none at all, it may only be away."""
        there = {_folder_of(name) for name in names}
        gone = {name for name in {*self._done, *self._next_rows} - set(names) if _folder_of(name) in there}
        self._done -= gone
        self._next_rows = {name: row for name, row in self._next_rows.items() if name not in gone}

    def _is_settled(self, name: str, status: os.stat_result) -> bool:
        """Return whether a file has not changed for a while: by its times, or as long as it was looked at."""
        look, now = (status.st_size, status.st_mtime, status.st_ctime), self._steady()
        age = self._clock() - max(status.st_mtime, status.st_ctime)
        if age >= self.settings.settle:
            self._seen.pop(name, None)
            return True
        # The clock may have been set back since the file was written, or be another one, as that of a file server.
        before, since = self._seen.get(name, (None, now))
        self._seen[name] = (look, since if before == look else now)
        return before == look and now - since >= self.settings.settle

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            raise SourceError(f"source {self.name}: expected a folder, got {self._folder}: make it")
        found = (path.relative_to(self._folder) for path in self._folder.rglob("*.parquet"))
        return sorted(path.as_posix() for path in found if not any(part.startswith((".", "_")) for part in path.parts))

    def _rows(self, path: Path) -> Iterator[Push | None]:
        """Yield the rows of a file that were not read yet; the last of them with a position after the file."""
        from pyarrow import parquet

        name = path.relative_to(self._folder).as_posix()
        with failing_as(SourceError, f"source {self.name}: {path} cannot be read"), parquet.ParquetFile(path) as file:
            n_rows = file.metadata.num_rows
            for first, rows in _batches(file, self.settings.most):
                next_row = self._next_rows.get(name, 0)
                if first + len(rows) <= next_row:
                    continue
                new = rows[max(0, next_row - first) :]
                self._next_rows[name] = first + len(rows)
                if first + len(rows) >= n_rows:
                    self._finish(name)
                points = points_of((partial(self._layout.point, row) for row in new), self.bad)
                yield Push(points, self.name, self._position()) if points else None
        self._finish(name)

    def _finish(self, name: str) -> None:
        self._done.add(name)
        self._next_rows.pop(name, None)


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _is_whole(path: Path) -> bool:
    """Whether a file begins and ends as a Parquet file does, and its footer can be read."""
    from pyarrow import parquet

    with path.open("rb") as file:
        if file.read(4) != _MAGIC:
            return False
        file.seek(-4, 2)
        if file.read(4) != _MAGIC:
            return False
    try:
        with failing_as(SourceError, f"{path} is no whole Parquet file"), parquet.ParquetFile(path):
            return True
    except OffbeatError:
        return False


def _batches(file: Any, most: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    first = 0
    for batch in file.iter_batches(batch_size=most):
        rows = batch.to_pylist()
        yield first, rows
        first += len(rows)

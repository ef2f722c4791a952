"""A folder in which Parquet files appear: each is read once, whole, in the order of their names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
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

    The position has the names of the files that are done and still there, and the file and row that is next.

    Parameters
    ----------
    settings : ParquetSettings
        What is read.
    clock : callable
        Returns the seconds from 1970, as files have them.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """

    def __init__(self, settings: ParquetSettings, clock: Callable[[], float] = time.time) -> None:
        need_pyarrow(Path(settings.folder))
        super().__init__(settings.name)
        self.settings, self.bad = settings, Bad(self.name, self.left_out)
        self._folder, self._clock, self._next = Path(settings.folder), clock, clock()
        self._layout = settings.layout()
        self._done = set[str]()
        self._file, self._row = "", 0
        self._told = set[str]()

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield the rows of new files."""
        self._begin(position)
        while True:
            if self._clock() < self._next:
                yield None
                continue
            path = self._next_file()
            if path is None:
                self._next = self._clock() + self.settings.interval
                yield None
                continue
            yield from self._rows(path)

    def _begin(self, position: str | None) -> None:
        if position is None:
            return
        with self._reading_position():
            found = json.loads(position)
            self._done, self._file, self._row = set(found["done"]), str(found["file"]), int(found["row"])

    def _position(self) -> str:
        return json.dumps({"done": sorted(self._done), "file": self._file, "row": self._row})

    def _next_file(self) -> Path | None:
        """Return the first file that is whole and was not read; None while one before it may still be written."""
        names = self._names()
        self._done &= set(names)
        for name in names:
            if name in self._done:
                continue
            path = self._folder / name
            try:
                status = path.stat()
                if self._clock() - max(status.st_mtime, status.st_ctime) < self.settings.settle:
                    return None
                if _is_whole(path):
                    return path
            except OSError:
                continue  # it has gone
            if name not in self._told:
                self._told.add(name)
                _log.warning("source %s: passed over %s, which is no whole Parquet file", self.name, path)
        return None

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            raise SourceError(f"source {self.name}: expected a folder, got {self._folder}: make it")
        found = (path.relative_to(self._folder) for path in self._folder.rglob("*.parquet"))
        return sorted(path.as_posix() for path in found if not any(part.startswith((".", "_")) for part in path.parts))

    def _rows(self, path: Path) -> Iterator[Push | None]:
        """Yield the rows of a file that were not read yet; the last of them with a position after the file."""
        from pyarrow import parquet

        name = path.relative_to(self._folder).as_posix()
        if name != self._file:
            self._file, self._row = name, 0
        with failing_as(SourceError, f"source {self.name}: {path} cannot be read"), parquet.ParquetFile(path) as file:
            n_rows = file.metadata.num_rows
            for first, rows in _batches(file, self.settings.most):
                if first + len(rows) <= self._row:
                    continue
                new = rows[max(0, self._row - first) :]
                self._row = first + len(rows)
                if self._row >= n_rows:
                    self._done.add(name)
                points = points_of((partial(self._layout.point, row) for row in new), self.bad)
                yield Push(points, self.name, self._position()) if points else None
        self._done.add(name)


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

"""The results of runs in a Parquet file: a row for each contender on each case, and nothing is run twice."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.atomic import writing_file
from offbeat.bench.suites.trial import KEYS
from offbeat.errors import DataError
from offbeat.files.parquet import need_pyarrow, parquet_frame

__all__ = ["Store"]

_SECONDS_BETWEEN_WRITES = 10.0
"""Every write is one of the whole file."""

Key = tuple[str, ...]


class Store:
    """Rows of results, in memory and, where a path is given, in a file.

    Parameters
    ----------
    path : Path, optional
        A Parquet file; what it holds is read, and rows are added to it.

    Raises
    ------
    DataError
        If the file holds something else.
    MissingExtraError
        If pyarrow is not installed.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._rows: dict[Key, dict[str, Any]] = {}
        self._written = time.monotonic()
        if path is None:
            return
        need_pyarrow(path)
        self._rows = _read(path)

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def add(self, row: dict[str, Any]) -> None:
        """Keep a row in place of an older one of the same key, and write the file if that was some seconds ago."""
        self._rows[_key(row)] = row
        if time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES:
            self.write()

    def write(self) -> None:
        """Write all rows to the file, which is replaced whole; do nothing without a path.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        self._written = time.monotonic()
        if self.path is None or not self._rows:
            return
        # Another run may have added rows meanwhile.
        self._rows = _read(self.path) | self._rows
        with writing_file(self.path) as beside:
            pd.DataFrame(list(self._rows.values())).to_parquet(beside, index=False)

    def frame(self, keys: Iterable[Key]) -> pd.DataFrame:
        """Return the rows of these keys, in their order; keys without a row are left out."""
        wanted: Collection[Key] = list(keys)
        return pd.DataFrame([self._rows[key] for key in wanted if key in self._rows])


def _read(path: Path) -> dict[Key, dict[str, Any]]:
    """Return the rows of a file by their keys; none where there is no file."""
    if not path.exists():
        return {}
    frame = parquet_frame(path)
    if missing := set(KEYS) - set(frame.columns):
        raise DataError(f"{path} holds no results of benchmarks, {min(missing)} is missing: name another file")
    rows = [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
    return {_key(row): row for row in rows}


def _key(row: dict[str, Any]) -> Key:
    return tuple(str(row[name]) for name in KEYS)

"""A recording in a Parquet file that is read piece by piece, so that it may be larger than memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from offbeat.data.readers.kinds import kind_of_table
from offbeat.data.readers.long import recording_of_rows, said_of
from offbeat.data.readers.memory import table_of_frame
from offbeat.data.readers.missing import without_marks
from offbeat.data.readers.options import DEFAULTS, ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.errors import FormatError, IrregularTimeWarning, ParameterError, failing_as, ignoring
from offbeat.files.limits import require_room
from offbeat.files.parquet import need_pyarrow
from offbeat.files.regular import existing_file
from offbeat.series.frames import rows_of_roles
from offbeat.series.recording import Recording
from offbeat.series.roles import Roles, Table, assign_roles
from offbeat.words import domain_of_names

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

__all__ = ["ParquetRecording"]

_HEAD = 10_000
"""Rows that tell what the columns are."""
_BATCH = 1 << 16
_CELL = 8


class ParquetRecording:
    """A long table in a Parquet file, of which any stretch of rows can be read.

    What the columns are is told by the first 10,000 rows, as for a file that is read whole.

    Parameters
    ----------
    path : str or Path
        The file, with one time step a row, in the order of time.
    options : ReadOptions
        See :func:`offbeat.data.read`; ``order`` and ``gaps`` are those of a file whose rows are taken as they stand.

    Raises
    ------
    FormatError
        If the file is damaged, or holds no recording.
    MissingExtraError
        If pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "load.parquet")
    >>> pd.DataFrame({"load": np.arange(100.0)}).to_parquet(file, row_group_size=30)
    >>> recording = ParquetRecording(file)
    >>> len(recording), recording.read(28, 32).values.ravel().tolist()
    (100, [28.0, 29.0, 30.0, 31.0])
    """

    def __init__(self, path: str | Path, options: ReadOptions = DEFAULTS) -> None:
        self.path = existing_file(path)
        need_pyarrow(self.path)
        with self._reading(), self._open() as file:
            self._n_columns = file.metadata.num_columns
            groups = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(groups)])
        if options.gaps != "keep" or options.duplicates != "keep":
            raise ParameterError(
                f"gaps={options.gaps!r} and duplicates={options.duplicates!r} need the whole of {self.path}, which is "
                "read piece by piece: leave them out"
            )
        if not len(self):
            raise FormatError(f"expected at least one time step, but {self.path} has no rows: write it again")
        self._options = options
        self._names: tuple[str, ...] | None = None
        table = self._table(0, min(_HEAD, len(self)))
        kind, note = kind_of_table(table, options)
        if kind != "recording":
            raise FormatError(
                f"expected a recording with one time step a row, but {self.path} was taken for short series: say so if "
                "it is one (--kind recording)"
            )
        numbered = Table(table.frame, table.names, table.place)
        self._roles = assign_roles(numbered, said_of(table, options))
        self._require_plain(numbered)
        self.head = self._recording(table)
        self.notes = (note,) * bool(note) + self._roles.notes
        self._settle(numbered)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def read(self, start: int, stop: int) -> Recording:
        """Return the rows from ``start`` to before ``stop``.

        Raises
        ------
        FormatError
            If the file is damaged there, a cell is no number, or time runs backwards.
        """
        return self._recording(self._table(start, stop))

    def _table(self, start: int, stop: int) -> WideTable:
        return without_marks(table_of_frame(self._frame(start, stop), self.path), self._options.marks)

    def _recording(self, table: WideTable) -> Recording:
        numbered = Table(table.frame, table.names, table.place)
        rows = rows_of_roles(numbered, self._roles, self._options.time_format, self._options.normal)
        if rows.times is not None and np.any(rows.times[1:] < rows.times[:-1]):
            raise FormatError(
                f"expected the rows of {self.path}, which is read piece by piece, in the order of time, but time runs "
                f"backwards at {rows.times[1:][rows.times[1:] < rows.times[:-1]][0]}: sort the file first"
            )
        with ignoring(IrregularTimeWarning):  # of gaps, which stay; it would come once a piece
            found = recording_of_rows(rows, self._options, self.path.stem)
        domain = domain_of_names(self.path.name, *found.channels)
        return replace(found, domain=domain) if domain else found

    def _require_plain(self, table: Table) -> None:
        """Refuse columns whose meaning is found in all of their rows: a piece alone might be read in another way."""
        time, roles = self._roles.time, self._roles
        for position in roles.channels:
            if not _is_plain(table.frame[position]):
                raise self._found_by_all(table.called(position), "numbers", "save them as numbers, or leave it out")
        for position in () if time is None else time.columns:
            column = table.frame[position]
            if not _is_plain(column) and self._options.time_format is None:
                way = "save them as timestamps, or state their format (--time-format)"
                raise self._found_by_all(table.called(position), "timestamps", way)
        if roles.label is not None and not table.frame[roles.label].isin([0, 1]).all():
            way = "save them as 0 and 1, or leave them out (--label none)"
            raise self._found_by_all(table.called(roles.label), "labels of 0 and 1", way)

    def _found_by_all(self, name: str, what: str, way: str) -> FormatError:
        return FormatError(
            f"expected {what} in column {name} of {self.path}, which is read piece by piece, got what may be read in "
            f"another way in each piece: {way}"
        )

    def _settle(self, table: Table) -> None:
        """Read no other columns from now on than those that have a role."""
        roles = self._roles
        kept = sorted({*roles.channels, *roles.others} - set(roles.left_out))
        place = {position: number for number, position in enumerate(kept)}
        time = roles.time
        self._roles = Roles(
            tuple(place[position] for position in roles.channels),
            None if time is None else replace(time, columns=tuple(place[position] for position in time.columns)),
            None if roles.label is None else place[roles.label],
            notes=roles.notes,
        )
        with self._reading(), self._open() as file:
            schema = file.schema_arrow
        index = (schema.pandas_metadata or {}).get("index_columns", ())
        named = {table.called(position) for position in kept}
        self._names = tuple(name for name in schema.names if name in named or name in index)

    def _frame(self, start: int, stop: int) -> pd.DataFrame:
        """Return rows as a frame."""
        from pyarrow import Table

        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        last = int(np.searchsorted(self._starts, stop, side="left"))
        at, batches = int(self._starts[first]), []
        n_columns = len(self._names) if self._names else self._n_columns
        require_room((stop - start) * n_columns * _CELL, f"the rows {start:,} to {stop:,} of {self.path}", FormatError)
        with self._reading(), self._open() as file:
            schema = file.schema_arrow
            for batch in file.iter_batches(
                _BATCH, row_groups=range(first, last), columns=list(self._names) if self._names else None
            ):
                begin, end = max(start - at, 0), min(stop - at, len(batch))
                if begin < end:
                    batches.append(batch.slice(begin, end - begin))
                at += len(batch)
                if at >= stop:
                    break
            frame: pd.DataFrame = Table.from_batches(batches, None if batches else schema).to_pandas()
        return frame

    def _open(self) -> ParquetFile:
        from pyarrow import parquet

        return parquet.ParquetFile(self.path)

    def _reading(self) -> Any:
        return failing_as(FormatError, f"{self.path} is no whole Parquet file", "write or download it again")


def _is_plain(column: pd.Series[Any]) -> bool:
    """Whether a column holds numbers, truth values, timestamps or spans of time, and no text."""
    dtype, types = column.dtype, pd.api.types
    return bool(
        types.is_numeric_dtype(dtype) or types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype)
    )

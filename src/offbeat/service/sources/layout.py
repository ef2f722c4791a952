"""Rows of tables and messages as points: which columns are the key, the time and the values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from logging import getLogger
from typing import Any, Literal

import numpy as np
import pandas as pd

from offbeat.app.lines.values import BadLine, number
from offbeat.errors import DataError
from offbeat.service.labels import key_of
from offbeat.service.points import Point, micros_of

__all__ = ["Bad", "ColumnSettings", "Layout", "Unit", "micros_of_cell", "points_of"]

_log = getLogger(__name__)
_SHOWN = 10
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
Unit = Literal["s", "ms", "us", "ns"]


@dataclass(frozen=True)
class Layout:
    """Which columns of a row are what.

    Parameters
    ----------
    key : sequence of str
        The columns that name the stream; of several, the key is ``name=value`` pairs. The name of the source where
        there is none.
    time : str
        The column of the time: ISO 8601, in UTC unless it has an offset, or a number from 1970.
    time_unit : {"s", "ms", "us", "ns"}
        What numbers of the time count.
    values : sequence of str
        The columns of the values; all others where none is named.
    model : str, optional
        The name of the model that scores the points, where the service has several.
    otherwise : str
        The key of rows without one.
    ignored : sequence of str
        Columns that are no values.
    """

    key: Sequence[str] = ()
    time: str = ""
    time_unit: Unit = "s"
    values: Sequence[str] = ()
    model: str | None = None
    otherwise: str = ""
    ignored: Sequence[str] = ()

    def point(self, row: Mapping[str, Any], *, key: str | None = None, time: int | None = None) -> Point:
        """Return the point of a row.

        Parameters
        ----------
        row : mapping
            Cells by column.
        key, time : optional
            What the row has of its own, where no column has it: its key, and microseconds from 1970.

        Raises
        ------
        DataError
            If a column is missing, or a cell is not what was expected.

        Examples
        --------
        >>> Layout(key=("host",), time="t").point({"host": "web1", "t": 1_700_000_000, "cpu": "0.5", "io": None})
        Point(key='web1', values={'cpu': 0.5, 'io': nan}, time=1700000000000000, seq=None, model=None)
        """
        if self.time:
            time = micros_of_cell(_cell(row, self.time), self.time_unit)
        if self.key:
            key = _key(row, self.key)
        taken = {*self.key, self.time, *self.ignored}
        names = self.values or [name for name in row if name not in taken]
        values = {name: _value(_cell(row, name)) for name in names}
        if not values:
            raise BadLine("without values", f"expected columns of values, got {', '.join(map(str, row)) or 'none'}")
        found = values if len(values) > 1 else next(iter(values.values()))
        return Point(key or self.otherwise, found, time, model=self.model)


@dataclass(frozen=True, kw_only=True)
class ColumnSettings:
    """What sources have in common whose points are rows with columns.

    Parameters
    ----------
    name : str
        Names the source, its position, and the stream of rows without a key.
    key : str or sequence of str
        The columns that name the stream; of several, the key is ``name=value`` pairs.
    time, time_unit, values, model
        See :class:`Layout`.
    """

    name: str
    key: str | Sequence[str] = ()
    time: str = ""
    time_unit: Unit = "s"
    values: Sequence[str] = ()
    model: str | None = None

    def layout(self, ignored: Sequence[str] = ()) -> Layout:
        """Return which columns are what."""
        key = (self.key,) if isinstance(self.key, str) else tuple(self.key)
        columns = tuple(name for name in key if name)
        return Layout(columns, self.time, self.time_unit, tuple(self.values), self.model, self.name, tuple(ignored))


@dataclass
class Bad:
    """Rows that were left out, by what was wrong; the first are logged.

    Parameters
    ----------
    source : str
        What messages call the source.
    counts : Counter
        Where they are counted.
    """

    source: str
    counts: Counter[str]

    def add(self, error: DataError) -> None:
        """Count a row."""
        self.counts[error.kind if isinstance(error, BadLine) else "not a point"] += 1
        if self.counts.total() <= _SHOWN:
            _log.warning("source %s: left out a row: %s", self.source, error)


def points_of(reads: Iterable[Callable[[], Point]], bad: Bad) -> list[Point]:
    """Return the points that can be read, and count the others."""
    found = []
    for read in reads:
        try:
            found.append(read())
        except DataError as error:
            bad.add(error)
    return found


def micros_of_cell(cell: Any, unit: Unit = "s") -> int:
    """Return a time as microseconds from 1970 in UTC.

    Raises
    ------
    DataError
        If it is none.

    Examples
    --------
    >>> micros_of_cell("2023-11-14T22:13:20Z") == micros_of_cell(1_700_000_000_000, "ms") == 1_700_000_000_000_000
    True
    """
    if isinstance(cell, np.datetime64):
        cell = pd.Timestamp(cell)
    if isinstance(cell, date | datetime) and not pd.isna(cell):
        found = cell if isinstance(cell, datetime) else datetime(cell.year, cell.month, cell.day)
        return micros_of(found.isoformat())
    if isinstance(cell, str):
        try:
            cell = number(cell)
        except BadLine:
            return micros_of(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal | np.number) or not math.isfinite(cell):
        raise BadLine("without a time", f"expected a time, got {str(cell)[:40]!r}")
    return _from_number(cell, unit)


def _from_number(value: Any, unit: Unit) -> int:
    scale = 1_000_000 / _UNITS[unit]
    found = round(int(value) * scale) if value == int(value) else round(float(value) * scale)
    if not 0 <= found < 9_000_000_000 * 1_000_000:
        raise BadLine("without a time", f"expected a time in {unit} from 1970, got {value}: give the time_unit")
    return found


def _key(row: Mapping[str, Any], names: Sequence[str]) -> str:
    cells = {name: _cell(row, name) for name in names}
    for name, cell in cells.items():
        if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
            raise BadLine("without a key", f"expected a key in {name!r}, got nothing")
    return str(cells[names[0]]) if len(names) == 1 else key_of({name: str(cell) for name, cell in cells.items()})


def _cell(row: Mapping[str, Any], name: str) -> Any:
    if name not in row:
        raise BadLine("without a column", f"expected a column {name!r}, got {', '.join(map(str, [*row][:20]))}")
    return row[name]


def _value(cell: Any) -> float:
    if isinstance(cell, Decimal | np.number | np.bool_ | bool):
        return float(cell)
    if cell is pd.NA or cell is pd.NaT:
        return math.nan
    return number(cell)

"""A table of a database that grows: rows after the largest value of a column that only rises."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2b
from typing import Annotated, Any

from offbeat.errors import OffbeatError, ParameterError
from offbeat.estimators.hints import Range
from offbeat.files.sql import reading, shown_url
from offbeat.service.config_file import secret
from offbeat.service.points import Point, Push
from offbeat.service.sources.errors import SourceError
from offbeat.service.sources.layout import Bad, ColumnSettings, micros_of_cell, points_of
from offbeat.service.sources.source import Source
from offbeat.words import printable

__all__ = ["Sql", "SqlSettings"]


@dataclass(frozen=True, kw_only=True)
class SqlSettings(ColumnSettings):
    """A table, or a query, whose rows are points.

    Parameters
    ----------
    url, url_env : str
        The database as a URL of SQLAlchemy, such as ``sqlite:///plant.db``, or the environment variable that holds it.
    table : str
        The name of the table.
    query : str
        A query instead, in the SQL of the database.
    after : str
        The column that rises from row to row: a number that counts rows, or a time. Rows may share a value. A row with
        a smaller value than one that was read is not seen any more.
    is_value : bool
        Whether that column is one of the values, too.
    interval : float
        Seconds between two looks while nothing comes.
    most : int
        Rows that are read at once.
    """

    url: str = field(default="", repr=False)
    url_env: str = ""
    table: str = ""
    query: str = ""
    after: str
    is_value: bool = False
    interval: Annotated[float, Range(0, 86_400)] = 5.0
    most: Annotated[int, Range(1, 100_000)] = 5_000

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.url_env):
            raise ParameterError("expected url or url_env, one of them: give the database")
        if bool(self.table) == bool(self.query):
            raise ParameterError("expected table or query, one of them: give what to read")
        object.__setattr__(self, "url", self.url or secret(self.url_env, self.name))

    def open(self) -> Sql:
        """Return the source."""
        return Sql(self)


class Sql(Source):
    """Reads what is new, in the order of a column.

    The position has the largest value, and digests of the rows with that value: others with it may still come.

    Parameters
    ----------
    settings : SqlSettings
        What is read.
    clock : callable
        Returns seconds that never go back.
    """

    def __init__(self, settings: SqlSettings, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings.name)
        self.settings, self.bad = settings, Bad(self.name, self.left_out)
        self._clock, self._next = clock, clock()
        self._layout = settings.layout(() if settings.is_value else (settings.after,))
        self._after: Any = None
        self._seen = Counter[str]()

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield the points of new rows."""
        self._begin(position)
        while True:
            if self._clock() < self._next:
                yield None
                continue
            rows = self._new_rows()
            if len(rows) < self.settings.most:
                self._next = self._clock() + self.settings.interval
            points = points_of((partial(self._point, row) for row in rows), self.bad)
            yield Push(points, self.name, self._position()) if points else None

    def _begin(self, position: str | None) -> None:
        if position is None:
            return
        with self._reading_position():
            found = json.loads(position)
            self._after, self._seen = _from_json(found["after"]), Counter(dict(found["seen"]))

    def _position(self) -> str:
        return json.dumps({"after": _to_json(self._after), "seen": self._seen})

    def _new_rows(self) -> list[dict[str, Any]]:
        """Return the next rows that were not read before, and note that they are."""
        after, left = self._after, Counter(self._seen)
        new = []
        for row in self._rows(self.settings.most + left.total()):
            value, digest = row[self.settings.after], _digest(row)
            if value == after and left[digest]:
                left[digest] -= 1
                continue
            if value != self._after:
                self._after, self._seen = value, Counter()
            self._seen[digest] += 1
            new.append(row)
        return new

    def _rows(self, limit: int) -> list[dict[str, Any]]:
        """Return rows from the largest value on, in order."""
        where = shown_url(self.settings.url)
        try:
            with reading(self.settings.url) as connection:
                result = connection.execute(self._statement(limit))
                names = list(map(str, result.keys()))
                rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        except OffbeatError as error:
            raise SourceError(f"source {self.name}: {error}") from error
        except Exception as error:  # of SQLAlchemy, or of any driver
            raise SourceError(f"source {self.name}: {where} cannot be read: {printable(str(error), 200)}") from error
        if rows and self.settings.after not in rows[0]:
            raise SourceError(
                f"source {self.name}: expected a column {self.settings.after!r}, got {', '.join(rows[0])}"
            )
        return rows

    def _statement(self, limit: int) -> Any:
        import sqlalchemy

        column: Any = sqlalchemy.column(self.settings.after)
        if self.settings.query:
            rows: Any = sqlalchemy.text(self.settings.query).columns(column).subquery("rows_of_query")
        else:
            schema, _, name = self.settings.table.rpartition(".")
            rows = sqlalchemy.table(name, column, schema=schema or None)
        rising = rows.c[self.settings.after]
        new = rising.is_not(None) if self._after is None else rising >= self._after
        everything: Any = sqlalchemy.literal_column("*")
        return sqlalchemy.select(everything).select_from(rows).where(new).order_by(rising).limit(limit)

    def _point(self, row: dict[str, Any]) -> Point:
        """Return the point of a row; by the rising column where no other says when it was."""
        if self.settings.time:
            return self._layout.point(row)
        value = row[self.settings.after]
        if isinstance(value, int):
            return self._layout.point(row)._replace(seq=value)
        return self._layout.point(row, time=micros_of_cell(value, self.settings.time_unit))


def _digest(row: dict[str, Any]) -> str:
    return blake2b(repr(list(row.values())).encode(errors="replace"), digest_size=8).hexdigest()


def _to_json(value: Any) -> Any:
    """Return a value of the rising column for JSON."""
    if isinstance(value, datetime | date):
        return {type(value).__name__: value.isoformat()}
    if isinstance(value, Decimal):
        return {"Decimal": str(value)}
    if value is None or isinstance(value, int | float | str):
        return value
    raise SourceError(f"expected the rising column to hold numbers, times or text, got a {type(value).__name__}")


def _from_json(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, text)] = value.items()
    readers: dict[str, Callable[[str], Any]] = {
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "Decimal": Decimal,
    }
    return readers[kind](text)

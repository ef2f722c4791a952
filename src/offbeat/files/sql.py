"""Tables of databases, by a URL of SQLAlchemy: read only, in batches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.errors import DataError, MissingExtraError, ParameterError, failing_as
from offbeat.files.regular import existing_file, shorten

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["is_url", "reading", "shown_url", "sql_frame", "url_of_file"]

_URL = re.compile(r"[a-z][a-z0-9]*(\+[a-z0-9_]+)?://")
_FILES = ("http", "https", "ftp", "s3", "gs", "file", "az", "abfs", "hdfs")
_BATCH = 50_000
_READING = re.compile(r"\s*\(*\s*(select|with|values|table|from|show)\b", re.IGNORECASE)


def is_url(source: object) -> bool:
    """Whether something is the URL of a database, or of anything else, and no path.

    Examples
    --------
    >>> is_url("sqlite:///plant.db"), is_url("postgresql+psycopg://host/plant"), is_url("plant.db")
    (True, True, False)
    """
    return isinstance(source, str) and _URL.match(source) is not None


def url_of_file(path: Path) -> str:
    """Return the URL of a SQLite database in a file."""
    return f"sqlite:///{path}"


def sql_frame(url: str, query: str | None = None, table: str | int | None = None) -> tuple[pd.DataFrame, str]:
    """Return what a query gives, or a whole table, and what messages call it.

    Nothing is written: SQLite is opened for reading only, and in other databases whatever a query did is rolled back.

    Parameters
    ----------
    url : str
        Such as ``sqlite:///plant.db``.
    query : str, optional
        In the SQL of the database.
    table : str, optional
        The name of a table; the only one where neither is given.

    Raises
    ------
    ParameterError
        If both a query and a table are given, or neither and there are several tables.
    DataError
        If the database cannot be opened, or the query fails.
    MissingExtraError
        If SQLAlchemy or the driver of the database is not installed.
    """
    import pandas as pd

    if query is not None and table is not None:
        raise ParameterError("expected a query or a table, got both: leave one out")
    if query is not None and not _READING.match(query):
        raise ParameterError(f"expected a query that reads, such as 'select …', got {query[:40]!r}")
    with reading(url) as connection:
        from sqlalchemy import text

        if query is None:
            table, quoted = _table(connection, url, table)
            query = f"select * from {quoted}"
        what = table if table is not None else "query"
        with failing_as(DataError, f"the query on {shown_url(url)} failed", "check it"):
            result = connection.execution_options(stream_results=True).execute(text(query))
            names = list(map(str, result.keys()))
            batches = [pd.DataFrame(map(tuple, rows), columns=names) for rows in result.partitions(_BATCH)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the columns of a table differ in name, but {twice!r} comes twice: rename one in the query")
    frame = pd.concat(batches, ignore_index=True) if batches else pd.DataFrame(columns=names)
    return _with_floats(frame), str(what)


@contextmanager
def reading(url: str) -> Iterator[Any]:
    """Give a connection to a database that reads only: what a query did is rolled back.

    Raises
    ------
    DataError
        If the database cannot be opened.
    MissingExtraError
        If SQLAlchemy or the driver of the database is not installed.
    """
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingExtraError(
            f"{shown_url(url)} needs SQLAlchemy, which is not installed: pip install 'offbeat[sql]', or save it as .csv"
        ) from error
    scheme = url.partition(":")[0]
    if scheme in _FILES:
        raise DataError(f"{shown_url(url)} is not on this machine: download it first, and give its path")
    with failing_as(DataError, f"{shown_url(url)} cannot be opened", "check the URL, and who may read it"):
        try:
            parsed = sqlalchemy.engine.make_url(url)
            if parsed.get_backend_name() == "sqlite":
                place = existing_file(parsed.database or "").resolve()
                parsed = parsed.set(database=place.as_uri(), query={"mode": "ro", "uri": "true"})
            engine = sqlalchemy.create_engine(parsed, poolclass=sqlalchemy.pool.NullPool)
        except ImportError as error:  # of the driver
            raise MissingExtraError(f"{shown_url(url)} needs {error.name}: pip install {error.name}") from error
        connection = engine.connect()
    with connection:  # what is not committed is rolled back
        yield connection
    engine.dispose()


def shown_url(url: str) -> str:
    """Return a URL without the password in it.

    Examples
    --------
    >>> shown_url("postgresql://me:secret@host/plant")
    'postgresql://me:…@host/plant'
    """
    return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:…@", url)


def _table(connection: Any, url: str, wanted: str | int | None) -> tuple[str, str]:
    """Return the table that is wanted, or the only one; and its name in quotes."""
    import sqlalchemy

    with failing_as(DataError, f"{shown_url(url)} is no database that can be read", "check the URL"):
        inspector = sqlalchemy.inspect(connection)
        names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
    there = shorten(names) or "none"
    if wanted is None and len(names) != 1:
        raise ParameterError(
            f"{shown_url(url)} has {len(names)} tables ({there}): name one (table=), "
            "or ask for what to read in SQL (query=)"
        )
    name, schema = str(names[0] if wanted is None else wanted), None
    if name not in names:
        schema, _, name = name.rpartition(".")
    if not schema and name not in names:
        raise DataError(f"no table of {shown_url(url)} is called {wanted!r}: there are {there}")
    quoted = connection.dialect.identifier_preparer.format_table(sqlalchemy.table(name, schema=schema or None))
    return name, str(quoted)


def _with_floats(frame: pd.DataFrame) -> pd.DataFrame:
    """Return decimal numbers of a database as floats."""
    for name in [name for name, dtype in frame.dtypes.items() if dtype == np.dtype(object)]:
        there = frame[name].dropna()
        if len(there) and isinstance(there.iloc[0], Decimal):
            frame[name] = frame[name].astype(np.float64)
    return frame

"""A table of SQLite that grows."""

import sqlite3
from contextlib import closing

import pytest

from offbeat.errors import ParameterError
from offbeat.service.sources import SourceError
from offbeat.service.sources.sql import SqlSettings

pytest.importorskip("sqlalchemy")


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "plant.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY, host TEXT, t TEXT, cpu REAL)")
    return path


def add(database, *rows):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany("INSERT INTO readings (host, t, cpu) VALUES (?, ?, ?)", rows)


def source(database, **settings):
    common = {"name": "plant", "url": f"sqlite:///{database}", "table": "readings", "key": "host", "time": "t"}
    return SqlSettings(**(common | {"after": "id", "interval": 0.0} | settings)).open()


def row(second, host="web1"):
    return (host, f"2026-03-01T10:00:{second:02d}Z", float(second))


def test_rows_are_read_once_across_restarts(database, kept):
    for begin in range(0, 60, 20):
        add(database, *(row(second) for second in range(begin, begin + 20)))
        kept.read(source(database, most=7))
    assert [point.values for point in kept.points] == [float(i) for i in range(60)]


@pytest.mark.parametrize("n_pushes", [1, 2, 3])
def test_a_kill_neither_loses_nor_repeats(database, kept, n_pushes):
    add(database, *(row(second) for second in range(50)))
    while len(kept.points) < 50:
        before = len(kept.points)
        kept.read(source(database, most=7), n_pushes=n_pushes)
        assert len(kept.points) > before
    assert [point.values for point in kept.points] == [float(i) for i in range(50)]
    assert kept.n_repeated == 0


def test_rows_that_share_a_value_are_all_read_whenever_they_come(database, kept):
    names, settings = [f"web{i}" for i in range(30)], {"after": "t", "most": 7, "values": ("cpu",)}
    add(database, *(row(1, name) for name in names[:20]))
    kept.read(source(database, **settings), n_pushes=2)
    add(database, *(row(1, name) for name in names[20:]))
    kept.read(source(database, **settings))
    add(database, *(row(2, name) for name in names))
    kept.read(source(database, **settings))
    assert [(point.key, point.values) for point in kept.points] == [(n, 1.0) for n in names] + [(n, 2.0) for n in names]


def test_the_number_of_a_row_is_its_place_where_it_has_no_time(database, kept):
    add(database, row(1), row(2))
    points = kept.read(source(database, time="", values=("cpu",)))
    assert [(point.seq, point.time) for point in points] == [(1, None), (2, None)]


def test_a_query_is_read_as_well(database, kept):
    add(database, *(row(second, f"web{second % 2}") for second in range(10)))
    query = "SELECT id, host, t, cpu * 2 AS load FROM readings WHERE host = 'web1' -- no more"
    points = kept.read(source(database, table="", query=query.split(" --", maxsplit=1)[0], most=2))
    assert [point.values for point in points] == [2.0, 6.0, 10.0, 14.0, 18.0]


def test_values_are_bound_and_not_written_into_the_statement(database, kept):
    add(database, ("web1", "2026' OR '1'='1", 1.0), row(1))
    made = source(database, after="t", time="id", values=("cpu",))
    kept.read(made)
    add(database, row(2))
    kept.read(source(database, after="t", time="id", values=("cpu",)))
    assert [point.values for point in kept.points] == [1.0, 1.0, 2.0]


def test_bad_rows_are_left_out_and_the_others_read(database, kept):
    add(database, row(1), ("web1", "soon", 2.0), row(3))
    made = source(database)
    assert [point.values for point in kept.read(made)] == [1.0, 3.0]
    assert made.bad.counts.total() == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"table": "missing"}, "missing"),
        ({"after": "number"}, "number"),
        ({"url": "sqlite:////nowhere/plant.db"}, "nowhere"),
        ({"url": "postgresql+nodriver://me:secret@host/plant"}, "nodriver"),
        ({"table": "", "query": "DELETE FROM readings"}, "plant"),
    ],
)
def test_what_cannot_be_read_is_named(database, kept, settings, said):
    add(database, row(1))
    with pytest.raises(SourceError, match=said) as told:
        kept.read(source(database, **settings))
    assert "secret" not in str(told.value)


def test_nothing_is_written(database, kept):
    add(database, row(1))
    before = database.read_bytes()
    kept.read(source(database))
    assert database.read_bytes() == before


def test_a_position_of_something_else_is_refused(database):
    with pytest.raises(SourceError, match="position"):
        next(source(database).pushes("{}"))


@pytest.mark.parametrize("given", [{"table": "a", "query": "b"}, {"table": "", "query": ""}, {"url_env": "X"}])
def test_settings_that_contradict_are_refused(database, given):
    with pytest.raises(ParameterError, match="one of them"):
        source(database, **given)

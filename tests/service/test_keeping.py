"""What is on disk: blocks, chunks and the log, and what is deleted of it."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import ModelError
from offbeat.service import pruning
from offbeat.service.blocks import Block, log_of, read_log
from offbeat.service.database import Database
from offbeat.service.newest_points import newest_points
from offbeat.service.points import MICRO, Point
from offbeat.service.pruning import Keep, prune
from offbeat.service.service import Service
from offbeat.service.writing import CHUNK
from pushing import START, noisy_wave, points_of, pushed

DAY = 86_400


def block_of(n, n_channels, seed=0):
    rng = np.random.default_rng(seed)
    at = np.cumsum(rng.integers(1, 10**9, n))
    values = np.where(rng.random((n, n_channels)) < 0.2, np.nan, rng.normal(size=(n, n_channels)))
    return Block(at, at + 1, rng.normal(size=n), rng.integers(0, 7, n).astype(np.uint8), values)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 4)), max_size=5))
def test_the_log_gives_back_what_it_was_given(shapes):
    blocks = [(number, block_of(*shape, number)) for number, shape in enumerate(shapes)]
    found = list(read_log(*log_of(blocks)))
    assert [number for number, _ in found] == [number for number, _ in blocks]
    for (_, read), (_, written) in zip(found, blocks, strict=True):
        for name in ("at", "time", "score", "level", "values"):
            np.testing.assert_array_equal(getattr(read, name), getattr(written, name))


def test_a_block_of_another_size_is_refused():
    with pytest.raises(ModelError, match="3 points"):
        Block.from_bytes(block_of(3, 2).to_bytes()[:-1], 3, 2)


def test_threads_that_end_leave_no_connection_open(tmp_path, monkeypatch):
    database, opened = Database(tmp_path / "data.db"), []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kw: opened.append(connect(*args, **kw)) or opened[-1])
    for _ in range(20):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(database.size).result() > 0
    assert len(opened) == 1
    with pytest.raises(sqlite3.OperationalError):
        database.read("DELETE FROM streams")
    database.close()
    with pytest.raises(sqlite3.ProgrammingError):
        opened[0].execute("SELECT 1")
    with pytest.raises(sqlite3.ProgrammingError):
        database.size()


def n_rows(service, table):
    return service.database.read(f"SELECT count(*) FROM {table}")[0][0]


def test_streams_become_chunks_a_few_at_a_time_and_all_of_them_at_the_end(model_folder, tmp_path):
    data = tmp_path / "data.db"
    with Service(model_folder, data).running() as service:
        for step in range(CHUNK):
            pushed(service, [point for key in range(100) for point in points_of(f"s{key}", np.ones((1, 1)), step)])
        assert 0 < n_rows(service, "chunks") < 100
        pushed(service, [point for key in range(100) for point in points_of(f"s{key}", np.ones((1, 1)), CHUNK)])
        assert n_rows(service, "chunks") == 100
        n_left = sum(len(stream.tail) > 0 for stream in service.engine.streams.by_id.values())
        assert n_left
    with Service(model_folder, data).running() as again:
        rows = again.database.read("SELECT sum(n) AS n, count(*) AS chunks FROM chunks")
        # What a stream has in memory at the end is a chunk, too.
        assert dict(rows[0]) == {"n": 100 * (CHUNK + 1), "chunks": 100 + n_left}
        assert n_rows(again, "log") == 0


def test_old_points_and_events_are_deleted_and_streams_go_on(service):
    pushed(service, points_of("s", noisy_wave(2 * CHUNK, 1)))
    n_events = len(service.reader.events(status="closed"))
    assert n_events
    now = service.database.read("SELECT max(stored) FROM chunks")[0][0]
    assert prune(service.database, Keep(days=1), now + 0.5 * DAY) == 0
    assert prune(service.database, Keep(days=1), now + 2 * DAY) == 1
    assert len(service.reader.events(status="closed")) == n_events
    assert service.reader.series(None, "s")["n_points"] == 0
    assert pushed(service, points_of("s", np.ones((1, 1)), 2 * CHUNK))[0].score >= 0
    assert pushed(service, points_of("s", np.ones((1, 1)), 5))[0].status == "late"
    prune(service.database, Keep(event_days=3), now + 2 * DAY)  # they came today, whenever they were
    assert len(service.reader.events(status="closed")) == n_events
    prune(service.database, Keep(event_days=1), now + 2 * DAY)
    assert service.reader.events(status="closed") == []


def test_what_is_old_is_found_without_a_scan_and_deleted_a_part_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(pruning, "_AT_ONCE", 3)
    with closing(Database(tmp_path / "data.db")) as database:
        with database.transaction() as writer:
            writer.executemany("INSERT INTO changes (event, what, stored, body) VALUES (1, 'grew', ?, '')", [(1,)] * 5)
        asked = []
        database.writer.set_trace_callback(asked.append)
        prune(database, Keep(), 100 * DAY)
        database.writer.set_trace_callback(None)
        assert database.read("SELECT count(*) FROM changes")[0][0] == 2
        explained = [f"EXPLAIN QUERY PLAN {sql}" for sql in asked if sql.startswith("DELETE")]
        plans = [row[3] for sql in explained for row in database.writer.execute(sql)]
    assert {plan.split()[1] for plan in plans if "INDEX" in plan} == {"changes", "events", "chunks"}
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def test_the_newest_points_are_read_from_as_few_chunks_as_have_them(service, monkeypatch):
    for step in range(3):
        pushed(service, points_of("s", noisy_wave(2 * CHUNK, 1), step * 2 * CHUNK))
    stream, read, blocks = service.reader.found(None, "s"), Block.from_bytes, []
    whole = service.reader.series(None, "s", n=10 * CHUNK)["mean"][0]
    monkeypatch.setattr(Block, "from_bytes", lambda *given: blocks.append(read(*given)) or blocks[-1])
    for n, n_chunks in ((1, 1), (2 * CHUNK, 1), (2 * CHUNK + 1, 2), (7 * CHUNK, 3)):
        blocks.clear()
        found = newest_points(service.database, stream.id, stream.tail.block(), n)
        np.testing.assert_array_equal(found.values[:, 0], whole[-n:])
        assert len(blocks) == n_chunks
    assert len(stream.tail) == 0


def test_the_oldest_points_go_first_where_there_is_too_much(service):
    for step in range(3):
        pushed(service, points_of("s", noisy_wave(2 * CHUNK, 1), step * 2 * CHUNK))
    size = service.database.size()
    assert prune(service.database, Keep(n_bytes=size)) == 0
    assert prune(service.database, Keep(n_bytes=1)) == 3


def test_a_reader_of_changes_goes_on_where_it_was(service):
    pushed(service, points_of("s", noisy_wave(300, 1)))
    changes = service.feed.after(0)
    assert [change.id for change in changes] == list(range(1, len(changes) + 1))
    by_event = {}
    for change in changes:
        by_event.setdefault(change.event["id"], []).append(change.what)
    assert all(whats[0] == "opened" and whats[-1] == "closed" for whats in list(by_event.values())[:-1])
    assert service.feed.after(changes[1].id) == changes[2:]
    assert service.feed.newest() == changes[-1].id
    assert not service.feed.wait(0.01)
    assert changes[0].event["start_time"] >= f"{np.datetime64(START * MICRO, 'us')}"


def test_points_are_found_by_times_that_do_not_rise(service):
    rows = [Point("a", [0.0], (START + CHUNK - number) * MICRO, number) for number in range(CHUNK)]
    pushed(service, rows)
    stream = service.reader.found(None, "a")
    assert len(stream.tail) == 0
    for second in (1, CHUNK // 2, CHUNK):
        found = service.reader.points(stream, (START + second) * MICRO, (START + second) * MICRO + 1)
        assert found.at.tolist() == [CHUNK - second]

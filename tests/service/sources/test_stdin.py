"""Lines as they come in."""

import os
import threading

import pytest

from offbeat.service.sources.stdin import Stdin, StdinSettings

CSV = (
    b"host,time,cpu\nweb1,1700000000,0.5\n\nweb2,1700000000,0.25\nweb1,oops,1\nweb1,1700000001,x\nhost,time,cpu\nweb1,1"
)
JSON = b'{"host": "web1", "time": "2023-11-14T22:13:20Z", "cpu": 0.5}\n{"host": 3}\n[1]\n{"host"\n\xff\xfe\n'


@pytest.fixture
def pipe():
    reads, writes = os.pipe()
    yield reads, writes
    os.close(reads)


def source(number, **settings):
    return Stdin(StdinSettings(name="in", key="host", time="time", **settings), number)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_csv_is_read_however_it_comes(kept, pipe, size):
    made = source(pipe[0])

    def write():
        for at in range(0, len(CSV), size):
            os.write(pipe[1], CSV[at : at + size])
        os.close(pipe[1])

    writer = threading.Thread(target=write)
    writer.start()
    points = kept.read(made, n_idle=10**9)
    writer.join()
    assert [(point.key, point.values, point.time) for point in points] == [
        ("web1", 0.5, 1_700_000_000_000_000),
        ("web2", 0.25, 1_700_000_000_000_000),
    ]
    assert made.bad.counts == {"not a point": 1, "not a number": 1, "cut off": 1}


def test_json_is_read(kept, pipe):
    made = source(pipe[0])
    os.write(pipe[1], JSON)
    os.close(pipe[1])
    [point] = kept.read(made, n_idle=10**9)
    assert (point.key, point.values) == ("web1", 0.5)
    assert made.bad.counts.total() == 4


def test_it_can_be_stopped_while_nothing_comes(pipe):
    made = source(pipe[0])
    assert next(made.pushes(None)) is None
    os.close(pipe[1])

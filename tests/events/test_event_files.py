"""Files of events that nobody meant: one sentence for each."""

import os

import numpy as np
import pytest

from offbeat.errors import DataError, FormatError
from offbeat.events import Event, read_events, write_events

EVENT = '{"start": 1, "end": 20, "peak": 12, "severity": "alarm"}'


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".json", "[" * 100_000),
        (".jsonl", '{"a":' * 100_000),
        (".json", "[[1]]"),
        (".json", "{}"),
        (".json", "[" + EVENT.replace("20", "9" * 5000) + "]"),
        (".json", "[" + EVENT.replace("20", "1e400") + "]"),
        (".json", "[" + EVENT.replace("1,", '"1_0",', 1) + "]"),
        (".json", "[" + EVENT.replace("20", "9007199254740993") + "]"),
        (".json", "[" + EVENT.replace("}", ', "score": "1e400"}') + "]"),
        (".json", "[" + EVENT.replace("}", ', "channels": [1]}') + "]"),
        (".json", "[" + EVENT.replace("}", ', "channels": {"cpu": "\uff11"}}') + "]"),
        (".csv", "start,end,peak,severity\n" + "a" * 200_000 + ",2,1,alarm\n"),
        (".csv", "start,end,peak,severity\n1_0,20,12,alarm\n"),
        (".csv", "start,end,peak,severity\n1,20,12,alarm,,,\n"),
        (".parquet", "PAR1" + "x" * 100 + "PAR1"),
    ],
)
def test_each_fault_is_one_sentence(tmp_path, suffix, content):
    path = tmp_path / f"found{suffix}"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=rf"found\{suffix} cannot be read as events") as caught:
        read_events(path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 500


def test_damaged_tables_of_events_are_refused(tmp_path):
    path = write_events([Event(3, 5, 4, score=2.5, channels=(("cpu", 1.0),))], tmp_path / "found.parquet")
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(200):
        content = bytearray(whole)
        content[rng.integers(len(content))] = rng.integers(256)
        path.write_bytes(content)
        try:
            read_events(path)
        except DataError as error:
            assert str(error).isprintable()  # noqa: PT017


def test_numbers_may_be_text():
    found = {"start": "10", "end": 20.0, "peak": "1.2e1", "severity": "watch", "score": "-inf"}
    event = Event.from_dict(found)
    assert (event.start, event.end, event.peak, event.score) == (10, 20, 12, -np.inf)


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(FormatError, match="device or a pipe"):
        read_events(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for path in (tmp_path / "loop.csv", tmp_path / ("x" * 300 + ".csv")):
        with pytest.raises(DataError, match="does not exist"):
            read_events(path)

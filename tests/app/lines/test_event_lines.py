"""The events of a stream of lines: those of the whole input, each written when it is known and when it is settled."""

import json
import shutil
from random import Random

import numpy as np
import pytest

from offbeat import Fixed, NaiveForecast, OnlineDetector, PCADetector, Recording, Tracking, read_events
from offbeat.app.lines import EventFile, Keeper, LineStream, ScoredLines
from offbeat.app.lines.times import time_of
from offbeat.errors import DataError, ModelError, OutputError, ParameterError
from offbeat.estimators.folder import digest, read_arrays, write_arrays
from offbeat.events import Event

WAVE = np.stack([np.sin(np.arange(900) / 7), np.cos(np.arange(900) / 5)], axis=1)
WAVE += np.random.default_rng(0).normal(0, 0.1, WAVE.shape)
VALUES = np.round(WAVE[400:], 3)
VALUES[[50, 51, 52, 130, 131, 260, 300, 301, 390]] += 3
VALUES[200:215, 1] -= 2
CHANNELS = ["load", "heat"]
KNOWN = Recording(WAVE[:400], channels=CHANNELS)
TIMES = np.datetime64("2026-03-01T00:00") + 5 * np.arange(len(VALUES)).astype("timedelta64[m]")
MODELS = [
    NaiveForecast(scaling="none", threshold=Fixed(1.5)).fit(KNOWN),
    PCADetector(window=6, n_components=2, fold="mean", threshold=Fixed(0.5)).fit(KNOWN),
    PCADetector(window=4, n_components=2, fold="max", threshold=Tracking(2, 200.0, step=1.0)).fit(KNOWN),
]
ROWS = [f"{time},{a},{b}" for time, (a, b) in zip(TIMES, VALUES.tolist(), strict=True)]
TEXT = "".join(f"{line}\n" for line in ("when,load,heat", *ROWS)).encode()


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: f"{model.name}-{model.fold}")
def model(request):
    return request.param


@pytest.fixture(scope="module")
def whole(model):
    events = model.detect(Recording(VALUES, timestamps=TIMES, channels=CHANNELS))
    assert len(events) > 2
    return events


class Nowhere:
    def write(self, line):
        pass

    def sync(self):
        pass


class Gone(Nowhere):
    def write(self, line):
        raise BrokenPipeError


class Full(EventFile):
    def write(self, status, event, key=""):
        raise OutputError("no space left")


def stream(model, file, state=None, *, output=None, same_input=True):
    lines = ScoredLines(OnlineDetector(model), with_events=file is not None)
    keeper = None if state is None else Keeper(state, lines, print)
    sinks = () if file is None else (file,)
    return LineStream(lines, output or Nowhere(), keeper, sinks, same_input=same_input and state is not None)


def written(path):
    """Return the status of each event in a file, and the events."""
    statuses = [json.loads(line)["status"] for line in path.read_text().splitlines()]
    return statuses, read_events(path)


def keys(events):
    return [(event.start, event.end, event.peak, event.known_at, event.severity, event.times()) for event in events]


def settled(path):
    return [event for status, event in zip(*written(path), strict=True) if status == "settled"]


def test_each_event_is_written_when_it_is_known_and_when_it_is_settled(model, whole, tmp_path):
    with EventFile(tmp_path / "events.jsonl", CHANNELS) as file:
        stream(model, file).run([TEXT])
    lines = list(zip(*written(tmp_path / "events.jsonl"), strict=True))
    known = [event for status, event in lines if status == "known"]
    found = settled(tmp_path / "events.jsonl")
    assert keys(found) == keys(whole)
    for event, expected in zip(found, whole, strict=True):
        (begun,) = (one for one in known if one.known_at == event.known_at)
        assert lines.index(("known", begun)) < lines.index(("settled", event))
        assert begun.score <= event.score == pytest.approx(expected.score, rel=1e-6)
        assert dict(event.channels) == pytest.approx(dict(expected.channels), rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_through_stops_each_event_is_written_once(model, whole, tmp_path, seed):
    random = Random(seed)
    path, state = tmp_path / "events.jsonl", tmp_path / "state"
    for _ in range(12):
        left = [random.randrange(120)]

        def stopped(left=left):
            left[0] -= 1
            return left[0] < 0

        way = random.random()
        with EventFile(path, CHANNELS) if way < 0.8 else Full(path, CHANNELS) as file:
            lines = stream(model, file, state, output=Gone() if 0.6 < way < 0.7 else None)
            try:
                lines.run([TEXT], stopped)
            except (BrokenPipeError, OutputError):
                assert way > 0.6
    with EventFile(path, CHANNELS) as file:
        lines = stream(model, file, state)
        lines.run([TEXT])
    found = keys(settled(path))
    assert found + keys(lines.scored.online.finish()) == keys(whole)
    known = [event.known_at for status, event in zip(*written(path), strict=True) if status == "known"]
    assert len(known) == len(set(known))


def test_after_a_kill_events_come_again_and_none_is_lost(model, whole, tmp_path):
    path, state = tmp_path / "events.jsonl", tmp_path / "state"
    for n_lines in (60, 280):
        with EventFile(path, CHANNELS) as file:
            stream(model, file, state).run([b"".join(TEXT.splitlines(keepends=True)[:n_lines])])
        shutil.copy(state, tmp_path / "before")
        with EventFile(path, CHANNELS) as file:
            stream(model, file, state).run([b"".join(TEXT.splitlines(keepends=True)[: n_lines + 150])])
        # As though the process was killed before it could write the state, and in the middle of a line.
        shutil.copy(tmp_path / "before", state)
        path.write_bytes(path.read_bytes() + b'{"status": "sett')
    with EventFile(path, CHANNELS) as file:
        lines = stream(model, file, state)
        lines.run([TEXT])
    found = keys(settled(path))
    assert len(found) > len(whole)
    assert {key[:4] for key in found} | {key[:4] for key in keys(lines.scored.online.finish())} == {
        key[:4] for key in keys(whole)
    }


def test_an_event_waits_in_the_state_while_no_file_is_given(model, whole, tmp_path):
    path, state = tmp_path / "events.jsonl", tmp_path / "state"
    with Full(path, CHANNELS) as file, pytest.raises(OutputError):
        stream(model, file, state).run([TEXT])
    stopped = len(json.loads(read_arrays(state)[0]["lines"].tobytes())["lines"])
    stream(model, None, state).run([], lambda: True)
    assert len(json.loads(read_arrays(state)[0]["lines"].tobytes())["lines"]) == stopped
    with EventFile(path, CHANNELS) as file:
        stream(model, file, state).run([TEXT])
    assert keys(settled(path)) == keys(whole)[: len(settled(path))]
    assert len(settled(path)) >= len(whole) - 1


@pytest.mark.parametrize("events", [None, [["over", {}]], [["known", {}]], [[1]], 3])
def test_a_state_with_other_events_is_refused(tmp_path, events):
    state = tmp_path / "state"
    stream(MODELS[0], None, state).run([TEXT])
    arrays, notes = read_arrays(state)
    saved = json.loads(arrays["lines"].tobytes())
    saved["lines"] = json.dumps({**json.loads(saved["lines"]), "events": events})
    arrays["lines"] = np.frombuffer(json.dumps(saved).encode(), dtype=np.uint8)
    write_arrays(state, arrays, {**notes, "digest": digest(arrays)})
    with pytest.raises(ModelError, match="damaged"):
        stream(MODELS[0], None, state)


EVENT = Event(3, 5, 4, 2.5, channels=(("load", 0.25), ("heat", 0.75)), known_at=6)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_file_is_continued_and_reads_back(tmp_path, ending):
    path = tmp_path / f"events.{ending}"
    timed = EVENT.with_times(TIMES)
    for event in (EVENT, timed):
        with EventFile(path, CHANNELS) as file:
            file.write("known", event)
            file.write("settled", event)
            file.sync()
        # What a kill leaves of a line.
        path.write_bytes(path.read_bytes()[:-9])
    with EventFile(path, CHANNELS):
        pass
    assert read_events(path) == [EVENT, timed]
    assert path.read_text().count("status") == (1 if ending == "csv" else 2)


def test_half_a_header_is_written_again(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("status,sta")
    with EventFile(path, CHANNELS) as file:
        file.write("settled", EVENT)
    assert read_events(path) == [EVENT]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("events.csv", "start,end\n1,2\n"),
        ("events.csv", "status,start,end,peak,known_at,score,severity,start_time,end_time,peak_time,share_x\n"),
        ("events.jsonl", '{"start": 1}\n'),
        ("events.jsonl", "my notes"),
    ],
)
def test_another_file_is_left_alone(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match="give another file"), EventFile(tmp_path / name, CHANNELS):
        pass
    assert (tmp_path / name).read_text() == content


def test_places_that_are_no_files_are_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"\.jsonl"):
        EventFile(tmp_path / "events.parquet", CHANNELS)
    (tmp_path / "events.csv").mkdir()
    with pytest.raises(DataError), EventFile(tmp_path / "events.csv", CHANNELS):
        pass
    with pytest.raises(OutputError), EventFile(tmp_path / "none" / "events.csv", CHANNELS):
        pass


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([("day", "2026-03-01")], "2026-03-01"),
        ([("day", "20260301T1000")], "2026-03-01T10:00"),
        ([("from", "2026-03-01"), ("time", "2026-03-02")], "2026-03-02"),
        ([("from", "2026-03-01"), ("to", "2026-03-02")], None),
        ([("when", "01/03/2026")], None),
        ([("when", "2026-13-45")], None),
        ([("time", 1436538240000)], "2015-07-10T14:24"),
        ([("time", "20150710")], "2015-07-10"),
        ([("time", 1e300)], None),
        ([("time", True)], None),
        ([("time", None)], None),
        ([("host", 1436538240)], None),
        ([], None),
    ],
)
def test_times_of_lines(cells, expected):
    assert time_of(cells) == (None if expected is None else np.datetime64(expected))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01 10:00:00.5+02:00", "2026-03-01T10:00:00.500000+02:00"),
        ("01/Mar/2026:10:00:00 +0200", "2026-03-01T10:00:00+02:00"),
    ],
)
def test_times_of_lines_keep_their_offset(cell, expected):
    assert time_of([("when", cell)]).isoformat() == expected


@pytest.mark.parametrize("form", ["json", "plain"])
def test_times_are_found_without_a_header(tmp_path, form):
    text = [f"{row}\n" for row in ROWS]
    if form == "json":
        text = [
            json.dumps({"at": str(time), "load": a, "heat": b}) + "\n"
            for time, (a, b) in zip(TIMES, VALUES.tolist(), strict=True)
        ]
    with EventFile(tmp_path / "events.jsonl", CHANNELS) as file:
        stream(MODELS[0], file).run([line.encode() for line in text])
    expected = MODELS[0].detect(Recording(VALUES, timestamps=TIMES, channels=CHANNELS))
    assert keys(settled(tmp_path / "events.jsonl")) == keys(expected)

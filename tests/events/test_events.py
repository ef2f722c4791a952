import json
import sys
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, FormatError, MissingExtraError, OutputError, ParameterError, ShapeError
from offbeat.events import (
    Event,
    events_to_frame,
    events_to_mask,
    hysteresis,
    mask_to_events,
    read_events,
    write_events,
)
from offbeat.events.files import event_columns
from offbeat.events.severity import Severity
from offbeat.series.recording import Collection, Recording
from offbeat.thresholds import Tiers

MASKS = st.lists(st.integers(0, 1), max_size=80)
SCORES = st.lists(st.one_of(st.floats(0, 9), st.just(np.nan)), max_size=60)
SUFFIXES = (".csv", ".json", ".jsonl", ".parquet")
COLUMNS = ["start", "end", "peak", "known_at", "score", "severity", "start_time", "end_time", "peak_time"]
TIERS = Tiers(0.1, 0.02).fit(np.arange(100.0))  # watch above 89, alarm above 97


@given(mask=MASKS)
def test_mask_to_events_and_back(mask):
    events = mask_to_events(mask)
    assert [(event.start, event.end) for event in events] == naive.runs(mask)
    assert events_to_mask(events, len(mask)).tolist() == mask


@given(mask=MASKS, data=st.data())
def test_the_peak_is_the_highest_score_of_the_run(mask, data):
    scores = data.draw(st.lists(st.one_of(st.floats(0, 9), st.just(np.nan)), min_size=len(mask), max_size=len(mask)))
    for event in mask_to_events(mask, scores):
        run = scores[event.start : event.end]
        finite = [score for score in run if score == score]
        assert event.start <= event.peak < event.end
        assert np.array_equal(event.score, max(finite) if finite else np.nan, equal_nan=True)
        assert np.array_equal(scores[event.peak], event.score, equal_nan=True)


def test_without_scores_the_score_is_nan_and_the_peak_the_start():
    (event,) = mask_to_events([False, True, True])
    assert (event.peak, len(event), event.severity) == (1, 2, Severity.ALARM)
    assert np.isnan(event.score)
    assert event.to_dict()["score"] is None


def test_severity_is_the_worst_of_the_run_and_watch_at_least():
    scores = [95.0, 99.0, 0.0, 95.0, 0.0, 50.0]
    events = mask_to_events([1, 1, 0, 1, 0, 1], scores, tiers=TIERS)
    assert [event.severity for event in events] == [Severity.ALARM, Severity.WATCH, Severity.WATCH]


def test_severities_are_the_traffic_light():
    assert [(step.label, step.colour) for step in Severity] == [
        ("normal", "green"),
        ("watch", "amber"),
        ("alarm", "red"),
    ]
    assert [Severity(step) for step in TIERS.predict([0.0, 95.0, 99.0])] == list(Severity)


def test_wrong_input_is_named():
    with pytest.raises(DataError, match="0 and 1 only"):
        mask_to_events([0, 2])
    with pytest.raises(DataError, match="0 and 1 only"):
        mask_to_events([0.0, np.nan])
    with pytest.raises(ShapeError, match=r"\(1, 2\)"):
        mask_to_events([[0, 1]])
    with pytest.raises(ShapeError, match="expected 2 scores"):
        mask_to_events([0, 1], [1.0])
    with pytest.raises(ParameterError, match="tiers"):
        mask_to_events([0, 1], tiers=TIERS)


@pytest.mark.parametrize(("start", "peak", "end"), [(-1, 0, 2), (3, 2, 5), (1, 3, 3), (2, 2, 2)])
def test_an_event_is_in_order(start, peak, end):
    with pytest.raises(DataError, match="start <= peak < end"):
        Event(start=start, end=end, peak=peak)


def test_a_mask_is_of_one_series_and_long_enough():
    with pytest.raises(DataError, match="several"):
        events_to_mask([Event(0, 2, 0, series=0), Event(0, 2, 0, series=1)], 5)
    with pytest.raises(DataError, match="ends at 6"):
        events_to_mask([Event(2, 6, 2)], 5)
    assert events_to_mask([], 3).tolist() == [0, 0, 0]


def test_times_are_those_of_first_last_and_peak_step():
    stamps = np.datetime64("2015-08-09T17:00") + np.arange(10) * np.timedelta64(5, "m")
    event = Event(2, 5, 3, 0.7, Severity.WATCH, channels=(("MLII", 0.75), ("V1", 0.25))).with_times(stamps)
    found = json.loads(json.dumps(event.to_dict()))
    assert (found["start_time"], found["peak_time"], found["end_time"]) == (
        "2015-08-09T17:10",
        "2015-08-09T17:15",
        "2015-08-09T17:20",
    )
    assert found["channels"] == {"MLII": 0.75, "V1": 0.25}
    assert found["severity"] == "watch"
    assert found["series"] is None
    with pytest.raises(ShapeError, match="only 4 time stamps"):
        event.with_times(stamps[:4])


def naive_events(mask, min_length, merge_gap):
    joined = []
    for start, end in naive.runs(mask):
        if joined and start - joined[-1][1] <= merge_gap:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if end - start >= min_length]


def spans(events):
    return [(event.start, event.end) for event in events]


@given(mask=MASKS, min_length=st.integers(1, 6), merge_gap=st.integers(0, 6))
def test_runs_are_joined_first_and_short_ones_dropped_after(mask, min_length, merge_gap):
    events = mask_to_events(mask, min_length=min_length, merge_gap=merge_gap)
    assert spans(events) == naive_events(mask, min_length, merge_gap)
    assert all(len(event) >= min_length for event in events)
    assert all(after.start - before.end > merge_gap for before, after in pairwise(events))


@given(mask=MASKS, merge_gap=st.integers(0, 6), more=st.integers(0, 6))
def test_merging_more_never_adds_events(mask, merge_gap, more):
    wide, near = (mask_to_events(mask, merge_gap=gap) for gap in (merge_gap + more, merge_gap))
    assert len(wide) <= len(near)
    assert np.all(events_to_mask(wide, len(mask)) >= events_to_mask(near, len(mask)))


@given(
    scores=SCORES,
    cuts=st.tuples(st.floats(0, 9), st.floats(0, 9)),
    min_length=st.integers(1, 4),
    merge_gap=st.integers(0, 4),
)
def test_raising_a_cut_never_adds_flagged_steps(scores, cuts, min_length, merge_gap):
    low, high = (
        events_to_mask(mask_to_events(np.array(scores) > cut, min_length=min_length, merge_gap=merge_gap), len(scores))
        for cut in sorted(cuts)
    )
    assert np.all(high <= low)


def naive_hysteresis(scores, high, low, opened):
    mask = []
    for score in scores:
        opened = score > high or (opened and score > low)
        mask.append(int(opened))
    return mask


@given(scores=SCORES, cuts=st.tuples(st.floats(0, 9), st.floats(0, 9)), opened=st.booleans(), at=st.integers(0, 60))
def test_hysteresis_is_what_a_stream_would_do(scores, cuts, opened, at):
    low, high = sorted(cuts)
    mask = hysteresis(scores, high, low, opened=opened)
    assert mask.tolist() == naive_hysteresis(scores, high, low, opened)
    first = hysteresis(scores[:at], high, low, opened=opened)
    rest = hysteresis(scores[at:], high, low, opened=first[-1] if len(first) else opened)
    assert np.array_equal(np.concatenate([first, rest]), mask)


@given(scores=SCORES, cuts=st.tuples(st.floats(0, 9), st.floats(0, 9), st.floats(0, 9)))
def test_hysteresis_lies_between_its_cuts_and_shrinks_as_they_rise(scores, cuts):
    low, middle, high = sorted(cuts)
    mask = hysteresis(scores, middle, low)
    assert np.all(mask >= (np.array(scores) > middle))
    assert np.all(mask <= (np.array(scores) > low))
    assert np.all(hysteresis(scores, high, low) <= mask)
    assert np.all(hysteresis(scores, high, middle) <= hysteresis(scores, high, low))
    assert np.array_equal(hysteresis(scores, middle, middle), np.array(scores) > middle)


def test_hysteresis_closes_at_low_and_at_nan():
    assert hysteresis([2, 9, 3, 2, 3, 9, np.nan, 3], high=5, low=2).tolist() == [0, 1, 1, 0, 0, 1, 0, 0]
    assert hysteresis([1.0, 9.0], high=np.inf, low=0.0).tolist() == [0, 0]
    for high, low in [(1.0, 2.0), (np.nan, 0.0), (1.0, np.nan)]:
        with pytest.raises(ParameterError, match="low"):
            hysteresis([1.0], high, low)
    with pytest.raises(ShapeError, match=r"\(1, 1\)"):
        hysteresis([[1.0]], 2.0, 1.0)


@given(mask=MASKS, data=st.data())
def test_shares_are_those_of_the_steps_inside(mask, data):
    cell = st.one_of(st.integers(0, 4).map(float), st.just(np.nan))
    rows = data.draw(st.lists(st.tuples(cell, cell), min_size=len(mask), max_size=len(mask)))
    shares = np.array(rows, dtype=float).reshape(-1, 2)
    for event in mask_to_events(mask, shares=shares, channels=["MLII", "V1"], merge_gap=1):
        sums = [sum(part for part in column if part == part) for column in shares[event.start : event.end].T]
        if not any(sums):
            assert event.channels == ()
            continue
        assert event.channels == (
            ("MLII", pytest.approx(sums[0] / sum(sums))),
            ("V1", pytest.approx(sums[1] / sum(sums))),
        )
        assert sum(share for _, share in event.channels) == pytest.approx(1)


def test_channels_have_names_and_events_have_times():
    stamps = np.datetime64("2015-08-09T17:00") + np.arange(4) * np.timedelta64(5, "m")
    scores = [0.0, 1.0, 3.0, 0.0]
    (event,) = mask_to_events([0, 1, 1, 0], scores, shares=[[1.0]] * 4, timestamps=stamps)
    assert event.channels == (("ch0", 1.0),)
    assert event == Event(1, 3, 2, 3.0, channels=(("ch0", 1.0),)).with_times(stamps)


def test_shares_that_cannot_be_told_are_left_out():
    for shares in ([[np.nan, np.nan]], [[1.0, -1.0]], [[np.inf, 1.0]]):
        assert mask_to_events([1], shares=shares)[0].channels == ()


@pytest.mark.parametrize(
    ("given_settings", "error", "message"),
    [
        ({"min_length": 0}, ParameterError, "min_length"),
        ({"min_length": 1.5}, ParameterError, "min_length"),
        ({"merge_gap": -1}, ParameterError, "merge_gap"),
        ({"merge_gap": True}, ParameterError, "merge_gap"),
        ({"shares": [0.5, 0.5]}, ShapeError, "n_channels"),
        ({"shares": [[0.5]]}, ShapeError, "2 time steps"),
        ({"shares": [[0.5], [0.5]], "channels": ["a", "b"]}, ShapeError, "expected 1 channel names"),
        ({"timestamps": np.array(["2015-08-09"], dtype="datetime64[D]")}, ShapeError, "expected 2 timestamps"),
        ({"timestamps": [1.0, 2.0]}, DataError, "datetime64"),
    ],
)
def test_wrong_settings_are_named(given_settings, error, message):
    with pytest.raises(error, match=message):
        mask_to_events([0, 1], **given_settings)


def test_a_million_steps_are_no_loop():
    mask = np.arange(1_000_000) % 100 < 30
    scores = np.random.default_rng(0).random(len(mask))
    events = mask_to_events(mask, scores, shares=np.ones((len(mask), 2)), merge_gap=5, min_length=2)
    assert len(events) == 10_000
    assert events[7].peak == 700 + scores[700:730].argmax()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5)
SHARES = st.floats(allow_nan=False)
MOMENTS = st.integers(-(2**60), 2**60).map(lambda ns: np.datetime64(ns, "ns"))


@st.composite
def some_events(draw):
    names = draw(st.lists(WORDS, max_size=3, unique=True))
    is_collection = draw(st.booleans())
    events = []
    for _ in range(draw(st.integers(0, 5))):
        start, before, after = (draw(st.integers(0, 1000)) for _ in range(3))
        times = [draw(MOMENTS) for _ in range(3)] if draw(st.booleans()) else [None] * 3
        shares = [(name, draw(SHARES)) for name in names] if draw(st.booleans()) else []
        series = draw(st.integers(0, 9)) if is_collection else None
        events.append(
            Event(
                start,
                start + before + after + 1,
                start + before,
                draw(st.floats()),
                draw(st.sampled_from(Severity)),
                tuple(shares),
                series,
                *times,
                draw(st.none() | st.integers(0, 2**40)),
            )
        )
    return events


def told(events):
    # NaN is not equal to itself, so that events without a score are compared by what they tell.
    return [(repr(event.score), *(getattr(event, name) for name in vars(event) if name != "score")) for event in events]


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(deadline=None, max_examples=60)
@given(events=some_events())
def test_what_is_written_is_read(tmp_path_factory, suffix, events):
    path = write_events(iter(events), tmp_path_factory.mktemp("events") / f"found{suffix}")
    assert told(read_events(path)) == told(events)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@given(events=some_events())
def test_an_event_is_what_it_tells(events):
    again = [Event.from_dict(json.loads(json.dumps(event.to_dict(), allow_nan=False))) for event in events]
    assert told(again) == told(events)


def test_a_frame_has_the_columns_that_events_have():
    assert list(events_to_frame([])) == COLUMNS
    plain = Event(2, 5, 3, 0.7, Severity.WATCH)
    frame = events_to_frame([plain])
    assert list(frame) == COLUMNS
    assert frame.loc[0, ["start", "end", "peak", "score", "severity"]].tolist() == [2, 5, 3, 0.7, "watch"]
    stamps = np.datetime64("2015-08-09") + np.arange(9)
    full = Event(2, 5, 3, channels=(("V1", 0.25), ("MLII", 0.75)), series=4).with_times(stamps)
    frame = events_to_frame([plain, full])
    assert list(frame) == ["series", *COLUMNS, "share_V1", "share_MLII"]
    assert frame["start_time"][1] == pd.Timestamp("2015-08-11")
    assert frame.loc[0, ["series", "peak_time", "share_V1"]].isna().all()
    assert frame["series"][1] == 4
    for found in (frame, events_to_frame([])):
        assert (found["start"].dtype, found["score"].dtype) == ("int64", "float64")


def test_a_table_file_has_the_columns_of_the_frame(tmp_path):
    stamps = np.datetime64("2015-08-09T17:00") + np.arange(9) * np.timedelta64(5, "m")
    event = Event(2, 5, 3, 0.7, channels=(("a,b", 1.0),)).with_times(stamps)
    path = write_events([event], tmp_path / "new" / "found.CSV")
    assert list(pd.read_csv(path)) == list(events_to_frame([event]))
    assert path.read_text().splitlines()[1] == "2,5,3,,0.7,alarm,2015-08-09T17:10,2015-08-09T17:20,2015-08-09T17:15,1.0"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_without_events_has_the_columns_of_one_with_them(tmp_path, suffix):
    for data in (Recording(np.zeros((9, 2)), channels=["cpu", "mem"]), Collection(np.zeros((3, 1, 9)))):
        series = 1 if isinstance(data, Collection) else None
        event = Event(2, 5, 3, 0.7, channels=tuple((name, 0.5) for name in data.channels), series=series)
        columns = event_columns(data)
        tables = []
        for found in ([], [event]):
            path = write_events(found, tmp_path / f"found{suffix}", columns)
            tables.append(pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path))
            assert read_events(path) == found
        assert list(tables[0]) == list(tables[1])
    with pytest.raises(ParameterError, match="speed"):
        events_to_frame([], ["speed"])


def test_times_that_are_not_known_stay_so(tmp_path):
    event = Event(2, 5, 3, start_time=np.datetime64("NaT"))
    for suffix in SUFFIXES:
        assert read_events(write_events([event], tmp_path / f"found{suffix}"))[0].start_time is None


@pytest.mark.parametrize("name", ["found.txt", "found", "found.csv.gz"])
def test_other_endings_are_refused_with_a_list(tmp_path, name):
    for use in (lambda path: write_events([], path), read_events):
        with pytest.raises(ParameterError, match=r"\.csv, \.json, \.jsonl, \.parquet"):
            use(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".csv", "start,end\n1,2\n"),
        (".csv", "start,end,peak,score,severity\n1,2,x,,alarm\n"),
        (".csv", "start,end,peak,score,severity\n1,2,1,,alarm,more\n"),
        (".csv", "start,end,peak,score,severity\n1,2,1,,terrible\n"),
        (".json", '{"start": 1}'),
        (".json", "[[1, 2]]"),
        (".json", '[{"start": 1.5, "end": 3, "peak": 2, "severity": "alarm"}]'),
        (".json", '[{"start": 5, "end": 3, "peak": 2, "severity": "alarm"}]'),
        (".json", '[{"start": 1, "end": Infinity, "peak": 2, "severity": "alarm"}]'),
        (".json", '[{"start": 1, "end": 3, "peak": 2, "severity": "alarm", "start_time": "noon"}]'),
        (".jsonl", '{"start": 1, "en'),
        (".parquet", "PAR1"),
    ],
)
def test_files_that_hold_no_events_are_named(tmp_path, suffix, content):
    path = tmp_path / f"found{suffix}"
    path.write_text(content)
    with pytest.raises(FormatError, match=rf"found\{suffix} cannot be read as events"):
        read_events(path)


def test_other_keys_are_passed_over(tmp_path):
    path = tmp_path / "alerts.jsonl"
    path.write_text('{"start": 1, "end": 3, "peak": 2, "severity": "watch", "detector": "pca"}\n\n')
    assert told(read_events(path)) == told([Event(1, 3, 2, severity=Severity.WATCH)])


def test_unusable_paths_are_named(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read_events(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match="folder of that name"):
        write_events([], tmp_path / "folder.csv")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    path = write_events([], tmp_path / "found.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for use in (lambda: write_events([], tmp_path / "other.parquet"), lambda: read_events(path)):
        with pytest.raises(MissingExtraError, match=r"offbeat\[parquet\]"):
            use()
    assert [file.name for file in tmp_path.iterdir()] == ["found.parquet"]


def test_an_event_prints_as_a_line():
    days = np.datetime64("2024-01-06") + np.arange(9)
    event = Event(2, 5, 3, 0.123456, Severity.WATCH, (("io", 0.25), ("cpu", 0.75))).with_times(days)
    assert (
        str(event)
        == "watch, 2024-01-08 00:00:00 to 2024-01-10 00:00:00, time steps 2 to 4, score 0.1235, 75% by cpu, 25% by io"
    )
    assert str(Event(0, 1, 0, series=7)) == "alarm, series 7"

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.events import Event, events_to_mask, mask_to_events
from offbeat.severity import Severity
from offbeat.thresholds import Tiers

MASKS = st.lists(st.integers(0, 1), max_size=80)
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
    with pytest.raises(ParameterError, match="pass both"):
        mask_to_events([0, 1], tiers=TIERS)


@pytest.mark.parametrize(("start", "peak", "end"), [(-1, 0, 2), (3, 2, 5), (1, 3, 3), (2, 2, 2)])
def test_an_event_is_in_order(start, peak, end):
    with pytest.raises(DataError, match="start <= peak < end"):
        Event(start=start, end=end, peak=peak)


def test_a_mask_is_of_one_series_and_long_enough():
    with pytest.raises(DataError, match="pick one"):
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

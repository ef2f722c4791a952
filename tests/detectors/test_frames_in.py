"""What a data scientist gives, and in which form: frames, numbers, words."""

import numpy as np
import pandas as pd
import pytest

import offbeat
from offbeat import Budget, Fixed, OnlineDetector, PCADetector
from offbeat.errors import DataError, OffbeatWarning, ParameterError, ShapeError, ignoring
from offbeat.thresholds import IncidentWarning


@pytest.fixture(scope="module")
def frame():
    steps = np.arange(800)
    times = pd.date_range("2026-01-01", periods=len(steps), freq="5min")
    noise = np.random.default_rng(0).normal(0, 0.1, (3, len(steps)))
    columns = {"load": np.sin(steps / 9) + noise[0], "disk": np.cos(steps / 7) + noise[1], "net": noise[2]}
    return pd.DataFrame(columns, index=times)


@pytest.fixture
def detector(frame):
    with ignoring(OffbeatWarning):
        return PCADetector(window=20).fit(frame)


@pytest.mark.parametrize("number", [2, 0.9, np.float32(0.5)])
def test_a_bare_number_is_a_fixed_threshold(detector, number):
    detector.set_threshold(number)
    assert isinstance(detector.threshold_, Fixed)
    assert detector.threshold_.value_ == number


@pytest.mark.parametrize("other", ["0.9", True, Budget])
def test_what_is_no_threshold_is_told_what_is(detector, other):
    with pytest.raises(ParameterError, match=r"a rule such as Budget\(1\), or a score"):
        detector.set_threshold(other)


def test_channels_known_by_name_are_put_in_order(detector, frame):
    scores = detector.decision_function(frame)
    mixed = frame[["net", "load", "disk"]]
    assert detector.decision_function(mixed).tolist() == scores.tolist()
    assert detector.detect(mixed) == detector.detect(frame)
    streams = [OnlineDetector(detector).update(data) for data in (frame, mixed)]
    assert np.array_equal(*streams, equal_nan=True)


def test_missing_and_other_channels_are_named(detector, frame):
    with pytest.raises(ShapeError, match=r"fitted on 3 channels \(load, disk, net\), got 2: net is missing: rename"):
        detector.predict(frame[["load", "disk"]])
    with pytest.raises(ShapeError, match=r"got 4: cpu was not there: leave it out.*frame\[\['load', 'disk', 'net'\]\]"):
        detector.predict(frame.assign(cpu=frame["load"]))
    with pytest.raises(ShapeError, match="got 3: net is missing; cpu was not there: rename"):
        detector.predict(frame.rename(columns={"net": "cpu"}))


def test_advice_about_a_frame_can_be_followed(detector, frame):
    with pytest.raises(DataError, match=r"column state has 'x'.*frame\[\['load', 'disk', 'net'\]\] of a frame"):
        detector.predict(frame.assign(state="x"))
    with pytest.raises(DataError, match=r"time runs backwards at 799 of 800 rows: .*frame\.sort_index\(\)"):
        detector.predict(frame[::-1])
    assert len(detector.predict(frame[::-1].sort_index())) == len(frame)


def test_a_window_is_asked_for_in_time_steps(frame):
    with pytest.raises(ParameterError, match=r"window is a whole number of time steps from 1 to .*, got '1h'"):
        PCADetector(window="1h").fit(frame)
    with pytest.raises(ShapeError, match=r"one long recording: .*window=offbeat\.suggest_window\(data\)"):
        PCADetector().fit(frame)
    with ignoring(OffbeatWarning):
        assert len(PCADetector(window=offbeat.suggest_window(frame)).fit(frame).predict(frame)) == len(frame)


def test_events_are_drawn_in_a_frame(detector, frame):
    frame = frame.copy()
    frame.iloc[400, 0] += 9
    assert detector.detect(frame).plot(frame, detector.decision_function(frame)).axes


def test_a_name_nearly_right_is_answered_with_the_right_one():
    with pytest.raises(AttributeError, match="no attribute 'PcaDetector': did you mean 'PCADetector'"):
        offbeat.PcaDetector  # noqa: B018


def test_what_comes_out_is_printed_in_a_few_lines(detector, frame):
    frame = frame.copy()
    frame.iloc[400, 0] += 9
    events, explained = detector.detect(frame), detector.explain(frame)
    for shown in (events, explained, offbeat.normal_split(offbeat.load_data("synthetic-heartbeats"), "1")):
        lines = repr(shown).splitlines()
        assert 2 < len(lines) < 12
        assert not [line for line in lines if len(line) > 120 or "array(" in line or "np." in line]
    assert repr(events).splitlines()[0] == f"{len(events)} events"
    assert str(pd.Timestamp(max(events, key=lambda event: event.score).start_time)) in repr(events)
    assert str(np.nanargmax(explained.scores)) in repr(explained)


def test_incidents_that_were_learned_are_told_of(frame):
    """A model finds little wrong in what it has learned from; the threshold is set by models that had not seen it."""
    frame = pd.concat([frame] * 5)
    frame.index = pd.date_range("2026-01-01", periods=len(frame), freq="5min")
    frame.iloc[2000:2060, 0] += 5 * np.sin(np.arange(60))
    with ignoring(OffbeatWarning):
        detector = PCADetector(window=20).fit(frame)
    seen, unseen = detector.decision_function(frame), detector.unseen_scores(frame)
    detector.set_threshold(float(np.nanmax(seen)))
    assert np.nanmax(unseen) > np.nanmax(seen)
    for flag in (detector.predict, detector.detect):
        with pytest.warns(IncidentWarning, match=r"nothing is flagged in the 4,000 .*unseen_scores"):
            flag(frame)
    assert detector.detect(frame, scores=unseen)
    assert not detector.detect(frame[2500:])

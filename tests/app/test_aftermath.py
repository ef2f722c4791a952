"""What is said of the time after events: a level that has not returned is no recovery."""

import numpy as np
import pytest

from offbeat import NaiveForecast, PCADetector
from offbeat.app.aftermath import aftermath, away, lasting, words_after
from offbeat.app.panels.drift import drift_of
from offbeat.events import Event
from offbeat.series.recording import Recording

TIMES = np.datetime64("2026-03-01T00:00:00") + np.arange(1000) * np.timedelta64(60, "s")


def host(*breaks, n=1000, times=TIMES):
    """A load around 1 with noise of 0.1, moved from time steps on."""
    values = np.random.default_rng(4).normal(1.0, 0.1, (n, 1))
    for start, level in breaks:
        values[start:] += level
    return Recording(values, timestamps=times[:n], channels=["cpu"])


@pytest.fixture(scope="module")
def model():
    return NaiveForecast().fit(host(n=400))


def test_a_level_that_stays_elsewhere_is_said_to_and_the_events_while_it_lasts_belong_to_it(model):
    recording = host((500, -0.9))
    events = [Event(700, 720, 710), Event(490, 530, 500), Event(900, 910, 900)]
    said = words_after(recording, model, events)
    assert said[490].startswith("has not returned since: cpu 0.0")
    assert said[490].endswith("usually 0.999")
    for later in (700, 900):
        assert said[later].startswith("in the change since 2026-03-01 08:10:00: still cpu ")
    after = aftermath(recording, model, events)
    assert [after[step].since for step in (490, 700, 900)] == [490, 490, 490]
    assert sorted(away(events, after)) == [(530, 700), (720, 900), (910, 1000)]
    (sentence,) = lasting(recording, after)
    assert sentence.endswith("usually 0.999: it has not returned since 2026-03-01 08:10:00")


def test_a_change_ends_where_the_level_is_back_and_the_next_one_is_of_its_own(model):
    recording = host((300, 2.0), (600, -2.0), (800, 5.0))
    events = [Event(295, 320, 300), Event(590, 610, 600), Event(795, 810, 800)]
    said = words_after(recording, model, events)
    assert said[590] == "in the change since 2026-03-01 04:55:00: back to the usual level"
    assert said[795].startswith("has not returned since: cpu 5.99")
    after = aftermath(recording, model, events)
    assert (after[590].since, after[795].since) == (295, 795)


def test_nothing_is_said_of_what_passes_nor_of_data_whose_level_was_another_before(model):
    spike = host((500, 4.0), (510, -4.0))
    assert words_after(spike, model, [Event(495, 515, 500)]) == {}
    assert lasting(spike, aftermath(spike, model, [Event(495, 515, 500)])) == []
    elsewhere = host((0, 7.0))
    assert words_after(elsewhere, model, [Event(495, 515, 500), Event(600, 615, 600)]) == {}
    assert drift_of(elsewhere, model)[0] > 3
    assert words_after(spike, model, []) == {}


def test_an_event_at_the_end_is_said_to_last_until_there(model):
    assert words_after(host((980, 4.0)), model, [Event(975, 1000, 980)]) == {975: "lasts until the data end"}


def test_the_usual_level_is_that_of_the_recording_itself_where_a_model_has_learned_from_many():
    low, high = (host((0, level), n=400) for level in (0.0, 50.0))
    model = NaiveForecast().fit({"low": low, "high": high})
    moved = host((0, 50.0), (600, 10.0))
    named = Recording(moved.values, timestamps=moved.timestamps, channels=["cpu"], name="high")
    assert words_after(named, model, [Event(595, 620, 600)])[595].endswith(", usually 51")
    assert words_after(moved, model, [Event(595, 620, 600)]) == {}


def test_steps_stand_where_times_are_not_known_and_gaps_are_no_level(model):
    values = host((500, -0.9)).values.copy()
    values[530:700] = np.nan
    recording = Recording(values, channels=["cpu"])
    said = words_after(recording, model, [Event(490, 530, 500), Event(700, 720, 710)])
    assert list(said) == [700]
    assert said[700].startswith("has not returned since: cpu 0.0")


def test_what_detect_lists_says_so(tmp_path, model):
    detector = PCADetector(window=20).fit(host(n=400))
    recording = host((600, -0.9))
    events = detector.detect(recording, start=400)
    first = min(event.start for event in events)
    assert 560 <= first <= 620
    assert words_after(recording, detector, events, 400)[first].startswith("has not returned since")

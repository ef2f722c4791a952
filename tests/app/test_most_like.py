"""When it was most like an odd window, beside the event."""

import numpy as np
import pytest

from offbeat import PCADetector, ProfileDetector, Recording
from offbeat.app.result_tables import event_table, most_like
from offbeat.testing import long_wave

STEP = np.timedelta64(60, "s")


@pytest.fixture(scope="module")
def twice():
    """A wave that is odd in one way at 700, and a little more so at 1100."""
    values = long_wave(1300, seed=2)
    values[700:730] += 1.5
    values[1100:1130] = 1.1 * values[700:730]
    return Recording(values, timestamps=np.datetime64("2026-05-03T00:00") + np.arange(1300) * STEP)


def test_what_was_odd_before_is_named_by_its_time(twice):
    detector = ProfileDetector(window=20).fit(twice[:500])
    events = detector.detect(twice, scores=detector.unseen_scores(twice))
    like = most_like(detector, twice, events)
    second = next(event for event in events if 1085 < event.peak < 1145)
    when = np.datetime64(like[second.peak].replace(" ", "T"))
    assert abs(when - twice.timestamps[second.peak - 400]) <= 3 * STEP
    table = event_table(events, 10, twice, like)
    assert table.columns[-1] == "most like"
    assert like[second.peak] in [row[-1] for row in table.rows]


def test_what_was_learned_from_elsewhere_has_no_time(twice):
    detector = ProfileDetector(window=20, memory=0).fit(long_wave(500, seed=3))
    events = detector.detect(twice)
    assert set(most_like(detector, twice, events).values()) == {"when it learned"}


def test_what_was_learned_from_several_recordings_has_no_time_in_another(twice):
    detector = ProfileDetector(window=20, memory=0).fit([Recording(long_wave(1500, seed=seed)) for seed in (3, 4)])
    events = detector.detect(twice)
    assert set(most_like(detector, twice, events).values()) == {"when it learned"}


def test_other_detectors_do_not_know(twice):
    detector = PCADetector(window=20).fit(twice[:500])
    events = detector.detect(twice)
    assert events
    assert most_like(detector, twice, events) == {}
    assert event_table(events, 10, twice, {}).columns[-1] == "channels"

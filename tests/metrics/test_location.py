import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import DataError, ShapeError
from offbeat.events import Event
from offbeat.metrics import detection_delays, event_overlap, ucr_located

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda span: (span[0], sum(span))), max_size=8)


@pytest.mark.parametrize(("length", "margin"), [(1, 100), (100, 100), (150, 150)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_the_highest_score_may_lie_beside_the_anomaly(length, margin, beyond):
    labels = np.repeat([0, 1, 0], [500, length, 500])
    for at in (500 - margin - beyond, 500 + length - 1 + margin + beyond):
        assert ucr_located(labels, np.arange(len(labels)) == at) == (not beyond)


def test_time_steps_without_a_score_keep_their_place():
    labels, scores = np.repeat([0, 1, 0], [400, 5, 400]), np.zeros(805)
    scores[:350] = np.nan
    scores[380] = 1
    assert ucr_located(labels, scores)
    scores[600] = np.inf
    assert not ucr_located(labels, scores)


def test_what_has_no_location_is_named():
    with pytest.raises(DataError, match="an anomaly and a score"):
        ucr_located([0, 0], [0.1, 0.2])
    with pytest.raises(DataError, match="an anomaly and a score"):
        ucr_located([0, 1], [np.nan, np.nan])
    with pytest.raises(ShapeError, match="2 and 1"):
        ucr_located([0, 1], [0.1])


@given(events=SPANS, windows=SPANS)
def test_delays_are_those_of_the_time_steps(events, windows):
    delays = detection_delays(events, windows)
    for (start, end), delay in zip(windows, delays, strict=True):
        hits = [max(event[0], start) - start for event in events if set(range(*event)) & set(range(start, end))]
        assert np.isnan(delay) if not hits else delay == min(hits)
    assert np.sum(~np.isnan(delays)) == event_overlap(events, windows).n_hit


def test_an_event_counts_from_when_it_was_known():
    late = Event(start=10, end=14, peak=12, known_at=19)
    early = Event(start=12, end=13, peak=12, known_at=15)
    assert detection_delays([late], [(10, 20)]).tolist() == [9]
    assert detection_delays([late, early], [(10, 20)]).tolist() == [5]
    assert detection_delays([], []).shape == (0,)


def test_wrong_windows_are_named():
    with pytest.raises(DataError, match="start < end"):
        detection_delays([], [(3, 3)])
    with pytest.raises(DataError, match="several"):
        detection_delays([Event(0, 1, 0, series=0), Event(0, 1, 0, series=1)], [])

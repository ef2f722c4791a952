import numpy as np
import pytest

from offbeat import Event, PCADetector
from offbeat.report.drawing.marks import score_peaks
from offbeat.testing import long_wave


@pytest.mark.parametrize("fold", ["last", "mean", "max"])
def test_an_event_is_marked_at_its_score_whatever_the_placement(fold):
    """Which lies after the event, at it, or on both sides of it."""
    recording = long_wave(400, seed=1)
    recording[200:203] += 4
    model = PCADetector(n_components=2, window=12, fold=fold).fit(long_wave(600))
    scores, (event,) = model.decision_function(recording), model.detect(recording)
    (marked,) = score_peaks([event], scores)
    assert scores[marked] == event.score == np.nanmax(scores)
    assert all(abs(marked - event.peak) <= abs(step - event.peak) for step in np.flatnonzero(scores == event.score))


def test_a_score_that_is_nowhere_is_marked_at_the_peak():
    assert score_peaks([Event(1, 3, 2, score=9.0, known_at=2)], np.array([0.0, np.nan, 1.0])) == [2]

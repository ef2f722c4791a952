"""The rate beside an aim counts the same time as the rule that has the aim."""

import numpy as np
import pytest

from offbeat import Budget, PCADetector, Recording
from offbeat.app.result_tables import Raised, detection_summary
from offbeat.errors import MissingValuesWarning

WAVE = np.sin(np.arange(6000) / 7) + np.random.default_rng(0).normal(0, 0.2, 6000)


def test_time_without_a_score_is_no_time():
    detector = PCADetector(window=20, threshold=Budget(5, step=300.0)).fit(Recording(WAVE[:3000]))
    values = WAVE[3000:].copy()
    values[500:540] += 2
    values[1000:2000] = np.nan
    holed = Recording(values)
    with pytest.warns(MissingValuesWarning):
        scores = detector.decision_function(holed)
    with pytest.warns(MissingValuesWarning):
        events = detector.detect(holed)
    rule, n_scored = detector.threshold_, int(np.isfinite(scores).sum())
    assert n_scored == 3000 - 1000
    assert rule.alarm_rate(scores) == rule._count(scores) / rule.n_periods(n_scored)
    told = detection_summary(events, holed, detector, scores)
    assert f"{len(events)} event{'s' * (len(events) != 1)} in 2,000 scored time steps" in told
    assert f"({rule.in_words(len(events) / rule.n_periods(n_scored))};" in told


def test_a_recording_without_a_score_has_no_rate():
    rule = Budget(step=300.0).fit(np.random.default_rng(0).exponential(size=9000))
    raised = Raised.by(rule, 0, 0, np.full(9, np.nan))
    assert (raised.events, raised.span) == ("0 events", "0 scored time steps")
    assert "–" in raised.rate


def test_irregular_rows_make_fewer_weeks_of_scores_than_the_clock_does():
    detector = PCADetector(window=20, threshold=Budget(5)).fit(Recording(WAVE[:3000], sampling_rate=1 / 600))
    # Two rows ten minutes apart, then an hour of nothing: 7 in 12 hours of the clock have no row.
    steps = np.tile([600, 600, 3600], 1000)
    clock = np.datetime64("2024-01-01", "s") + np.cumsum(steps).astype("timedelta64[s]")
    recording = Recording(WAVE[3000:], timestamps=clock)
    scores, events = detector.decision_function(recording), detector.detect(recording)
    told = detection_summary(events, recording, detector, scores)
    assert "in 3,000 scored time steps, 20.8 days of scores over 55.6 days by the clock" in told
    assert f"({detector.threshold_.in_words(len(events) / (3000 * 600 / 604_800))} of scores; " in told
    even = Recording(WAVE[3000:], sampling_rate=1 / 600)
    assert "by the clock" not in detection_summary(events, even, detector, scores)

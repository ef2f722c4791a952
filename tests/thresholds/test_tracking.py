"""A threshold that moves keeps its budget on scores that drift, however they arrive."""

import numpy as np
import pytest

from offbeat.errors import ModelError
from offbeat.thresholds import Budget, Quantile, Tracking

WINDOW, PERIOD = 10, 500.0


def drifting(n=8000, seed=0, most=100.0):
    return np.random.default_rng(seed).exponential(size=n) * np.geomspace(1, most, n)


@pytest.fixture(scope="module")
def rule():
    scores = np.random.default_rng(9).exponential(size=5000)
    return Tracking(1.0, PERIOD).fit(scores, step=1.0, window=WINDOW)


def test_a_drift_brings_no_more_alarms_than_allowed(rule):
    fixed = Budget(1.0, PERIOD).fit(np.random.default_rng(9).exponential(size=5000), step=1.0, window=WINDOW)
    scores = drifting()
    assert rule.value_ == fixed.value_
    assert rule.alarm_rate(scores) < 1.6 < 10 < fixed.alarm_rate(scores)


def test_quiet_times_lower_it_unless_there_is_a_floor(rule):
    quiet = np.random.default_rng(1).exponential(size=20_000) / 20
    assert 0.5 < rule.alarm_rate(quiet) < 1.5
    floor = Tracking(1.0, PERIOD, floor=True).fit(np.random.default_rng(9).exponential(size=5000), step=1.0)
    assert floor.alarm_rate(quiet) == 0


def test_one_after_the_other_is_all_at_once(rule):
    scores = drifting(500)
    scores[100:120] = np.nan
    decider = rule.decider()
    whole = (rule.predict(scores) == 1).tolist()
    assert [decider.push(score) for score in scores] == whole
    in_pieces = rule.decider()
    assert [flag for piece in np.split(scores, [0, 7, 110]) for flag in in_pieces.push_all(piece)] == whole
    fixed = Quantile(0.1).fit(scores).decider()
    assert fixed.push_all(scores).tolist() == [fixed.push(score) for score in scores]


def test_it_goes_on_from_where_it_stood(rule):
    scores = drifting(600)
    whole = rule.predict(scores)
    first, second = rule.decider(), rule.decider()
    for score in scores[:300]:
        first.push(score)
    second.restore(first.arrays())
    assert [int(second.push(score)) for score in scores[300:]] == whole[300:].tolist()


def test_a_confirmed_alarm_does_not_move_it(rule):
    decider, plain = rule.decider(), rule.decider()
    decider.confirm()
    before = decider.value
    assert before == plain.value
    for each in (decider, plain):
        assert each.push(before * 2)
    assert decider.value > before
    decider.confirm()
    once = decider.value
    assert before * 0.9 < once <= before
    decider.confirm()
    assert decider.value == once
    assert decider.push(before * 2)
    assert decider.value < once


def test_a_confirmation_counts_after_a_stop_and_keeps_to_the_floor():
    rule = Tracking(1.0, PERIOD, floor=True).fit(np.random.default_rng(9).exponential(size=5000), step=1.0)
    first, second = rule.decider(), rule.decider()
    first.push(rule.value_ * 2)
    second.restore(first.arrays())
    assert second.value > rule.value_
    second.confirm()
    assert second.value == pytest.approx(rule.value_)


@pytest.mark.parametrize(
    "changed",
    [
        {"level": np.array([np.nan])},
        {"level": np.array([np.inf])},
        {"level": np.array([1])},
        {"level": np.zeros(2)},
        {"level": np.array([-50.0])},
        {"since": np.array([np.nan])},
        {"since": np.array([-1.0])},
        {"risen": np.array([1.0])},
        {"risen": np.zeros(0, bool)},
    ],
    ids=str,
)
def test_a_state_that_it_cannot_have_had_is_refused(changed):
    rule = Tracking(1.0, PERIOD, floor=True).fit(np.random.default_rng(9).exponential(size=5000), step=1.0)
    decider = rule.decider()
    with pytest.raises(ModelError):
        decider.restore({**decider.arrays(), **changed})
    assert decider.value == rule.decider().value


def test_an_alarm_that_goes_on_raises_it_once(rule):
    decider = rule.decider()
    decider.push(decider.value * 5)
    risen = decider.value
    for _ in range(5):
        decider.push(risen * 5)
    assert decider.value < risen


def test_negative_scores_move_it_too():
    rng = np.random.default_rng(3)
    rule = Tracking(1.0, PERIOD).fit(rng.normal(size=4000), step=1.0, window=WINDOW)
    assert not rule.logarithmic_
    assert rule.alarm_rate(rng.normal(size=8000) + np.linspace(0, 8, 8000)) < 1.8

import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from offbeat.errors import ParameterError
from offbeat.events import mask_to_events
from offbeat.thresholds import Budget, FewScoresWarning, LooseBudgetWarning, Quantile
from offbeat.thresholds.budget import lowest_value

NORMAL = np.random.default_rng(7).normal(size=200)


def naive_alarms(scores, value, merge_gap):
    above = [step for step, score in enumerate(scores) if score > value]
    return sum(1 for i, step in enumerate(above) if i == 0 or step - above[i - 1] > merge_gap + 1)


def naive_lowest_value(scores, allowed, merge_gap):
    values = sorted({score for score in scores if np.isfinite(score)}, reverse=True)
    lowest = values[0]
    for value in values:
        if naive_alarms(scores, value, merge_gap) > allowed:
            break
        lowest = value
    return lowest


def quietly(rule, scores):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        warnings.simplefilter("ignore", LooseBudgetWarning)
        return rule.fit(scores)


# Few different scores, so that many are equal.
WITH_GAPS = st.lists(st.one_of(st.integers(0, 9).map(float), st.just(np.nan)), max_size=60).map(lambda s: [*s, 1.0])


@settings(deadline=None)
@given(scores=WITH_GAPS, alarms=st.integers(1, 9), period=st.integers(1, 80), merge_gap=st.integers(0, 70))
def test_budget_is_the_lowest_cut_from_which_on_alarms_stay_within(scores, alarms, period, merge_gap):
    rule = quietly(Budget(alarms, period, step=1, merge_gap=merge_gap), scores)
    n = int(np.isfinite(scores).sum())
    assert rule.allowed_ == alarms * n // period
    assert rule.value_ == naive_lowest_value(scores, rule.allowed_, merge_gap)
    assert rule.n_alarms_ == naive_alarms(scores, rule.value_, merge_gap) <= rule.allowed_
    assert rule.report()["alarms_achieved"] <= alarms


@settings(max_examples=300)
@given(
    scores=st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]), min_size=8, max_size=20),
    allowed=st.integers(0, 4),
    merge_gap=st.integers(0, 3),
)
def test_the_lowest_cut_is_that_of_the_definition(scores, allowed, merge_gap):
    assume(np.isfinite(scores).any())
    assert lowest_value(np.array(scores), allowed, merge_gap) == naive_lowest_value(scores, allowed, merge_gap)


@settings(deadline=None)
@given(scores=WITH_GAPS, alarms=st.tuples(st.integers(1, 30), st.integers(1, 30)), merge_gap=st.integers(0, 5))
def test_a_smaller_budget_never_lowers_the_cut(scores, alarms, merge_gap):
    small, large = (quietly(Budget(n, 60, step=1, merge_gap=merge_gap), scores).value_ for n in sorted(alarms))
    assert small >= large


@settings(deadline=None)
@given(scores=WITH_GAPS, merge_gap=st.integers(0, 5))
def test_alarms_are_counted_as_events_are(scores, merge_gap):
    rule = quietly(Budget(3, 30, step=1, merge_gap=merge_gap), scores)
    assert rule.n_alarms_ == len(mask_to_events(rule.predict(scores), merge_gap=merge_gap))
    assert rule.alarm_rate(scores) == rule.report()["alarms_achieved"] == rule.report(scores)["alarms_elsewhere"]


def test_a_budget_counts_by_the_clock():
    # Two weeks of noise, with a peak a day that grows.
    scores = np.random.default_rng(0).uniform(0, 0.1, size=14 * 288)
    scores[287::288] = np.linspace(1, 2, 14)
    rule = Budget(step=300.0).fit(scores)
    assert (rule.allowed_, rule.n_alarms_) == (2, 2)
    assert rule.predict(scores).nonzero()[0].tolist() == [287 + 288 * 12, 287 + 288 * 13]
    assert Budget(1.0, period=86_400.0, step=300.0).fit(scores).n_alarms_ == 14
    # Twice as long a step makes it four weeks.
    assert Budget(step=600.0).fit(scores).n_alarms_ == 4
    assert np.isnan(rule.target)
    assert rule.report()["alarms_target"] == rule.report()["alarms_achieved"] == 1.0
    assert np.isnan(rule.alarm_rate([np.nan]))


def test_too_little_normal_data_for_a_budget_warns():
    week = np.random.default_rng(0).permutation(np.arange(2016.0))
    assert Budget(step=300.0).fit(week).allowed_ == 1
    with pytest.warns(FewScoresWarning, match=r"2015 normal scores.*hold out at least 2016 \(7 days\)"):
        rule = Budget(step=300.0).fit(week[1:])
    assert (rule.value_, rule.n_alarms_) == (week[1:].max(), 0)
    # Time without a score is not normal time.
    with pytest.warns(FewScoresWarning):
        Budget(step=300.0).fit(np.append(np.nan, week[1:]))


def test_a_budget_that_floods_warns():
    bumps = np.tile([0.0, 1.0, 2.0, 1.0], 20)
    with pytest.warns(LooseBudgetWarning, match="75%"):
        rule = Budget(20, period=80, step=1, merge_gap=1).fit(bumps)
    assert (rule.value_, rule.n_alarms_) == (0.0, 1)


def test_a_budget_gets_its_step_from_the_recording():
    other = Quantile()
    assert other.with_step(60.0) is other
    assert (Budget.needs_step, Quantile.needs_step) == (True, False)
    asked = Budget(2)
    assert asked.with_step(60.0).get_params() == {**asked.get_params(), "step": 60.0}
    assert asked.step is None
    assert Budget(step=5.0).with_step(60.0).step == 5.0
    for unknown in (asked, asked.with_step(None)):
        with pytest.raises(ParameterError, match="step="):
            unknown.fit(NORMAL)


@pytest.mark.parametrize("name", ["alarms", "period", "step"])
@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "3", True])
def test_a_budget_is_of_numbers_above_zero(name, value):
    with pytest.raises(ParameterError, match=f"{name} must be"):
        Budget(**{"step": 1.0, name: value}).fit(NORMAL)


@pytest.mark.parametrize("gap", [-1, 0.5, None, True])
def test_a_budget_joins_whole_time_steps(gap):
    with pytest.raises(ParameterError, match="merge_gap"):
        Budget(step=1.0, merge_gap=gap).fit(NORMAL)

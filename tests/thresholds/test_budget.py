"""A budget of alarms: at the peak of the rank that it allows, and a tail where the data is too short."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from offbeat.errors import ParameterError
from offbeat.thresholds import Budget, FewScoresWarning, Quantile
from offbeat.thresholds.evidence import poisson_interval
from offbeat.thresholds.extrapolation import beyond, separate_peaks

DAY = 86_400.0

series = st.lists(st.one_of(st.integers(0, 6).map(float), st.just(np.nan)), min_size=1, max_size=40).filter(
    lambda scores: not np.isnan(scores).all()
)


def naive_peaks(scores, window):
    """The highest score, then the highest of those that no peak stands near to, and so on."""
    left, peaks = {i: score for i, score in enumerate(scores) if not np.isnan(score)}, []
    while left:
        best = max(left, key=lambda i: (left[i], -i))
        peaks.append(best)
        left = {i: score for i, score in left.items() if abs(i - best) > window}
    return peaks


@given(series, st.integers(0, 9))
def test_peaks_are_those_of_the_definition(scores, window):
    peaks = separate_peaks(np.array(scores), window)
    assert peaks.tolist() == naive_peaks(scores, window)
    assert separate_peaks(np.array(scores), window, limit=2).tolist() == peaks[:2].tolist()


@given(series, st.integers(1, 5), st.integers(6, 12))
def test_the_value_is_the_peak_whose_rank_the_budget_allows(scores, window, alarms):
    n = np.sum(~np.isnan(scores))
    rule = Budget(alarms, period=float(n)).fit(scores, step=1.0, window=window)
    heights = np.array(scores)[naive_peaks(scores, window)]
    assert rule.value_ == heights[min(alarms, len(heights)) - 1]
    assert rule.n_alarms_ == rule.alarm_rate(scores) == np.sum(heights > rule.value_) < alarms


def test_what_is_rarer_than_the_data_is_extrapolated():
    scores = np.zeros(700)
    scores[::100] = [7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    with pytest.warns(FewScoresWarning, match="would show it"):
        rule = Budget(1.0, period=700.0).fit(scores, step=1.0, window=10)
    assert rule.value_ == beyond(2.0, np.array([5.0, 4.0, 3.0, 2.0, 1.0]), share=6, rate=1.0, n=5) > 7.0
    assert rule.n_alarms_ == 0


def test_what_has_no_score_shows_nothing():
    scores = np.sin(np.arange(700.0)) ** 2
    with pytest.warns(FewScoresWarning, match=r"from 11\.7 minutes of normal data: .*; 35 minutes more would"):
        Budget(1.0, period=1400.0).fit(scores, step=1.0, window=10)
    scores[:350] = np.nan
    told = r"from 5\.83 minutes of normal data with a score \(50% of .*\): .*; 40\.8 minutes more with a score"
    with pytest.warns(FewScoresWarning, match=told):
        Budget(1.0, period=1400.0).fit(scores, step=1.0, window=10)


def test_digits_keep_an_extrapolation_in_bounds():
    calm, wild = np.zeros(2000), np.zeros(2000)
    calm[::200], wild[::200] = 2.0, [2.0, 9.0, 8.0, 7.0, 6.0, 5.0, 2.0, 2.0, 2.0, 2.0]
    weekly = [Budget(1).fit(scores, step=60.0, window=20, digits=True) for scores in (np.zeros(2000), calm, wild)]
    at_least, expected = -np.log10(weekly[0].allowed_), np.log10(10_080) + 1
    assert [rule.value_ for rule in weekly] == pytest.approx([at_least, 2 + at_least, 9 + at_least])
    assert expected < 9 + at_least < Budget(1).fit(wild, step=60.0, window=20).value_
    # The middle of three: what the digits say, where the peaks say too much and too little.
    calm[::200] = [0.1, 5.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    rule = Budget(1).fit(calm, step=60.0, window=20, digits=True)
    assert Budget(1).fit(calm, step=60.0, window=20).value_ < expected < 5.1 + at_least
    assert rule.value_ == pytest.approx(expected)
    # Where the normal data would hold alarms, it shows the threshold.
    hourly = Budget(1, period=3600).fit(wild, step=60.0, window=20, digits=True)
    assert hourly.value_ == Budget(1, period=3600).fit(wild, step=60.0, window=20).value_


def test_rarer_alarms_have_a_higher_threshold():
    scores = np.random.default_rng(0).exponential(size=2000)
    values = [Budget(alarms, period=2000.0).fit(scores, step=1.0, window=5).value_ for alarms in (50, 10, 5, 3, 1, 0.1)]
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("allowed", [1.0, 7.0])
def test_the_budget_is_kept_on_average(allowed):
    """Independent scores with an exponential tail: what comes later brings as many alarms as were asked for."""
    rng = np.random.default_rng(int(allowed))
    rules = [Budget(allowed, period=1000.0).fit(rng.exponential(size=3000), step=1.0, window=5) for _ in range(150)]
    rates = [rule.alarm_rate(rng.exponential(size=3000)) for rule in rules]
    assert allowed * 0.6 < np.mean(rates) < allowed * 1.1


def test_the_clock_is_that_of_the_recording_or_of_the_user():
    scores = np.random.default_rng(1).exponential(size=2016)
    by_recording = Budget(14).fit(scores, step=300.0)
    assert by_recording.step_ == 300.0
    assert not by_recording.step_is_assumed_
    assert by_recording.value_ == Budget(2, period=DAY).fit(scores, step=300.0).value_
    assert Budget(14, step=300.0).fit(scores, step=60.0).value_ == by_recording.value_
    unknown = Budget(14).fit(scores)
    assert (unknown.step_, unknown.step_is_assumed_) == (60.0, True)


def test_gaps_are_no_time():
    scores = np.r_[np.random.default_rng(2).exponential(size=1000), np.full(5000, np.nan)]
    rule = Budget(10, period=1000.0).fit(scores, step=1.0)
    assert rule.allowed_ == 10
    assert np.isnan(rule.alarm_rate([np.nan]))


@pytest.mark.parametrize("setting", [{"alarms": 0}, {"alarms": "many"}, {"period": -1.0}, {"step": np.inf}])
def test_settings_out_of_range(setting):
    with pytest.raises(ParameterError, match=next(iter(setting))):
        Budget(**setting).fit([1.0, 2.0])


@pytest.mark.parametrize(("alarms", "extrapolated"), [(0.5, True), (2.9, True), (3.1, False)])
def test_how_sure_a_rate_is_follows_from_the_alarms_in_the_normal_data(alarms, extrapolated):
    scores = np.random.default_rng(5).exponential(size=2000)
    rule = Budget(alarms, period=1000.0).fit(scores, step=1.0)
    assert rule.is_extrapolated == extrapolated
    assert rule.normal_seconds == 2000
    low, high = rule.alarm_interval()
    assert (low, high) == pytest.approx(np.array(poisson_interval(rule.n_alarms_)) / 2)
    assert low <= rule.n_alarms_ / 2 < high
    assert rule.alarm_interval(0.5)[1] < high
    assert rule.report()["alarms_interval_95"] == (low, high)


def test_report_counts_alarms():
    scores = np.random.default_rng(3).exponential(size=3000)
    told = Budget(6, period=1000.0).fit(scores, step=1.0, window=3).report(scores)
    assert told["alarms_target"] == 6
    # Of the 18 peaks allowed in three periods, 17 lie above the last.
    assert told["alarms_achieved"] == told["alarms_elsewhere"] == 17 / 3
    assert told["n_independent"] == pytest.approx(1000, rel=0.2)
    assert "alarms_target" not in Quantile().fit(scores).report()


@pytest.mark.parametrize("period", ["day", "1D", "24h", pd.Timedelta("1D"), timedelta(days=1), np.timedelta64(1, "D")])
def test_a_period_may_be_any_length_of_time(period):
    budget = clone(Budget(alarms=3, period=period))
    assert budget.period == 86_400
    assert budget.aim == "3 alarms a day"
    assert Budget().set_params(period=period).aim == "1 alarm a day"


def test_what_is_no_length_of_time_is_told_what_is():
    with pytest.raises(ParameterError, match=r"seconds.*'1D'.*minute, hour, day, week, got 'fortnight'"):
        Budget(period="fortnight")

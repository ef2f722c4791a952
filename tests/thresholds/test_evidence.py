"""How much overlapping windows say, and what a rule promises by that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.thresholds import Conformal, FewScoresWarning, Quantile, n_independent
from offbeat.thresholds.extrapolation import beyond


def smooth(n, window, seed=0):
    noise = np.random.default_rng(seed).exponential(size=n + window - 1)
    return np.convolve(noise, np.ones(window) / window, mode="valid")


@pytest.mark.parametrize("window", [20, 50])
def test_overlapping_windows_count_as_about_those_that_do_not_overlap(window):
    counts = [n_independent(smooth(4000, window, seed), window=window) for seed in range(10)]
    assert 0.6 < np.mean(counts) / (4000 / window) <= 1


def test_what_drifts_says_less():
    scores = smooth(4000, 20)
    assert n_independent(scores * np.linspace(1, 5, 4000), window=20) < n_independent(scores, window=20) / 2


def test_series_count_as_they_are_and_groups_as_one():
    scores = np.arange(12.0)
    assert n_independent(scores) == 12
    assert n_independent(np.r_[scores, np.nan]) == 12
    assert n_independent(scores, groups=np.repeat(list("abc"), 4)) == 3
    assert np.isnan(n_independent([np.nan]))


@pytest.mark.parametrize(("n", "expected"), [(99, 2), (200, 2), (399, 2), (600, 4)])
def test_little_data_counts_as_batches_and_one(n, expected):
    assert n_independent(smooth(n, 100), window=100) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.integers(2, 50))
def test_it_lies_between_two_and_the_windows_that_fit(scores, window):
    assert 2 <= n_independent(scores, window=window) <= max(2, len(scores) / window)


@pytest.mark.parametrize("unit", [1e-4, 7.0])
@pytest.mark.parametrize("scores", [smooth(900, 10), np.ones(900), smooth(300, 10)])
def test_it_does_not_depend_on_the_unit_of_the_score(scores, unit):
    assert n_independent(scores * unit, window=10) == pytest.approx(n_independent(scores, window=10), rel=1e-6)


def test_enough_scores_are_counted():
    scores = np.arange(1000.0)
    rule = Quantile(0.01).fit(scores)
    assert (rule.value_, rule.achieved_, rule.n_independent_) == (990.0, 0.009, 1000)


def test_few_are_extrapolated():
    scores = np.r_[np.zeros(97), 1.0, 2.0, 3.0]
    with pytest.warns(FewScoresWarning, match="extrapolated.*factor of two"):
        rule = Quantile(0.01).fit(scores)
    assert rule.value_ == beyond(0.0, np.array([1.0, 2.0, 3.0]), share=4 / 101, rate=0.01, n=3) > 2.0


def test_fewer_promise_nothing_and_say_how_much_it_takes():
    with pytest.warns(FewScoresWarning, match="no promise.*190 more normal series"):
        Quantile(0.005).fit(np.arange(10.0))
    with pytest.warns(FewScoresWarning, match="no promise.*days more"):
        Quantile(0.05).fit(smooth(600, 100), window=100, step=600.0)


@given(st.lists(st.floats(0, 1e3), min_size=5, max_size=100), st.integers(1, 30), st.floats(0.002, 0.4))
def test_a_strict_threshold_is_never_lower(scores, window, rate):
    plain, strict, conformal = (
        rule.fit(scores, window=window).value_
        for rule in (Quantile(rate), Quantile(rate, strict=True), Conformal(rate))
    )
    assert strict == max(plain, conformal)


@pytest.mark.parametrize("window", [1, 40])
def test_the_rate_is_kept_on_unseen_windows(window):
    """Twenty independent windows are few for 5 in 100, but the mean over many fits is near it."""
    achieved = [
        Quantile(0.05).fit(smooth(800, window, seed), window=window).false_alarm_rate(smooth(4000, window, 1000 + seed))
        for seed in range(60)
    ]
    assert 0.025 < np.mean(achieved) < 0.06

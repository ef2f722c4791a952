"""What is early by the way the rhythm changes is S; what merely is fast is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.ecg.features.traits import Traits
from offbeat.ecg.supraventricular import suddenness, supraventricular_log_odds


def traits(n, **changed):
    return Traits(**{**vars(Traits.empty(n, 1)), "qrs_likeness": np.ones((n, 1)), **changed})


def named(before, classifier=3.0, ventricular=(), fibrillation=0.0, **changed):
    """Return the beats that are S, where the classifier takes all of them for it."""
    before = np.asarray(before, float)
    n = len(before)
    log_odds = supraventricular_log_odds(
        np.full(n, classifier),
        before,
        traits(n, **changed),
        np.isin(np.arange(n), ventricular),
        np.full(n, fibrillation),
    )
    return np.flatnonzero(log_odds > 0).tolist()


def naive_suddenness(x):
    n, found = len(x), np.full(len(x), -np.inf)
    for first in range(1, n):
        for stop in range(first + 1, min(first + 12, n - 1) + 1):
            longest = max(x[first:stop])
            ends = min(x[first - 1], x[stop]) - longest
            depth = max(min(ends, np.median(x[max(0, first - 8) : first]) - longest), ends - 0.2)
            found[first:stop] = np.maximum(found[first:stop], depth)
    return found


@given(st.lists(st.floats(-1, 1), min_size=0, max_size=40))
def test_suddenness_is_that_of_a_plain_loop(values):
    assert suddenness(np.array(values)) == pytest.approx(naive_suddenness(values))


def test_a_single_early_beat_is_named():
    before = np.full(40, 0.8)
    before[[15, 16]] = 0.5, 1.0
    assert named(before) == [15]


def test_a_short_run_that_begins_and_ends_at_once_is_named():
    before = np.full(40, 0.9)
    before[15:20] = 0.5
    assert named(before) == [15, 16, 17, 18, 19]


def test_breathing_is_no_run():
    """The interval falls to three quarters and comes back within each breath of ten beats."""
    before = 0.9 + 0.12 * np.sin(2 * np.pi * np.arange(200) / 10)
    assert named(before) == []


def test_exercise_is_no_run():
    before = np.concatenate([np.full(60, 0.9), np.linspace(0.9, 0.45, 60), np.full(60, 0.45)])
    assert named(before) == []


@pytest.mark.parametrize(("interval", "found"), [(0.4, True), (0.7, False)])
def test_a_long_run_is_named_where_it_is_fast(interval, found):
    before = np.full(120, 0.9)
    before[40:80] = interval
    classifier = np.where(before < 0.9, 3.0, -5.0)
    log_odds = supraventricular_log_odds(classifier, before, traits(120), np.zeros(120, bool), np.zeros(120))
    assert np.flatnonzero(log_odds > 0).tolist() == (list(range(40, 80)) if found else [])


def test_a_run_begins_where_an_interval_is_known():
    """Before the first beat, and across what is unreadable, the interval is unknown: nothing is sudden there."""
    before = np.full(120, 0.9)
    before[[0, 60]] = np.nan
    before[1:20] = before[61:80] = 0.5
    classifier = np.where(before < 0.9, 3.0, -5.0)
    log_odds = supraventricular_log_odds(classifier, before, traits(120), np.zeros(120, bool), np.zeros(120))
    assert np.flatnonzero(log_odds > 0).tolist() == []


def test_most_beats_may_be_ectopic_where_pauses_set_them_off():
    before = np.tile([2.0, 0.65, 0.65, 0.65, 0.65], 20)
    classifier = np.where(before < 1, 4.0, -5.0)
    log_odds = supraventricular_log_odds(classifier, before, traits(100), np.zeros(100, bool), np.zeros(100))
    assert (log_odds[1:-4] > 0).tolist() == (before[1:-4] < 1).tolist()


def test_what_else_explains_an_early_beat():
    before = np.full(40, 0.8)
    before[[15, 16]] = 0.5, 1.0
    misshapen = np.ones((40, 1))
    misshapen[15] = 0.5
    like_all = np.zeros((40, 1))
    like_all[15] = 0.9
    slightly = before.copy()
    slightly[15] = 0.66
    assert named(before, classifier=-2.0) == []
    assert named(before, ventricular=[14]) == []
    assert named(before, fibrillation=0.95) == []
    assert named(before, qrs_likeness=misshapen) == []
    assert named(slightly) == [15]
    assert named(slightly, p_share=like_all) == []


def test_an_unknown_probability_of_fibrillation_rules_nothing_out():
    before = np.full(7, 0.8)
    before[3] = 0.5
    assert named(before, fibrillation=np.nan) == [3]


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_hardly_any_beats_are_never_named(n):
    assert named(np.full(n, np.nan)) == []

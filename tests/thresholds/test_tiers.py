"""Tiers beside a threshold: what is flagged and how grave it is never contradict each other."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from offbeat.detectors.scoring.decisions import Decisions
from offbeat.errors import ignoring
from offbeat.thresholds import Budget, Fixed, Quantile, Tiers, Tracking, threshold_from_name, threshold_names

NORMAL = np.random.default_rng(3).exponential(size=400)
ABOUT = {"window": 5, "step": 3600.0}
BY_NAME = [threshold_from_name(name) for name in threshold_names() if name != Fixed.name]
# Those that move go up and down faster than any of the others lies apart.
RULES = [*BY_NAME, Tracking(40), Tracking(40, floor=True), *map(Fixed, (-1.0, 0.5, 3.0, 50.0))]
SCORES = st.lists(st.one_of(st.floats(-2, 60), st.just(np.nan)), min_size=1, max_size=80)


def fitted(rule, **more):
    with ignoring(Warning):
        return rule.fit(NORMAL, **ABOUT, **more)


@given(st.sampled_from(RULES), st.sampled_from(RULES), st.sampled_from(RULES), SCORES)
def test_an_alarm_is_flagged_and_what_is_flagged_is_watched(threshold, watch, alarm, scores):
    assume(not alarm.target >= watch.target)
    rule = fitted(threshold)
    tiers = fitted(Tiers(watch, alarm), threshold=rule)
    flags, grades = rule.predict(scores), tiers.predict(scores)
    assert (flags[grades == 2] == 1).all()
    assert (grades[flags == 1] >= 1).all()
    assert tiers.values_[0] <= rule.value_ <= tiers.values_[1]
    in_turn = Decisions(rule, tiers)
    for score, flag, grade in zip(scores, flags, grades, strict=True):
        in_turn.push(score)
        assert (in_turn.flags, in_turn.severities) == ((flag,), (grade,))


@pytest.mark.parametrize(
    ("threshold", "values"),
    [(Fixed(0.1), (0.1, 2.0)), (Fixed(1.5), (1.0, 2.0)), (Fixed(9.0), (1.0, 9.0))],
)
def test_only_the_tier_that_contradicts_a_threshold_gives_way(threshold, values):
    tiers = fitted(Tiers(Fixed(1.0), Fixed(2.0)), threshold=fitted(threshold))
    assert tiers.values_ == tuple(rule.value_ for rule in tiers.thresholds_) == values
    assert tiers.achieved_ == pytest.approx([np.mean(value < NORMAL) for value in values])


def test_a_budget_that_gives_way_counts_its_alarms_anew():
    tiers = fitted(Tiers(Budget(7), Budget(1)), threshold=fitted(Fixed(NORMAL.max())))
    assert tiers.thresholds_[1].n_alarms_ == 0
    assert tiers.thresholds_[1].achieved_words() == "0 alarms a week"


def test_a_threshold_allows_so_many_times_its_rate():
    assert (Budget(2).times(7).alarms, Quantile(0.05, strict=True).times(0.2).get_params()) == (
        14.0,
        {"false_alarms": 0.01, "strict": True},
    )
    assert Fixed(1.0).times(2) is None

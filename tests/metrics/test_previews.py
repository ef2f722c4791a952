"""What thresholds would have raised: events by week, their rate, and how sure it is."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import DataError, ParameterError
from offbeat.events import mask_to_events
from offbeat.metrics import preview_thresholds
from offbeat.thresholds import Budget, Fixed, Tiers, Tracking
from offbeat.thresholds.evidence import poisson_interval

HOUR, WEEK = 3600.0, 168


def fixed(value):
    return Fixed(value).fit([0.0, 1.0])


def previewed(scores, value=1.0, **about):
    (found,) = preview_thresholds(scores, [fixed(value)], **{"step": HOUR, **about})
    return found


def test_events_are_counted_in_the_week_in_which_they_begin():
    scores = np.zeros(3 * WEEK)
    scores[[5, WEEK - 1, WEEK, 2 * WEEK + 3, 2 * WEEK + 9]] = 2.0
    found = previewed(scores)
    assert [event.start for event in found.events] == [5, WEEK - 1, 2 * WEEK + 3, 2 * WEEK + 9]
    assert [week.n_events for week in found.weeks] == [2, 0, 2]
    assert [week.start for week in found.weeks] == [0, WEEK, 2 * WEEK]
    assert found.a_week == pytest.approx(4 / 3)
    assert len(previewed(scores, window=6).events) == 3


@given(st.lists(st.sampled_from([0.0, 2.0, np.nan]), min_size=1, max_size=60), st.integers(0, 4))
def test_every_event_is_counted_once_and_all_scored_time_is_in_a_week(scores, window):
    found = previewed(np.array(scores), step=86_400.0, window=window)
    events = mask_to_events(np.array(scores) > 1, merge_gap=window)
    assert [(event.start, event.end) for event in found.events] == [(event.start, event.end) for event in events]
    assert sum(week.n_events for week in found.weeks) == len(events)
    assert found.seconds == 86_400.0 * np.isfinite(scores).sum()


def test_weeks_follow_the_times_where_there_are_some_and_gaps_are_no_time():
    hours = np.r_[np.arange(100), np.arange(2 * WEEK, 2 * WEEK + 50)]
    times = np.datetime64("2026-03-01T00:00", "ns") + hours * np.timedelta64(1, "h")
    scores = np.zeros(150)
    scores[[50, 120]] = 2.0
    found = previewed(scores, step=None, times=times)
    assert [(week.n_events, week.seconds / HOUR) for week in found.weeks] == [(1, 100), (0, 0), (1, 50)]
    assert found.a_week == pytest.approx(2 * WEEK / 150)
    assert found.weeks[2].start_time.startswith("2026-03-15T00:00")
    assert found.events[0].start_time == times[50]


def test_leading_time_without_a_score_is_in_no_week():
    scores = np.r_[np.full(WEEK, np.nan), np.zeros(WEEK)]
    scores[WEEK] = 2.0
    (week,) = previewed(scores).weeks
    assert (week.start, week.n_events, week.seconds) == (WEEK, 1, WEEK * HOUR)


def test_without_a_clock_nothing_is_said_a_week():
    found = previewed([0.0, 2.0, 0.0], step=None)
    assert (len(found.events), found.weeks, found.seconds) == (1, (), 0)
    assert np.isnan([found.a_week, *found.interval()]).all()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["a_week"] is None


def test_severity_is_that_of_the_tiers_and_a_moving_threshold_moves():
    scores = np.random.default_rng(0).exponential(size=5000)
    tiers = Tiers(0.01, 0.001).fit(scores)
    severities = {event.severity.label for event in previewed(scores, tiers.values_[0], tiers=tiers).events}
    assert severities == {"watch", "alarm"}
    drifting = scores * np.linspace(1, 50, 5000)
    rules = [kind(1).fit(scores, step=HOUR) for kind in (Budget, Tracking)]
    still, moved = preview_thresholds(drifting, rules, step=HOUR)
    assert len(moved.events) < len(still.events)


def test_as_many_alarms_come_as_were_asked_for_where_the_budget_was_set():
    month = np.random.default_rng(1).exponential(size=8 * WEEK)
    rules = [Budget(alarms).fit(month, step=HOUR) for alarms in (1, 2, 4)]
    found = preview_thresholds(month, rules, step=HOUR)
    assert [one.a_week for one in found] == pytest.approx([7 / 8, 15 / 8, 31 / 8], rel=0.1)
    assert all(one.interval()[0] < rate < one.interval()[1] for one, rate in zip(found, (1, 2, 4), strict=True))


@pytest.mark.parametrize("times", [["2026-03-01"], ["2026-03-02", "2026-03-01"], ["2026-03-02", "NaT"]])
def test_times_must_be_one_for_each_score_and_in_order(times):
    with pytest.raises(DataError, match="time"):
        previewed([0.0, 2.0], times=np.array(times, dtype="datetime64[ns]"))


@pytest.mark.parametrize(("count", "level"), [(0, 0.95), (1, 0.95), (7, 0.9), (400, 0.99)])
def test_the_interval_leaves_half_of_what_is_improbable_on_either_side(count, level):
    from scipy.stats import poisson

    low, high = poisson_interval(count, level)
    assert poisson.cdf(count, high) == pytest.approx((1 - level) / 2)
    assert low == 0 if count == 0 else poisson.sf(count - 1, low) == pytest.approx((1 - level) / 2)


@pytest.mark.parametrize(("count", "level"), [(-1, 0.95), (3, 1.0)])
def test_counts_and_levels_out_of_range(count, level):
    with pytest.raises(ParameterError, match="level"):
        poisson_interval(count, level)

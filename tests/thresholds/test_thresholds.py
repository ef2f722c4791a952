import inspect
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import FitError, genpareto
from sklearn.base import clone

import naive
from offbeat import thresholds
from offbeat.errors import DataError, NotFittedError, ParameterError, ShapeError
from offbeat.thresholds import (
    IQR,
    MAD,
    Budget,
    Conformal,
    FewScoresWarning,
    Fixed,
    PeaksOverThreshold,
    Quantile,
    RateThreshold,
    Sigma,
    Threshold,
    Tiers,
    Tracking,
    threshold_from_name,
    threshold_names,
)

ALL = [
    Fixed(0.5),
    Quantile(0.1),
    Sigma(2.0),
    MAD(2.0),
    IQR(1.0),
    PeaksOverThreshold(0.05),
    Conformal(0.1),
    Budget(10, period=200, step=1),
    Tracking(10, period=200, step=1),
]
NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False).map(lambda value: round(value, 3))
NORMAL = np.random.default_rng(7).normal(size=200)

every_threshold = pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)


def some_scores(min_size=1):
    return st.lists(NUMBERS, min_size=min_size, max_size=60)


def test_every_public_threshold_is_tested_here():
    public = {getattr(thresholds, name) for name in thresholds.__all__}
    concrete = {kind for kind in public if inspect.isclass(kind) and issubclass(kind, Threshold)}
    assert {type(rule) for rule in ALL} == concrete - {Threshold, RateThreshold}


@every_threshold
def test_fit_says_what_it_found(rule):
    with_gaps = np.concatenate([NORMAL, [np.nan, np.inf, np.nan]])
    fitted = clone(rule).fit(with_gaps)
    assert fitted.n_fitted_ == 200
    assert fitted.value_ == clone(rule).fit(NORMAL).value_
    assert fitted.achieved_ == np.mean(fitted.value_ < NORMAL) > 0
    assert isinstance(fitted.value_, float)
    assert isinstance(fitted.achieved_, float)


@every_threshold
def test_only_scores_above_the_threshold_are_flagged(rule):
    value = (fitted := clone(rule).fit(NORMAL)).value_
    flags = fitted.predict([np.nan, value, np.nextafter(value, np.inf), np.inf, -np.inf])
    assert flags.tolist() == [0, 0, 1, 1, 0]
    assert flags.dtype == np.int64


@every_threshold
def test_learns_nothing_from_no_finite_score(rule):
    for nothing in ([], [np.nan, np.nan], [np.inf]):
        with pytest.raises(DataError, match="finite"):
            clone(rule).fit(nothing)


@every_threshold
def test_unfitted_use_is_named(rule):
    for use in ("predict", "false_alarm_rate", "report"):
        with pytest.raises(NotFittedError, match="call fit"):
            getattr(clone(rule), use)([1.0])


@every_threshold
def test_wrong_arrays_are_named(rule):
    with pytest.raises(ShapeError, match=r"\(2, 1\)"):
        clone(rule).fit([[1.0], [2.0]])
    with pytest.raises(DataError, match="numbers"):
        clone(rule).fit(["a", "b"])


@every_threshold
def test_settings_round_trip_and_input_is_left_alone(rule):
    before = NORMAL.copy()
    assert clone(rule).get_params() == rule.get_params()
    assert threshold_from_name(rule.name, **rule.get_params()).get_params() == rule.get_params()
    clone(rule).fit(NORMAL).predict(NORMAL)
    assert np.array_equal(NORMAL, before)


@every_threshold
def test_report_tells_target_and_achieved(rule):
    fitted = clone(rule).fit(NORMAL)
    report = fitted.report([fitted.value_, fitted.value_ + 1, np.nan, np.inf])
    assert report["rule"].startswith(type(rule).__name__ + "(")
    assert (report["value"], report["achieved"], report["n_fitted"]) == (fitted.value_, fitted.achieved_, 200)
    assert report["achieved_elsewhere"] == pytest.approx(2 / 3)
    assert report["n_elsewhere"] == 3
    assert report["target"] == rule.target or np.isnan(report["target"])
    assert "achieved_elsewhere" not in fitted.report()
    json.dumps(report)


def test_only_rules_that_aim_at_a_rate_have_a_target():
    assert {rule.name for rule in ALL if np.isfinite(rule.target)} == {"quantile", "pot", "conformal"}
    assert Quantile(0.02).target == 0.02


def test_false_alarm_rate_needs_a_score():
    with pytest.raises(DataError, match="NaN"):
        Fixed(1.0).fit([1.0]).false_alarm_rate([np.nan])


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, np.nan, np.inf, "0.05", None, True])
@pytest.mark.parametrize("kind", [Quantile, Conformal, PeaksOverThreshold])
def test_rates_outside_their_range_are_refused_by_fit(kind, rate):
    rule = kind(rate)
    with pytest.raises(ParameterError, match="false_alarms"):
        rule.fit(NORMAL)


@pytest.mark.parametrize("k", [0, -1.0, np.nan, "3", None])
@pytest.mark.parametrize("kind", [Sigma, MAD, IQR])
def test_a_number_of_spreads_is_above_zero(kind, k):
    with pytest.raises(ParameterError, match="k"):
        kind(k).fit(NORMAL)


@pytest.mark.parametrize("kind", [Sigma, MAD, IQR])
def test_no_spread_is_an_error(kind):
    with pytest.raises(DataError, match="Quantile"):
        kind().fit([0.1] * 7)


def test_mad_and_iqr_need_more_than_a_few_other_scores():
    mostly_equal = [1.0] * 9 + [2.0, 3.0]
    for kind in (MAD, IQR):
        with pytest.raises(DataError, match="spread"):
            kind().fit(mostly_equal)
    assert Sigma().fit(mostly_equal).value_ > 1.0


def test_fixed_is_the_number_given():
    assert Fixed(-2.5).fit(NORMAL).value_ == -2.5
    with pytest.raises(ParameterError, match="value"):
        Fixed(np.nan).fit(NORMAL)


def test_spread_rules_agree_with_their_formulas():
    assert Sigma(2.0).fit(NORMAL).value_ == pytest.approx(NORMAL.mean() + 2 * NORMAL.std())
    large = np.random.default_rng(0).normal(3.0, 2.0, size=200_000)
    assert MAD(3.0).fit(large).value_ == pytest.approx(9.0, abs=0.05)
    assert IQR(1.5).fit(large).value_ == pytest.approx(3.0 + 2.0 * 2.698, abs=0.05)


@given(scores=some_scores(), rate=st.floats(0.01, 0.99))
def test_new_scores_exceed_a_quantile_no_more_often_than_aimed_at_and_it_wastes_none(scores, rate):
    rule = Quantile(rate).fit(scores)
    assert rule.achieved_ <= rate or len(scores) * rate < 3
    lower = [score for score in scores if score < rule.value_]
    if lower and len(scores) * rate >= 3:
        # A new score is as likely the highest, the second, ... or the lowest of all.
        at_or_above = np.sum(np.array(scores) > max(lower))
        assert (at_or_above + 1) / (len(scores) + 1) > rate


@pytest.mark.parametrize(("n", "rate", "above"), [(60, 0.05, 2), (99, 0.29, 28), (30, 0.1, 2), (219, 0.05, 10)])
def test_quantile_counts_exactly(n, rate, above):
    assert Quantile(rate).fit(np.arange(float(n))).value_ == n - 1 - above


def test_conformal_says_when_it_cannot_know():
    assert np.isfinite(Conformal(0.01).fit(np.arange(99.0)).value_)
    with pytest.warns(FewScoresWarning, match="infinite"):
        rule = Conformal(0.01).fit([1.0, 3.0, 2.0])
    assert rule.value_ == np.inf
    assert rule.achieved_ == 0
    assert rule.predict([1e300, np.inf]).tolist() == [0, 0]


@given(normal=some_scores(), scores=some_scores(), rate=st.one_of(st.floats(0.01, 0.99), st.sampled_from([0.05, 0.15])))
def test_conformal_p_values_are_those_of_the_definition_and_fit_the_decisions(normal, scores, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewScoresWarning)
        rule = Conformal(rate).fit(normal)
    judged = [*scores, *normal]
    p_values = rule.p_values(judged)
    assert p_values.tolist() == [naive.p_value(normal, score) for score in judged]
    assert np.array_equal(rule.predict(judged) == 1, p_values <= rate)


@settings(deadline=None)
@given(scores=some_scores(min_size=2))
def test_conformal_p_values_are_super_uniform_on_exchangeable_scores(scores):
    # Each score in turn is judged by all the others: every one of these splits is equally likely.
    p_values = np.sort([naive.p_value(scores[:i] + scores[i + 1 :], score) for i, score in enumerate(scores)])
    fast = np.sort(
        [Conformal(0.5).fit(np.delete(scores, i)).p_values(scores[i : i + 1])[0] for i in range(len(scores))]
    )
    assert np.array_equal(p_values, fast)
    assert all(np.mean(fast <= level) <= level for level in fast)


def test_conformal_keeps_its_promise_on_new_scores():
    rng = np.random.default_rng(3)
    rates = [Conformal(0.1).fit(rng.gumbel(size=19)).false_alarm_rate(rng.gumbel(size=200)) for _ in range(400)]
    assert np.mean(rates) == pytest.approx(0.1, abs=0.01)


def test_p_values_of_no_score_are_nan():
    assert np.isnan(Conformal(0.2).fit(NORMAL).p_values([np.nan])[0])
    with pytest.raises(NotFittedError):
        Conformal().p_values([1.0])


@given(scores=some_scores(), values=st.tuples(NUMBERS, NUMBERS))
def test_raising_a_threshold_never_flags_more(scores, values):
    low, high = (Fixed(value).fit([0.0]).predict(scores) for value in sorted(values))
    assert np.all(high <= low)


@pytest.mark.parametrize("kind", [Sigma, MAD, IQR])
def test_more_spreads_raise_the_threshold(kind):
    assert kind(1.0).fit(NORMAL).value_ < kind(2.0).fit(NORMAL).value_


@settings(deadline=None, max_examples=25)
@given(rates=st.lists(st.floats(0.005, 0.09), min_size=2, max_size=2, unique=True))
@pytest.mark.parametrize("kind", [Quantile, Conformal, PeaksOverThreshold])
def test_a_lower_rate_never_lowers_the_threshold(kind, rates):
    rare, common = sorted(rates)
    assert kind(rare).fit(NORMAL).value_ >= kind(common).fit(NORMAL).value_


@every_threshold
@settings(deadline=None, max_examples=25)
@given(scores=some_scores(min_size=2))
def test_a_higher_score_is_never_flagged_less(rule, scores):
    if isinstance(rule, Tracking):
        pytest.skip("its threshold moves")
    flags = clone(rule).fit(NORMAL).predict(np.sort(scores))
    assert np.all(np.diff(flags) >= 0)


@pytest.mark.parametrize(
    "rule", [Sigma(2.0), MAD(2.0), IQR(1.5), Quantile(0.1), Conformal(0.1), PeaksOverThreshold(0.02), ALL[-1]]
)
@settings(deadline=None, max_examples=25)
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_cuts_follow_the_scale_of_the_scores(rule, scale, shift):
    expected = scale * clone(rule).fit(NORMAL).value_ + shift
    # The tail is fitted by an iterative search, whose last digits are not its promise.
    loose = 1e-3 if isinstance(rule, PeaksOverThreshold) else 1e-9
    assert clone(rule).fit(scale * NORMAL + shift).value_ == pytest.approx(
        expected, rel=loose, abs=loose * scale + 1e-9
    )


@pytest.mark.parametrize(
    ("draw", "true_cut"),
    [
        (lambda rng, n: rng.exponential(size=n), -np.log(1e-3)),
        (lambda rng, n: rng.uniform(size=n), 1 - 1e-3),
        (lambda rng, n: rng.pareto(2.0, size=n), 1e-3**-0.5 - 1),
        (lambda rng, n: rng.beta(1, 3, size=n), 1 - 1e-3 ** (1 / 3)),
    ],
    ids=["exponential", "ends abruptly", "heavy", "ends smoothly"],
)
def test_tails_of_every_shape_are_extrapolated(draw, true_cut):
    scores = draw(np.random.default_rng(5), 20_000)
    assert PeaksOverThreshold(1e-3).fit(scores).value_ == pytest.approx(true_cut, rel=0.08)


def test_the_tail_goes_beyond_the_scores_seen():
    rule = PeaksOverThreshold(1e-5).fit(np.random.default_rng(1).exponential(size=500))
    assert rule.value_ > 8
    assert rule.achieved_ == 0


def test_few_or_equal_excesses_are_an_exponential_tail():
    scores = np.array([0.0] * 18 + [1.0, 3.0])
    rule = PeaksOverThreshold(0.01, level=0.8).fit(scores)
    assert (rule.shape_, rule.scale_, rule.tail_start_) == (0.0, 2.0, 0.0)
    assert rule.value_ == pytest.approx(2.0 * np.log(0.1 / 0.01))
    equal = PeaksOverThreshold(0.01).fit([0.0] * 200 + [1.0] * 20)
    assert (equal.shape_, equal.scale_) == (0.0, 1.0)


def test_a_shape_near_zero_is_the_exponential_limit():
    rule = PeaksOverThreshold(0.01).fit(np.random.default_rng(0).exponential(size=5000))
    log_depth = np.log(0.1 / 0.01)
    assert abs(rule.shape_) < 0.15
    assert rule.value_ == pytest.approx(
        rule.tail_start_ + rule.scale_ * np.expm1(rule.shape_ * log_depth) / rule.shape_
    )


def test_ties_at_the_start_of_the_tail_never_put_the_cut_below_it():
    scores = np.array([0.0] * 100 + [1.0] * 895 + [2.0, 3.0, 4.0, 5.0, 6.0])
    rule = PeaksOverThreshold(0.01).fit(scores)
    assert rule.value_ == rule.tail_start_ == 1.0
    assert rule.achieved_ <= 0.01


def test_where_the_likelihood_finds_nothing_the_moments_are_used(monkeypatch):
    def gives_up(*args, **kwargs):
        raise FitError

    monkeypatch.setattr(genpareto, "fit", gives_up)
    rule = PeaksOverThreshold(1e-3).fit(np.random.default_rng(5).uniform(size=20_000))
    assert rule.shape_ == pytest.approx(-1.0, abs=0.1)
    assert rule.value_ == pytest.approx(1 - 1e-3, abs=2e-3)


def test_a_tail_needs_scores_above_its_start():
    with pytest.raises(DataError, match="level"):
        PeaksOverThreshold().fit([1.0] * 50)
    with pytest.raises(ParameterError, match="level"):
        PeaksOverThreshold(0.2, level=0.9).fit(NORMAL)
    with pytest.raises(ParameterError, match="level"):
        PeaksOverThreshold(0.01, level=1.0).fit(NORMAL)


def test_names_are_found_by_discovery():
    assert {"budget", "conformal", "fixed", "iqr", "mad", "pot", "quantile", "sigma"} <= set(threshold_names())

    class Doubled(Sigma):
        name = "doubled"

    try:
        assert isinstance(threshold_from_name("doubled", k=2.0), Doubled)
    finally:
        Doubled.name = ""


def test_wrong_names_and_settings_are_named():
    with pytest.raises(ParameterError, match=r"'three-sigma'.*budget, conformal, fixed, iqr, mad, pot, quantile"):
        threshold_from_name("three-sigma")
    with pytest.raises(ParameterError, match=r"'sigma'.* k, got false_alarms"):
        threshold_from_name("sigma", false_alarms=0.05)
    with pytest.raises(ParameterError, match=r"'fixed'.* value, got none"):
        threshold_from_name("fixed")


@pytest.mark.parametrize("kind", [Quantile, Conformal, lambda rate: PeaksOverThreshold(rate, level=0.8)])
def test_tiers_are_ordered_and_are_their_two_rules(kind):
    tiers = Tiers(kind(0.1), kind(0.02)).fit(NORMAL)
    watch, alarm = (kind(rate).fit(NORMAL) for rate in (0.1, 0.02))
    assert tiers.values_ == (watch.value_, alarm.value_)
    assert tiers.values_[0] < tiers.values_[1]
    assert tiers.achieved_ == (watch.achieved_, alarm.achieved_)
    assert tiers.targets == (0.1, 0.02)
    ladder = [np.nan, watch.value_, np.nextafter(watch.value_, 9), alarm.value_, np.nextafter(alarm.value_, 9)]
    assert tiers.predict(ladder).tolist() == [0, 0, 1, 1, 2]


def test_tiers_take_rates_for_quantiles_and_budgets_as_they_are():
    assert Tiers(0.1, 0.02).fit(NORMAL).values_ == Tiers(Quantile(0.1), Quantile(0.02)).fit(NORMAL).values_
    tiers = Tiers(Budget(7), Budget(1)).fit(NORMAL, window=5, step=20_000.0)
    alone = [Budget(alarms).fit(NORMAL, window=5, step=20_000.0).value_ for alarms in (7, 1)]
    assert list(tiers.values_) == alone


@pytest.mark.parametrize(("watch", "alarm"), [(0.01, 0.05), (0.05, 0.05), (1.0, 0.05), (0.05, 0.0), (0.05, None)])
def test_tiers_check_their_rates_in_fit(watch, alarm):
    with pytest.raises(ParameterError):
        Tiers(watch, alarm).fit(NORMAL)


def test_tiers_report_clone_and_fit_first():
    rule = Conformal(0.1)
    tiers = clone(Tiers(0.2, rule))
    assert tiers.get_params(deep=False)["watch"] == 0.2
    for use in ("predict", "report"):
        with pytest.raises(NotFittedError):
            getattr(tiers, use)([1.0])
    report = tiers.fit(NORMAL).report(NORMAL)
    assert (report["watch"]["target"], report["alarm"]["target"]) == (0.2, 0.1)
    assert report["alarm"]["achieved_elsewhere"] == tiers.achieved_[1]
    assert not hasattr(rule, "value_")

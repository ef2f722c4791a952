"""What fit used stays with a fitted detector, whatever its settings become."""

import numpy as np
import pytest

import offbeat
from offbeat import (
    MAD,
    Budget,
    Fixed,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    OnlineDetector,
    PCADetector,
    Quantile,
    Tiers,
)
from offbeat.errors import DataError, NotFittedError, OffbeatError
from offbeat.testing import long_wave

PARTS = (NaiveForecast(), PCADetector(n_components=2))

LATE = {"fold": "last", "held_out": 0.001, "calibration": "held-out", "threshold": MAD()}
"""What lets a fit fail at its end, after the model has learned: the only score that is held out has no spread."""

CHANGES = [
    (PCADetector(n_components=2, window=12), {"fold": "max"}),
    (PCADetector(n_components=2, window=12, fold="mean"), {"fold": "last"}),
    (PCADetector(n_components=2, window=12), {"window": 20}),
    (PCADetector(n_components=2, window=12), {"window": None}),
    (PCADetector(n_components=2, window=12), {"error": "mae", "scaling": "minmax"}),
    (KNNDetector(n_neighbors=2, window=12), {"n_neighbors": 7, "stride": 3}),
    (NaiveForecast(), {"horizon": 3}),
    (NaiveForecast(window=4, horizon=3), {"horizon": 1, "window": 9}),
    (MixedDetector(parts=PARTS, window=12), {"join": "max"}),
    (MixedDetector(parts=PARTS, window=12), {"memory": 40}),
    (MixedDetector(parts=PARTS, window=12, memory=40), {"memory": 0, "parts": PARTS[:1]}),
]


@pytest.mark.parametrize(("detector", "change"), CHANGES, ids=lambda v: getattr(v, "name", None) or "-".join(v))
def test_changed_settings_are_for_the_next_fit(detector, change, tmp_path):
    model, probe = detector.fit(long_wave(600)), long_wave(90, seed=1)
    scores, shares = model.decision_function(probe), model.explain(probe).shares
    streamed, adapts = OnlineDetector(model).update(probe), model.is_adaptive
    model.set_params(**change)
    np.testing.assert_array_equal(model.decision_function(probe), scores)
    np.testing.assert_array_equal(model.explain(probe).shares, shares)
    np.testing.assert_array_equal(OnlineDetector(model).update(probe), streamed)
    assert model.is_adaptive == adapts
    again = offbeat.load(model.save(tmp_path / "model"))
    np.testing.assert_allclose(again.decision_function(probe), scores, rtol=1e-6)
    assert again.threshold_.value_ == model.threshold_.value_
    if change.get("window", 1) is not None:
        used = model.fit(long_wave(600)).settings_.get_params(deep=False)
        assert repr({name: used[name] for name in change}) == repr(change)


def test_another_threshold_is_decided_by_at_once_and_saved(tmp_path):
    model = PCADetector(window=12, tiers=Tiers(0.1, 0.02)).fit(long_wave(600))
    # A threshold that only stands in the settings waits for the next fit.
    model.set_params(threshold=Fixed(9.0)).set_threshold(tiers=Tiers(0.2, 0.1))
    assert model.threshold_.value_ == Budget(1).fit(model.held_out_scores_, window=12).value_
    model.set_threshold(Fixed(3.0)).set_params(threshold=None)
    again = offbeat.load(model.save(tmp_path / "model"))
    assert (model.threshold_.value_, again.threshold_.value_) == (3.0, 3.0)
    assert again.tiers_.values_ == model.tiers_.values_


@pytest.mark.parametrize("rule", [Budget(20), Quantile(0.1), Tiers(0.2, 0.1)])
def test_a_rule_is_fitted_as_it_would_be_set_and_changes_nothing(rule):
    model = PCADetector(window=12).fit(long_wave(600))
    before = (model.threshold_, model.tiers_, repr(model.settings_.get_params()))
    fitted = model.fitted_rule(rule)
    assert (model.threshold_, model.tiers_, repr(model.settings_.get_params())) == before
    if isinstance(rule, Tiers):
        assert fitted.values_ == model.set_threshold(tiers=rule).tiers_.values_
    else:
        assert fitted.value_ == model.set_threshold(rule).threshold_.value_


def test_what_is_kept_is_no_longer_the_callers(tmp_path):
    chosen = Fixed(1.0)
    model = PCADetector(window=12, threshold=chosen).fit(long_wave(600))
    chosen.set_params(value=5.0)
    assert offbeat.load(model.save(tmp_path / "model")).threshold_.value_ == 1.0


def test_a_fit_that_fails_leaves_the_model_as_it_was():
    model, probe = PCADetector(window=12).fit(long_wave(600)), long_wave(90, seed=1)
    scores = model.decision_function(probe)
    for spoil, data in [({"window": 20}, np.ones(600)), (LATE, long_wave(600))]:
        with pytest.raises(DataError):
            model.set_params(**spoil).fit(data)
        np.testing.assert_array_equal(model.decision_function(probe), scores)


def test_a_first_fit_that_fails_has_learned_nothing():
    model = PCADetector(window=12, **LATE)
    with pytest.raises(DataError, match="spread"):
        model.fit(long_wave(600))
    with pytest.raises(NotFittedError):
        model.decision_function(long_wave(90))


def test_a_threshold_that_cannot_be_set_changes_nothing():
    model = PCADetector(window=12).fit(long_wave(600))
    cut = model.threshold_.value_
    with pytest.raises(OffbeatError):
        model.set_threshold(Quantile(2.0))
    assert model.threshold_.value_ == cut
    assert (model.threshold, model.settings_.threshold) == (None, None)

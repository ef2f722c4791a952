"""A finished recording and a stream are scored by other windows, with one model and with thresholds of their own."""

import numpy as np
import pytest

import offbeat
from offbeat import (
    Fixed,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    OnlineDetector,
    PCADetector,
    ProfileDetector,
    Quantile,
    Recording,
    SeasonalBaseline,
)
from offbeat.app.result_tables import fit_tables, placement, unscored_note
from offbeat.errors import ModelError, NotFittedError
from offbeat.estimators.folder import read_model, write_model
from offbeat.testing import long_wave, waves

WINDOW, PROBE = 12, long_wave(90, seed=1)


@pytest.fixture(scope="module")
def model():
    return PCADetector(n_components=2, window=WINDOW, threshold=Quantile(0.1)).fit(long_wave(600))


def test_both_are_what_an_explicit_fold_gives(model):
    for fold, twin in (("mean", model), ("last", model.live())):
        alone = PCADetector(n_components=2, window=WINDOW, threshold=Quantile(0.1), fold=fold).fit(long_wave(600))
        np.testing.assert_array_equal(twin.decision_function(PROBE), alone.decision_function(PROBE))
        np.testing.assert_array_equal(twin.held_out_scores_, alone.held_out_scores_)
        assert (twin.threshold_.value_, twin.tiers_.values_) == (alone.threshold_.value_, alone.tiers_.values_)


def test_what_is_learned_is_shared_and_the_model_stays_as_it_is(model):
    before = model.decision_function(PROBE)
    live = model.live()
    assert live.residuals_ is model.residuals_
    assert live.live() is live
    assert (model.fold, model.settings_.fold, live.fold) == ("auto", "auto", "last")
    np.testing.assert_array_equal(model.decision_function(PROBE), before)


@pytest.mark.parametrize(
    "detector",
    [
        PCADetector(n_components=2, window=WINDOW, fold="mean"),
        KNNDetector(window=WINDOW, fold="last"),
        NaiveForecast(),
        MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=2)), window=WINDOW, memory=40),
    ],
    ids=["mean", "last", "one step ahead", "memory"],
)
def test_where_nothing_differs_it_is_the_detector_itself(detector):
    model = detector.fit(long_wave(600))
    assert model.live() is model
    assert len(model.live_held_out_scores_) == 0


def test_a_collection_has_no_streams():
    model = PCADetector(n_components=2).fit(waves(60), validation=waves(20, seed=1))
    assert model.live() is model
    assert placement(model) == ""


def test_another_threshold_is_one_for_streams_too(model, tmp_path):
    again = offbeat.load(model.save(tmp_path / "model"))
    again.set_threshold(Quantile(0.3))
    expected = Quantile(0.3).fit(again.live_held_out_scores_, window=WINDOW).value_
    assert OnlineDetector(again).detector.threshold_.value_ == expected
    again.set_threshold(Fixed(0.5))
    assert OnlineDetector(again).detector.threshold_.value_ == 0.5


def test_a_saved_model_streams_as_before(model, tmp_path):
    again = offbeat.load(model.save(tmp_path / "model"))
    one, other = OnlineDetector(model), OnlineDetector(again)
    np.testing.assert_allclose(other.update(PROBE), one.update(PROBE), rtol=1e-6)
    np.testing.assert_array_equal(other.flags, one.flags)
    assert other.detector.threshold_.value_ == one.detector.threshold_.value_


def test_other_numbers_of_scores_for_streams_are_refused(model, tmp_path):
    config, arrays = read_model(model.save(tmp_path / "model"))
    (name,) = (name for name in arrays if name.endswith("live_held_out_scores_"))
    arrays[name] = arrays[name][:-1]
    with pytest.raises(ModelError, match="held-out scores"):
        offbeat.load(write_model(tmp_path / "other", config, arrays))


def test_before_fit_there_is_none():
    with pytest.raises(NotFittedError):
        PCADetector(window=WINDOW).live()


def test_tables_say_by_which_windows(model):
    rows = dict(fit_tables(model, 1.0)[0].rows)
    said = (
        "scored by the mean of all windows over it (streams: by the window that ends there, with a threshold of {:.4g})"
    )
    assert rows["each time step"] == said.format(model.live().threshold_.value_)
    assert placement(NaiveForecast().fit(PROBE)) == "the window that ends there"


@pytest.mark.parametrize(
    "detector",
    [
        PCADetector(n_components=2, window=WINDOW),
        NaiveForecast(),
        SeasonalBaseline(period=20),
        ProfileDetector(window=8),
        MixedDetector(parts=(NaiveForecast(), PCADetector(n_components=2)), window=WINDOW, memory=40),
    ],
    ids=lambda detector: detector.name,
)
def test_how_many_time_steps_have_no_score_is_known_before(detector):
    fitted = detector.fit(long_wave(600))
    for model in (fitted, fitted.live()):
        known = ~np.isnan(model.decision_function(PROBE))
        assert int(np.argmax(known)) == model.n_unscored_


def test_what_has_no_score_is_told_where_it_is_more_than_a_little():
    minutes = Recording(long_wave(600), sampling_rate=1 / 60)
    model = ProfileDetector(window=30).fit(minutes)
    assert dict(fit_tables(model, 1.0)[0].rows)["no score"] == (
        "the first 60 time steps (1 hour) of a recording, the first 59 time steps (59 minutes) of a stream"
    )
    assert "the first 60 time steps (1 hour)" in unscored_note(model, minutes)[0]
    assert "the first 60 time steps have" in unscored_note(model, Recording(long_wave(600)))[0]
    assert unscored_note(model, Recording(long_wave(6000))) == []
    assert unscored_note(PCADetector(n_components=2, window=WINDOW).fit(minutes), minutes) == []


@pytest.mark.parametrize("fold", ["mean", "last"])
def test_shares_are_those_of_all_windows_over_a_time_step(fold):
    """The obvious way: each window has shares, and a time step has the mean of those of the windows over it."""
    two, probe = long_wave(300, n_channels=2), long_wave(40, n_channels=2, seed=1)
    model = PCADetector(n_components=2, window=5, fold=fold).fit(two)
    scorer = model.scorer_
    windows = np.stack([probe[start : start + 5].T for start in range(36)])
    expected, shares = scorer.explain(scorer.scale(windows))
    told = model.explain(probe)
    for step in (4, 17, 39) if fold == "last" else (0, 3, 17, 38, 39):
        ends = [step] if fold == "last" else [end for end in range(4, 40) if end - 4 <= step <= end]
        mean = np.mean([shares[end - 4].sum(axis=1) for end in ends], axis=0)
        np.testing.assert_allclose(told.shares[step], mean, rtol=1e-6)
        signal = np.mean([expected[end - 4, :, step - end - 1] for end in ends], axis=0)
        np.testing.assert_allclose(told.expected[step], signal, rtol=1e-6)

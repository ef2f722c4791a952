import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offbeat
from offbeat import (
    DeepAnT,
    Fixed,
    KNNDetector,
    MixedDetector,
    NaiveForecast,
    PCADetector,
    SeasonalBaseline,
    TrainConfig,
)
from offbeat.detectors.scoring.adapting import Adapting
from offbeat.detectors.scoring.tails import Tail, joined, tail_of
from offbeat.errors import DataError, ParameterError
from offbeat.testing import long_wave, waves

PARTS = (NaiveForecast(), PCADetector(n_components=3))


# How rare a score is


def test_neg_log10_p_is_the_power_of_ten_of_the_probability():
    rng = np.random.default_rng(0)
    tail = Tail(np.sort(rng.exponential(size=20_000)))
    for probability in (0.5, 0.1, 1e-2, 1e-3, 1e-4):
        assert tail.neg_log10_p(-np.log(probability)) == pytest.approx(-np.log10(probability), rel=0.06)


def test_heavy_tails_make_high_scores_less_rare():
    rng = np.random.default_rng(0)
    light, heavy = np.sort(rng.exponential(size=5000)), np.sort(rng.pareto(3, size=5000))
    far = 3
    assert Tail(heavy).neg_log10_p(far * heavy.max()) < Tail(light).neg_log10_p(far * light.max())


samples = st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=60)


@given(samples, st.lists(st.floats(-1e4, 1e4), min_size=2, max_size=20))
def test_a_higher_score_is_never_less_rare(sample, scores):
    rarities = Tail(sorted(sample)).neg_log10_p(sorted(scores))
    assert (np.diff(rarities) >= -1e-9).all()
    assert (rarities >= 0).all()
    assert (rarities <= 100).all()


@given(samples, st.lists(st.floats(-1e4, 1e4) | st.just(float("nan")), min_size=1, max_size=20))
def test_one_score_is_as_rare_as_among_others(sample, scores):
    tail = Tail(sorted(sample))
    np.testing.assert_allclose(
        tail.neg_log10_p(scores), [tail.neg_log10_p_of_one(score) for score in scores], rtol=1e-9, atol=1e-12
    )


def test_the_tail_of_scores_in_any_order_leaves_out_what_is_no_number():
    sample = np.random.default_rng(0).exponential(size=50)
    holed = np.concatenate([sample, [np.nan, np.inf, -np.inf]])
    np.testing.assert_array_equal(tail_of(holed).sample, np.sort(sample))
    with pytest.raises(DataError, match="at least 5 held-out"):
        tail_of(holed[-7:])


def test_rounding_makes_no_difference():
    sample = np.sort(np.random.default_rng(0).exponential(size=200))
    tail = Tail(sample)
    for nudge in (1 - 1e-12, 1 + 1e-12):
        np.testing.assert_allclose(tail.neg_log10_p(sample * nudge), tail.neg_log10_p(sample), atol=1e-6)


@given(samples, st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30), st.integers(5, 40))
def test_adapting_compares_each_score_with_those_before_it(normal, scores, memory):
    stage, past = Adapting(np.array(normal)[:, None], memory, "mean"), list(normal)[-memory:]
    for score in scores:
        assert stage.push(np.array([score])) == pytest.approx(float(Tail(sorted(past)).neg_log10_p(score)), abs=1e-9)
        past = [*past, score][-memory:]


def test_missing_scores_are_not_remembered():
    normal = np.random.default_rng(0).exponential(size=(50, 2))
    stage = Adapting(normal, 100, "max")
    assert stage.push(np.array([1.0, np.inf])) > 2
    assert np.isnan(stage.push(np.array([1.0, np.nan])))
    assert len(stage.arrays()["past"]) == 50
    whole = Adapting(normal, 100, "max").score_all(np.array([[np.nan, 1], [1, 1]]), 4)
    assert np.isnan(whole[:3]).all()
    assert np.isfinite(whole[3])


def test_what_keeps_happening_stops_being_rare():
    stage = Adapting(np.random.default_rng(0).exponential(size=(200, 1)), 400, "mean")
    rarities = [stage.push(np.array([30.0])) for _ in range(150)]
    assert rarities[0] > 5
    assert rarities[-1] < 1


def test_joined():
    both = np.array([[1.0, 3.0], [2.0, 0.0]])
    assert joined(both, "mean").tolist() == [2.0, 1.0]
    assert joined(both, "max").tolist() == [3.0, 2.0]


# The detector


def test_each_part_is_compared_with_its_own_held_out_scores():
    recording, probe = long_wave(500), long_wave(100, seed=1)
    mixed = MixedDetector(parts=PARTS, window=12).fit(recording)
    each = [part.held_out_scores_ for part in (clone_fitted(part, recording) for part in PARTS)]
    assert [len(mixed.parts_), mixed.normal_.shape[1]] == [2, 2]
    scores = mixed.decision_function(probe)
    largest = MixedDetector(parts=PARTS, window=12, join="max").fit(recording).decision_function(probe)
    assert (largest[12:] >= scores[12:] - 1e-9).all()
    assert np.nanmean(each[0]) == pytest.approx(mixed.normal_[:, 0].mean(), rel=0.2)


def clone_fitted(part, recording):
    from sklearn.base import clone

    return clone(part).set_params(window=12).fit(recording)


def test_one_finds_what_the_other_misses():
    """A step that stays: the change is seen once, the level throughout."""
    rng = np.random.default_rng(0)
    normal, probe = rng.normal(size=1000), rng.normal(size=300)
    probe[150:] += 5
    level = MixedDetector(parts=(SeasonalBaseline(period=0),), window=4).fit(normal)
    change = MixedDetector(parts=(NaiveForecast(),), window=4).fit(normal)
    either = MixedDetector(parts=(SeasonalBaseline(period=0), NaiveForecast()), window=4, join="max").fit(normal)
    flagged = [d.set_threshold(Fixed(2.0)).predict(probe)[160:].mean() for d in (level, change, either)]
    assert flagged[0] > 0.8
    assert flagged[1] < 0.2
    assert flagged[2] > 0.8


def test_the_default_joins_a_forecast_and_a_reconstruction():
    mixed = MixedDetector(window=20).fit(long_wave(300))
    assert [type(part).__name__ for part in mixed.parts_] == ["DeepAnT", "PCADetector"]


def test_collections_have_mixed_detectors_too():
    mixed = MixedDetector(parts=(KNNDetector(), PCADetector(n_components=3)), window=None).fit(waves(200))
    odd = waves(20, seed=1)
    odd[:10, 0, 5:12] += 2
    scores = mixed.decision_function(odd)
    assert scores[:10].min() > scores[10:].max()


@pytest.mark.parametrize("memory", [0, 200])
def test_a_mixed_detector_comes_back_from_disk(tmp_path, memory):
    train = TrainConfig(epochs=2, progress=False)
    parts = (DeepAnT(window=6, train=train), PCADetector(n_components=3), SeasonalBaseline(period=0))
    mixed = MixedDetector(parts=parts, window=12, memory=memory, threshold=Fixed(2.0)).fit(long_wave(400))
    again = offbeat.load(mixed.save(tmp_path / "model"))
    assert [type(part) for part in again.parts] == [type(part) for part in parts]
    assert again.parts[0].train.epochs == 2
    probe = long_wave(80, seed=3)
    np.testing.assert_allclose(again.decision_function(probe), mixed.decision_function(probe), rtol=1e-6)
    np.testing.assert_allclose(again.explain(probe).shares, mixed.explain(probe).shares, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"join": "sum"}, ParameterError, "join"),
        ({"memory": -1}, ParameterError, "memory"),
        ({"memory": 5, "fold": "mean"}, ParameterError, "fold='last'"),
        ({"parts": ()}, ParameterError, "parts"),
        (
            {"parts": (NaiveForecast(window=30),)},
            ParameterError,
            "31 time steps",
        ),
        ({"parts": (NaiveForecast(horizon=0),)}, ParameterError, "horizon"),
        ({"held_out": 0.005}, DataError, "got 2"),
    ],
)
def test_settings_out_of_range(settings, error, message):
    detector = MixedDetector(parts=PARTS, window=12).set_params(**settings)
    with pytest.raises(error, match=message):
        detector.fit(long_wave(400))

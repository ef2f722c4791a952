"""Spreads far below the level, tiny and huge numbers, and rounding that must not be taken for a signal."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import Collection, KNNDetector, NaiveForecast, PCADetector
from offbeat.classifiers.baselines import RandomForestBaseline
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.errors import DataError, PrecisionWarning
from offbeat.estimators.scaling import Scaler
from offbeat.metrics import auroc
from offbeat.series.magnitudes import LARGEST, mean_and_deviation, require_size
from offbeat.series.periods import find_period

KINDS = ("standard", "minmax", "robust")
every_kind = pytest.mark.parametrize("kind", KINDS)


def learn(kind, *channels, names=None):
    values = np.stack(channels)[None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return Scaler.learn(kind, values, names), values


@pytest.mark.parametrize("level", [0.0, 1e-200, 1.0, 5_712_345.0, 1e14])
@given(seed=st.integers(0, 1000))
def test_mean_and_deviation_are_those_of_exact_numbers(level, seed):
    values = level + (level or 1e-250) * 1e-6 * np.random.default_rng(seed).normal(size=40)
    mean, deviation = (float(found[0]) for found in mean_and_deviation(values, 0))
    exact = [Fraction(v) for v in values.tolist()]
    middle = sum(exact) / len(exact)
    variance = sum((v - middle) ** 2 for v in exact) / len(exact)
    # A root of exact numbers, brought near 1 first.
    unit = Fraction(float(max(abs(v - middle) for v in exact)))
    assert mean == pytest.approx(float(middle), rel=1e-14)
    assert deviation == pytest.approx(float(variance / unit**2) ** 0.5 * float(unit), rel=1e-6)


@every_kind
@pytest.mark.parametrize(
    ("level", "spread"),
    [(5_712_345.0, 0.003), (0.0, 1e-200), (1e-200, 1e-203), (0.0, 1e-310), (1e14, 1.0), (1e9, 1e-5), (-2e6, 1e-6)],
)
def test_a_signal_scales_alike_at_every_level_and_size(kind, level, spread):
    wave = np.sin(np.arange(500) / 5) + 0.1 * np.random.default_rng(0).normal(size=500)
    scaler, values = learn(kind, level + spread * wave, names=["a"])
    plain, waves = learn(kind, wave)
    np.testing.assert_allclose(scaler.apply(values), plain.apply(waves), atol=0.02)


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_is_no_signal_and_said(kind, dtype):
    level, steps = dtype(5_712_345), np.arange(200)
    flicker = np.where(steps % 2, level, np.nextafter(level, dtype(np.inf)))
    values = np.stack([flicker, np.sin(steps / 5).astype(dtype)])[None]
    with pytest.warns(PrecisionWarning, match=r"height .* constant"):
        scaler = Scaler.learn(kind, values, ["height", "heat"])
    assert scaler.scale[0] == 1.0
    # The same numbers, kept in float64 since: they were rounded all the same.
    again = Scaler.learn(kind, values.astype(np.float64))
    np.testing.assert_array_equal(again.scale, scaler.scale)


def test_what_is_hardly_more_than_rounding_is_said_but_scaled():
    coarse = np.float32(5_712_345) + np.arange(9, dtype=np.float32) / 2
    with pytest.warns(PrecisionWarning, match="rounding"):
        scaler = Scaler.learn("standard", np.resize(coarse, (1, 1, 90)), ["height"])
    assert scaler.scale[0] == pytest.approx(coarse.astype(float).std(), rel=1e-6)


def test_whole_numbers_and_constants_are_what_they_are():
    counter, switch = 10_000_000 + np.arange(100.0) % 2, (np.arange(100.0) % 9 == 0).astype(float)
    scaler, _ = learn("standard", counter, switch, np.full(100, 7.7), names=["a", "b", "c"])
    assert scaler.scale.tolist() == [0.5, switch.std(), 1.0]


def test_rounding_noise_of_large_numbers_does_not_drown_other_channels():
    level = np.float32(1e9)
    flicker = np.where(np.arange(100) % 2, level, np.nextafter(level, np.float32(np.inf)))
    with pytest.warns(PrecisionWarning):
        scaler = Scaler.learn("standard", flicker[None, None], ["a"])
    assert np.abs(scaler.apply(flicker[None, None])).max() <= 1


def test_unscaled_values_that_float32_cannot_hold_are_said():
    for values in (
        5_712_345 + 0.003 * np.random.default_rng(0).normal(size=(1, 1, 90)),
        1e-200 * np.arange(90.0)[None, None],
    ):
        with pytest.warns(PrecisionWarning, match="constant"):
            Scaler.learn("none", values, ["a"])


def test_what_lies_beyond_float32_is_cut_off_not_infinite():
    scaler, _ = learn("standard", 1e-300 * np.sin(np.arange(90.0)))
    scaled = scaler.apply(np.array([[[5.0, -1e15, np.nan, 0.0]]]))
    assert scaled[0, 0, :2].tolist() == [np.float32(LARGEST), -np.float32(LARGEST)]
    assert np.isnan(scaled[0, 0, 2])


@pytest.mark.parametrize("detector", [NaiveForecast(), KNNDetector(window=4), PCADetector(window=8, n_components=2)])
def test_millimetres_on_a_mountain_are_not_drowned_by_the_temperature_beside(detector):
    rng, steps = np.random.default_rng(0), np.arange(3000)
    heat = 20 + 5 * np.sin(steps / 60) + rng.normal(0, 0.01, len(steps))
    height = rng.normal(0, 0.003, len(steps))
    odd, label = height.copy(), np.isin(steps, np.arange(1600, 3000, 100)).astype(int)
    odd[label == 1] += 0.15
    found = []
    for level in (0.0, 5_712_345.0):
        model = detector.fit(np.stack([level + height, heat], axis=1)[:1500])
        scores = model.decision_function(np.stack([level + odd, heat], axis=1))
        found.append(auroc(label[1500:], scores[1500:]))
    assert found[1] == pytest.approx(found[0], abs=0.005)
    assert found[0] > (0.99 if detector.name == "naive" else 0.85)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e12])
def test_events_of_tiny_and_huge_numbers_are_found(size):
    wave = size * (np.sin(np.arange(900) / 4) + 0.05 * np.random.default_rng(0).normal(size=900))
    odd = wave.copy()
    odd[700:705] += 3 * size
    events = PCADetector(window=12).fit(wave[:600]).detect(odd)
    assert any(event.start <= 702 < event.end for event in events)
    assert find_period(wave) == 25


def test_sizes_are_limited_alike_everywhere():
    require_size(np.array([LARGEST, -LARGEST, np.nan]))
    with pytest.raises(DataError, match=r"1e\+15"):
        require_size(np.array([2 * LARGEST]))
    values, y = np.random.default_rng(0).normal(size=(40, 1, 12)), np.arange(40) % 2
    for X in (2e300 * values, Collection(values, features=2e300 * values[:, 0, :1])):
        with pytest.raises(DataError, match=r"1e\+15"):
            RandomForestBaseline().fit(X, y)


@pytest.mark.parametrize("kind", ["standard", "series"])
def test_classifiers_scale_as_detectors_do(kind):
    wave = np.sin(np.arange(48) / 5)[None, None]
    for level, spread in ((5_712_345.0, 0.003), (0.0, 1e-200)):
        values = level + spread * wave
        features = values[0, 0, :, None]
        np.testing.assert_allclose(Scaler.learn(kind, values, ["a"]).apply(values).std(), 1, rtol=1e-3)
        np.testing.assert_allclose(Scaler.of_features(features).apply_to_features(features).std(), 1, rtol=1e-3)


def test_missing_features_change_neither_mean_nor_spread():
    features = np.array([[1.0], [np.nan], [3.0]])
    scaler = Scaler.of_features(features)
    assert (scaler.shift[0], scaler.scale[0]) == pytest.approx((2.0, 1.0))
    np.testing.assert_allclose(scaler.apply_to_features(features).ravel(), [-1.0, 0.0, 1.0])


def test_series_that_float32_can_hardly_hold_are_told_apart():
    rng = np.random.default_rng(0)
    for values in (5_712_345 + 0.003 * rng.normal(size=(20, 1, 30)), 1e-200 * rng.normal(size=(20, 1, 30))):
        assert len(set(fingerprints(values).tolist())) == 20
    plain = rng.normal(size=(20, 1, 30)).astype(np.float32)
    read_again = np.array([float(str(v)) for v in plain.ravel()]).reshape(plain.shape)
    np.testing.assert_array_equal(fingerprints(plain), fingerprints(read_again))

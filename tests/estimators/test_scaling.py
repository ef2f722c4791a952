"""One scaler for all: what it is to do, by kind, and its way to the disk and back."""

import numpy as np
import pytest

from offbeat.errors import ModelError, ParameterError
from offbeat.estimators.scaling import CHANNEL_SCALINGS, SCALINGS, Scaler


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    return rng.normal([[[5.0], [-2.0]]], [[[3.0], [0.5]]], (40, 2, 30))


def test_what_each_kind_does(values):
    scaled = {kind: Scaler.learn(kind, values).apply(values).astype(float) for kind in SCALINGS}
    for kind, axes in (("standard", (0, 2)), ("series", 2)):
        np.testing.assert_allclose(scaled[kind].mean(axis=axes), 0, atol=1e-5)
        np.testing.assert_allclose(scaled[kind].std(axis=axes), 1, atol=1e-5)
    np.testing.assert_allclose(scaled["minmax"].min(axis=(0, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(scaled["minmax"].max(axis=(0, 2)), 1, atol=1e-6)
    low, median, high = np.quantile(scaled["robust"], (0.25, 0.5, 0.75), axis=(0, 2))
    np.testing.assert_allclose(median, 0, atol=1e-5)
    np.testing.assert_allclose(high - low, 1.349, rtol=1e-4)
    np.testing.assert_allclose(scaled["none"], values, rtol=1e-6)


@pytest.mark.parametrize("kind", CHANNEL_SCALINGS)
def test_scaling_by_channel_is_undone(kind, values):
    scaler = Scaler.learn(kind, values)
    np.testing.assert_allclose(scaler.undo(scaler.apply(values)), values, atol=1e-5)


@pytest.mark.parametrize("kind", SCALINGS)
def test_a_series_is_scaled_alone_as_among_others(kind, values):
    scaler = Scaler.learn(kind, values)
    np.testing.assert_array_equal(scaler.apply(values[3:4]), scaler.apply(values)[3:4])


@pytest.mark.parametrize("kind", SCALINGS)
def test_it_comes_back(kind, values):
    scaler = Scaler.learn(kind, values)
    again = Scaler.restored(scaler.arrays("own_"), 2, prefix="own_", by_series=scaler.by_series)
    np.testing.assert_array_equal(again.apply(values), scaler.apply(values))


@pytest.mark.parametrize(
    "arrays",
    [
        {"shift": np.zeros(2)},
        {"shift": np.zeros(3), "scale": np.ones(3)},
        {"shift": np.zeros(2), "scale": np.array([1.0, 0.0])},
        {"shift": np.zeros(2), "scale": np.array([1.0, np.nan])},
    ],
    ids=lambda arrays: repr([array.tolist() for array in arrays.values()]),
)
def test_arrays_that_are_no_scaler_are_refused(arrays):
    with pytest.raises(ModelError, match=r"shift|scale"):
        Scaler.restored(arrays, 2)


def test_features_are_bounded_and_the_missing_count_as_the_mean():
    features = np.array([[0.0, 1.0], [2.0, np.nan], [1.0, 3.0], [1.0, np.nan]])
    scaler = Scaler.of_features(features)
    scaled = scaler.apply_to_features(np.array([[1.0, np.nan], [1e9, -1e9]]))
    assert scaled.tolist() == [[0.0, 0.0], [5.0, -5.0]]
    assert scaler.apply_to_features(features[:0]).shape == (0, 2)
    assert Scaler.of_features(np.empty((3, 0))).apply_to_features(np.empty((3, 0))).shape == (3, 0)


def test_an_unknown_kind_is_refused(values):
    with pytest.raises(ParameterError, match="loud"):
        Scaler.learn("loud", values)

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.decomposition import PCA

from offbeat import Collection, DenseAutoencoder, Fixed, LSTMAutoencoder, PCADetector, TrainConfig
from offbeat.detectors.scoring.residuals import Residuals
from offbeat.errors import HardlyLearnedWarning, MissingValuesWarning, ParameterError
from offbeat.testing import long_wave, waves

QUICK = TrainConfig(epochs=2, batch_size=32, progress=False)
SHIFT, SCALE = np.array([[1000.0], [-3.0]]), np.array([[50.0], [0.01]])


def big_waves(n=60, seed=0):
    """Two channels in units of their own: around 1000 and around -3."""
    return SHIFT + SCALE * waves(n, 2, seed)


def pca(**settings):
    return PCADetector(**{"n_components": 3, "threshold": Fixed(1.0)} | settings)


def fitted(detector, X):
    return detector.fit(X, validation=X[:10])


def scaled_errors(detector, train, X):
    """What the detector missed, in units of the scaled input, one number at a time."""
    rebuilt, errors = detector.reconstruct(X), np.zeros(X.shape)
    for c in range(X.shape[1]):
        mean = sum(train[:, c].ravel()) / train[:, c].size
        spread = (sum((v - mean) ** 2 for v in train[:, c].ravel()) / train[:, c].size) ** 0.5
        for i in range(len(X)):
            for t in range(X.shape[2]):
                errors[i, c, t] = (rebuilt[i, c, t] - X[i, c, t]) / spread
    return errors


@pytest.mark.parametrize("error", ["mae", "mse"])
def test_scores_are_the_mean_error(error):
    train, probe = big_waves(), big_waves(5, seed=1)
    detector = fitted(pca(error=error), train)
    naive = []
    for series in scaled_errors(detector, train, probe):
        values = [abs(e) if error == "mae" else e * e for e in series.ravel()]
        naive.append(sum(values) / len(values))
    np.testing.assert_allclose(detector.decision_function(probe), naive, rtol=1e-4)


def moving_average(errors):
    """Naive: the mean of five time steps, those outside the series being 0; channels one after the other."""
    padded = [[0.0, 0.0, *channel, 0.0, 0.0] for channel in errors]
    return np.array([sum(channel[t : t + 5]) / 5 for channel in padded for t in range(len(channel) - 4)])


def test_whitened_scores_are_mahalanobis_distances_of_smoothed_errors():
    train, probe = big_waves(), big_waves(5, seed=1)
    # Barely trained, so that its errors are not 0 on average.
    detector = DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=QUICK, error="whitened", threshold=Fixed(1.0))
    fitted(detector, train)
    errors = [moving_average(e) for e in scaled_errors(detector, train, train)]
    n, size = len(errors), errors[0].size
    centre = sum(errors) / n
    covariance = sum(np.outer(e - centre, e - centre) for e in errors) / n
    shrunk = covariance / 2 + np.eye(size) * np.trace(covariance) / size / 2
    naive = [
        (e - centre) @ np.linalg.solve(shrunk, e - centre) / size
        for e in map(moving_average, scaled_errors(detector, train, probe))
    ]
    np.testing.assert_allclose(detector.decision_function(probe), naive, rtol=1e-3)
    assert np.abs(centre).max() > 0.1


@pytest.mark.parametrize("kind", ["mae", "mse", "whitened"])
def test_shares_stand_where_the_error_is(kind):
    rng = np.random.default_rng(0)
    residuals = Residuals(kind)
    residuals.learn(rng.normal(size=(500, 2, 30)))
    errors = np.zeros((1, 2, 30))
    errors[0, 1, 14] = 50.0
    shares = residuals.shares(errors)
    assert shares.shape == errors.shape
    # Whitened errors are smoothed over five time steps before.
    reach = slice(12, 17) if kind == "whitened" else slice(14, 15)
    assert shares[0, 1, reach].sum() > 0.8 * shares.sum()
    assert residuals.score(errors) == pytest.approx(shares.sum())


def test_whitening_of_one_number_a_series():
    residuals = Residuals("whitened")
    residuals.learn(np.array([-1.0, 1.0]).reshape(2, 1, 1))
    assert residuals.score(np.full((1, 1, 1), 3.0)).tolist() == pytest.approx([9.0])


def test_errors_that_were_all_the_same_still_give_finite_scores():
    residuals = Residuals("whitened")
    residuals.learn(np.zeros((5, 1, 3)))
    assert np.isfinite(residuals.score(np.zeros((2, 1, 3)))).all()


def test_an_unknown_error_is_refused_by_fit():
    with pytest.raises(ParameterError, match="'rmse'"):
        pca(error="rmse").fit(waves())


def test_reconstructions_are_in_the_units_of_the_input():
    train = big_waves()
    rebuilt = fitted(pca(n_components=50), train).reconstruct(train)
    assert rebuilt.shape == train.shape
    assert rebuilt.dtype == np.float64
    assert (np.abs(rebuilt - train) < 1e-3 * SCALE).all()


@pytest.mark.parametrize(
    "detector",
    [
        pca(),
        LSTMAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK, threshold=Fixed(1.0)),
        DenseAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK, threshold=Fixed(1.0)),
    ],
    ids=lambda detector: detector.name,
)
def test_codes_and_reconstructions_have_their_shapes(detector):
    fitted(detector, big_waves())
    many = big_waves(300, seed=2)
    codes, rebuilt = detector.transform(many), detector.reconstruct(many)
    assert codes.shape == (300, 3)
    assert rebuilt.shape == many.shape
    # More than one batch of 256: each row is still that of its series.
    np.testing.assert_allclose(detector.transform(many[[299, 0]]), codes[[299, 0]], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(detector.reconstruct(Collection(many[[299, 0]])), rebuilt[[299, 0]], rtol=1e-4)
    np.testing.assert_allclose(detector.explain(many[:4]).expected, rebuilt[:4], rtol=1e-4)
    assert detector.transform(many[:0]).shape == (0, 3)
    assert detector.reconstruct(many[:0]).shape == (0, 2, 24)


@pytest.mark.parametrize("detector", [pca(), DenseAutoencoder(code_size=3, hidden_sizes=(4,), train=QUICK)])
def test_series_with_missing_values_have_no_code(detector):
    fitted(detector.set_params(threshold=Fixed(1.0)), big_waves())
    holed = big_waves(3, seed=1)
    whole_codes, whole = detector.transform(holed), detector.reconstruct(holed)
    holed[1, 0, 5] = np.nan
    for call, expected in ((detector.transform, whole_codes), (detector.reconstruct, whole)):
        with pytest.warns(MissingValuesWarning, match="1 of 3 series"):
            came = call(holed)
        assert np.isnan(came[1]).all()
        np.testing.assert_allclose(came[[0, 2]], expected[[0, 2]], rtol=1e-4, atol=1e-5)


def test_with_a_window_each_window_has_a_code():
    detector = pca(window=12, fold="last").fit(long_wave())
    recording = long_wave(40, seed=1)
    assert detector.transform(recording).shape == (29, 3)
    rebuilt = detector.reconstruct(recording)
    assert rebuilt.shape == (29, 1, 12)
    assert np.abs(rebuilt[:, 0, -1] - recording[11:, 0]).mean() < 0.2
    expected = detector.explain(recording).expected
    assert np.isnan(expected[:11]).all()
    np.testing.assert_allclose(expected[11:, 0], rebuilt[:, 0, -1], rtol=1e-4, atol=1e-6)


def test_codes_of_pca_are_its_components():
    train, probe = waves(), waves(5, seed=1)
    detector = fitted(pca(scaling="none"), train)
    theirs = PCA(3).fit(train[:, 0].astype(np.float32)).transform(probe[:, 0])
    np.testing.assert_allclose(np.abs(detector.transform(probe)), np.abs(theirs), rtol=1e-3, atol=1e-4)


def test_codes_of_a_network_are_those_of_its_encoder():
    detector = fitted(DenseAutoencoder(code_size=2, hidden_sizes=(4,), train=QUICK, threshold=Fixed(1.0)), waves())
    probe = waves(5, seed=1)
    with torch.inference_mode():
        codes = detector.network_.encode(torch.from_numpy(detector.scaler_.apply(probe)))
    np.testing.assert_allclose(detector.transform(probe), codes, rtol=1e-5)


@pytest.mark.parametrize("cls", [LSTMAutoencoder, DenseAutoencoder])
@pytest.mark.parametrize("settings", [{"code_size": 0}, {"hidden_sizes": (8, 0)}])
def test_sizes_below_one_are_refused_by_fit(cls, settings):
    with pytest.raises(ParameterError, match=f"{next(iter(settings))} is .*a whole number from 1"):
        cls(train=QUICK, **settings).fit(waves())


def test_a_network_that_has_hardly_learned_says_so():
    series = waves(60)
    short = DenseAutoencoder(code_size=2, hidden_sizes=(16,), train=TrainConfig(epochs=1, progress=False))
    with pytest.warns(
        HardlyLearnedWarning, match=r"dense-autoencoder has hardly learned: its error on held-out .*train"
    ):
        short.fit(series[:40], validation=series[40:])
    longer = clone(short).set_params(train=TrainConfig(epochs=1, min_steps=600, learning_rate=1e-2, progress=False))
    with warnings.catch_warnings():
        warnings.simplefilter("error", HardlyLearnedWarning)
        longer.fit(series[:40], validation=series[40:])
        PCADetector().fit(series[:40], validation=series[40:])
    rebuilt, mean = longer.reconstruct(series[40:])[:, 0], series[:40].mean(axis=0)
    assert (
        np.square(rebuilt - series[40:].reshape(rebuilt.shape)).sum()
        < np.square(series[40:].reshape(rebuilt.shape) - mean.reshape(rebuilt.shape[1:])).sum()
    )

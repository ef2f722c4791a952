import numpy as np
import pytest
import torch

from offbeat import DeepAnT, NaiveForecast, PCADetector, Recording, SeasonalBaseline, TrainConfig
from offbeat.errors import DataError, MissingValuesWarning, ParameterError, PrecisionWarning, ShapeError
from offbeat.networks.deepant import DeepAnTNetwork
from offbeat.testing import long_wave, waves

QUICK = TrainConfig(epochs=4, batch_size=32, learning_rate=5e-3, progress=False)


@pytest.fixture(scope="module")
def deepant():
    return DeepAnT(window=12, horizon=3, fold="last", train=QUICK).fit(long_wave(500, n_channels=2))


# DeepAnT


def test_the_reference_architecture():
    network = DeepAnTNetwork(n_channels=1, window=10, horizon=1)
    kinds = [type(layer).__name__ for layer in (*network.features, *network.head)]
    convolution = ["Conv1d", "ReLU", "MaxPool1d"]
    assert kinds == [*convolution, *convolution, "Flatten", "Linear", "ReLU", "Dropout", "Linear"]
    # Two convolutions of 32 filters of width 3, then 32 features to 40 to 1, each with biases.
    assert sum(p.numel() for p in network.parameters()) == (3 + 1) * 32 + (3 * 32 + 1) * 32 + 33 * 40 + 41
    assert network.head[2].p == 0.25


@pytest.mark.parametrize("window", [1, 2, 3, 5, 9, 10, 11, 40])
@pytest.mark.parametrize("horizon", [1, 4])
def test_any_window_and_horizon(window, horizon):
    network = DeepAnTNetwork(n_channels=3, window=window, horizon=horizon, filters=(4, 4, 4)[: 2 + (window > 30)])
    assert network(torch.zeros(5, 3, window)).shape == (5, 3, horizon)


def test_the_score_is_the_length_of_the_error(deepant):
    recording = long_wave(60, n_channels=2, seed=1)
    scores = deepant.decision_function(recording)
    scaled = deepant.scaler_.apply(recording.T[None])[0]
    assert np.isnan(scores[:14]).all()
    for step in (14, 30, 59):
        known = torch.from_numpy(scaled[None, :, step - 14 : step - 2].copy())
        with torch.inference_mode():
            ahead = deepant.network_(known).numpy()[0]
        errors = ahead - scaled[:, step - 2 : step + 1]
        norms = np.sqrt((errors**2).sum(axis=0))
        assert scores[step] == pytest.approx(np.sqrt((norms**2).mean()), rel=1e-5)


def test_the_future_does_not_matter(deepant):
    recording = long_wave(80, n_channels=2, seed=2)
    changed = recording.copy()
    changed[50:] += 9
    before, after = deepant.decision_function(recording), deepant.decision_function(changed)
    np.testing.assert_array_equal(after[:50], before[:50])
    assert (after[50:53] > before[50:53]).all()


def test_the_scaler_learns_from_the_leading_part_alone():
    recording = long_wave(400)
    recording[250:] += 100
    detector = DeepAnT(window=10, scaling="minmax", train=QUICK).fit(recording[:200])
    learned = recording[: 200 - round(190 * 0.15)]
    assert learned.min() - 0.01 <= detector.scaler_.shift[0] <= learned.min() + 0.1
    assert detector.scaler_.scale[0] < 3


def test_training_finds_the_wave(deepant):
    naive = NaiveForecast(horizon=3).fit(long_wave(500, n_channels=2))
    probe = long_wave(200, n_channels=2, seed=5)
    assert np.nanmean(deepant.decision_function(probe)) < 0.5 * np.nanmean(naive.decision_function(probe))
    assert deepant.history_["loss"][-1] < 0.5 * deepant.history_["loss"][0]


def test_expected_is_the_forecast_in_the_units_of_the_input(deepant):
    recording = 50 + 10 * long_wave(600, n_channels=2, seed=3)
    detector = DeepAnT(window=12, train=TrainConfig(epochs=20, learning_rate=5e-3, progress=False)).fit(recording[:400])
    told = detector.explain(Recording(recording))
    there = ~np.isnan(told.expected).any(axis=1)
    assert np.flatnonzero(there)[0] == 12
    assert np.abs(told.expected[there] - recording[there]).mean() < 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": None}, "window"),
        ({"horizon": 0}, "horizon"),
        ({"filters": ()}, "filters"),
        ({"filters": (0,)}, "filters"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"dropout": 1.0}, "dropout"),
        ({"fold": "sum"}, "fold"),
        ({"stride": 0}, "stride"),
        ({"filters": (8, 8, 8, 8, 8, 8), "window": 2}, None),
    ],
)
def test_settings_out_of_range(settings, message):
    detector = DeepAnT(train=QUICK).set_params(**settings)
    if message is None:
        detector.fit(long_wave(200))
    else:
        with pytest.raises(ParameterError, match=message):
            detector.fit(long_wave(200))


# What stands beside it


def test_naive_expects_the_last_value():
    detector = NaiveForecast(horizon=2, scaling="none", fold="last").fit(long_wave(300, n_channels=2))
    scores = detector.decision_function(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 5.0]]))
    assert np.isnan(scores[:2]).all()
    assert scores[2] == pytest.approx(np.sqrt((25 + 25) / 2))


def test_seasonal_expects_the_median_of_the_same_time():
    rng = np.random.default_rng(0)
    season = rng.normal(size=10)
    recording = np.tile(season, 30)
    recording[205] += 8
    detector = SeasonalBaseline(period=10, seasons=3, scaling="none").fit(np.tile(season, 20))
    scores = detector.decision_function(recording)
    assert np.isnan(scores[:30]).all()
    assert scores[205] == pytest.approx(8, rel=1e-5)
    # A single odd season does not shift the median.
    assert np.allclose(np.delete(scores[30:], 175), 0, atol=1e-6)


def test_seasonal_finds_the_season_by_itself():
    recording = np.sin(2 * np.pi * np.arange(2000) / 48) + 0.1 * np.random.default_rng(0).normal(size=2000)
    assert SeasonalBaseline().fit(recording).period_ == 48
    few = SeasonalBaseline(seasons=20).fit(recording)
    assert (few.period_, few.seasons_) == (48, 13), "as many seasons as leave two thirds of the recording"
    assert SeasonalBaseline().fit(recording[:140]).period_ == 0, "too long for the recording"


def test_seasonal_without_a_season_expects_the_level():
    noise = np.random.default_rng(0).normal(5, 1, 1000)
    detector = SeasonalBaseline(scaling="none").fit(noise)
    assert detector.period_ == 0
    level = float(np.median(noise))
    np.testing.assert_allclose(detector.decision_function(np.full(4, level + 3))[1:], 3, atol=0.02)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"horizon": 2}, "one time step"), ({"seasons": 0}, "seasons"), ({"period": -1}, "period")],
)
def test_seasonal_settings(settings, message):
    with pytest.raises(ParameterError, match=message):
        SeasonalBaseline(**settings).fit(long_wave(300))


@pytest.mark.parametrize("fold", ["auto", "mean"])
def test_a_fold_that_looks_ahead_takes_the_windows_that_are_held_out(fold):
    detector, known = PCADetector(window=40, fold=fold, calibration="held-out"), np.zeros(300, dtype=int)
    assert np.isfinite(detector.fit(long_wave(300)).held_out_scores_).all(), "at the end those that exist will do"
    known[-1] = 1
    assert np.isfinite(detector.fit(long_wave(300), known).held_out_scores_).all(), "beside what is labelled, too"


def test_rounding_is_not_taken_for_a_spread():
    """A channel that is constant but for rounding is as good as constant."""
    two = np.concatenate([long_wave(300), 0.999 + 1e-16 * long_wave(300, seed=2)], axis=1)
    two[::2, 1] = np.nextafter(0.999, 1)
    with pytest.warns(PrecisionWarning, match="ch1"):
        detector = PCADetector(window=12).fit(two)
    assert np.nanmax(detector.decision_function(two)) < 10


# Recordings that cannot be used, and what the error says


@pytest.mark.parametrize(
    "detector", [DeepAnT(train=QUICK), SeasonalBaseline(period=0), NaiveForecast(window=10)], ids=lambda d: d.name
)
class TestBadRecordings:
    def test_shorter_than_the_window(self, detector):
        model = detector.fit(long_wave(300))
        with pytest.raises(ShapeError, match="recording of 1"):
            model.decision_function(np.ones(1))

    def test_a_training_part_with_too_few_windows(self, detector):
        with pytest.raises((DataError, ShapeError), match="shorter window"):
            detector.fit(long_wave(12 if detector.window > 1 else 3))

    def test_all_missing(self, detector):
        with pytest.raises(DataError, match="nothing to learn from"), pytest.warns(MissingValuesWarning):
            detector.fit(np.full(300, np.nan))

    def test_one_constant_channel_beside_another(self, detector):
        two = np.concatenate([long_wave(300), np.full((300, 1), 7.0)], axis=1)
        scores = detector.fit(two).decision_function(two)
        assert np.isfinite(scores[20:]).all()

    def test_only_a_constant(self, detector):
        with pytest.raises(DataError, match="constant"):
            detector.fit(np.full(300, 7.0))

    def test_other_channels(self, detector):
        two = long_wave(300, n_channels=2)
        model = detector.fit(Recording(two, channels=["load", "heat"]))
        turned = model.decision_function(Recording(two[:, ::-1], channels=["heat", "load"]))
        np.testing.assert_array_equal(turned, model.decision_function(Recording(two, channels=["load", "heat"])))
        with pytest.raises(ShapeError, match=r"\(load, heat\), got 1: heat is missing"):
            model.decision_function(Recording(two[:, :1], channels=["load"]))
        assert np.isfinite(model.decision_function(two)[-1])

    def test_short_series(self, detector):
        with pytest.raises(ShapeError, match="recording"):
            detector.fit(waves(20))

"""A lost value costs a detector the time steps of its gap, not a window."""

import warnings

import numpy as np
import pytest

from offbeat import KNNDetector, OnlineDetector, PCADetector, Quantile, SeasonalBaseline
from offbeat.detectors.online import update_all
from offbeat.errors import MissingValuesWarning

RNG = np.random.default_rng(0)
STEPS = np.arange(9000)[:, None]
SMOOTH = np.sin(STEPS / 7 + np.arange(4)) + 0.05 * RNG.normal(size=(9000, 4))
METRICS = np.sin(STEPS / 230) + np.cumsum(RNG.normal(0, 0.02, (9000, 4)), axis=0) + RNG.normal(0, 0.2, (9000, 4))


def holed(values, share, length=1):
    """Return values with gaps of a length that take about a share of each channel."""
    starts = np.random.default_rng(1).random(values.shape) < share / length
    found = values.copy()
    for step in range(length):
        found[step:][starts[: len(values) - step]] = np.nan
    return found


@pytest.mark.parametrize("clean", [SMOOTH, METRICS], ids=["smooth", "metrics"])
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.filterwarnings("ignore::offbeat.errors.MissingValuesWarning")
def test_bridges_make_no_scores_high(clean, length):
    model = PCADetector(window=65, stride=8, calibration="held-out", threshold=Quantile(0.01)).fit(clean[:5000]).live()
    probe = clean[5000:]
    found, expected = model.decision_function(holed(probe, 0.02, length)), model.decision_function(probe)
    over = np.isfinite(found) & ~np.isclose(found, expected)
    assert over.sum() > 1000
    value = np.nanquantile(expected, 0.99)
    assert np.mean(found[over] > value) < 1.5 * np.mean(expected[over] > value) + 0.002


@pytest.mark.parametrize("share", [0.001, 0.01, 0.03])
@pytest.mark.filterwarnings("ignore::offbeat.errors.MissingValuesWarning")
def test_time_steps_without_a_score_are_about_those_with_a_missing_value(share):
    model = PCADetector(window=65, stride=8, calibration="held-out").fit(METRICS[:5000])
    probe = holed(METRICS[5000:], share)
    missing = np.isnan(probe).any(axis=1).mean()
    live = model.live()
    assert np.isnan(live.decision_function(probe)[live.n_unscored_ :]).mean() < 1.1 * missing + 0.02
    assert np.isnan(model.decision_function(probe)).mean() < 0.02


@pytest.mark.parametrize("detector", [PCADetector(window=30), KNNDetector(window=30), SeasonalBaseline(period=44)])
def test_gaps_cost_training_no_windows(detector):
    values = holed(SMOOTH[:2000], 0.02)
    with warnings.catch_warnings():
        warnings.simplefilter("error", MissingValuesWarning)
        model = detector.fit(values[:1500])
    whole = type(detector)(**detector.get_params()).fit(SMOOTH[:1500])
    assert len(model.train_scores_) > 0.99 * len(whole.train_scores_)
    assert model.threshold_.value_ == pytest.approx(whole.threshold_.value_, rel=0.3)


@pytest.mark.filterwarnings("ignore::offbeat.errors.MissingValuesWarning")
def test_streams_computed_together_bridge_what_each_of_them_does():
    model = PCADetector(window=65, stride=8, calibration="held-out").fit(SMOOTH[:3000]).live()
    probe = holed(SMOOTH[3000:3600], 0.02, 2)
    whole, streams = model.decision_function(probe), [OnlineDetector(model), OnlineDetector(model)]
    found = []
    for begin in range(0, len(probe), 7):
        clock = np.arange(begin, min(begin + 7, len(probe))).astype("datetime64[s]")
        found.append(update_all(streams, [probe[begin : begin + 7]] * 2, [clock] * 2))
    for scores in zip(*found, strict=True):
        np.testing.assert_allclose(np.concatenate(scores), whole, rtol=1e-6)
    assert np.isfinite(whole).mean() > 0.7

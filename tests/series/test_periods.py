import numpy as np
import pytest

from offbeat import Recording
from offbeat.errors import ShapeError
from offbeat.series.periods import find_period, suggest_window


def wave(period, n_times=3000, noise=0.3, seed=0):
    steps = np.arange(n_times)
    return np.sin(2 * np.pi * steps / period) + noise * np.random.default_rng(seed).normal(size=n_times)


@pytest.mark.parametrize("period", [12, 50, 144, 288])
def test_the_period_of_a_noisy_wave(period):
    assert abs(find_period(wave(period)) - period) <= 0.02 * period


def test_a_trend_and_holes_do_not_hide_the_period():
    values = wave(60) + np.linspace(0, 20, 3000)
    values[::7] = np.nan
    assert abs(find_period(values) - 60) <= 1


def test_channels_vote_together():
    two = Recording(np.stack([wave(50), np.random.default_rng(1).normal(size=3000) * 0.01 + wave(50, seed=2)], axis=1))
    assert find_period(two) == 50


def test_nothing_repeats():
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=3000), rng.normal(size=3000).cumsum(), np.ones(3000), np.full(3000, np.nan), [1.0]):
        assert find_period(values) is None


def test_a_suggestion_fits_the_recording():
    assert suggest_window(wave(50)) == 50
    assert suggest_window(np.ones(1000)) == 32
    assert suggest_window(wave(50, n_times=120)) == 12
    assert suggest_window(np.ones(5)) == 2


def test_days_of_traffic(data_dir):
    rows = np.loadtxt(data_dir / "nab/data/realKnownCause/nyc_taxi.csv", delimiter=",", skiprows=1, usecols=1)
    assert find_period(rows) in (48, 336)  # half hours: a day, a week


def test_another_shape():
    with pytest.raises(ShapeError, match="3 axes"):
        find_period(np.zeros((2, 2, 2)))

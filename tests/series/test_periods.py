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


@pytest.fixture(scope="module")
def drifting():
    """Temperatures every five minutes for three weeks: a daily rhythm under a slow, larger drift."""
    rng, n = np.random.default_rng(3), 21 * 288
    drift = np.cumsum(rng.normal(size=n)) * 0.1
    return 80 + drift + 1.5 * np.sin(2 * np.pi * np.arange(n) / 288) + 0.3 * rng.normal(size=n)


def timed(values, step=300.0):
    return Recording(values, sampling_rate=1 / step)


def test_a_drift_does_not_hide_the_day_of_a_recording_with_a_clock(drifting):
    assert find_period(drifting) != 288
    assert abs(find_period(timed(drifting)) - 288) <= 3
    holes = drifting.copy()
    holes[::5] = np.nan
    assert abs(find_period(timed(holes)) - 288) <= 3
    walk = np.random.default_rng(0).normal(size=8000).cumsum()
    for none in (walk, np.full(8000, 45.1), np.full(8000, np.nan)):
        assert suggest_window(timed(none)) == 32


def test_a_window_is_a_day_where_a_week_does_not_fit():
    weekly = wave(7 * 48, n_times=5 * 7 * 48)
    assert suggest_window(weekly) == len(weekly) // 10
    assert suggest_window(timed(weekly, 1800.0)) == 48


@pytest.mark.parametrize(
    ("step", "period", "window"),
    [
        (60, 1440, 64),
        (60, 720, 64),
        (30, 2880, 120),  # an hour
        (300, 288, 64),
        (60, 240, 240),  # a shorter rhythm is one of a machine, and its shape
        (1800, 48, 48),
        (3600, 168, 168),  # the hours of a week are few
        (1 / 360, 300, 300),
        (None, 300, 300),
    ],
)
def test_a_window_holds_a_shape_of_a_long_rhythm_not_all_of_it(step, period, window):
    values = wave(period, n_times=12 * period, noise=0.05)
    found = suggest_window(values if step is None else timed(values, step))
    assert abs(found - window) <= (0.02 * period if window == period else 0)


def test_days_of_traffic(data_dir):
    rows = np.loadtxt(data_dir / "nab/data/realKnownCause/nyc_taxi.csv", delimiter=",", skiprows=1, usecols=1)
    assert find_period(rows) in (48, 336)  # half hours: a day, a week


def test_another_shape():
    with pytest.raises(ShapeError, match="3 axes"):
        find_period(np.zeros((2, 2, 2)))

"""Synthetic anomalies in normal data."""

from collections import Counter
from itertools import cycle, islice, pairwise

import numpy as np
import pytest

from offbeat.tuning.planting import KINDS, kinds_in_turn, plant, plant_series

WINDOW = 40


def wave(n_times=2000, n_channels=1, seed=0):
    rng = np.random.default_rng(seed)
    phase = np.arange(n_times)[:, None] / 6 + np.arange(n_channels)
    return np.sin(phase) + 0.2 * np.sin(phase / 7) + 0.05 * rng.normal(size=(n_times, n_channels))


def planted(values, kinds=None, seed=1):
    rng = np.random.default_rng(seed)
    return plant(values, values.std(axis=0), WINDOW, kinds or kinds_in_turn(rng), rng)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_changes_its_places_and_nothing_else(kind):
    values = wave()
    found = planted(values, cycle([kind]))
    assert set(found.kinds) == {kind}
    for place in found.places:
        assert np.abs(found.values - values)[place].max() > 0.1 * values.std()
    outside = np.ones(len(values), dtype=bool)
    for place in found.places:
        outside[place] = False
    assert (found.values == values)[outside].all()


def test_the_data_is_not_changed():
    values = wave()
    before = values.copy()
    planted(values)
    np.testing.assert_array_equal(values, before)


def test_places_do_not_overlap_and_most_of_the_recording_stays_normal():
    for seed in range(20):
        places = planted(wave(), seed=seed).places
        assert all(first.stop < second.start for first, second in pairwise(places))
        assert sum(place.stop - place.start for place in places) < 1000
        assert max(place.stop - place.start for place in places) <= 2 * WINDOW


def test_the_seed_decides():
    assert planted(wave(), seed=3).places == planted(wave(), seed=3).places != planted(wave(), seed=4).places


def test_all_kinds_come_equally_often():
    counted = Counter(islice(kinds_in_turn(np.random.default_rng(0)), 5 * len(KINDS)))
    assert counted == dict.fromkeys(KINDS, 5)


def test_a_flat_stretch_cannot_be_flattened():
    level = np.zeros((2000, 1))
    rng = np.random.default_rng(0)
    assert plant(level, np.ones(1), WINDOW, cycle(["flat", "reversed", "smoothed"]), rng).kinds == ()


def test_constant_channels_stay_as_they_are():
    values = np.column_stack([wave()[:, 0], np.full(2000, 7.0)])
    found = planted(values)
    assert len(found.places) > 3
    assert (found.values[:, 1] == 7.0).all()
    constant = values[:, 1:]
    assert planted(constant).places == ()


def test_several_channels_may_change_at_once():
    values = wave(n_channels=3)
    changed = [
        (found.values != values)[place].any(axis=0).sum()
        for seed in range(5)
        for found in [planted(values, seed=seed)]
        for place in found.places
    ]
    assert set(changed) == {1, 2, 3}


def test_nothing_is_planted_where_values_are_missing():
    values = wave()
    values[300:] = np.nan
    found = plant(values, np.ones(1), WINDOW, kinds_in_turn(np.random.default_rng(0)), np.random.default_rng(0))
    assert all(place.stop <= 300 for place in found.places)
    assert np.isnan(found.values[300:]).all()
    assert np.isfinite(found.values[:300]).all()


@pytest.mark.parametrize("n_times", [12, 40, 90, 5000])
def test_any_length_will_do(n_times):
    found = planted(wave(n_times))
    assert found.values.shape == (n_times, 1)
    assert len(found.places) >= 1


def test_each_short_series_gets_one():
    curves = wave(60 * 30).reshape(60, 1, 30)
    found = plant_series(curves, curves.std(axis=(0, 2)), np.random.default_rng(0))
    changed = (found != curves).any(axis=1)
    assert found.shape == curves.shape
    assert changed.any(axis=1).all()
    assert all(np.ptp(np.flatnonzero(row)) < 16 for row in changed)


def test_series_without_values_are_left_out():
    curves = wave(60 * 30).reshape(60, 1, 30)
    curves[7] = np.nan
    assert len(plant_series(curves, np.ones(1), np.random.default_rng(0))) == 59

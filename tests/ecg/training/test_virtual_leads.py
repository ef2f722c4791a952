"""Virtual leads: mixtures of the recorded ones, and nothing else."""

import numpy as np
import pytest

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_TIMES
from offbeat.ecg.training.virtual_leads import virtual_leads


def recorded(n_leads):
    """Twenty smooth beats, the leads of very different height."""
    time = np.linspace(-1, 1, BEAT_TIMES)
    shapes = np.stack([np.exp(-(((time - 0.1 * lead) / 0.2) ** 2)) * 3.0**lead for lead in range(n_leads)])
    windows = (shapes * np.linspace(0.9, 1.1, 20)[:, None, None]).astype(np.float32)
    names = tuple("abc"[:n_leads])
    return Beats("strip", 250 * np.arange(1, 21), 250.0, 6000, names, windows, np.zeros(20, bool))


@pytest.mark.parametrize("n_leads", [1, 2, 3])
def test_each_lead_is_a_mixture_of_those_recorded(n_leads):
    beats = recorded(n_leads)
    mixed = virtual_leads(beats, np.random.default_rng(0))
    assert mixed.windows.shape == beats.windows.shape
    assert mixed.windows.dtype == np.float32
    for lead in range(n_leads):
        _, residual, *_ = np.linalg.lstsq(beats.windows[0].T, mixed.windows[0, lead], rcond=None)
        assert residual.sum() < 0.01 * (mixed.windows[0, lead] ** 2).sum()  # but for the smoothing


def test_a_small_lead_counts_as_much_as_a_tall_one():
    beats = recorded(2)
    drawn = [virtual_leads(beats, np.random.default_rng(seed)).windows[0].T for seed in range(200)]
    weights = np.abs([np.linalg.lstsq(beats.windows[0].T, lead, rcond=None)[0] for lead in drawn]).mean(axis=(0, 2))
    assert weights[0] / weights[1] == pytest.approx(3.0, rel=0.3)  # the second is three times as tall


def test_all_beats_are_mixed_alike_and_both_polarities_occur():
    drawn = [virtual_leads(recorded(1), np.random.default_rng(seed)).windows[:, 0] for seed in range(20)]
    assert all(np.corrcoef(windows).min() > 0.999 for windows in drawn)
    signs = {float(np.sign(windows[0, BEAT_TIMES // 2])) for windows in drawn}
    assert signs == {-1.0, 1.0}


def test_equal_seeds_give_equal_leads_and_the_record_is_left_alone():
    beats = recorded(2)
    before = beats.windows.copy()
    one, again = (virtual_leads(beats, np.random.default_rng(5)).windows for _ in range(2))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(beats.windows, before)
    np.testing.assert_array_equal(virtual_leads(beats, np.random.default_rng(5)).samples, beats.samples)

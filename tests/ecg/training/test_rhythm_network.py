"""Simulated rhythms as a detector reads them: a missed beat joins two intervals, false detections have no class."""

import numpy as np
import pytest

from offbeat.ecg.features.rhythm_log_odds import RHYTHM_CLASSES
from offbeat.ecg.training.rhythm_network import simulated_batch, simulated_intervals
from offbeat.ecg.training.simulated_rhythms import Rhythm, draw_episode
from offbeat.training.classification import UNKNOWN


def test_simulated_rhythms_have_a_number_for_each_interval_and_repeat_with_their_seed():
    intervals, codes = simulated_batch(40, 200, seed=3)
    assert intervals.shape == codes.shape == (40, 200)
    assert set(np.unique(codes)) == {UNKNOWN, *range(len(RHYTHM_CLASSES))}
    assert intervals.min() >= 0.2
    assert intervals.max() <= 3.0
    again = simulated_batch(40, 200, seed=3)
    np.testing.assert_array_equal(intervals, again[0])
    np.testing.assert_array_equal(codes, again[1])
    assert (simulated_batch(40, 200, seed=4)[0] != intervals).any()


@pytest.mark.parametrize("seed", range(30))
def test_beats_keep_what_they_are(seed):
    rng = np.random.default_rng(seed)
    rhythm = draw_episode(rng, 0.9, 300, kind="frequent", ventricular=0.0)
    _, codes = simulated_intervals(rhythm, rng)
    known = codes[codes != UNKNOWN]
    assert abs((known == RHYTHM_CLASSES.index("S")).mean() - (rhythm.classes == "S").mean()) < 0.05
    assert not (known == RHYTHM_CLASSES.index("V")).any()


def test_in_fibrillation_all_but_ventricular_beats_are_of_it():
    classes = np.where(np.arange(300) % 10 == 9, "V", "N")
    _, codes = simulated_intervals(Rhythm(np.full(300, 0.7), classes, np.ones(300, bool)), np.random.default_rng(0))
    names = {RHYTHM_CLASSES[code] for code in codes if code != UNKNOWN}
    assert names == {"V", "fibrillation"}


def test_breathing_modulates_some_rhythms_much_and_others_hardly():
    steady = Rhythm(np.full(300, 0.8), np.full(300, "N"), np.zeros(300, bool))
    spreads = []
    for seed in range(60):
        intervals, codes = simulated_intervals(steady, np.random.default_rng(seed))
        spreads.append(np.subtract(*np.quantile(intervals[codes != UNKNOWN], [0.75, 0.25])))
    assert min(spreads) < 0.02
    assert max(spreads) > 0.15


def test_missed_beats_make_intervals_longer_and_false_detections_have_no_class():
    steady = Rhythm(np.full(400, 0.8), np.full(400, "N"), np.zeros(400, bool))
    read = [simulated_intervals(steady, np.random.default_rng(seed)) for seed in range(60)]
    assert any((intervals > 1.4).any() for intervals, _ in read)
    unknown = [(codes == UNKNOWN).mean() for _, codes in read]
    assert min(unknown) == 0
    assert 0 < max(unknown) < 0.1
    early = np.concatenate([intervals[codes == UNKNOWN] for intervals, codes in read])
    assert (early < 0.6).mean() > 0.3  # the others fill up, where more were missed than found too many

"""Synthetic records: real beats in simulated rhythms, and nothing else."""

import numpy as np
import pytest

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_RATE, BEAT_TIMES
from offbeat.ecg.training.simulated_rhythms import KINDS, Rhythm, draw_episode, draw_rhythm
from offbeat.ecg.training.synthetic_records import synthetic_record

PEAK = 48
TIME = (np.arange(BEAT_TIMES) - PEAK) / BEAT_RATE


def wave(at, width, height):
    return height * np.exp(-0.5 * ((TIME - at) / width) ** 2)


NORMAL = wave(-0.16, 0.02, 0.15) + wave(0, 0.015, 1.0) + wave(0.27, 0.04, 0.3)
WIDE = wave(0, 0.04, 1.4) + wave(0.3, 0.05, -0.5)


@pytest.fixture
def record():
    """A hundred beats of one lead, each tenth of them ventricular."""
    classes = np.where(np.arange(100) % 10 == 9, "V", "N")
    windows = np.where(classes[:, None] == "V", WIDE, NORMAL)[:, None].astype(np.float32)
    beats = Beats("plain", 300 * np.arange(1, 101), 360.0, 36_000, ("II",), windows, np.zeros(100, bool))
    return beats, classes


def regular(n, rr=0.9, classes="N", fibrillation=False):
    return Rhythm(np.full(n, rr), np.broadcast_to(classes, n), np.full(n, fibrillation))


# Rhythms


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [0, 1, 250])
def test_an_episode_has_as_many_beats_as_asked_for_and_repeats_with_its_seed(kind, n):
    one, again = (draw_episode(np.random.default_rng(3), 0.8, n, kind=kind) for _ in range(2))
    assert one.intervals.shape == one.classes.shape == one.fibrillation.shape == (n,)
    assert (one.intervals == again.intervals).all()
    assert (one.classes == again.classes).all()
    assert set(one.classes) <= {"N", "S", "V"}
    assert one.intervals.min(initial=1) >= 0.28
    assert np.isfinite(one.intervals).all()
    assert (one.fibrillation == (kind == "fibrillation")).all()


def test_a_rhythm_has_one_to_three_episodes():
    rng = np.random.default_rng(0)
    drawn = [draw_rhythm(rng, 0.8, n_beats=300) for _ in range(60)]
    assert all(len(rhythm.intervals) == len(rhythm.classes) == len(rhythm.fibrillation) == 300 for rhythm in drawn)
    changes = [int(np.abs(np.diff(rhythm.fibrillation.astype(int))).sum()) for rhythm in drawn]
    assert max(changes) in (1, 2)
    assert min(changes) == 0


@pytest.mark.parametrize("seed", range(10))
def test_premature_beats_come_early_and_what_follows_them_late(seed):
    rng = np.random.default_rng(seed)
    found = draw_episode(rng, 0.9, 700, kind=("isolated", "frequent", "runs")[seed % 3], ventricular=False)
    early, after = found.classes == "S", np.append(False, found.classes[:-1] == "S")
    usual = ~early & ~after
    assert early.any()
    assert found.intervals[early].mean() < 0.95 * found.intervals[usual].mean()
    assert found.intervals[after & ~early].mean() > found.intervals[early].mean()


def test_runs_make_premature_beats_the_usual_ones_in_some_hearts():
    rng = np.random.default_rng(0)
    shares = [(draw_episode(rng, 0.9, 700, kind="runs").classes == "S").mean() for _ in range(40)]
    assert min(shares) < 0.3
    assert max(shares) > 0.7


@pytest.mark.parametrize("kind", ["fibrillation", "sinus"])
def test_in_fibrillation_and_sinus_rhythm_nothing_is_premature(kind):
    assert not (draw_episode(np.random.default_rng(1), 0.9, 700, kind=kind).classes == "S").any()


def test_without_ventricular_beats_there_are_none():
    rng = np.random.default_rng(0)
    assert not any((draw_rhythm(rng, 0.9, ventricular=False).classes == "V").any() for _ in range(20))


# Synthetic records


def test_the_beats_come_when_the_rhythm_says(record):
    rhythm = draw_episode(np.random.default_rng(5), 0.85, 120, kind="frequent")
    found = synthetic_record(*record, rhythm, np.random.default_rng(0))
    assert len(found) == 120
    assert found.sampling_rate == BEAT_RATE
    before, _ = found.rr()
    assert np.isnan(before[0])
    assert before[1:] == pytest.approx(rhythm.intervals[1:], abs=1.01 / BEAT_RATE)
    assert found.samples[-1] < found.n_times


def test_in_its_own_rhythm_a_beat_looks_as_it_did(record):
    found = synthetic_record(*record, regular(60, rr=0.84), np.random.default_rng(0))
    inner = slice(PEAK - 24, PEAK + 48)
    alike = [np.corrcoef(window[inner], NORMAL[inner])[0, 1] for window in found.windows[:, 0]]
    assert min(alike) > 0.98


def test_each_class_looks_like_itself(record):
    rhythm = regular(60, 1.0, np.where(np.arange(60) % 3 == 2, "V", "N"))
    found = synthetic_record(*record, rhythm, np.random.default_rng(0))
    qrs = slice(PEAK - 12, PEAK + 18)
    wide = np.array([np.corrcoef(window[qrs], WIDE[qrs])[0, 1] for window in found.windows[:, 0]])
    plain = np.array([np.corrcoef(window[qrs], NORMAL[qrs])[0, 1] for window in found.windows[:, 0]])
    assert ((wide > plain) == (rhythm.classes == "V")).all()


def test_an_early_beat_stands_on_the_t_wave_of_the_one_before(record):
    odd = np.arange(40) % 2 == 1
    rhythm = Rhythm(np.where(odd, 0.52, 1.2), np.where(odd, "S", "N"), np.zeros(40, bool))
    found = synthetic_record(*record, rhythm, np.random.default_rng(0))
    t_wave = PEAK - round((0.52 - 0.27) * BEAT_RATE)  # of the beat before, in the window of the early one
    early, late = (found.windows[rhythm.classes == name, 0, t_wave].mean() for name in "SN")
    assert early > late + 0.1


def test_fibrillation_shrinks_the_p_wave_and_moves_the_baseline(record):
    rhythms = [regular(300, fibrillation=fibrillation) for fibrillation in (False, True)]
    p_wave, between = PEAK - round(0.16 * BEAT_RATE), slice(PEAK + 54, PEAK + 62)
    heights, moves = [], []
    for rhythm in rhythms:
        found = [synthetic_record(*record, rhythm, np.random.default_rng(seed)).windows[:, 0] for seed in range(8)]
        heights.append(np.mean([windows[:, p_wave].mean() for windows in found]))
        moves.append(np.mean([windows[:, between].std() for windows in found]))
    assert heights[1] < 0.8 * heights[0]
    assert moves[1] > 1.5 * moves[0]


def test_a_synthetic_record_repeats_with_its_seed_and_leaves_the_record_as_it_was(record):
    beats, classes = record
    before = beats.windows.copy()
    rhythm = draw_rhythm(np.random.default_rng(2), 0.8)
    one, again = (synthetic_record(beats, classes, rhythm, np.random.default_rng(9)).windows for _ in range(2))
    assert (one == again).all()
    assert (beats.windows == before).all()

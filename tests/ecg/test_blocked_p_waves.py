"""P waves that no beat follows are no beats; small beats that are like no P wave stay."""

import numpy as np
import pytest

from offbeat.ecg.beats import find_beats
from offbeat.ecg.blocked_p_waves import blocked_p_waves
from offbeat.series.recording import Recording

RATE = 250.0


def wave(times, at, width, size):
    return size * np.exp(-0.5 * ((times - at) / width) ** 2)


def block(n_cycles=40, *, p_size=0.35, dropped=0.35, width=0.03, dropped_width=0.03, cycle_s=1.7, seed=0):
    """Return a lead with a beat of 1 mV every ``cycle_s``, its P wave 0.18 s before, and a lone wave between beats."""
    times = np.arange(0, cycle_s, 1 / RATE)
    one = wave(times, 0.42, width, p_size) + wave(times, 0.6, 0.012, 1.0) + wave(times, 1.0, 0.05, 0.15)
    one = one + wave(times, 0.6 + cycle_s / 2, dropped_width, dropped)
    return np.tile(one, n_cycles) + np.random.default_rng(seed).normal(0, 0.01, n_cycles * len(one))


def places(n_cycles=40, cycle_s=1.7):
    begin = len(np.arange(0, cycle_s, 1 / RATE)) * np.arange(n_cycles)
    return np.sort(np.concatenate([begin + round(0.6 * RATE), begin + round((0.6 + cycle_s / 2) * RATE)]))


def found(lead, **more):
    return blocked_p_waves([lead], places(**more), RATE)


def test_in_a_block_of_two_to_one_every_other_p_wave_is_told():
    assert found(block())[2:-2].tolist() == [False, True] * 38
    beats = find_beats(Recording(block(), sampling_rate=RATE, channels=["II"]))
    assert len(beats) == 40
    np.testing.assert_allclose(np.diff(beats.samples) / RATE, 1.7, atol=0.02)


@pytest.mark.parametrize(
    "lead",
    [
        block(p_size=0.0),  # no P wave is known
        block(p_size=0.1),  # three times as large
        block(dropped=-0.35),  # upside down
        block(dropped=0.9),  # as large as a beat
        block(dropped_width=0.006),  # as narrow as a QRS complex
    ],
    ids=["no P wave", "larger", "inverted", "beat", "narrow"],
)
def test_small_beats_that_are_like_no_p_wave_stay(lead):
    assert not found(lead).any()


def test_small_beats_of_a_fast_rhythm_stay_where_one_lies_before_each_large_one():
    # Alternating beats at 200 a minute: before each large one lies a small one, as a P wave does.
    lead = block(p_size=0.0, cycle_s=0.6)
    assert not found(lead, cycle_s=0.6).any()


@pytest.mark.parametrize("n_cycles", [0, 1, 2])
def test_of_a_few_beats_none_is_told(n_cycles):
    lead = block(max(n_cycles, 1))
    assert not blocked_p_waves([lead], places(n_cycles), RATE).any()

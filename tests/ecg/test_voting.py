"""What one lead shows and the others do not is weighed by how well each of them can be read."""

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg.beats import find_beats
from offbeat.records import Record

N_BEATS = 60


def waves(times, n_times, *shape):
    """Return waves of (delay, height, width), in seconds and mV, at each of the times."""
    time = np.arange(n_times) / RATE
    lead = np.random.default_rng(1).normal(0, 0.005, n_times)
    for beat in times:
        for delay, height, width in shape:
            lead += height * np.exp(-0.5 * ((time - beat - delay) / width) ** 2)
    return lead


@pytest.fixture(scope="module")
def sinus():
    """A minute of normal beats, well recorded: a lead (mV), and when they are (s)."""
    signal, times, _ = ecg(N_BEATS, ectopic=10**6)
    return signal, times


def found(*leads):
    """Return when beats are found (s) in leads that are all asked for, in this order."""
    record = Record.from_array(np.column_stack(leads), sampling_rate=RATE)
    beats = find_beats(record, leads=range(len(leads)))
    return beats.samples / RATE


def distance(places, others):
    return np.abs(np.asarray(places)[:, None] - np.asarray(others)[None, :]).min(axis=1)


def test_t_waves_of_one_lead_are_no_beats(sinus):
    signal, times = sinus
    tall_t = waves(times, len(signal), (0.0, 0.1, 0.012), (0.28, 0.8, 0.03))
    assert len(found(tall_t)) > N_BEATS + 5 or distance(found(tall_t), times).max() > 0.15  # alone, it misleads
    for leads in ((tall_t, signal), (signal, tall_t)):
        places = found(*leads)
        assert len(places) == N_BEATS
        assert distance(places, times).max() < 0.05


def test_the_lead_with_tall_t_waves_is_not_the_first(sinus):
    signal, times = sinus
    tall_t = waves(times, len(signal), (0.0, 0.1, 0.012), (0.28, 0.8, 0.03))
    record = Record.from_array(np.column_stack([tall_t, signal]), sampling_rate=RATE, channels=["III", "V3"])
    assert find_beats(record).leads[0] == "V3"
    assert find_beats(record, leads="III").leads == ("III",)


def test_an_artefact_in_one_lead_is_no_beat(sinus):
    signal, times = sinus
    hit = signal.copy()
    middle = (times[20] + times[21]) / 2
    hit += waves([middle], len(signal), (0.0, 1.0, 0.012))
    assert distance([middle], found(hit)) < 0.1
    assert distance([middle], found(hit, signal, 0.5 * signal)) > 0.2


def test_a_beat_that_only_a_second_lead_shows_is_found(sinus):
    """A ventricular beat whose axis is perpendicular to the first lead."""
    signal, times = sinus
    blind = signal.copy()
    around = np.abs(np.arange(len(signal)) / RATE - times[20]) < 0.35
    blind[around] = 0.1 * signal[around]
    assert distance(times[20:21], found(blind)) > 0.2
    assert distance(times[20:21], found(blind, signal)) < 0.1


def test_a_lead_that_comes_off_leaves_the_beats_to_the_other(sinus):
    signal, times = sinus
    off = signal.copy()
    off[len(signal) // 3 :] = np.random.default_rng(2).normal(0, 0.003, len(signal) - len(signal) // 3)
    places = found(off, 0.5 * signal)
    assert len(places) == N_BEATS
    assert distance(places, times).max() < 0.1  # the beat beside which it comes off may be misplaced


def test_no_time_is_unreadable_that_one_lead_shows(sinus):
    signal, _ = sinus
    off = signal.copy()
    off[: len(signal) // 2] = 0
    record = Record.from_array(np.column_stack([off, signal]), sampling_rate=RATE)
    beats = find_beats(record, leads=[0, 1])
    assert not beats.unreadable
    assert not beats.doubtful.any()
    both = find_beats(Record.from_array(np.column_stack([off, off]), sampling_rate=RATE), leads=[0, 1])
    assert sum(map(len, both.unreadable)) == pytest.approx(len(signal) / 2, abs=RATE)


def test_noise_in_a_second_lead_adds_and_takes_nothing(sinus):
    signal, _ = sinus
    noise = np.random.default_rng(3).normal(0, 0.3, len(signal))
    assert np.array_equal(found(signal, noise), found(signal))

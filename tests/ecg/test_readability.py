"""Beats that are alike and stand out have a quality near 1, noise has one near 0."""

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from noises import NOISES
from offbeat.ecg.beats import find_beats
from offbeat.ecg.cleaning import beat_windows
from offbeat.ecg.readability import DOUBTFUL, UNREADABLE, beat_measures, quality_around
from offbeat.ecg.rpeaks import find_r_peaks
from offbeat.records import Record


def quality(signal, rate=RATE):
    peaks = find_r_peaks(signal, rate)
    measures = beat_measures(signal, beat_windows([signal], peaks, rate)[:, 0], peaks, rate)
    return quality_around(measures, peaks / rate, peaks / rate)


@pytest.mark.parametrize("rate", [100.0, 250.0, 1000.0])
@pytest.mark.parametrize("ectopic", [2, 10])
def test_an_ecg_has_a_high_quality_in_bigeminy_too(rate, ectopic):
    assert quality(ecg(60, rate, ectopic=ectopic)[0], rate).min() > 0.9


@pytest.mark.parametrize("kind", NOISES)
def test_noise_has_none(kind):
    for seed in range(3):
        assert np.median(quality(NOISES[kind](np.random.default_rng(seed)))) < UNREADABLE


def test_noise_lowers_the_quality_step_by_step():
    signal, _, _ = ecg()
    noise = np.random.default_rng(0).normal(size=len(signal))
    medians = [np.median(quality(signal + level * noise)) for level in (0.0, 0.2, 0.4, 1.0)]
    assert medians == sorted(medians, reverse=True)
    assert medians[0] > 0.95 > DOUBTFUL > medians[-1]


def test_gain_does_not_matter():
    signal, _, _ = ecg()
    assert np.allclose(quality(signal), quality(5 * signal), atol=0.02)


def test_where_there_is_no_beat_the_quality_is_0():
    measures = np.array([[0.9, 3.0]])
    assert quality_around(measures, np.array([2.0]), np.array([3.0, 30.0]))[1] == 0
    assert quality_around(np.empty((0, 2)), np.empty(0), np.array([3.0])).tolist() == [0.0]


def test_ten_seconds_at_a_time_are_told_lead_by_lead():
    signal, _, _ = ecg(60)
    noise = np.random.default_rng(0).normal(0, 0.3, len(signal))
    half = int(20 * RATE)
    record = Record.from_array(
        np.column_stack([np.append(signal[:half], noise[half:]), signal]), sampling_rate=RATE, channels=["II", "V1"]
    )
    table = find_beats(record).signal_quality()
    assert table["start_s"].tolist() == [10.0 * i for i in range(len(table))]
    assert table["stop_s"].iloc[-1] == record.duration
    assert table["II"][:2].min() > 0.9
    assert table["II"][3:].max() < DOUBTFUL

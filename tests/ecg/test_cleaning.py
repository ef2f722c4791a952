"""Gaps are bridged, hum goes and artefacts shrink; what is left alone stays as it is."""

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg.cleaning import clean_lead, limit_artefacts, without_hum


def test_a_lead_without_gaps_hum_and_artefacts_stays_as_it_is():
    signal, _, _ = ecg()
    assert np.array_equal(clean_lead(signal, RATE), signal)


@pytest.mark.parametrize("mains", [50.0, 60.0])
@pytest.mark.parametrize("rate", [250.0, 360.0, 500.0])
def test_hum_is_taken_out_and_beats_are_left(mains, rate):
    signal, _, _ = ecg(60, rate)
    hum = 0.5 * np.sin(2 * np.pi * mains * np.arange(len(signal)) / rate)
    rest = without_hum(signal + hum, rate) - signal
    assert rest[int(rate) : -int(rate)].std() < 0.05 * hum.std()


def test_an_artefact_is_limited_where_it_is_and_nowhere_else():
    signal, _, _ = ecg()
    broken = signal.copy()
    broken[5000:5010] = -15
    limited = limit_artefacts(broken, RATE)
    assert np.array_equal(np.delete(limited, np.s_[5000:5010]), np.delete(signal, np.s_[5000:5010]))
    assert np.abs(limited).max() < 10


def test_a_lead_that_is_connected_late_is_no_artefact():
    signal, _, _ = ecg()
    signal[: len(signal) // 2] *= 0.001
    assert np.array_equal(limit_artefacts(signal, RATE), signal)
    assert np.array_equal(limit_artefacts(signal[::-1], RATE), signal[::-1])


@pytest.mark.parametrize("n", [0, 1, 300])
def test_short_and_missing_leads_are_clean(n):
    assert np.array_equal(clean_lead(np.full(n, np.nan), RATE), np.zeros(n))

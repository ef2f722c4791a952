"""The lead that shows an ECG best is read first; what shows none is left out, and said where names do not tell."""

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from noises import NOISES
from offbeat.ecg.classify import classify_record
from offbeat.ecg.leads import lead_note, lead_quality, readable_leads
from offbeat.ecg.opening import as_record
from offbeat.records import Record


@pytest.fixture(scope="module")
def signal():
    return ecg(60)[0]


def record(*leads, names=None):
    n = min(map(len, leads))
    return Record.from_array(np.column_stack([lead[:n] for lead in leads]), sampling_rate=RATE, channels=names)


@pytest.mark.parametrize("kind", NOISES)
def test_a_lead_of_noise_is_left_out(signal, kind):
    noise = np.resize(NOISES[kind](np.random.default_rng(0)), len(signal))
    assert readable_leads(record(noise, signal, 0.5 * signal)) == [1, 2]


def test_of_good_leads_the_first_stays_first(signal):
    slightly = signal + np.random.default_rng(0).normal(0, 0.02, len(signal))
    assert readable_leads(record(slightly, signal)) == [0, 1]
    assert readable_leads(record(0 * signal, 0 * signal)) == [0, 1]


def test_a_dead_first_lead_ends_no_record(signal):
    leads = {"I": 0 * signal, "II": signal, "III": 0.5 * signal}
    table = np.column_stack(list(leads.values()))
    found = classify_record(as_record(table, sampling_rate=RATE, leads=None))
    assert found.beats.leads == ("ch1", "ch2")
    assert len(found.table) > 55
    asked = as_record(table, sampling_rate=RATE, leads=["0"])
    assert asked.channels == ("ch0",)


def test_long_records_are_probed(signal):
    long = np.tile(signal, 10)
    broken = long.copy()
    broken[len(long) // 3 :] = 0
    quality = lead_quality(record(broken, long))
    assert 0.2 < quality[0] < 0.6 < 0.9 < quality[1]


def test_names_and_units_that_tell_nothing_are_told(signal):
    assert lead_note(record(signal, signal, names=["II", "V1"])) == ""
    assert lead_note(record(signal, names=["signal"])) == ""
    assert "'value'" in lead_note(record(signal, signal, names=["value", "other"]))
    assert "--units uV" in lead_note(record(1000 * signal, names=["II"]))
    assert "--units V" in lead_note(record(signal / 1000, names=["II"]))


def test_a_scale_that_was_given_is_what_the_advice_is_about(signal):
    given = Record.from_array(signal, sampling_rate=RATE, channels=["II"], units="uV")
    assert "it was read with uV" in lead_note(given)
    assert "--units V" not in lead_note(given)
    assert "100000 counts" in lead_note(Record.from_array(signal, sampling_rate=RATE, units=None, gain=1e5))

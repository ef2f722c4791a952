"""Paced beats: a spike before a wide complex, beat after beat."""

import numpy as np
import pytest

from ecg_signals import ecg
from offbeat import Recording
from offbeat.ecg.classify import classify_record
from offbeat.ecg.pacing import begins_with_spike, pacing_probability
from offbeat.records.aami import PACED
from offbeat.records.mitbih import RECORDS

PERIOD = 0.85  # seconds between stimuli


def paced(rate, n_beats=60, spike=0.8, width=0.002, wide=True):
    """A lead (mV) and the times of its complexes: a stimulus of ``width`` s, 90 ms later a wide complex."""
    times = 1 + PERIOD * np.arange(n_beats)
    time = np.arange(int((times[-1] + 1.5) * rate)) / rate
    signal = np.random.default_rng(0).normal(0, 0.01, len(time))
    waves = [(0.09, -1.2, 0.035), (0.36, 0.4, 0.07)] if wide else [(0.0, 1.0, 0.012), (0.28, 0.25, 0.05)]
    for beat in times:
        signal += spike * np.clip(1 - np.abs(time - beat) / max(width, 1 / rate), 0, 1)
        for centre, height, deviation in waves:
            signal += height * np.exp(-0.5 * ((time - beat - centre) / deviation) ** 2)
    return signal, times


def classified(signal, rate):
    return classify_record(Recording(signal, sampling_rate=rate, channels=["II"]))


@pytest.mark.parametrize("rate", [250.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("spike", [0.8, -2.0])
def test_a_paced_rhythm_is_named(rate, spike):
    signal, times = paced(rate, spike=spike)
    found = classified(signal, rate)
    assert len(found.table) == len(times)
    assert (found.table["class"] == "Q").mean() > 0.95
    assert (found.table["symbol"] == PACED).mean() > 0.95
    assert [episode.rhythm for episode in found.rhythm().episodes] == ["P"]
    assert "(P" in found.annotations().aux.tolist()


@pytest.mark.parametrize("options", [{"spike": 0.0}, {"wide": False}])
def test_a_wide_complex_or_a_spike_alone_is_not_paced(options):
    signal, _ = paced(360.0, **options)
    assert not (classified(signal, 360.0).table["symbol"] == PACED).any()


def test_ectopic_beats_are_not_paced():
    assert not (classified(ecg()[0], 250.0).table["symbol"] == PACED).any()


def test_nothing_is_seen_at_low_rates_or_without_beats():
    signal, times = paced(100.0)
    assert not begins_with_spike([signal], np.rint(times * 100).astype(int), 100.0).any()
    assert begins_with_spike([signal], np.empty(0, int), 360.0).shape == (0, 1)
    assert pacing_probability(np.empty((0, 2), bool)).shape == (0,)


def test_a_pacemaker_paces_in_a_row():
    spikes = np.zeros((60, 2), bool)
    spikes[[3, 4, 5], 0] = True  # too few
    spikes[30:50, 1] = True
    spikes[40, 1] = False  # a beat of the heart's own
    probability = pacing_probability(spikes)
    found = np.flatnonzero(probability).tolist()
    assert set(range(31, 49)) - {40} <= set(found) <= set(range(30, 50)) - {40}
    assert probability.max() <= 1


def test_few_beats_are_paced_if_all_are():
    assert pacing_probability(np.ones((5, 1), bool)).tolist() == [1.0] * 5
    assert pacing_probability(np.ones((3, 1), bool)).tolist() == [0.0] * 3


@pytest.mark.parametrize(("name", "least"), [("102", 0.7), ("107", 0.9), ("217", 0.6), ("100", 0.0), ("207", 0.0)])
def test_real_pacemakers(data_dir, name, least):
    from offbeat.records import open_record

    assert name in RECORDS
    record = open_record(data_dir / "mitdb" / name)
    part = Recording(
        record.read(0, int(300 * record.sampling_rate)), sampling_rate=record.sampling_rate, channels=record.channels
    )
    share = (classify_record(part).table["symbol"] == PACED).mean()
    assert share >= least if least else share == 0

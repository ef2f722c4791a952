import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg import beats as room
from offbeat.ecg.beats import FEATURE_NAMES, find_beats
from offbeat.records import Record


def test_the_windows_hold_the_beats_in_millivolt_with_the_r_peak_at_its_place(as_record):
    signal, times, _ = ecg()
    beats = find_beats(as_record(signal))
    assert np.abs(beats.samples[:, None] / RATE - times[None, :]).min(axis=1).max() < 0.05
    peak = np.abs(beats.windows[:, 0, 24:72]).argmax(axis=1) + 24  # the next beat may reach into the window
    assert np.abs(peak - 48).max() <= 2
    assert 0.7 < np.median(beats.windows[:, 0].max(axis=1)) < 1.1


def test_how_the_record_is_cut_changes_nothing(as_record, monkeypatch):
    signal, _, _ = ecg(300)
    record = as_record(signal)
    whole = find_beats(record)
    monkeypatch.setattr(room, "_PIECE", 37.0)
    pieces = find_beats(record)
    assert np.array_equal(whole.samples, pieces.samples)
    assert np.allclose(whole.windows, pieces.windows, atol=1e-3)


def test_nothing_is_found_where_nothing_can_be_read(as_record):
    signal, times, _ = ecg(200)
    start, stop = int(40 * RATE), int(70 * RATE)
    signal[start:stop] = np.nan
    beats = find_beats(as_record(signal))
    assert [(span.start, span.stop) for span in beats.unreadable] == [(start, stop)]
    assert not ((beats.samples >= start) & (beats.samples < stop)).any()
    outside = (times < 40) | (times >= 70)
    assert abs(len(beats) - outside.sum()) <= 3
    before, after = beats.rr()
    assert np.isnan(before).sum() == 2  # the first beat, and the first after the gap
    assert np.isnan(after).sum() == 2
    assert np.nanmax(before) < 2


def test_half_hours_are_described_alone_as_together(as_record, monkeypatch):
    monkeypatch.setattr(room, "_STRETCH", 40.0)
    beats = find_beats(as_record(ecg(150)[0]))
    names = np.arange(len(beats)).astype(str)
    parts = beats.stretches()
    assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
    assert (len(parts), parts[-1].stop) == (round(beats.n_times / RATE / 40), len(beats))
    whole = beats.describe(0, names)
    for part in parts:
        alone = beats.describe(0, names, part)
        assert np.array_equal(alone.values, whole.values[part])
        assert np.array_equal(alone.features, whole.features[part])
        assert alone.labels.tolist() == names[part].tolist()


@pytest.mark.parametrize("n", [0, 3, 200])
def test_a_record_without_beats_is_described_all_the_same(n):
    beats = find_beats(Record.from_array(np.zeros(n), sampling_rate=RATE))
    assert len(beats) == 0
    described = beats.describe()
    assert described.values.shape == (0, 2, 114)
    assert described.features.shape == (0, len(FEATURE_NAMES))


def test_a_beat_of_a_few_is_described_in_finite_numbers(as_record):
    for n_beats in (2, 3, 5):
        beats = find_beats(as_record(ecg(n_beats)[0]))
        described = beats.describe()
        assert len(described) == len(beats)
        assert np.isfinite(described.values).all()
        assert np.isfinite(described.features).all()


def test_gain_and_polarity_of_the_lead_do_not_change_the_features(as_record):
    signal, _, _ = ecg()
    plain = find_beats(as_record(signal, name="a")).describe()
    upside_down = find_beats(as_record(-2 * signal, name="b")).describe()
    assert np.allclose(plain.features, upside_down.features, atol=0.05)
    assert np.allclose(plain.values, -upside_down.values, atol=0.05)


def test_early_wide_beats_stand_out(as_record):
    signal, times, wide = ecg()
    beats = find_beats(as_record(signal))
    described = beats.describe()
    nearest = np.abs(beats.samples[:, None] / RATE - times[None, :]).argmin(axis=1)
    is_wide = wide[nearest]

    def of(name):
        return described.features[:, FEATURE_NAMES.index(name)]

    assert of("pre / around")[is_wide][1:].max() < of("pre / around")[~is_wide].min() + 0.2
    assert of("QRS correlation")[is_wide].max() < of("QRS correlation")[~is_wide].min()
    assert of("share like it (0.95)")[is_wide].max() < 0.3 < of("share like it (0.95)")[~is_wide].min()


def test_two_leads_are_cut_at_the_same_beats(as_record):
    signal, _, _ = ecg()
    beats = find_beats(as_record(signal, 0.5 * signal))
    assert beats.leads == ("II", "V1")
    assert np.allclose(beats.windows[:, 1], 0.5 * beats.windows[:, 0], atol=1e-3)


def test_progress_is_told(as_record):
    shares = []
    find_beats(as_record(ecg(20)[0]), progress=shares.append)
    assert shares[-1] == 1.0

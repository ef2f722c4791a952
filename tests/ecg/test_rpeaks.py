import numpy as np
import pytest

from ecg_signals import ecg
from offbeat.ecg.rpeaks import find_r_peaks, library_r_peaks
from offbeat.errors import DataError, ParameterError
from offbeat.records import open_record, read_annotations
from offbeat.records.aami import beat_classes

METHODS = ["fast", "accurate"]


def matched(found, times, rate, window=0.15):
    distance = np.abs(found[None, :] / rate - times[:, None])
    return (distance.min(axis=1) <= window).mean(), (distance.min(axis=0) <= window).mean()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", [100.0, 250.0, 360.0, 1000.0])
def test_every_beat_is_found_at_every_rate(method, rate):
    signal, times, _ = ecg(60, rate)
    sensitivity, predictivity = matched(find_r_peaks(signal, rate, method=method), times, rate)
    assert sensitivity >= 0.96
    assert predictivity == 1.0


def test_an_inverted_lead_has_its_peaks_at_the_same_places():
    signal, _, _ = ecg()
    assert np.array_equal(find_r_peaks(signal, 250), find_r_peaks(-signal, 250))


def test_the_unit_does_not_matter():
    signal, _, _ = ecg()
    assert np.array_equal(find_r_peaks(signal, 250), find_r_peaks(1000 * signal, 250))


@pytest.mark.parametrize("n", [0, 1, 3, 100, 499])
def test_too_short_signals_have_no_beats(n):
    for method in METHODS:
        assert find_r_peaks(np.random.default_rng(0).normal(size=n), 250, method=method).size == 0
    assert library_r_peaks(np.zeros(n), 250).size == 0


def test_a_flat_line_has_no_beats():
    assert find_r_peaks(np.full(5000, 0.3), 250).size == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("height", [-15, 15, 300])
def test_an_artefact_silences_no_detector(method, height):
    signal, times, _ = ecg(400)
    signal[5000:5010] = height
    sensitivity, predictivity = matched(find_r_peaks(signal, 250, method=method), times, 250)
    assert sensitivity >= 0.98
    assert predictivity >= 0.99


@pytest.mark.parametrize("frequency", [4.0, 5.0, 7.0, 12.0])
def test_fast_swings_harm_nothing(frequency):
    """As many peaks as can follow each other: the library's list of intervals is no longer than that."""
    time = np.arange(60 * 250) / 250
    for _ in range(20):
        found = find_r_peaks(np.sin(2 * np.pi * frequency * time), 250)
        assert (found < len(time)).all()


def test_a_lead_that_is_flat_nearly_to_its_end_has_no_beats():
    signal, _, _ = ecg(20)
    signal[:-300] = 0.3
    assert find_r_peaks(signal, 250).size == 0


def test_a_standstill_of_the_heart_has_no_beats():
    signal, _, _ = ecg(60)
    start, stop = (20 * 250), (32 * 250)
    signal[start:stop] = np.random.default_rng(0).normal(0, 0.01, stop - start)
    found = find_r_peaks(signal, 250)
    assert not ((found > start + 25) & (found < stop - 25)).any()


def test_of_two_waves_of_one_size_the_same_one_is_the_peak():
    """R and S waves are equally tall, and either is the taller one by chance."""
    rng = np.random.default_rng(0)
    time, times = np.arange(60 * 250) / 250, np.arange(1, 59, 0.8)
    signal = rng.normal(0, 0.005, len(time))
    for beat in times:
        for centre, height in ((0.0, 1.0), (0.04, -1.0)):
            signal += height * rng.uniform(0.9, 1.1) * np.exp(-0.5 * ((time - beat - centre) / 0.012) ** 2)
    intervals = np.diff(find_r_peaks(signal, 250)) / 250
    assert np.abs(intervals - 0.8).max() < 0.02


def test_missing_values_and_unknown_methods_are_refused():
    signal, _, _ = ecg(10)
    signal[50] = np.nan
    with pytest.raises(DataError, match="fill or leave out"):
        find_r_peaks(signal, 250)
    with pytest.raises(ParameterError, match="fast, accurate"):
        find_r_peaks(signal, 250, method="best")


def test_wide_beats_that_the_library_passes_over_are_found(data_dir):
    """Record 221 has about a hundred ventricular beats that detectors of steep slopes do not see."""
    record = open_record(data_dir / "mitdb" / "221")
    signal = record.read(channels=[0])[:, 0].astype(float)
    reference = read_annotations(data_dir / "mitdb" / "221.atr")
    places = reference.samples[beat_classes(reference.symbols) == "V"]

    def missed(found):
        return (np.abs(found[None, :] - places[:, None]).min(axis=1) > 54).sum()

    assert missed(library_r_peaks(signal, 360)) > 80
    assert missed(find_r_peaks(signal, 360)) < 10


def test_t_waves_of_ventricular_beats_are_not_taken_for_beats(data_dir):
    """In record 119, some are tall enough for beats, but rise half as fast."""
    signal = open_record(data_dir / "mitdb" / "119").read(channels=[0])[:, 0].astype(float)
    reference = read_annotations(data_dir / "mitdb" / "119.atr")
    places = reference.samples[beat_classes(reference.symbols) != ""]
    extra = np.abs(find_r_peaks(signal, 360)[:, None] - places[None, :]).min(axis=1) > 54
    assert extra.sum() <= 6


def test_p_waves_are_not_taken_for_beats(data_dir):
    """Record 108 has tall P waves: the library takes more than 300 of them."""
    signal = open_record(data_dir / "mitdb" / "108").read(channels=[0])[:, 0].astype(float)
    assert len(library_r_peaks(signal, 360)) > 2050
    assert len(find_r_peaks(signal, 360)) < 1900

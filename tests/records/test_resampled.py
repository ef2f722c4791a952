"""A resampled record is the same signal at another rate, and any piece of it is that of the whole."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import DataError
from offbeat.records import Record, open_record
from offbeat.records.array_source import ArraySource
from offbeat.records.record import RATES
from offbeat.records.resampled import ResampledSource

SECONDS = 20


def wave(rate: float, seconds: float = SECONDS) -> np.ndarray:
    """Return a wave of 3 and one of 11 Hz, as many heartbeats have."""
    times = np.arange(int(seconds * rate)) / rate
    return np.sin(2 * np.pi * 3 * times) + 0.3 * np.cos(2 * np.pi * 11 * times)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(50, 100), (64, 128), (99, 198), (100, 100), (1000, 1000), (1024, 512), (2000, 1000), (2048, 512), (4000, 1000)],
)
def test_rates_of_recorders_become_those_that_beats_are_found_at(rate: float, expected: float) -> None:
    record = Record.from_array(wave(rate), sampling_rate=rate)
    assert (record.file_rate, record.sampling_rate) == (rate, expected)
    assert record.duration == pytest.approx(SECONDS)
    inner = slice(int(expected), -int(expected))  # without the second at both ends
    np.testing.assert_allclose(record.read()[inner, 0], wave(expected)[inner], atol=5e-3)
    assert [f"resampled from {rate} to {expected} Hz"] * (rate != expected) == list(record.notes)


@pytest.mark.parametrize("rate", [RATES[0] - 1, RATES[1] + 1])
def test_other_rates_are_refused(rate: float) -> None:
    with pytest.raises(DataError, match="50 to 4000"):
        Record.from_array(wave(rate), sampling_rate=rate)


def test_what_would_become_another_wave_is_filtered_out() -> None:
    times = np.arange(SECONDS * 4000) / 4000
    record = Record.from_array(np.sin(2 * np.pi * 980 * times), sampling_rate=4000)
    assert np.abs(record.read()[500:-500]).max() < 0.02


NOISE = np.random.default_rng(2).normal(size=(3001, 2))
NOISE[700:703] = NOISE[1200:1900, 1] = np.nan
NOISE[2990:] = np.inf


@given(st.sampled_from([(2, 1), (1, 2), (1, 4)]), st.integers(0, 6001), st.integers(1, 400))
def test_any_piece_is_that_of_the_whole(steps: tuple[int, int], start: int, length: int) -> None:
    source = ResampledSource(ArraySource(NOISE, 1000.0), *steps)
    n_times = source.leads[0].n_times
    whole = source.read(0, n_times, [0, 1])
    start %= n_times
    stop = min(start + length, n_times)
    np.testing.assert_allclose(source.read(start, stop, [1])[:, 0], whole[start:stop, 1], atol=1e-6)


def test_gaps_stay_as_long_as_they_are() -> None:
    source = ResampledSource(ArraySource(NOISE, 1000.0), 1, 2)
    missing = np.isnan(source.read(0, source.leads[0].n_times, [0, 1]))
    assert missing[605:945, 1].all()
    assert not missing[:345].any()
    assert not missing[360:1490, 0].any()


def test_leads_are_chosen_and_memory_is_known_behind_a_resampled_record(tmp_path: Path) -> None:
    record = Record.from_array(np.column_stack([wave(2000), -wave(2000)]), sampling_rate=2000, channels=["I", "II"])
    assert record.in_memory
    np.testing.assert_array_equal(record.select("II").read(10, 20)[:, 0], record.read(10, 20)[:, 1])
    path = tmp_path / "fast.csv"
    path.write_text("# sampling rate: 2000 Hz\nI (mV)\n" + "\n".join(f"{value:.5f}" for value in wave(2000)))
    opened = open_record(path)
    assert (opened.in_memory, opened.file_rate) == (False, 2000)
    np.testing.assert_allclose(opened.read()[:, 0], record.read()[:, 0], atol=1e-4)

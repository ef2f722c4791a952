"""Tables of text with times of every notation: the sampling rate is found, or what is wrong is said."""

from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import FormatError
from records.signal_tables import MV, PLACES, PLAIN, RATE, SECONDS, STAMPS, TIMES, N, cells, check, read, rows

CLOCKS = {
    "time_ms": cells(4 * PLACES, "{:.0f}"),
    "Time (ms)": cells(4 * PLACES, "{:.1f}"),
    "elapsedTimeMs": cells(4 * PLACES, "{:.0f}"),
    "milliseconds": cells(4 * PLACES, "{:.0f}"),
    "time": cells(4 * PLACES, "{:.0f}"),
    "Time [µs]": cells(4000 * PLACES, "{:.0f}"),
    "timestamp_micros": cells(4000 * PLACES, "{:.0f}"),
    "t (ns)": cells(4_000_000 * PLACES, "{:.0f}"),
    "timestamp": [f"{1_600_000_000_000 + 4 * i}" for i in range(N)],
    "Timestamp": [f"{1_600_000_000 + time:.3f}" for time in TIMES],
    "unix time": [f"{1_600_000_000_000_000_000 + 4_000_000 * i}" for i in range(N)],
    "Zeit": SECONDS,
    "Time": [f"{stamp:%H:%M:%S.%f}"[:-3] for stamp in STAMPS],
    "clock": [f"{stamp:%H:%M:%S:%f}"[:-3] for stamp in STAMPS],
    "date": [stamp.isoformat(timespec="milliseconds") for stamp in STAMPS],
    "datetime": [stamp.isoformat(timespec="milliseconds") + "+02:00" for stamp in STAMPS],
    "local": [f"{stamp:%d.%m.%Y %H:%M:%S.%f}"[:-3] for stamp in STAMPS],
    "american": [f"{stamp:%m/%d/%Y %H:%M:%S.%f}"[:-3] for stamp in STAMPS],
    "british": [f"{stamp:%d/%m/%Y %H:%M:%S.%f}"[:-3] for stamp in STAMPS],
    "half days": [f"{stamp:%I:%M:%S.%f}"[:-3] + f"{stamp: %p}" for stamp in STAMPS],
    "month": [f"{stamp:%d-%b-%Y %H:%M:%S.%f}"[:-3] for stamp in STAMPS],
    "serial date": cells(43831 + TIMES / 86400, "{:.10f}"),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks(tmp_path: Path, name: str) -> None:
    record = check(read(tmp_path, f"{name},ECG\n" + rows(CLOCKS[name], MV)))
    assert (record.channels, record.notes) == (("ECG",), ())


def test_a_date_and_a_time_in_columns_of_their_own(tmp_path: Path) -> None:
    dates = [f"{stamp:%Y-%m-%d}" for stamp in STAMPS]
    assert check(read(tmp_path, "Date,Time,ECG\n" + rows(dates, CLOCKS["Time"], MV))).channels == ("ECG",)


JITTER = np.maximum.accumulate(np.round(4 * PLACES + np.random.default_rng(0).normal(0, 3, N)))
POOR_CLOCKS = {
    "jitter": ("Time (ms)", cells(JITTER, "{:.0f}"), "uneven"),
    "whole seconds": ("Time", [f"{stamp:%Y-%m-%d %H:%M:%S}" for stamp in STAMPS], "whole steps"),
    "wrong unit": ("time (s)", cells(4 * PLACES, "{:.0f}"), "ms taken"),
}


@pytest.mark.parametrize("kind", POOR_CLOCKS)
def test_poor_clocks_are_understood_with_a_note_and_overruled_without(tmp_path: Path, kind: str) -> None:
    name, times, word = POOR_CLOCKS[kind]
    text = f"{name},ECG\n" + rows(times, MV)
    (note,) = check(read(tmp_path, text)).notes
    assert word in note
    assert "--sampling-rate" in note
    assert check(read(tmp_path, text, sampling_rate=RATE)).notes == ()


@pytest.mark.parametrize("times", [cells(TIMES[::-1]), cells(TIMES + 5 * (PLACES > 2000)), cells(TIMES * 2)])
def test_a_given_rate_goes_before_times_and_says_so(tmp_path: Path, times: list[str]) -> None:
    (note,) = check(read(tmp_path, "time,ECG\n" + rows(times, MV), sampling_rate=RATE)).notes
    assert "250 Hz taken as given" in note


def test_times_that_no_samples_have_are_refused_with_the_way_out(tmp_path: Path) -> None:
    for times in (cells(TIMES[::-1]), cells(TIMES + 5 * (PLACES > 2000))):
        with pytest.raises(FormatError, match="--sampling-rate"):
            read(tmp_path, "time,ECG\n" + rows(times, MV))


def test_even_times_go_before_words_and_those_before_uneven_times(tmp_path: Path) -> None:
    (note,) = check(read(tmp_path, "# fs: 500\n" + PLAIN)).notes
    assert "not 500 Hz" in note
    text = "# fs: 500\nTime (ms),ECG\n" + rows(POOR_CLOCKS["jitter"][1], MV)
    (note,) = check(read(tmp_path, text), rate=500).notes
    assert "not 250 Hz" in note

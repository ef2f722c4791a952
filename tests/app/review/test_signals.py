import numpy as np
import pytest

from offbeat.app.review.signals import length_of, peak_near, piece
from offbeat.errors import ParameterError
from offbeat.records import Record


def test_a_piece_keeps_peaks_and_gaps(record):
    values = np.zeros((5000, 2))
    values[1234, 0] = 2.5
    values[3000:4000, 1] = np.nan
    found = piece(Record.from_array(values, sampling_rate=250), 1000, 4500, 200)
    first, second = found["leads"]
    assert (found["start"], found["stop"]) == (1000, 4500)
    assert dict(zip(first["at"], first["values"], strict=True))[234] == 2500
    assert all(len(lead["at"]) == len(lead["values"]) <= 202 for lead in found["leads"])
    gone = [at for at, value in zip(second["at"], second["values"], strict=True) if value is None]
    assert gone
    assert min(gone) >= 1999
    assert max(gone) < 3035


@pytest.mark.parametrize("rate", [50.0, 2000.0])
def test_a_resampled_record_is_counted_in_samples_of_its_file(rate):
    lead = np.exp(-0.5 * ((np.arange(int(20 * rate)) / rate - 12) / 0.02) ** 2)
    record = Record.from_array(lead, sampling_rate=rate)
    assert record.sampling_rate != record.file_rate == rate
    assert length_of(record) == len(lead)
    found = piece(record, int(10 * rate), int(14 * rate), 2000)
    assert found["stop"] == int(14 * rate)
    highest = int(np.argmax(found["leads"][0]["values"]))
    assert found["start"] + found["leads"][0]["at"][highest] == pytest.approx(12 * rate, abs=0.02 * rate)
    assert peak_near(record, int(12.03 * rate)) == pytest.approx(12 * rate, abs=0.02 * rate)


def test_a_piece_ends_where_the_record_does(record):
    found = piece(record, record.n_times - 100, record.n_times + 900, 5000)
    assert found["leads"][0]["at"] == list(range(100))
    beyond = piece(record, record.n_times + 5, record.n_times + 9, 10)
    assert beyond["leads"][0]["at"] == []


@pytest.mark.parametrize(
    ("start", "stop", "points"), [(0, 10**7, 100), (-1, 10, 100), (9, 3, 100), (0, 9, 1), (0, 9, 10**6)]
)
def test_too_much_at_once_is_refused(record, start, stop, points):
    with pytest.raises(ParameterError, match="expected"):
        piece(record, start, stop, points)


def test_the_peak_near_a_click_is_that_of_the_beat(record, lead):
    for peak in lead[1][:40]:
        for off in (-15, 0, 15):
            assert abs(peak_near(record, int(peak) + off) - peak) <= 2


def test_where_nothing_is_recorded_a_click_stays_where_it_is():
    gap = Record.from_array(np.full(1000, np.nan), sampling_rate=250)
    assert peak_near(gap, 500) == 500
    with pytest.raises(ParameterError, match="sample"):
        peak_near(gap, 1000)

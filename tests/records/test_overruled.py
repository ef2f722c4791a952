"""What a user gives goes before what a file states, and a note says so."""

import warnings
from datetime import date, time

import numpy as np
import pytest

from offbeat.records import Annotations, open_record, write_annotations

N = 5000
COUNTS = np.random.default_rng(5).integers(-900, 900, N)


def wfdb_record(folder, first="", gain="200(100)/mV", n=N):
    (folder / "r.hea").write_text(f"r 1 360 {n} {first}\nr.dat 16 {gain} 16 0 0 0 0 II\n")
    COUNTS.astype("<i2").tofile(folder / "r.dat")
    return folder / "r"


def edf_record(folder, **more):
    edfio = pytest.importorskip("edfio")
    signal = edfio.EdfSignal(
        COUNTS[:4680] / 400, 360, label="II", physical_dimension="mV", digital_range=(-4000, 4000),
        physical_range=(-10, 10),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edfio.Edf([signal], **more).write(folder / "r.edf")
    return folder / "r.edf"


def table(folder):
    rows = "".join(f"{i / 360:.6f},{count}\n" for i, count in enumerate(COUNTS))
    (folder / "r.csv").write_text(f"time,II\n{rows}")
    return folder / "r.csv"


MAKERS = [wfdb_record, edf_record, table]


@pytest.mark.parametrize("make", MAKERS)
def test_a_sampling_rate_that_is_given_goes_before_the_header_and_samples_stay(tmp_path, make):
    path = make(tmp_path)
    stated, given = open_record(path, units="mV"), open_record(path, units="mV", sampling_rate=250)
    assert (given.sampling_rate, given.file_rate, given.n_times) == (250, 250, stated.n_times)
    np.testing.assert_array_equal(given.read(), stated.read())
    assert any("250 Hz" in note and "360 Hz" in note for note in given.notes)
    assert not any("Hz" in note for note in stated.notes)
    assert not any("Hz" in note for note in open_record(path, sampling_rate=360.1).notes)


def test_a_given_rate_may_be_one_that_is_resampled(tmp_path):
    record = open_record(wfdb_record(tmp_path), sampling_rate=2000)
    assert (record.file_rate, record.sampling_rate, record.stated_rate) == (2000, 1000, 360)


def test_annotations_of_the_file_stay_in_its_samples(tmp_path):
    record = open_record(wfdb_record(tmp_path), sampling_rate=250)
    own, other = (Annotations([720], ["N"], rate) for rate in (360.0, 128.0))
    assert (own.of(record).samples.tolist(), own.of(record).sampling_rate) == ([720], 250)
    assert other.of(record) is other


@pytest.mark.parametrize(("make", "stated"), [(wfdb_record, 200), (edf_record, 400)])
def test_a_gain_counts_what_is_stored_whatever_the_file_states(tmp_path, make, stated):
    path = make(tmp_path)
    record = open_record(path, gain=100)
    baseline = 100 if make is wfdb_record else 0
    np.testing.assert_allclose(record.read()[:4000, 0], (COUNTS[:4000] - baseline) / 100, atol=0.02)
    assert any("100 counts" in note and f"{stated} counts" in note for note in record.notes)
    assert open_record(path, gain=stated).notes == ()
    np.testing.assert_allclose(open_record(path, gain=stated).read(), open_record(path).read(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("make", [wfdb_record, edf_record])
def test_units_other_than_stated_are_told(tmp_path, make):
    record = open_record(make(tmp_path), units="uV")
    assert any("uV" in note and "mV" in note for note in record.notes)
    assert open_record(make(tmp_path), units="mV").notes == ()
    assert open_record(table(tmp_path), units="uV").notes == ()  # which states none


@pytest.mark.parametrize(
    ("first", "day"),
    [("07:30:15 08/05/2014", date(2014, 5, 8)), ("2014-05-08 07:30:15", date(2014, 5, 8)), ("07:30:15 2014", None)],
)
def test_annotations_as_edf_plus_begin_when_the_record_did(tmp_path, first, day):
    edfio = pytest.importorskip("edfio")
    record = open_record(wfdb_record(tmp_path, first))
    assert record.started_on == day
    file = write_annotations(Annotations([720], ["V"], 360.0), tmp_path / "a.edf", record=record)
    found = edfio.read_edf(file)
    assert (found.starttime, found.annotations[0].onset) == (time(7, 30, 15), 2.0)
    if day is None:
        with pytest.raises(ValueError, match="not available"):
            _ = found.startdate
    else:
        assert found.startdate == day


def test_the_start_of_an_edf_is_carried(tmp_path):
    edfio = pytest.importorskip("edfio")
    begin = {"recording": edfio.Recording(startdate=date(2021, 3, 4)), "starttime": time(22, 5, 6)}
    record = open_record(edf_record(tmp_path, **begin))
    found = edfio.read_edf(write_annotations(Annotations([720], ["V"], 360.0), tmp_path / "a.edf", record=record))
    assert (found.startdate, found.starttime) == (date(2021, 3, 4), time(22, 5, 6))
    assert open_record(edf_record(tmp_path)).started_on is None


def test_annotations_of_unknown_time_begin_at_midnight(tmp_path):
    edfio = pytest.importorskip("edfio")
    found = edfio.read_edf(write_annotations(Annotations([720], ["V"], 360.0), tmp_path / "a.edf"))
    assert found.starttime == time(0)

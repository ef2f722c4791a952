"""Times come out in the zone or with the offset that they went in with."""

import numpy as np
import pandas as pd
import pytest

from offbeat import PCADetector, Recording
from offbeat.data import read
from offbeat.errors import ParameterError
from offbeat.events import read_events, write_events
from offbeat.series.zones import as_stamp, as_zone, stamp_text

# The night in which the clocks of Berlin show the hour from two to three twice.
BERLIN = pd.date_range("2024-10-26", periods=300, freq="15min", tz="Europe/Berlin")
LOAD = np.sin(np.arange(300) / 8) + 0.1 * np.random.default_rng(0).normal(size=300)
LOAD[240:244] += 4


def of_offsets(folder, index=BERLIN):
    pd.DataFrame({"time": [time.isoformat() for time in index], "load": LOAD}).to_csv(folder / "t.csv", index=False)
    return read(folder / "t.csv")


@pytest.fixture(scope="module")
def detector():
    return PCADetector(window=16).fit(LOAD[:200])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "+05:30", "America/New_York"])
def test_a_recording_keeps_the_zone_of_a_frame(zone):
    index = pd.date_range("2024-10-26", periods=300, freq="15min", tz=zone)
    for frame in (pd.DataFrame({"load": LOAD}, index), pd.DataFrame({"time": index, "load": LOAD})):
        data = Recording.from_frame(frame)
        assert (data.times() == index).all()
        assert data.times().tz is not None
        assert (data.to_frame().index == index).all()
        assert str(data[20:].zone) == zone


def test_offsets_in_text_are_kept_through_the_night_that_the_clocks_change(tmp_path):
    data = of_offsets(tmp_path)
    assert str(data.zone) == "+02:00 and +01:00"
    assert [time.isoformat() for time in data.times()] == [time.isoformat() for time in BERLIN]


def test_times_without_a_zone_stay_so():
    data = Recording.from_frame(pd.DataFrame({"load": LOAD}, BERLIN.tz_convert("UTC").tz_localize(None)))
    assert data.zone is None
    assert data.times().tz is None


def test_events_lie_in_the_frame_by_their_times(detector):
    frame = pd.DataFrame({"load": LOAD}, BERLIN)
    event = max(detector.detect(frame), key=lambda event: event.score)
    assert event.start_time == BERLIN[event.start]
    assert frame.loc[event.start_time, "load"] == LOAD[event.start]
    assert str(event.start_time.tz) == "Europe/Berlin"
    assert event.to_dict()["end_time"] == BERLIN[event.end - 1].isoformat()


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_events_in_files_keep_their_offset(detector, tmp_path, ending):
    events = detector.detect(of_offsets(tmp_path))
    found = read_events(write_events(events, tmp_path / f"e.{ending}"))
    assert [event.times() for event in found] == [event.times() for event in events]
    if ending != "parquet":
        assert BERLIN[events[0].start].isoformat() in (tmp_path / f"e.{ending}").read_text()


def test_a_date_without_an_offset_is_one_of_the_zone(tmp_path):
    for data in (Recording(LOAD, timestamps=BERLIN), of_offsets(tmp_path)):
        assert data.split("2024-10-27 04:00")[1].times()[0] == pd.Timestamp("2024-10-27 04:00+01:00")
        assert data.split("2024-10-27 04:00Z")[1].times()[0] == pd.Timestamp("2024-10-27 05:00+01:00")


@pytest.mark.parametrize("text", ["2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05", "2024-01-02T03:04:05.250-05:30"])
def test_stamps_survive_as_text(text):
    assert pd.Timestamp(stamp_text(as_stamp(text))) == pd.Timestamp(text)
    assert isinstance(as_stamp(text), np.datetime64) == (text[-6] not in "+-")


@pytest.mark.parametrize("zone", ["Mars/Crater", "+99", 7])
def test_what_is_no_zone(zone):
    with pytest.raises(ParameterError, match="time zone"):
        as_zone(zone)


def test_a_zone_may_be_given():
    times = np.array(["2024-07-01T10:00"], "datetime64[s]")
    assert Recording([0.5], timestamps=times, zone="+02:00").times()[0].isoformat() == "2024-07-01T12:00:00+02:00"

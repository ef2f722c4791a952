"""Dates whose day, month and year stand in any order, in rows of any order: read right, or told to be ambiguous."""

import warnings

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import AmbiguousDateWarning, DataError, ReadingWarning
from offbeat.series.dates import read_times

DAYS = [
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y"),
    *("%y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y", "%d-%b-%y", "%b %d, %Y"),
]
CLOCKS = [" %H:%M", ", %H:%M:%S", " %I:%M %p", " %I:%M:%S a.m.", " %H:%M:%S.%f", " %H:%M:%S +0200"]
DATES = pd.date_range("2024-03-04", periods=5)
SERIES = {
    "minutes": pd.date_range("2024-03-01 08:00", periods=600, freq="5min"),
    "two days": pd.date_range("2024-03-05", periods=300, freq="5min"),
    "one day": pd.date_range("2024-03-05", periods=280, freq="5min"),
    "office hours": pd.DatetimeIndex([day + pd.Timedelta(hours=hour) for day in DATES for hour in range(9, 17)]),
    "days": pd.date_range("2020-01-01", periods=400),
    "twelve days": pd.date_range("2024-03-01", periods=12),
    "business days": pd.bdate_range("2023-01-02", periods=300),
    "a week of business": pd.bdate_range("2024-03-01", periods=8),
    "months": pd.date_range("2020-01-01", periods=60, freq="MS"),
    "a year of months": pd.date_range("2020-01-01", periods=12, freq="MS"),
}
CERTAIN = {"minutes", "two days", "days", "business days", "months"}


def written(times, form):
    halves = np.where(times.hour < 12, "a.m.", "p.m.") if "a.m." in form else ""
    return pd.Series(times.strftime(form.replace("a.m.", "")) + halves)


def read(text):
    """Return times, and whether they were told to be ambiguous."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        times, _ = read_times(text, "row {}".format)
    return times, any(issubclass(one.category, AmbiguousDateWarning) for one in told)


@pytest.mark.parametrize("order", ["ascending", "newest first", "shuffled"])
@pytest.mark.parametrize("day", DAYS)
def test_dates_are_read_right_or_told_to_be_ambiguous(day, order):
    for number, (name, times) in enumerate(SERIES.items()):
        clock = CLOCKS[number % len(CLOCKS)] if times.normalize().has_duplicates else ""
        rows = {
            "ascending": np.arange(len(times)),
            "newest first": np.arange(len(times))[::-1],
            "shuffled": np.random.default_rng(0).permutation(len(times)),
        }[order]
        stamps = times[rows]
        found, is_told = read(written(stamps, day + clock))
        shift = np.timedelta64(2 if "+0200" in clock else 0, "h")
        assert is_told or np.array_equal(found, stamps.to_numpy() - shift), name
        assert not (is_told and name in CERTAIN), name


@pytest.mark.parametrize("clock", CLOCKS[:5])
@pytest.mark.parametrize("day", DAYS)
def test_the_order_holds_with_every_clock(day, clock):
    times = SERIES["minutes"][::-1]
    found, is_told = read(written(times, day + clock))
    assert np.array_equal(found, times)
    assert not is_told


@pytest.mark.parametrize(("good", "bad"), [("%d/%m/%Y", "%m/%d/%Y"), ("%m/%d/%Y", "%d/%m/%Y")])
def test_orders_are_never_mixed(good, bad):
    stray = pd.Timestamp("2024-03-30").strftime(bad)
    text = pd.Series([*pd.date_range("2024-03-10", periods=20).strftime(good), stray])
    with pytest.raises(DataError, match=f"row 20, got '{stray}'"):
        read_times(text, "row {}".format)


def test_the_clock_may_vary_within_a_column():
    text = pd.Series(["13/01/2024", "13/01/2024 00:30", "13/01/2024 01:00:05", "14/01/2024 12:05 p.m."])
    assert read(text)[0].astype("datetime64[s]").astype(str).tolist() == [
        *("2024-01-13T00:00:00", "2024-01-13T00:30:00", "2024-01-13T01:00:05", "2024-01-14T12:05:00")
    ]


@pytest.mark.parametrize("half", ["AM", "am", "a.m.", "a. m.", "A.M.", "A"])
def test_half_days(half):
    text = pd.Series([f"2024-03-01 12:05 {half}", f"2024-03-01 12:05 {half.replace('a', 'p').replace('A', 'P')}"])
    assert read(text)[0].astype("datetime64[m]").astype(str).tolist() == ["2024-03-01T00:05", "2024-03-01T12:05"]


@pytest.mark.parametrize(("text", "year"), [("24-03-05 10:00", 2024), ("31-03-24", 2024)])
def test_a_tie_of_two_digit_years_goes_to_the_nearer_and_is_told_with_both(text, year):
    with pytest.warns(AmbiguousDateWarning, match=f"{year}-03-.*time_format='%[ydm]-%m-%[yd]"):
        times, _ = read_times(pd.Series([text]), "row {}".format)
    assert times[0].astype("datetime64[Y]") == np.datetime64(str(year))


def test_of_long_and_short_spans_the_shorter_is_read_and_told():
    times = SERIES["twelve days"]
    for form in ("%d/%m/%Y", "%m/%d/%Y"):
        found, is_told = read(pd.Series(times.strftime(form)))
        assert np.array_equal(found, times)
        assert is_told


# Zones.


@pytest.mark.parametrize(
    ("name", "offset"),
    [("UTC", 0), ("GMT", 0), ("Z", 0), ("CET", 1), ("CEST", 2), ("WEST", 1), ("EEST", 3), ("PST", -8)],
)
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S {}", "%d/%m/%Y %I:%M %p {}", "%a %b %d %H:%M:%S {} %Y"])
@pytest.mark.filterwarnings("ignore::offbeat.errors.ReadingWarning")
def test_names_of_zones(name, offset, form):
    if name == "Z" and form.endswith("%Y"):
        pytest.skip("nobody writes it")
    local = pd.date_range("2024-03-13", periods=48, freq="1h")
    times, zone = read_times(pd.Series(local.strftime(form.format(name))), "row {}".format)
    assert np.array_equal(times, local - pd.Timedelta(hours=offset))
    assert str(zone) == (f"{offset:+03d}:00" if offset else "UTC")


def test_names_follow_the_clock_through_the_night_that_it_changes():
    berlin = pd.date_range("2024-10-26 12:00", periods=40, freq="1h", tz="Europe/Berlin")
    text = pd.Series([f"{time:%Y-%m-%d %H:%M} {time.tzname()}" for time in berlin])
    assert np.array_equal(read_times(text, "row {}".format)[0], berlin.tz_convert(None))


def test_names_with_several_meanings():
    with pytest.raises(DataError, match="IST are not read: write offsets"):
        read_times(pd.Series(["2024-03-13 10:00 IST"]), "row {}".format)
    with pytest.warns(ReadingWarning, match="CST is read as that of North America"):
        read_times(pd.Series(["2024-03-13 10:00 CST"]), "row {}".format)


def test_a_region_after_an_offset_is_left_out():
    times, zone = read_times(pd.Series(["2024-03-13T10:00+01:00[Europe/Berlin]"]), "row {}".format)
    assert (str(times[0])[:16], str(zone)) == ("2024-03-13T09:00", "+01:00")


@pytest.mark.parametrize("first", [0, 1])
def test_offsets_in_some_rows_only(first):
    ends = ["Z", ""] * 5
    text = pd.Series([f"2024-03-13T{hour:02d}:00:00{ends[hour + first]}" for hour in range(9)])
    with pytest.warns(ReadingWarning, match="read as UTC"):
        times, zone = read_times(text, "row {}".format)
    assert (str(zone), times[3] - times[2]) == ("UTC", np.timedelta64(1, "h"))
    with pytest.raises(DataError, match=r"offset from UTC .*in all times or in none"):
        read_times(text.str.replace("Z", "+02:00"), "row {}".format)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "+05:30", None])
def test_times_of_pyarrow_keep_their_zone(unit, zone):
    pa = pytest.importorskip("pyarrow")
    index = pd.date_range("2024-10-26", periods=50, freq="1h", tz=zone)
    column = pd.Series(index.as_unit(unit)).astype(pd.ArrowDtype(pa.timestamp(unit, zone)))
    times, found = read_times(column, "row {}".format)
    assert np.array_equal(times, index.tz_convert(None) if zone else index)
    assert str(found) == str(zone)

"""Dates in words, times of day alone, ticks, and dates whose parts stand in columns."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from offbeat.data import read
from offbeat.errors import AmbiguousDateWarning, DataError, ReadingWarning
from offbeat.series.dates import read_times

pytestmark = pytest.mark.filterwarnings("ignore::offbeat.errors.ReadingWarning")

FIRST = dt.datetime(2024, 2, 26)  # a Monday; the month after it differs in name between languages
DAYS = [FIRST + dt.timedelta(days=day) for day in range(20)]
WEEKS = [FIRST + dt.timedelta(days=7 * week) for week in range(20)]
MONTHS = [dt.datetime(2023 + month // 12, month % 12 + 1, 1) for month in range(24)]
QUARTERS = [dt.datetime(2020 + quarter // 4, 3 * (quarter % 4) + 1, 1) for quarter in range(20)]
GERMAN = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November"]
GERMAN += ["Dezember"]


def times_of(cells):
    return read_times(pd.Series(cells), "row {}".format)[0]


def assert_read(cells, wanted):
    np.testing.assert_array_equal(times_of(cells), np.array(wanted, "datetime64[ms]"))


@pytest.mark.parametrize(
    "form",
    [
        "{0.day}. {name} {0.year}",
        "{0.day:02d}-{0.month:02d}-{0.year} 00:00",
        "{0:%b} {0.day}, {0.year} @ 00:00:00.000",
        "{0:%Y-%m-%d}-00.00.00.000000",
        "{0:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)",
        "{0:%Y-%j}",
        "{0:%d.%m.%Y %H:%M} - {0:%d.%m.%Y} 23:59",
        "{0.year}年{0.month}月{0.day}日 0時00分",
    ],
)
def test_days(form):
    assert_read([form.format(day, name=GERMAN[day.month - 1]) for day in DAYS], DAYS)


@pytest.mark.parametrize(
    ("march", "may", "december"),
    [
        ("Mrz", "Mai", "Dez"),
        ("mars", "mai", "déc."),
        ("marzo", "mayo", "diciembre"),
        ("mar", "mag", "dic"),
        ("março", "maio", "dezembro"),
    ],
)
@pytest.mark.parametrize("form", ["5 {} 2024 07:30", "05-{}-2024 07:30:00", "5 de {} de 2024 07:30"])
def test_months_of_other_languages(march, may, december, form):
    assert_read(
        [form.format(name) for name in (march, may, december)], [dt.datetime(2024, m, 5, 7, 30) for m in (3, 5, 12)]
    )


@pytest.mark.parametrize(
    ("forms", "wanted"),
    [
        (["{0:%b} {0.year}", "{0:%b-%y}", "{0:%Y-%b}", "{0:%B %Y}", "{0:%YM%m}"], MONTHS),
        (["{0.year}Q{q}", "Q{q} {0.year}", "{0.year}-Q{q}", "{0.year}q{q}", "T{q} {0.year}"], QUARTERS),
        (["{0:%G-W%V}", "{0:%GW%V}", "{0:%G-W%V-1}", "KW {0:%V/%G}"], WEEKS),
    ],
    ids=["months", "quarters", "weeks"],
)
def test_longer_spans_stand_for_their_first_day(forms, wanted):
    for form in forms:
        assert_read([form.format(time, q=(time.month + 2) // 3) for time in wanted], wanted)


@pytest.mark.parametrize("cells", [["2024-W54"], ["2023-366"], ["31. Foo 2024"], ["5 de enero"], ["Mai 32"]])
def test_what_is_no_date_is_none(cells):
    with pytest.raises(DataError, match="expected a date"):
        times_of(cells)


def test_the_hour_24_ends_a_day():
    assert_read(["01.03.2024 23:00", "01.03.2024 24:00"], [dt.datetime(2024, 3, 1, 23), dt.datetime(2024, 3, 2)])


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["23:58", "23:59", "00:00", "00:01"], [86280, 86340, 86400, 86460]),
        (["11:59 PM", "12:00 AM", "12:01 AM", "12:02 AM"], [86340, 86400, 86460, 86520]),
        (["00:01", "00:00", "23:59", "23:58"], [86460, 86400, 86340, 86280]),
        (["0:00:00,5", "0:00:01,0"], [0.5, 1.0]),
        (["23:59:59", "24:00:01", "25:00:00"], [86399, 86401, 90000]),
        (["0 days 00:00:05", "1 days 00:00:00"], [5, 86400]),
        (["PT5S", "PT1M"], [5, 60]),
        (pd.to_timedelta([5, 7], unit="s"), [5, 7]),
    ],
)
def test_times_without_a_date_count_from_the_first_day(cells, seconds):
    assert times_of(cells).astype("datetime64[ms]").astype(int).tolist() == [1000 * second for second in seconds]


def test_times_of_day_in_no_order_are_refused():
    with pytest.raises(DataError, match="midnight"):
        times_of(["10:00", "09:00", "11:00", "08:00", "12:00", "07:00"])


@pytest.mark.parametrize(("epoch", "name"), [(dt.datetime(1, 1, 1), "dotnet"), (dt.datetime(1601, 1, 1), "filetime")])
def test_ticks(epoch, name):
    ticks = [(day - epoch).days * 864_000_000_000 for day in DAYS]
    assert_read(ticks, DAYS)
    assert read_times(pd.Series(ticks), "row {}".format, name)[0].tolist() == times_of(ticks).tolist()


def test_digits_of_a_year_and_a_day():
    assert_read([int(f"{day:%Y%j}") for day in DAYS], DAYS)


@pytest.mark.parametrize(
    "parts",
    [
        {"Year": "%Y", "Month": "%m", "Day": "%d", "Hour": "%H"},
        {"YEAR": "%Y", "DOY": "%j", "HR": "%H"},
        {"#YY": "%Y", "MM": "%m", "DD": "%d", "hh": "%H", "mm": "%M"},
        {"jahr": "%Y", "monat": "%m", "tag": "%d"},
        {"date": "%Y%m%d", "HH": "%H"},
    ],
)
def test_parts_of_dates_in_columns(parts):
    hours = [FIRST + dt.timedelta(hours=24 * hour) for hour in range(30)]
    columns = {name: [int(hour.strftime(form)) for hour in hours] for name, form in parts.items()}
    found = read(pd.DataFrame({**columns, "load": np.arange(30.0) ** 2}))
    assert found.channels == ("load",)
    np.testing.assert_array_equal(found.timestamps, np.array(hours, "datetime64[ms]"))


def test_years_and_weeks():
    frame = pd.DataFrame(
        {"year": [2020] * 53 + [2021] * 3, "week": [*range(1, 54), 1, 2, 3], "cases": np.arange(56.0) ** 2}
    )
    found = read(frame)
    assert set(np.diff(found.timestamps).astype("timedelta64[D]").astype(int)) == {7}
    assert str(found.timestamps[-1])[:10] == "2021-01-18"


def test_parts_of_dates_without_names_are_told_by_their_numbers(tmp_path):
    hours = [FIRST + dt.timedelta(hours=hour) for hour in range(60)]
    lines = [f"{hour:%Y %m %d %H} {index % 7} {index % 5}.5\n" for index, hour in enumerate(hours)]
    (tmp_path / "isd.txt").write_text("".join(lines))
    found = read(tmp_path / "isd.txt")
    assert found.values.shape == (60, 2)
    np.testing.assert_array_equal(found.timestamps, np.array(hours, "datetime64[ms]"))


def test_a_clock_with_dots_beside_a_date():
    frame = pd.DataFrame(
        {"Date": ["10/03/2004"] * 3, "Time": ["18.00.00", "19.00.00", "20.00.00"], "CO": [2.6, 2.0, 2.2]}
    )
    with pytest.warns(match="day"):
        found = read(frame)
    assert found.channels == ("CO",)
    assert found.step == 3600


@pytest.mark.parametrize("cells", [["10.0.0.1", "10.0.0.2"], ["192.168.10.11:80"]])
def test_addresses_are_no_dates(cells):
    with pytest.raises(DataError):
        times_of(cells)


def test_a_late_row_is_no_midnight():
    wanted = [f"1970-01-01T10:00:0{second}" for second in (0, 1, 2, 3)]
    assert sorted(times_of(["10:00:00", "10:00:02", "10:00:01", "10:00:03"])) == list(
        np.array(wanted, "datetime64[ms]")
    )


def test_a_session_of_some_hours_begins_the_next_day():
    wanted = ["1970-01-01T09:30", "1970-01-01T16:00", "1970-01-02T09:30", "1970-01-02T16:00"]
    assert_read(["09:30", "16:00", "09:30", "16:00"], wanted)


def test_the_midnight_that_ends_a_day_may_be_24():
    assert_read(
        ["22:00", "23:00", "24:00", "01:00"], ["1970-01-01T22", "1970-01-01T23", "1970-01-02T00", "1970-01-02T01"]
    )


def test_clocks_are_read_finer_than_milliseconds():
    steps = np.diff(times_of([f"00:00:00.{number:04d}" for number in range(5)]))
    assert (steps == np.timedelta64(100, "us")).all()


@pytest.mark.parametrize(
    ("cells", "first"), [(["Jan-49", "Feb-49", "Mar-49"], "1949-01-01"), (["01-Jan-60", "02-Jan-60"], "1960-01-01")]
)
def test_years_of_two_digits_do_not_lie_far_ahead(cells, first):
    with pytest.warns(AmbiguousDateWarning, match="two digits"):
        times = times_of(cells)
    assert times[0] == np.datetime64(first)
    assert (np.diff(times) > np.timedelta64(0)).all()


def test_years_of_two_digits_that_pass_1969_rise():
    with pytest.warns(AmbiguousDateWarning, match="two digits"):
        times = times_of([f"15.{month:02d}.{year}" for year in range(67, 72) for month in range(1, 13)])
    assert times[0] == np.datetime64("1967-01-15")
    assert (np.diff(times) > np.timedelta64(0)).all()


def test_offsets_behind_gmt_are_east_where_they_are_positive():
    for form in (
        "{:%a %b %d %Y %H:%M:%S} GMT+0200 (CEST)",
        "{:%d %b %Y %H:%M} GMT+2",
        "{:%Y/%m/%d %H:%M:%S} +0200 EET",
    ):
        assert_read([form.format(day) for day in DAYS], [day - dt.timedelta(hours=2) for day in DAYS])


@pytest.mark.parametrize("form", ["{0:%b} {0.day}", "{0:%b-%d}", "{0.day}-{0:%b}", "{0:%b} {0.day:2d} 06:30:00"])
@pytest.mark.parametrize("start", [dt.datetime(2023, 11, 20), dt.datetime(2024, 2, 1), dt.datetime(2024, 1, 1)])
def test_days_without_a_year_follow_each_other(form, start):
    days = [start + dt.timedelta(days=day) for day in range(60)]
    with pytest.warns(ReadingWarning, match="no year"):
        times = times_of([form.format(day) for day in days])
    assert np.all(np.diff(times) == np.timedelta64(1, "D"))


@pytest.mark.parametrize("form", ["%b-%y", "%b %y", "%y-%b"])
@pytest.mark.parametrize("gaps", [(), (4, 9)])
def test_months_of_years_of_two_digits(form, gaps):
    months = [month for place, month in enumerate(MONTHS) if place not in gaps]
    assert_read([month.strftime(form) for month in months], months)


def test_days_of_one_month_that_may_be_years_are_told():
    with pytest.warns(AmbiguousDateWarning, match="%b-%d"):
        assert_read([f"Jan-{n:02d}" for n in range(1, 21)], [dt.datetime(2000 + n, 1, 1) for n in range(1, 21)])
    ahead = times_of([f"Jan-{n:02d}" for n in range(1, 32)])
    assert np.all(np.diff(ahead) == np.timedelta64(1, "D"))

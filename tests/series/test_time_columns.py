"""Which columns of a table are taken for its times, by formula: each kind under names that vary."""

import numpy as np
import pandas as pd
import pytest

from column_tables import ODD, SECONDS, TIMES, WAVE, noted, saved
from offbeat.data import read
from offbeat.errors import AmbiguousDateWarning, DataError, ParameterError, ReadingWarning
from offbeat.series.columns import find_time
from offbeat.series.row_numbers import find_row_numbers


@pytest.mark.parametrize(
    "form",
    [
        *("%d-%b-%y %H:%M:%S", "%d-%b-%Y %H:%M", "%d %B %Y %H:%M", "%B %d, %Y %H:%M", "%d%b%Y %H:%M"),
        *("%a %b %d %H:%M:%S %Y", "%d/%b/%Y:%H:%M:%S +0000", "[%d/%b/%Y:%H:%M:%S +0000]", "%Y-%m-%d %H:%M:%S,250"),
        *("%m/%d/%Y %I:%M:%S %p", "%d.%m.%y %H:%M", "%d-%m-%Y %H:%M", "%Y%m%d%H%M%S", "%Y%m%d %H:%M", "%Y.%m.%d %H:%M"),
        *("%a, %d %b %Y %H:%M:%S +0000", "%H:%M:%S %d/%m/%Y", "%Y-%m-%dT%H:%M:%SZ"),
    ],
)
@pytest.mark.parametrize("case", [str, str.upper])
def test_dates_are_read_however_they_are_written(tmp_path, form, case):
    data = read(saved(tmp_path, Zeit=map(case, TIMES.strftime(form)), load=WAVE))
    shift = np.timedelta64(250, "ms") if ",250" in form else np.timedelta64(0)
    assert np.array_equal(data.timestamps, TIMES.to_numpy() + shift)
    assert data.channels == ("load",)
    assert str(data.zone) == ("UTC" if form.endswith(("Z", "+0000", "+0000]")) else "None")


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
@pytest.mark.parametrize("name", ["timestamp", "timestamp_ms", "startTime", "x"])
def test_numbers_that_rise_as_times_since_1970_are_the_time(tmp_path, unit, name):
    data = read(saved(tmp_path, **{name: SECONDS * unit}, cpu=WAVE, mem=WAVE))
    assert np.array_equal(data.timestamps, TIMES.to_numpy())
    assert data.channels == ("cpu", "mem")
    assert noted(data, "rises evenly", "x") == (name == "x")


@pytest.mark.parametrize(
    "numbers",
    [
        1.2e9 + np.cumsum(np.random.default_rng(0).integers(1, 9999, 300)),
        SECONDS[::-1],
        np.full(300, 1.7e9),
        SECONDS / 1e4,
        SECONDS * 100,
    ],
    ids=["uneven", "falling", "constant", "too small", "too late"],
)
def test_other_numbers_under_other_names_are_channels(tmp_path, numbers):
    data = read(saved(tmp_path, total=numbers, load=WAVE))
    assert (data.channels, data.timestamps) == (("total", "load"), None)


@pytest.mark.parametrize(
    ("name", "count", "seconds"),
    [
        *(("time", 0.5, 0.5), ("elapsed_s", 900, 900), ("Time (ms)", 20, 0.02), ("t", 2, 2)),
        *(("Time (min)", 15, 900), ("elapsed [h]", 0.25, 900), ("time_days", 0.5, 43_200)),
    ],
)
def test_counts_from_the_start_are_the_time(tmp_path, name, count, seconds):
    data = read(saved(tmp_path, **{name: np.arange(300) * count}, load=WAVE, mem=WAVE))
    assert data.step == pytest.approx(seconds)
    assert noted(data, "start of the recording", name)


def test_decimal_years_are_no_seconds(tmp_path):
    years = 2000 + np.arange(300) / 12
    path = saved(tmp_path, time=years, load=WAVE)
    with pytest.raises(DataError, match="time_format='years'"):
        read(path)
    assert read(path, time_format="years").timestamps[18].astype("datetime64[M]") == np.datetime64("2001-07")
    assert read(path, time="none", kind="recording").channels == ("time", "load")
    named = read(saved(tmp_path, year=years, load=WAVE))
    assert named.timestamps[0] == np.datetime64("2000-01-01")


DAYS = pd.date_range("2020-01-01", periods=300)
MONTHS = pd.date_range("1970-01-01", periods=300, freq="MS")
YEARS = np.arange(1700, 2000).astype(str).astype("datetime64[Y]")
PARTS = (TIMES - pd.Timestamp("1970-01-01")) / pd.Timedelta("1D")
DATES = {
    "Year": (YEARS.astype(int) + 1970, YEARS),
    "year": (np.arange(1400, 1700), np.arange(1400, 1700).astype(str).astype("datetime64[Y]")),
    "month": (MONTHS.strftime("%Y%m").astype(int), MONTHS),
    "yyyymm": (MONTHS.strftime("%Y%m").astype(int), MONTHS),
    "day": (DAYS.strftime("%Y%m%d").astype(int), DAYS),
    "stamp": (TIMES.strftime("%Y%m%d%H%M%S").astype("int64"), TIMES),
    "when": (TIMES.strftime("%Y%m%d%H%M").astype("int64"), TIMES),
    "ts": (DAYS.strftime("%Y%m%d00").astype("int64"), DAYS),
    "Time": (PARTS + 25_569, TIMES),
    "Date": (np.arange(45_000, 45_300), pd.Timestamp("1899-12-30") + pd.to_timedelta(np.arange(45_000, 45_300), "D")),
    "datenum": (PARTS + 719_529, TIMES),
    "time": (PARTS + 719_529, TIMES),
    "jd": (PARTS + 2_440_587.5, TIMES),
    "timestamp": (PARTS + 2_440_587.5, TIMES),
    "mjd": (PARTS + 40_587, TIMES),
}


@pytest.mark.parametrize("name", DATES)
@pytest.mark.filterwarnings("ignore::offbeat.errors.ReadingWarning")
def test_numbers_that_are_dates_are_read_as_such(tmp_path, name):
    numbers, times = DATES[name]
    data = read(saved(tmp_path, **{name: numbers, "load": WAVE, "mem": WAVE}))
    assert np.array_equal(data.timestamps.astype("datetime64[s]"), np.asarray(times).astype("datetime64[s]"))


@pytest.mark.parametrize("name", ["Year", "month", "day", "stamp", "Time", "Date", "datenum", "jd"])
@pytest.mark.filterwarnings("ignore::offbeat.errors.ReadingWarning")
def test_numbers_named_as_the_time_are_never_seconds_of_1970(tmp_path, name):
    numbers, times = DATES[name]
    data = read(saved(tmp_path, x=numbers, load=WAVE), time="x")
    assert np.array_equal(data.timestamps.astype("datetime64[s]"), np.asarray(times).astype("datetime64[s]"))


@pytest.mark.parametrize(
    ("name", "form", "other"), [("Time", "excel", "s"), ("datenum", "matlab", "s"), ("jd", "julian", "s")]
)
def test_counts_of_days_are_told_with_a_way_out(tmp_path, name, form, other):
    path = saved(tmp_path, x=DATES[name][0], load=WAVE)
    with pytest.warns(ReadingWarning, match=f"days.*time_format= {other}"):
        found = read(path, time="x")
    assert np.array_equal(read(path, time="x", time_format=form).timestamps, found.timestamps)
    assert read(path, time="x", time_format=other).timestamps[0] < np.datetime64("1971")


@pytest.mark.parametrize("start", [0, 1900, 28_800, 45_000, 720_000])
@pytest.mark.parametrize("step", [0.004, 0.5, 60])
@pytest.mark.parametrize("name", ["Time (s)", "elapsed", "t"])
def test_seconds_that_begin_later_stay_seconds(tmp_path, name, start, step):
    if name == "t" and start == 1900:
        pytest.skip("these may be years")
    data = read(saved(tmp_path, **{name: np.round(start + step * np.arange(300), 3)}, load=WAVE, mem=WAVE))
    assert data.timestamps[0] == np.datetime64(start, "s")
    assert noted(data, "start of the recording")


@pytest.mark.parametrize("rate", [256, 128, 30, 25, 1])
def test_parts_of_a_second_are_no_parts_of_a_day(tmp_path, rate):
    data = read(saved(tmp_path, time=30_000 + np.arange(300) / rate, load=WAVE, mem=WAVE))
    assert data.timestamps[0] == np.datetime64(30_000, "s")
    assert noted(data, "start of the recording")


@pytest.mark.parametrize("name", ["t", "data", "tempo"])
def test_channels_with_names_of_the_time_are_no_times_unless_they_rise_evenly(tmp_path, name):
    steps = np.random.default_rng(0).uniform(0, 1, 300)
    uneven = read(saved(tmp_path, **{name: 20 + np.cumsum(steps)}, load=WAVE))
    assert (uneven.channels, uneven.timestamps) == ((name, "load"), None)
    assert noted(uneven, f"time='{name}'")
    nearly = read(saved(tmp_path, **{name: 20 + np.arange(300) + 0.05 * steps}, load=WAVE))
    assert nearly.channels == ("load",)
    assert read(saved(tmp_path, **{name: 2e8 + np.cumsum(steps) * 1e6}, load=WAVE)).channels == (name, "load")


@pytest.mark.parametrize("day", ["1904-01-01", "1960-01-01", "2001-01-01", "1900-01-01"])
@pytest.mark.parametrize("unit", [1, 1000])
def test_seconds_from_other_days_are_told_with_the_form_that_reads_them(tmp_path, day, unit):
    counted = (TIMES - pd.Timestamp(day)) // pd.Timedelta("1s") * unit
    path = saved(tmp_path, time=counted, load=WAVE)
    form = f"{'s' if unit == 1 else 'ms'} since {day}"
    with pytest.warns(ReadingWarning, match=form):
        read(path)
    assert np.array_equal(read(path, time_format=form).timestamps, TIMES.to_numpy())


def test_a_form_names_the_day_and_the_unit(tmp_path):
    path = saved(tmp_path, time=(TIMES - pd.Timestamp("1900-01-01")) / pd.Timedelta("1h"), load=WAVE)
    assert np.array_equal(read(path, time_format="hours since 1900-01-01 00:00").timestamps, TIMES.to_numpy())
    with pytest.raises(ParameterError, match="1900-13-01"):
        read(path, time_format="h since 1900-13-01")


def test_seconds_since_1970_keep_the_digits_they_were_written_with(tmp_path):
    data = read(saved(tmp_path, time=SECONDS + 0.123, load=WAVE))
    assert data.timestamps[0] == np.datetime64("2024-03-25T00:00:00.123")


def test_counts_of_gps_are_told(tmp_path):
    counted = (TIMES - pd.Timestamp("1980-01-06")) // pd.Timedelta("1s")
    assert noted(read(saved(tmp_path, gps_time=counted, load=WAVE)), "s since 1980-01-06")


@pytest.mark.parametrize("day", ["%Y%m%d", "%Y-%m-%d", "%d.%m.%Y"])
@pytest.mark.parametrize(("name", "clock"), [("hhmm", "%H%M"), ("Time", "%H%M%S"), ("hour", "%H")])
def test_a_date_and_a_number_for_the_time_of_day_are_read_together(tmp_path, day, name, clock):
    times = pd.date_range("2024-03-20", periods=300, freq="1h")
    data = read(saved(tmp_path, date=times.strftime(day), **{name: times.strftime(clock).astype(int)}, load=WAVE))
    assert np.array_equal(data.timestamps, times)
    assert noted(data, "date", name, "together")


@pytest.mark.parametrize("day", ["%d.%m.%Y", "%Y-%m-%d", "%Y%m%d", "%d-%b-%y"])
@pytest.mark.parametrize("names", [("Date", "Time"), ("Datum", "Uhrzeit"), ("d", "c")])
def test_a_date_and_a_time_of_day_are_read_together(tmp_path, day, names):
    # Eight digits under no name of time are numbers.
    day = "%Y-%m-%d" if (day, names[0]) == ("%Y%m%d", "d") else day
    data = read(saved(tmp_path, **{names[0]: TIMES.strftime(day), names[1]: TIMES.strftime("%H:%M")}, load=WAVE))
    assert np.array_equal(data.timestamps, TIMES.to_numpy())
    assert noted(data, *names, "together")


def test_the_parts_of_a_date_are_read_together(tmp_path):
    parts = {part: getattr(TIMES, part) for part in ("year", "month", "day", "hour", "minute")}
    data = read(saved(tmp_path, **parts, load=WAVE))
    assert np.array_equal(data.timestamps, TIMES.to_numpy())
    assert data.channels == ("load",)


@pytest.mark.parametrize("others", [(), ("max",), ("avg", "std")])
@pytest.mark.parametrize("name", ["min", "sec", "hours", "hr"])
def test_channels_with_names_of_a_clock_are_no_parts_of_it(tmp_path, name, others):
    hourly = pd.date_range("2024-03-25", periods=300, freq="D" if name in ("hours", "hr") else "h")
    parts = {part: getattr(hourly, part) for part in ("year", "month", "day", "hour", "minute")}
    used = list(parts)[: {"min": 4, "sec": 5}.get(name, 3)]
    numbers = np.random.default_rng(0).integers(0, 24, 300) + (60 if name == "hr" else 0)
    columns = {part: parts[part] for part in used} | {name: numbers} | dict.fromkeys(others, WAVE)
    data = read(saved(tmp_path, **columns))
    assert np.array_equal(data.timestamps, hourly.to_numpy())
    assert data.channels == (name, *others)


def test_an_hour_that_is_missing_is_told_by_its_line(tmp_path):
    parts = {part: getattr(TIMES, part).astype(float) for part in ("year", "month", "day", "hour", "minute")}
    parts["hour"] = np.where(np.arange(300) == 4, np.nan, parts["hour"])
    with pytest.raises(DataError, match="line 6"):
        read(saved(tmp_path, **parts, load=WAVE))


def test_of_two_columns_of_dates_the_one_taken_is_told(tmp_path):
    path = saved(tmp_path, created=TIMES + pd.Timedelta("1D"), timestamp=TIMES, load=WAVE)
    assert np.array_equal(read(path).timestamps, TIMES.to_numpy())
    assert noted(read(path), "created", "timestamp", "time='created'")
    assert read(path, time="created", channels="load").timestamps[0] == np.datetime64("2024-03-26")


def test_a_format_decides_between_day_and_month(tmp_path):
    text = ["02/01/2024", "03/02/2024", "04/03/2024"]
    path = saved(tmp_path, at=text, load=WAVE[:3])
    with pytest.warns(AmbiguousDateWarning, match="time_format"):
        read(path)
    data = read(path, time_format="%d/%m/%Y")
    assert data.timestamps.astype("datetime64[D]").astype(str).tolist() == ["2024-01-02", "2024-02-03", "2024-03-04"]
    with pytest.raises(DataError, match="%Y"):
        read(path, time="at", time_format="%Y/%d/%m")
    with pytest.raises(ParameterError, match="format"):
        read(path, time="at", time_format="%Q")


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_a_unit_decides_what_numbers_count_in(tmp_path, unit):
    data = read(saved(tmp_path, at=np.arange(5) * 1e11, load=WAVE[:5]), time="at", time_format=unit)
    assert data.step == (1e11 if unit == "s" else 1e8)


def test_row_numbers_are_left_out_and_told(tmp_path):
    data = read(saved(tmp_path, timestamp=np.arange(1, 301), value=WAVE, is_anomaly=ODD))
    assert (data.channels, data.timestamps, data.labels.sum()) == (("value",), None, 5)
    assert noted(data, "timestamp", "numbers the rows")
    series = read(saved(tmp_path, id=np.arange(300), **{f"t{i}": WAVE for i in range(200)}))
    assert series.n_times == 200


@pytest.mark.parametrize("name", ["t0", "id_7", "load"])
def test_other_names_number_no_rows(name):
    frame = pd.DataFrame({0: [0, 1, 2], 1: 0.5})
    assert find_row_numbers(frame, [name, "v"]) == []
    assert find_row_numbers(frame, ["id", "v"]) == [0]


def test_a_time_of_day_alone_is_no_time():
    assert find_time(pd.DataFrame({"shift": ["10:00", "10:15"], "v": [1.0, 2.0]})) is None

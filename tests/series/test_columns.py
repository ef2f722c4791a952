"""What the columns of a table are taken for, by formula: each kind of time and label under names that vary."""

import numpy as np
import pandas as pd
import pytest

from offbeat.data import read
from offbeat.errors import AmbiguousDateWarning, DataError, ParameterError, ReadingWarning
from offbeat.series.columns import find_row_numbers, find_time
from offbeat.series.labels import has_label_name

TIMES = pd.date_range("2024-03-25", periods=300, freq="15min")
SECONDS = TIMES.astype("datetime64[s]").astype("int64").to_numpy()
WAVE = np.round(np.sin(np.arange(300) / 9), 3)
ODD = (np.abs(np.arange(300) - 200) < 3).astype(int)


def saved(folder, **columns):
    pd.DataFrame(columns).to_csv(folder / "t.csv", index=False, sep=";")
    return folder / "t.csv"


def noted(data, *words):
    return any(all(word in note for word in words) for note in data.notes)


# Times.


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


@pytest.mark.parametrize(("name", "seconds"), [("time", 0.5), ("elapsed_s", 900), ("Time (ms)", 0.02), ("t", 2)])
def test_seconds_from_the_start_are_the_time(tmp_path, name, seconds):
    data = read(
        saved(tmp_path, **{name: np.arange(300) * seconds * (1000 if "ms" in name else 1)}, load=WAVE, mem=WAVE)
    )
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


# Labels.

LABELS = {
    "0 and 1": ODD,
    "true and false": ODD == 1,
    "floats": ODD.astype(float),
    "-1 and 1": 1 - 2 * ODD,
    "words": np.where(ODD, "Attack", "Normal"),
    "words misspelt": np.where(ODD, ["A ttack", "Attack"] * 150, " Normal"),
}
NAMES = "label labels is_anomaly Anomaly outlier isOutlier class target changepoint attack fault y Normal/Attack"


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("kind", LABELS)
def test_labels_are_found_by_their_name_and_told(tmp_path, name, kind):
    data = read(saved(tmp_path, time=TIMES, load=WAVE, **{name: LABELS[kind]}))
    assert data.channels == ("load",)
    assert np.array_equal(data.labels, ODD)
    assert noted(data, name, "labels", "5 of 300")


@pytest.mark.parametrize("values", [np.where(ODD, "bad", "fine"), ODD * (1 + np.arange(300) % 3)])
def test_other_labels_need_the_normal_one(tmp_path, values):
    path = saved(tmp_path, time=TIMES, load=WAVE, label=values)
    with pytest.raises(DataError, match="normal="):
        read(path)
    assert np.array_equal(read(path, normal=str(values[0])).labels, ODD)
    with pytest.raises(DataError, match="'good'"):
        read(path, normal="good")


def test_a_second_column_of_labels_is_left_out_and_told(tmp_path):
    data = read(saved(tmp_path, time=TIMES, load=WAVE, changepoint=ODD[::-1], anomaly=ODD))
    assert (data.channels, data.labels.tolist()) == (("load",), ODD.tolist())
    assert noted(data, "changepoint", "left out")
    assert dict(data.columns) == {"time": "time", "changepoint": "left out (labels, too)", "anomaly": "labels"}


def test_a_channel_that_is_called_as_labels_are_is_told(tmp_path):
    data = read(saved(tmp_path, time=TIMES, load=WAVE, target=np.arange(300) % 5))
    assert data.channels == ("load", "target")
    assert noted(data, "target", "channel")
    assert not read(saved(tmp_path, ds=TIMES, y=WAVE)).notes


def test_no_label_is_wanted(tmp_path):
    data = read(saved(tmp_path, time=TIMES, load=WAVE, label=ODD), label="none")
    assert (data.channels, data.labels) == (("load", "label"), None)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("ground_truth", True), ("anomaly_score", False), ("n_attacks", False), ("label_name", False), ("faulty", True)],
)
def test_names_of_labels(name, is_one):
    assert has_label_name(name) == is_one


# Other columns.


def test_words_for_one_and_zero_are_numbers(tmp_path):
    for pair in (("on", "off"), ("Yes", "No"), ("TRUE", "False"), ("open", "closed")):
        data = read(saved(tmp_path, time=TIMES, pump=np.where(ODD, *pair)))
        assert np.array_equal(data.values[:, 0], ODD)


@pytest.mark.parametrize(
    "words",
    [
        "a",
        np.where(ODD, "Bad", "Good"),
        TIMES.day_name(),
        [f'{{"a": {i}}}' for i in range(300)],
        ["", "seen by 1"] * 150,
    ],
    ids=["one", "quality", "days", "JSON", "remarks"],
)
def test_words_are_left_out_and_told(tmp_path, words):
    data = read(saved(tmp_path, time=TIMES, mode=words, load=WAVE))
    assert data.channels == ("load",)
    assert noted(data, "mode", "left out")


@pytest.mark.parametrize("odd", ["<0.5", "0x1f", "1.5 MiB", "idle"])
def test_a_word_among_numbers_is_refused_with_the_other_columns(tmp_path, odd):
    cells = np.where(ODD, odd, WAVE.astype(str))
    with pytest.raises(DataError, match=f"v.*{odd}.*line 200.*channels='load,flow'"):
        read(saved(tmp_path, time=TIMES, v=cells, load=WAVE, flow=WAVE))


@pytest.mark.parametrize("kind", ["table", "frame"])
@pytest.mark.parametrize("words", [["Bad"], ["I/O Timeout", "No Data"], ["#DIV/0!", "#REF!"]])
@pytest.mark.parametrize("first", [0, 7])
def test_words_for_what_was_not_measured_are_missing_values(tmp_path, kind, words, first):
    cells = WAVE.astype(str).astype(object)
    cells[first::9] = np.resize(words, len(cells[first::9]))
    columns = {"time": TIMES, "v": cells, "load": WAVE}
    data = read(saved(tmp_path, **columns) if kind == "table" else pd.DataFrame(columns))
    expected = WAVE.copy()
    expected[first::9] = np.nan
    np.testing.assert_array_equal(data.values[:, 0], expected)
    assert noted(data, "v", words[0], f"{len(cells[first::9])} rows", "missing")


@pytest.mark.parametrize("form", ["{} °C", "{}%", "{:.3f} bar", "${}", "€ {}", "{}GiB"])
def test_one_unit_in_all_cells_is_left_out(tmp_path, form):
    cells = [form.format(value) if i % 9 else "" for i, value in enumerate(WAVE)]
    data = read(saved(tmp_path, time=TIMES, v=cells, load=WAVE))
    np.testing.assert_array_equal(data.values[:, 0], np.where(np.arange(300) % 9, WAVE, np.nan))
    assert noted(data, "v", "unit")


@pytest.mark.parametrize("cells", [["1 kB", "2 MB"], ["1,500 kg", "2,500 kg"], ["1 a b", "2 a b"]])
def test_cells_with_units_that_may_mean_something_else_are_refused(tmp_path, cells):
    with pytest.raises(DataError, match="v has"):
        read(saved(tmp_path, time=TIMES, v=cells * 150, load=WAVE))


def test_an_empty_column_is_told(tmp_path):
    assert noted(read(saved(tmp_path, time=TIMES, load=WAVE, valve=np.nan)), "valve", "empty")


# Several recordings.


@pytest.mark.parametrize("order", ["host", "time"])
@pytest.mark.parametrize("keys", [["a", "b", "c"], [7, 8, 9]])
def test_several_recordings_in_one_table_are_refused(tmp_path, order, keys):
    name = "host" if isinstance(keys[0], str) else "machine_id"
    parts = [pd.DataFrame({"time": TIMES, "host": key, "load": WAVE}) for key in keys]
    long = pd.concat(parts).sort_values(order, kind="stable").rename(columns={"host": name})
    with pytest.raises(DataError, match=f"3.*by='{name}'"):
        read(long)


def test_steps_that_start_over_tell_recordings_apart():
    engine = pd.DataFrame({"unit": np.repeat([1, 2, 3], 100), "cycle": np.tile(np.arange(1, 101), 3), "s1": WAVE})
    with pytest.raises(DataError, match="by='unit'"):
        read(engine)


@pytest.mark.parametrize("keys", [["a", "b", "c"], [7, 8, 9]])
@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("kind", ["table", "frame"])
def test_recordings_that_take_turns_are_refused_where_no_time_comes_twice(tmp_path, keys, timed, kind):
    jitter = pd.to_timedelta(np.arange(300) * 37 % 200, "s")
    long = {"time": TIMES + jitter} if timed else {}
    long |= {"sensor_id": np.array(keys)[np.arange(300) * 7 % 3], "load": WAVE}
    with pytest.raises(DataError, match="by='sensor_id'"):
        read(saved(tmp_path, **long) if kind == "table" else pd.DataFrame(long))
    assert read(saved(tmp_path, **long), channels="load", kind="recording").channels == ("load",)


def test_ids_in_blocks_are_told(tmp_path):
    data = read(saved(tmp_path, host_id=np.repeat([1, 2, 3], 100), cpu=WAVE, mem=WAVE))
    assert noted(data, "host_id", "by='host_id'", "channel")


@pytest.mark.parametrize("name", ["host1", "machine_load", "width"])
def test_few_whole_numbers_under_other_names_are_channels(tmp_path, name):
    data = read(saved(tmp_path, time=TIMES, **{name: np.arange(300) * 7 % 3}, load=WAVE))
    assert data.channels == (name, "load")
    assert data.notes == ()


# Channels that may be something else.


@pytest.mark.parametrize("name", ["seq", "entry_id", "id", "row", "message_no"])
@pytest.mark.parametrize("start", [0, 1, 5000])
def test_counters_are_left_out_wherever_they_start(tmp_path, name, start):
    data = read(saved(tmp_path, time=TIMES, **{name: start + np.arange(300)}, load=WAVE))
    assert data.channels == ("load",)
    assert noted(data, name, "left out")


def test_the_only_channel_is_kept_though_it_counts(tmp_path):
    assert read(saved(tmp_path, time=TIMES, seq=np.arange(300))).channels == ("seq",)


@pytest.mark.parametrize(
    ("name", "numbers", "words"),
    [
        ("seen", np.arange(300) + 50, "changes by 1"),
        ("seq", 10 * np.arange(300), "changes by 10"),
        ("x", 0.001 * np.arange(300), "changes by 0.001"),
        ("request_id", np.arange(300) * 7919 % 10**6, "ids"),
        ("ns", np.arange(300) * 7919 % 10**6, "times"),
        ("normal", 1 - ODD, "labels"),
        ("anomaly_score", WAVE**2, "scores"),
        ("load", np.where(ODD, -9999, WAVE), "holds -9999 in 5 rows"),
        ("load", np.where(ODD, 1e30, WAVE), "1e+30"),
    ],
)
def test_what_may_be_no_channel_is_told(tmp_path, name, numbers, words):
    data = read(saved(tmp_path, time=TIMES, **{name: numbers}, flow=WAVE))
    assert data.channels == (name, "flow")
    assert noted(data, name, words)


@pytest.mark.parametrize(
    "numbers", [np.where(ODD, 999, np.arange(300) ** 2 / 50), WAVE, np.arange(300) // 2, np.full(300, 999)]
)
def test_other_numbers_raise_no_doubt(tmp_path, numbers):
    assert read(saved(tmp_path, time=TIMES, load=numbers, flow=WAVE)).notes == ()


def test_the_same_id_in_every_row_is_left_out(tmp_path):
    data = read(saved(tmp_path, time=TIMES, itemid=28336, status=7, load=WAVE))
    assert data.channels == ("status", "load")
    assert noted(data, "itemid", "28336", "left out")


def test_lists_in_cells_are_no_numbers():
    with pytest.raises(DataError, match=r"v has '\[1, 2\]'.*channels='load'"):
        read(pd.DataFrame({"time": TIMES, "v": [[1, 2]] * 300, "load": WAVE}))


def test_labels_that_are_1_where_all_is_normal_are_read_as_the_note_says(tmp_path):
    data = read(saved(tmp_path, time=TIMES, normal=1 - ODD, load=WAVE), label="normal", normal="1")
    assert np.array_equal(data.labels, ODD)

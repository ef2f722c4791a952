"""What the columns of a table are taken for, by formula: each kind of time and label under names that vary."""

import numpy as np
import pandas as pd
import pytest

from column_tables import ODD, TIMES, WAVE, noted, saved
from offbeat.data import read
from offbeat.errors import DataError
from offbeat.series.labels import has_label_name

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

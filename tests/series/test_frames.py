import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import PCADetector, Recording
from offbeat.errors import DataError, IrregularTimeWarning, ParameterError, ReadingWarning
from offbeat.series.frames import index_columns

DAY = pd.Timestamp("2024-01-01")


def frame(days, **columns):
    return pd.DataFrame({"value": np.arange(1.0, len(days) + 1), **columns}, index=DAY + pd.to_timedelta(days, "D"))


def days_of(recording):
    return ((recording.timestamps - DAY.to_datetime64()) / np.timedelta64(1, "D")).tolist()


# Which column holds the time.


@pytest.mark.parametrize(
    "columns",
    [
        {"when": ["2024-01-01", "2024-01-02"], "value": [1, 2]},
        {"value": [1, 2], "when": [DAY, DAY + pd.Timedelta(days=1)]},
        {"created": ["1999-01-01", "1999-01-02"], "Timestamp": ["2024-01-01", "2024-01-02"], "value": [1, 2]},
        {"date": [20240101, 20240102], "value": [1, 2]},
        {"Time": [1704067200, 1704153600], "value": [1, 2]},
        {"value": [1704067200, 1704067200], "ts": [1704067200, 1704153600]},
    ],
)
def test_the_column_of_the_time_is_found(columns):
    table = pd.DataFrame(columns)
    made = Recording.from_frame(table[[name for name in table if name != "created"]])
    assert days_of(made) == [0, 1]
    assert made.channels == ("value",)


def test_the_column_of_the_time_can_be_named():
    table = pd.DataFrame({"elapsed": [0, 60], "value": [1, 2]})
    assert Recording.from_frame(table, time="elapsed").step == 60
    with pytest.warns(ReadingWarning, match="start of the recording"):
        assert Recording.from_frame(table.assign(elapsed=[7, 67]), time="elapsed").step == 60
    both = pd.DataFrame({"sent": ["2024-01-01"], "seen": ["2024-01-02"], "value": [1]})
    first = Recording.from_frame(both)
    assert first.timestamps[0] == np.datetime64("2024-01-01")
    assert "time='seen'" in first.notes[0]
    with pytest.raises(DataError, match=r"sent .*'2024-01-01'.* row 0"):
        Recording.from_frame(both, time="seen")
    with pytest.raises(DataError, match=r"'at'.* elapsed, value"):
        Recording.from_frame(table, time="at")


@pytest.mark.parametrize("columns", [{"time": [0, 1]}, {"load": [1704067200, 1704153600]}, {"kind": ["dec 12", "b"]}])
def test_what_is_no_time_is_not_taken_for_it(columns):
    with pytest.raises(DataError, match="time="):
        Recording.from_frame(pd.DataFrame({**columns, "value": [1, 2]}))


# What stands in the other columns.


def test_missing_and_nullable_and_boolean_values_are_numbers():
    made = Recording.from_frame(frame([0, 1], on=[True, False], n=pd.array([None, 3], dtype="Int64"), t=["1.5", "2"]))
    np.testing.assert_array_equal(made.values, [[1, 1, np.nan, 1.5], [2, 0, 3, 2]])


def test_words_and_twice_the_same_name_are_refused():
    with pytest.raises(DataError, match=r"note .*'odd'.* row 1"):
        Recording.from_frame(frame([0, 1], note=["1", "odd"]))
    twice = frame([0, 1], other=[1, 2]).set_axis(["a", "a"], axis="columns")
    with pytest.raises(DataError, match="'a'"):
        Recording.from_frame(twice)
    with pytest.raises(DataError, match="column of values"):
        Recording.from_frame(frame([0]), labels="value")


@pytest.mark.parametrize("marks", [[0, 1], [False, True], [0.0, 1.0], ["0", "1"], pd.array([0, 1], dtype="Int8")])
def test_labels_are_zero_and_one(marks):
    made = Recording.from_frame(frame([0, 1], odd=marks), labels="odd")
    assert made.labels.tolist() == [0, 1]
    assert made.channels == ("value",)


@pytest.mark.parametrize(("marks", "came"), [([0, 2], "2"), ([0, "yes"], "yes"), ([0, None], "nan"), ([0, 0.5], "0.5")])
def test_other_labels_are_refused(marks, came):
    with pytest.raises(DataError, match=f"0 and 1.* row 1 .*'{came}'.* odd"):
        Recording.from_frame(frame([0, 1], odd=marks), labels="odd")


# Order and duplicates.


def test_rows_out_of_order_are_sorted_and_told():
    shuffled = frame([2, 0, 1, 0], odd=[1, 0, 0, 1])
    with (
        pytest.warns(IrregularTimeWarning, match=r"2 of 4 rows.*order='sort'"),
        pytest.warns(IrregularTimeWarning, match=r"1 rows .*duplicates='keep'"),
    ):
        made = Recording.from_frame(shuffled, labels="odd")
    assert days_of(made) == [0, 0, 1, 2]
    assert made.values[:, 0].tolist() == [2, 4, 3, 1]
    assert made.labels.tolist() == [0, 1, 0, 1]
    with pytest.raises(DataError, match=r"2 of 4 rows.* order"):
        Recording.from_frame(shuffled, order="error")


@pytest.mark.parametrize(
    ("policy", "values", "labels"),
    [
        ("keep", [1, 2, 3, 4, 5], [0, 0, 1, 0, 0]),
        ("first", [1, 2, 5], [0, 0, 0]),
        ("last", [1, 4, 5], [0, 0, 0]),
        ("mean", [1, 3, 5], [0, 1, 0]),
    ],
)
def test_duplicates_are_dealt_with_and_told(policy, values, labels):
    with pytest.warns(IrregularTimeWarning, match=rf"2 rows .*duplicates='{policy}'"):
        made = Recording.from_frame(frame([0, 1, 1, 1, 2], odd=[0, 0, 1, 0, 0]), labels="odd", duplicates=policy)
    assert made.values[:, 0].tolist() == values
    assert made.labels.tolist() == labels


def test_duplicates_can_be_an_error_and_policies_are_known():
    with pytest.raises(DataError, match=r"1 rows .* duplicates"):
        Recording.from_frame(frame([0, 0]), duplicates="error")
    with pytest.raises(ParameterError, match=r"duplicates .*'drop'"):
        Recording.from_frame(frame([0, 0]), duplicates="drop")
    with pytest.raises(ParameterError, match=r"order .*'keep'"):
        Recording.from_frame(frame([0]), order="keep")


@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter_in_the_end(order):
    whole = frame(list(range(8)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IrregularTimeWarning)
        made = Recording.from_frame(whole.iloc[list(order)])
    assert made.values[:, 0].tolist() == whole["value"].tolist()
    assert days_of(made) == list(range(8))


def test_the_frame_is_left_as_it_was():
    given_ = frame([0, 1], note=["1", "2"], odd=[0, 1])
    before = given_.copy()
    Recording.from_frame(given_, labels="odd")
    pd.testing.assert_frame_equal(given_, before)


def test_a_column_of_marks_is_no_channel():
    frame = pd.DataFrame({"load": [1.0, 2.0], "is_anomaly": [0, 1]}, pd.date_range("2026-01-01", periods=2))
    rows = Recording.from_frame(frame)
    assert rows.channels == ("load",)
    assert rows.labels.tolist() == [0, 1]
    assert Recording.from_frame(frame.assign(is_anomaly=[0, 3])).channels == ("load", "is_anomaly")


@pytest.mark.parametrize("unit", [1, 1000])
@pytest.mark.parametrize("name", [None, "time", "zz"])
def test_an_index_of_seconds_since_1970_is_the_time_even_as_a_range(name, unit):
    index = pd.RangeIndex(1_709_280_000 * unit, (1_709_280_000 + 300 * 900) * unit, 900 * unit, name=name)
    for one in (index, pd.Index(index.to_numpy(), name=name)):
        data = Recording.from_frame(pd.DataFrame({"load": np.arange(300.0)}, one))
        assert (data.step, data.timestamps[0]) == (900, np.datetime64("2024-03-01T08:00"))
    assert index_columns(pd.RangeIndex(300)) == {}


@pytest.mark.filterwarnings("ignore::offbeat.errors.IrregularTimeWarning")
def test_a_step_of_zero_is_told_with_the_way_out():
    times = pd.date_range("2024-03-01", periods=300, freq="5min").repeat(2)
    frame = pd.DataFrame({"load": np.sin(np.arange(600) / 9)}, times)
    with pytest.warns(IrregularTimeWarning, match="usual step is 0: duplicates='mean'"):
        data = Recording.from_frame(frame)
    with pytest.raises(DataError, match="duplicates='mean'"):
        PCADetector(window=16).fit(data)
    assert Recording.from_frame(frame, duplicates="mean").step == 300

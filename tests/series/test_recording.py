import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from offbeat import Collection, Recording
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.series.recording import as_labels

DAYS = np.array(["2024-01-01", "2024-01-02", "2024-01-04"], dtype="datetime64[ns]")

both_nouns = pytest.mark.parametrize(("kind", "shape"), [(Recording, (6, 2)), (Collection, (6, 2, 4))])


def recording(**settings):
    return Recording(np.arange(6.0).reshape(3, 2), **settings)


def collection(**settings):
    return Collection(np.arange(24.0).reshape(4, 2, 3), **settings)


# What both kinds promise.


@both_nouns
def test_single_precision_stays_and_all_else_becomes_double(kind, shape):
    assert kind(np.zeros(shape, np.float32)).values.dtype == np.float32
    for dtype in (np.float64, np.float16, np.int8, np.uint16, bool):
        assert kind(np.ones(shape, dtype)).values.dtype == np.float64
        assert kind(np.ones(shape, dtype)).values.tolist() == np.ones(shape).tolist()


@both_nouns
def test_floats_are_not_copied(kind, shape):
    values = np.zeros(shape)
    assert np.shares_memory(kind(values).values, values)


@both_nouns
@pytest.mark.parametrize("dtype", [str, complex, "datetime64[s]"])
def test_what_is_no_number_is_refused(kind, shape, dtype):
    with pytest.raises(DataError, match=r"holds (real )?numbers"):
        kind(np.zeros(shape).astype(dtype))


@both_nouns
def test_objects_that_are_numbers_are_read_and_others_are_named(kind, shape):
    objects = np.arange(np.prod(shape)).reshape(shape).astype(object)
    objects.flat[1] = None
    np.testing.assert_array_equal(np.ravel(kind(objects).values)[:3], [0, np.nan, 2])
    objects.flat[1] = "low"
    with pytest.raises(DataError, match=r"holds numbers.* 1\].*'low'.*astype"):
        kind(objects)


@both_nouns
def test_rows_of_different_lengths_are_refused(kind, shape):
    with pytest.raises(DataError, match="rows of one length"):
        kind([[1.0, 2.0], [3.0]])


@both_nouns
@pytest.mark.parametrize("n_axes", [0, 4])
def test_other_numbers_of_axes_are_refused(kind, shape, n_axes):
    with pytest.raises(ShapeError, match=f"got {n_axes} axes"):
        kind(np.zeros((2,) * n_axes))


@both_nouns
def test_channels_have_names(kind, shape):
    assert kind(np.zeros(shape)).channels == ("ch0", "ch1")
    assert kind(np.zeros(shape), channels=["MLII", 5]).channels == ("MLII", "5")
    with pytest.raises(ShapeError, match=r"2 channel names.* 3"):
        kind(np.zeros(shape), channels=["a", "b", "c"])
    with pytest.raises(DataError, match="channel names"):
        kind(np.zeros(shape), channels=["a", "a"])


@pytest.mark.parametrize("data", [recording(channels=["a", "b"]), collection(channels=["a", "b"])])
def test_channels_are_chosen_by_name_and_in_order(data):
    swapped = data.select(["b", "a"])
    axis = 1
    assert swapped.channels == ("b", "a")
    assert swapped.values.tolist() == np.flip(data.values, axis).tolist()
    assert data.select(["b"]).values.tolist() == np.take(data.values, [1], axis).tolist()
    with pytest.raises(ShapeError, match=r"'c'.* a, b"):
        data.select(["a", "c"])


@pytest.mark.parametrize("data", [recording(), collection()])
def test_nouns_cannot_be_changed(data):
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.values = np.zeros(3)


# Recording


def test_one_axis_is_one_channel():
    assert Recording([1, 2, 3]).values.tolist() == [[1.0], [2.0], [3.0]]


@pytest.mark.parametrize("what", ["labels", "timestamps"])
@pytest.mark.parametrize("given_", [DAYS[:2], DAYS[:, None]])
def test_one_label_and_timestamp_for_each_time_step(what, given_):
    with pytest.raises(ShapeError, match=f"3 {what}"):
        recording(**{what: given_})


def test_time_never_runs_backwards():
    assert recording(timestamps=DAYS[[0, 0, 1]]).timestamps.tolist() == DAYS[[0, 0, 1]].tolist()
    with pytest.raises(DataError, match="never decrease"):
        recording(timestamps=DAYS[[0, 2, 1]])


def test_timestamps_may_be_text_or_have_a_time_zone():
    assert (recording(timestamps=["2024-01-01", "2024-01-02", "2024-01-04"]).timestamps == DAYS).all()
    # The clocks went back in Paris: the hour from two to three came twice, and time went on.
    autumn = pd.date_range("2024-10-27 01:30", periods=3, freq="h", tz="Europe/Paris")
    localised = Recording.from_frame(pd.DataFrame({"load": [1.0, 2.0, 3.0]}, index=autumn))
    assert localised.timestamps.dtype.kind == "M"
    assert (np.diff(localised.timestamps) == np.timedelta64(1, "h")).all()  # in whatever unit pandas keeps them
    assert localised.timestamps[0] == np.datetime64("2024-10-26T23:30")


@pytest.mark.parametrize("times", [[0, 1, 2], [0.0, 0.5, 1.0], ["soon", "later", "never"]])
@pytest.mark.filterwarnings("ignore:Could not infer format")
def test_timestamps_that_are_no_points_in_time_are_refused(times):
    with pytest.raises(DataError, match="datetime64"):
        recording(timestamps=times)


@pytest.mark.parametrize("rate", [np.arange(3.0), 0, -1.0, float("nan"), float("inf"), "250"])
def test_what_is_no_sampling_rate_is_refused(rate):
    with pytest.raises(DataError, match="a sampling rate in Hz, a number above 0 or None, got"):
        recording(sampling_rate=rate)


def test_duration():
    assert recording(sampling_rate=2.0).duration == 1.5
    assert recording(timestamps=DAYS).duration == 3 * 86400
    assert recording(timestamps=DAYS, sampling_rate=2.0).duration == 1.5
    assert np.isnan(recording().duration)
    assert np.isnan(Recording(np.zeros((0, 1)), timestamps=DAYS[:0]).duration)


@given(st.integers(0, 12), st.integers(-15, 15), st.integers(-15, 15), st.integers(1, 4))
def test_a_slice_keeps_values_times_and_labels_together(n, start, stop, step):
    times = np.datetime64("2024-01-01T00:00:00") + np.arange(n)
    whole = Recording(np.arange(2.0 * n).reshape(n, 2), timestamps=times, labels=np.arange(n) % 2, sampling_rate=1.0)
    part = whole[start:stop:step]
    picked = list(range(n))[start:stop:step]
    assert len(part) == len(picked)
    assert part.values.tolist() == [[2.0 * i, 2.0 * i + 1] for i in picked]
    assert part.timestamps.tolist() == [times[i] for i in picked]
    assert part.labels.tolist() == [i % 2 for i in picked]
    for train_end in range(n + 1):
        learned = dataclasses.replace(whole, train_end=train_end)[start:stop:step].train_end
        assert learned == sum(i < train_end for i in picked)
    assert (part.channels, part.sampling_rate) == (whole.channels, whole.sampling_rate)


def test_a_slice_is_a_view():
    whole = recording()
    assert np.shares_memory(whole[1:].values, whole.values)


def test_choosing_channels_keeps_the_rest():
    whole = recording(timestamps=DAYS, labels=[0, 1, 0], sampling_rate=2.0, name="night")
    part = whole.select(["ch1"])
    assert part.labels.tolist() == [0, 1, 0]
    assert (part.timestamps == DAYS).all()
    assert (part.sampling_rate, part.name) == (2.0, "night")


def test_a_frame_becomes_a_recording_by_its_datetime_index():
    frame = pd.DataFrame({"load": [1, 2, 3], 7: [0.5, np.nan, 1.5]}, index=pd.DatetimeIndex(DAYS))
    made = Recording.from_frame(frame, name="server")
    assert made.channels == ("load", "7")
    np.testing.assert_array_equal(made.values, [[1, 0.5], [2, np.nan], [3, 1.5]])
    assert (made.timestamps == DAYS).all()
    assert made.name == "server"
    with pytest.raises(DataError, match="time="):
        Recording.from_frame(frame.reset_index(drop=True))
    assert Recording.from_frame(frame[7]).channels == ("7",)
    assert Recording.from_frame(frame[7].rename(None)).channels == ("value",)
    with pytest.raises(DataError, match="numbers"):
        Recording.from_frame(frame.assign(note="odd"))


@pytest.mark.parametrize("train_end", [-1, 4, 1.0, True, "1"])
def test_the_part_to_learn_from_ends_inside(train_end):
    assert [recording(train_end=row).train_end for row in (0, np.int64(3), None)] == [0, 3, None]
    with pytest.raises(DataError, match=r"train_end .*0 to 3"):
        recording(train_end=train_end)


def test_a_slice_backwards_has_no_part_to_learn_from_and_one_row_is_no_slice():
    assert recording(train_end=1)[::-1].train_end is None
    with pytest.raises(ParameterError, match="slice"):
        recording()[1]


TEN = Recording(np.arange(10.0), timestamps=np.datetime64("2024-01-01T00") + np.arange(10), train_end=4, name="ten")


@pytest.mark.parametrize(
    ("at", "row"),
    [
        (None, 4),
        (0.5, 5),
        (np.float64(0.26), 3),
        (7, 7),
        (np.int64(1), 1),
        ("2024-01-01 02:00", 2),
        ("2024-01-01 02:00:01", 3),
        ("2024-01-01T04:00+02:00", 2),
        (pd.Timestamp("2024-01-01 03:00", tz="Europe/Paris"), 2),
        (np.datetime64("2024-01-01T09"), 9),
        (datetime.datetime(2024, 1, 1, 5, 30), 6),
        (datetime.datetime(2024, 1, 1, 5, 30, tzinfo=datetime.UTC), 6),
    ],
)
def test_a_recording_splits_in_two(at, row):
    leading, rest = TEN.split(at)
    assert (len(leading), len(rest)) == (row, 10 - row)
    np.testing.assert_array_equal(np.concatenate([leading.values, rest.values]), TEN.values)
    np.testing.assert_array_equal(np.concatenate([leading.timestamps, rest.timestamps]), TEN.timestamps)
    assert leading.train_end is None
    assert rest.train_end == (4 - row if row < 4 else None)
    assert np.shares_memory(rest.values, TEN.values)
    assert leading.name == "ten"


@pytest.mark.parametrize("at", [0, 10, -3, 11, 0.01, 0.99, "2023-12-31", "2024-01-01", "2024-01-02"])
def test_both_parts_of_a_split_hold_something(at):
    with pytest.raises(ParameterError, match=f"{at!r}.* 1 to 9"):
        TEN.split(at)


@pytest.mark.parametrize("at", [0.0, 1.0, -0.5, 1.5, float("nan"), True])
def test_a_share_lies_between_nothing_and_all(at):
    with pytest.raises(ParameterError, match=f"between 0 and 1.* {at}"):
        TEN.split(at)


@pytest.mark.parametrize("at", ["soon", "500", "0.5", "14:00", "2024-13-45", np.datetime64("NaT"), "9" * 30])
def test_a_split_date_is_a_date(at):
    with pytest.raises(ParameterError, match="date"):
        TEN.split(at)


def test_a_split_needs_what_it_goes_by():
    with pytest.raises(DataError, match="train_end"):
        Recording([1.0, 2.0]).split()
    with pytest.raises(DataError, match=r"'2024-01-01'.* timestamps"):
        Recording([1.0, 2.0]).split("2024-01-01")
    for train_end in (0, 2):
        with pytest.raises(DataError, match=f"train_end .*{train_end}"):
            Recording([1.0, 2.0], train_end=train_end).split()


def test_the_usual_step():
    assert recording(sampling_rate=4.0, timestamps=DAYS).step == 0.25
    assert TEN.step == 3600
    assert recording(timestamps=DAYS).step == 1.5 * 86400
    assert np.isnan(recording().step)
    assert np.isnan(TEN[:1].step)


def test_to_frame_has_an_index_of_times_or_steps():
    frame = recording(timestamps=DAYS, channels=["a", "b"], labels=[0, 1, 0]).to_frame()
    assert frame.columns.tolist() == ["a", "b", "label"]
    assert frame.index.tolist() == list(map(pd.Timestamp, DAYS))
    assert frame["label"].tolist() == [0, 1, 0]
    assert recording().to_frame().index.equals(pd.RangeIndex(3))
    assert recording().to_frame().index.name == "step"
    with pytest.raises(DataError, match="'label'"):
        recording(channels=["a", "label"], labels=[0, 1, 0]).to_frame()


@given(values=hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 3))), labelled=st.booleans())
def test_from_frame_undoes_to_frame(values, labelled):
    times = np.datetime64("2024-03-01T00:00:00", "us") + np.arange(len(values)) * np.timedelta64(1_500_001, "us")
    labels = np.arange(len(values)) % 2 if labelled else None
    there = Recording(values, timestamps=times, labels=labels)
    back = Recording.from_frame(there.to_frame(), labels="label" if labelled else None)
    np.testing.assert_array_equal(back.values, there.values)
    np.testing.assert_array_equal(back.timestamps, there.timestamps)
    np.testing.assert_array_equal(back.labels, there.labels)
    assert back.channels == there.channels


def test_a_recording_says_what_it_is():
    assert repr(recording()) == "Recording(3 time steps x 2 channels (ch0, ch1))"
    assert repr(Recording(np.zeros((1, 9)))).endswith("(ch0, ch1, ch2, …, ch6, ch7, ch8))")
    assert repr(Recording([1.0], sampling_rate=360.0)) == "Recording(1 time steps x 1 channel (ch0), 360 Hz)"


# Collection


def test_two_axes_are_one_channel():
    made = Collection([[1, 2, 3], [4, 5, 6]])
    assert made.values.tolist() == [[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]
    assert (len(made), made.n_times) == (2, 3)


@pytest.mark.parametrize("labels", [[1, 2, 1, 10], [1.0, 2.0, 1.0, 10.0], ["1", "2", "1", "10"]])
def test_labels_are_text_however_they_came(labels):
    made = collection(labels=labels)
    assert made.labels.tolist() == ["1", "2", "1", "10"]
    assert made.classes == ("1", "2", "10")
    assert made.counts() == {"1": 2, "2": 1, "10": 1}


def test_labels_with_a_fraction_keep_it():
    assert as_labels([0.5, 1.0]).tolist() == ["0.5", "1.0"]
    assert as_labels([]).tolist() == []


def test_classes_sort_numbers_by_value_and_before_words():
    assert collection(labels=["b", "10", "9", "-1.5"]).classes == ("-1.5", "9", "10", "b")


def test_no_labels_no_classes():
    assert collection().classes == ()
    assert collection().counts() == {}
    with pytest.raises(DataError, match="labels"):
        collection().where("1")


@pytest.mark.parametrize("what", ["labels", "groups"])
def test_one_label_and_group_for_each_series(what):
    with pytest.raises(ShapeError, match=f"4 {what}"):
        collection(**{what: [1, 2, 3]})


def test_series_are_chosen_by_class_in_their_own_order():
    beats = collection(labels=list("NVNA"), groups=[3, 1, 2, 1], class_names={"N": "normal"})
    part = beats.where("A", "N")
    assert part.labels.tolist() == ["N", "N", "A"]
    assert part.groups.tolist() == [3, 2, 1]
    assert part.values.tolist() == beats.values[[0, 2, 3]].tolist()
    assert part.class_name("N") == "normal"
    assert part.class_name("A") == "A"
    with pytest.raises(DataError, match=r"'X'.* A, N, V"):
        beats.where("N", "X")


@pytest.mark.parametrize(
    ("rows", "picked"),
    [
        (slice(1, None, 2), [1, 3]),
        ([2, 0], [2, 0]),
        (np.array([True, False, False, True]), [0, 3]),
        (2, [2]),
        ([], []),
        (np.zeros(4, dtype=bool), []),
    ],
)
def test_series_are_chosen_by_number_or_mask(rows, picked):
    part = collection(labels=list("abcd"), groups=[9, 8, 7, 6])[rows]
    assert part.labels.tolist() == [list("abcd")[i] for i in picked]
    assert part.groups.tolist() == [9 - i for i in picked]
    assert part.values.tolist() == collection().values[picked].tolist()
    assert part.values.shape == (len(picked), 2, 3)


def test_a_collection_says_what_it_is():
    assert repr(collection()) == "Collection(4 series x 2 channels x 3 time steps)"
    assert repr(collection(labels=[1, 1, 1, 1])) == "Collection(4 series x 2 channels x 3 time steps, 1 class)"

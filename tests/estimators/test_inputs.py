"""What callers give becomes a collection or a recording, or is refused by what was expected."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from offbeat import Collection, Recording
from offbeat.errors import DataError, ReadingWarning, ShapeError
from offbeat.estimators.inputs import as_collection, as_recording, is_table

TIMES = pd.date_range("2026-01-01", periods=4, freq="min")
SERIES, RECORDING = np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("given", [SERIES, SERIES.tolist(), Collection(SERIES)], ids=["array", "lists", "collection"])
def test_three_axes_are_a_collection(given):
    assert not is_table(given)
    np.testing.assert_array_equal(as_collection(given).values, SERIES)


def test_two_axes_are_a_table_of_series_or_one_recording():
    assert is_table(RECORDING)
    assert as_collection(RECORDING).values.shape == (4, 1, 3)
    assert as_recording(RECORDING).values.shape == (4, 3)
    assert as_recording(RECORDING[:, 0]).values.shape == (4, 1)


@pytest.mark.parametrize(
    "given",
    [Recording(RECORDING), pd.DataFrame(RECORDING, TIMES), pd.Series(RECORDING[:, 0], TIMES)],
    ids=["recording", "frame", "series"],
)
def test_what_has_a_time_axis_is_no_collection(given):
    assert not is_table(given)
    with pytest.raises(ShapeError, match="one long recording: do this"):
        as_collection(given, "do this")
    assert len(as_recording(given)) == 4


@pytest.mark.parametrize("given", [SERIES, Collection(SERIES)], ids=["array", "collection"])
def test_a_collection_is_no_recording(given):
    with pytest.raises(ShapeError, match="window=None"):
        as_recording(given)


def test_other_numbers_of_axes_are_refused():
    for n_axes in (1, 4):
        with pytest.raises(ShapeError, match=f"{n_axes} axes"):
            as_collection(np.zeros((2,) * n_axes))


@pytest.mark.parametrize("given", [csr_matrix(RECORDING), [[1.0, 2.0], [3.0]]], ids=["sparse", "ragged"])
def test_what_is_no_dense_array_is_refused(given):
    assert is_table(given)
    for convert in (as_collection, as_recording):
        with pytest.raises(DataError, match="expected a"):
            convert(given)


# Frames: the same table means the same with any index.

LOAD, ODD = np.sin(np.arange(40.0)), (np.arange(40) > 35).astype(int)
HOURS = pd.date_range("2024-03-25", periods=40, freq="h")
FRAMES = {
    "an index of dates": pd.DataFrame({"load": LOAD}, HOURS),
    "a column of dates": pd.DataFrame({"timestamp": HOURS, "load": LOAD}),
    "dates as text": pd.DataFrame({"ds": HOURS.astype(str), "load": LOAD}),
    "seconds since 1970": pd.DataFrame({"load": LOAD, "ts": HOURS.astype("datetime64[s]").astype("int64")}),
    "an index of text": pd.DataFrame({"load": LOAD}, HOURS.astype(str)),
    "time since 1970": pd.DataFrame({"load": LOAD}, HOURS - pd.Timestamp(0)),
    "periods": pd.DataFrame({"load": LOAD}, HOURS.to_period("h")),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_times_of_a_frame_are_found(kind):
    data = as_recording(FRAMES[kind])
    assert data.channels == ("load",)
    assert np.array_equal(data.timestamps, HOURS.to_numpy())
    assert not is_table(FRAMES[kind])


def test_a_frame_without_times_has_none():
    assert as_recording(pd.DataFrame({"load": LOAD})).timestamps is None
    assert as_recording(pd.Series(LOAD, name="load")).channels == ("load",)


@pytest.mark.parametrize("index", [None, HOURS], ids=["range", "dates"])
def test_labels_of_a_frame_are_no_channel_and_told(index):
    frame = pd.DataFrame({"load": LOAD, "label": ODD}, index)
    with pytest.warns(ReadingWarning, match="label"):
        data = as_recording(frame)
    assert (data.channels, data.labels.tolist()) == (("load",), ODD.tolist())
    with pytest.warns(ReadingWarning, match="label"):
        assert as_collection(pd.DataFrame(np.zeros((40, 5))).assign(label=ODD)).n_times == 5


@pytest.mark.parametrize(
    "column",
    [ODD == 1, pd.array(ODD, "Int64"), pd.array(ODD == 1, "boolean"), ODD.astype(object), ODD.astype(str)],
    ids=["bool", "nullable", "nullable bool", "object", "text"],
)
def test_columns_of_any_type_are_numbers(column):
    for index in (None, HOURS):
        data = as_recording(pd.DataFrame({"load": LOAD, "pump": column}, index))
        assert data.values[:, 1].tolist() == ODD.tolist()
    categories = pd.DataFrame({"pump": pd.Categorical(ODD)})
    assert as_recording(categories.assign(load=LOAD)).values[:, 0].tolist() == ODD.tolist()


def test_what_is_no_number_is_named_by_column_and_row():
    frame = pd.DataFrame({"load": LOAD, "note": np.where(ODD, "odd", "1")})
    for convert in (as_recording, as_collection):
        with pytest.raises(DataError, match=r"note.*'odd'.*row 36"):
            convert(frame)


def test_what_is_no_data_is_named_by_its_type():
    with pytest.raises(DataError, match="object"):
        as_recording(object())


def test_time_spans_are_seconds_and_series_may_share_a_name():
    spans = pd.DataFrame({"load": LOAD, "lag": pd.to_timedelta(LOAD.round(3), "s")})
    assert as_recording(spans).values[:, 1].tolist() == LOAD.round(3).tolist()
    assert as_collection(pd.DataFrame(np.zeros((4, 3)), columns=["a", "a", "b"])).n_times == 3


def test_several_recordings_in_one_frame_are_refused():
    keys = pd.MultiIndex.from_product([["A", "B"], HOURS[:20]], names=["host", "time"])
    with pytest.raises(DataError, match=r"MultiIndex \(host, time\)"):
        as_recording(pd.DataFrame({"load": LOAD}, keys))
    long = pd.DataFrame({"time": np.tile(HOURS[:20], 2), "host": np.repeat(["A", "B"], 20), "load": LOAD})
    with pytest.raises(DataError, match="by='host'"):
        as_recording(long)


def test_tensors_and_labelled_arrays():
    torch = pytest.importorskip("torch", reason="torch is an optional library")
    tensor = torch.tensor(LOAD, requires_grad=True)
    assert as_recording(tensor).values[:, 0].tolist() == LOAD.tolist()
    assert as_collection(torch.zeros((2, 3, 4), dtype=torch.bfloat16)).values.shape == (2, 3, 4)


def test_the_axis_of_times_of_a_labelled_array_is_found():
    xarray = pytest.importorskip("xarray", reason="xarray is an optional library")
    array = xarray.DataArray(np.stack([LOAD, -LOAD]), {"sensor": ["a", "b"], "time": HOURS}, ("sensor", "time"))
    data = as_recording(array)
    assert (data.channels, data.values[:, 0].tolist()) == (("a", "b"), LOAD.tolist())
    assert data.timestamps.tolist() == HOURS.to_numpy().tolist()
    assert as_recording(array.sel(sensor="a").rename("load")).channels == ("load",)


def test_axes_in_another_order_are_told():
    with pytest.warns(ReadingWarning, match="transpose"):
        as_collection(np.zeros((5, 128, 9)))
    as_collection(np.zeros((5, 12, 9)))

"""What callers give becomes a collection or a recording, or is refused by what was expected."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from offbeat import Collection, Recording
from offbeat.errors import DataError, ShapeError
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

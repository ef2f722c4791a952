import numpy as np
import pandas as pd
import pyarrow
import pytest

from offbeat import PCADetector, Recording
from offbeat.errors import DataError
from offbeat.series.any_frame import as_pandas, like

LOAD = pd.DataFrame(
    {"when": pd.date_range("2024-01-01", periods=200, freq="5min", tz="UTC"), "load": np.sin(np.arange(200.0))}
)


def polars():
    return pytest.importorskip("polars", reason="polars is an optional library")


LIBRARIES = {
    "pyarrow": lambda frame: pyarrow.Table.from_pandas(frame, preserve_index=False),
    "polars": lambda frame: polars().from_pandas(frame),
    "polars, lazy": lambda frame: polars().from_pandas(frame).lazy(),
}


@pytest.fixture(params=list(LIBRARIES), scope="module")
def other(request):
    return LIBRARIES[request.param]


def test_frames_of_any_library_become_recordings(other):
    expected, found = Recording.from_frame(LOAD), Recording.from_frame(other(LOAD))
    assert np.array_equal(found.values, expected.values)
    assert np.array_equal(found.timestamps, expected.timestamps)
    assert found.channels == ("load",)


def test_columns_are_named_and_labels_found(other):
    frame = LOAD.assign(anomaly=0, other=1.0)
    found = Recording.from_frame(other(frame), time="when", labels="anomaly")
    assert (found.channels, found.labels.sum()) == (("load", "other"), 0)
    with pytest.raises(DataError, match="times"):
        Recording.from_frame(other(frame), time="times")


@pytest.mark.parametrize("plain", [None, 3.5, "text", [1, 2], np.zeros(3), pd.Series([1.0]), Recording(np.zeros(3))])
def test_what_is_no_frame_of_another_library_stays(plain):
    assert as_pandas(plain) is plain


def test_series_of_any_library(other):
    if other is LIBRARIES["polars, lazy"]:
        pytest.skip("a lazy frame has no series")
    column = other(LOAD)["load"]
    assert as_pandas(column).tolist() == LOAD["load"].tolist()


def test_values_come_back_in_kind():
    frame = LOAD.set_index("when")
    values = np.arange(200.0)
    assert like(frame, values, "score").index.equals(frame.index)
    assert like(frame["load"], values, "score").name == "score"
    assert isinstance(like(LIBRARIES["pyarrow"](LOAD), values, "score"), pyarrow.ChunkedArray)
    assert like(frame.to_numpy(), values, "score") is values
    assert like(Recording(np.zeros(200)), values, "score") is values


def test_values_of_polars_come_back_named():
    found = like(LIBRARIES["polars"](LOAD), np.arange(200.0), "score")
    assert (type(found).__module__.partition(".")[0], found.name) == ("polars", "score")


def test_scores_do_not_depend_on_the_library(other):
    detector = PCADetector(window=10).fit(LOAD.set_index("when"))
    expected = detector.decision_function(LOAD.set_index("when"))
    found = PCADetector(window=10).fit(other(LOAD)).decision_function(other(LOAD))
    assert np.array_equal(np.asarray(found), expected.to_numpy(), equal_nan=True)
    flags = detector.predict(other(LOAD))
    assert np.array_equal(np.asarray(flags), detector.predict(LOAD.set_index("when")).to_numpy())

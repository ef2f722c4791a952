"""Arrays and frames in memory are read as the files that hold the same."""

from dataclasses import fields
from typing import get_type_hints

import numpy as np
import pandas as pd
import pyarrow
import pytest

from offbeat import Collection, Recording
from offbeat.data import load, read
from offbeat.data.readers.options import ReadKeywords, ReadOptions
from offbeat.errors import DataError, ParameterError

LONG = pd.DataFrame(
    {"when": ["2024-01-01 00:00", "2024-01-01 00:05", "2024-01-01 00:10"], "load": [0.5, 0.7, 9.0], "label": [0, 0, 1]}
)
WIDE = pd.DataFrame({"t0": [0.5, 0.1], "t1": [0.7, None], "target": ["calm", "wild"]})


def same(one, other):
    assert type(one) is type(other)
    assert one.channels == other.channels
    assert np.array_equal(one.values, other.values, equal_nan=True)
    for what in ("labels", "timestamps"):
        assert np.array_equal(getattr(one, what, None), getattr(other, what, None))
    return True


@pytest.mark.parametrize("library", [lambda frame: frame, pyarrow.Table.from_pandas], ids=["pandas", "pyarrow"])
@pytest.mark.parametrize(
    ("frame", "options"),
    [
        (LONG, {}),
        (LONG, {"time": "when", "label": "none", "channels": "load"}),
        (WIDE, {}),
        (WIDE, {"label": "last"}),
        (WIDE[["t0"]], {}),
        (WIDE[["t0", "t1"]], {"kind": "recording", "channels": ["t1"]}),
    ],
    ids=["dates", "options", "a label", "the last", "one column", "no dates"],
)
def test_a_frame_is_read_as_its_file(library, frame, options, tmp_path):
    frame.to_parquet(tmp_path / "table.parquet")
    assert same(read(library(frame), **options), read(tmp_path / "table.parquet", **options))


def test_an_index_of_dates_is_the_time():
    frame = LONG.assign(when=pd.to_datetime(LONG["when"])).set_index("when")
    assert same(read(frame), read(LONG))
    assert same(read(frame["load"]), read(LONG[["when", "load"]]))


@pytest.mark.parametrize(
    ("shape", "options"),
    [((9,), {}), ((9, 2), {}), ((9, 2, 5), {}), ((9, 2), {"kind": "collection"}), ((9, 2), {"label": "last"})],
)
def test_an_array_is_read_as_its_file(shape, options, tmp_path):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(float)
    np.save(tmp_path / "array.npy", array)
    assert same(read(array, **options), read(tmp_path / "array.npy", **options))
    assert same(load(array.tolist(), **options), read(array, **options))


def test_what_an_array_does_not_say():
    found = load(np.zeros((500, 2)), sampling_rate=250, channels=["MLII", "V1"])
    assert (found.duration, found.channels) == (2.0, ("MLII", "V1"))
    assert load(np.zeros((4, 1, 30)), sampling_rate=100).sampling_rate == 100


def test_what_was_read_already_stays():
    recording, collection = Recording(np.zeros(9)), Collection(np.zeros((3, 9)))
    assert load(recording) is recording
    assert load(collection) is collection
    assert load(recording, sampling_rate=3).duration == 3
    with pytest.raises(ParameterError, match="collection"):
        load(recording, kind="collection")


@pytest.mark.parametrize(
    "nothing", [None, 7, object(), [[1, 2], [3]], [["a", "b"], ["c", "d"]], np.zeros((2, 2, 2, 2)), np.zeros(0)]
)
def test_what_holds_no_series(nothing):
    with pytest.raises(DataError):
        load(nothing)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "fast", True])
def test_no_sampling_rate(rate):
    with pytest.raises(ParameterError, match="sampling_rate"):
        load(np.zeros(9), sampling_rate=rate)


def test_a_sampling_rate_that_the_timestamps_contradict():
    assert read(LONG, sampling_rate=1 / 300).sampling_rate == pytest.approx(1 / 300)
    with pytest.raises(ParameterError, match="sampling_rate"):
        read(LONG, sampling_rate=250)


@pytest.mark.parametrize("call", [read, load])
def test_a_keyword_with_a_typo(call):
    with pytest.raises(ParameterError, match="'chanels': did you mean 'channels'"):
        call(np.zeros((9, 2)), chanels=["a", "b"])


def test_type_checkers_know_the_keywords():
    hints = get_type_hints(ReadOptions)
    assert get_type_hints(ReadKeywords) == {name: hint for name, hint in hints.items() if name != "kind"}
    assert set(hints) == {field.name for field in fields(ReadOptions)}

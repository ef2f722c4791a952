"""Long tables of many recordings."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from offbeat.data import read
from offbeat.data.readers.keyed import recordings_by_key
from offbeat.data.readers.memory import table_of_frame
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.wide import WideTable
from offbeat.errors import DataError

HOURS = pd.date_range("2024-01-01", periods=4, freq="h")


def table(frame: pd.DataFrame) -> WideTable:
    return table_of_frame(frame, Path("hosts.csv"))


def interleaved() -> pd.DataFrame:
    """Four hours of two hosts, row by row in turn, with labels."""
    return pd.DataFrame(
        {
            "time": HOURS.repeat(2),
            "host": ["b", "a"] * 4,
            "load": [10.0, 1.0, 11.0, 2.0, 12.0, 3.0, 13.0, 4.0],
            "label": [0, 0, 0, 0, 0, 1, 0, 0],
        }
    )


@pytest.mark.parametrize("by", ["host", ("host",), (1,), None])
def test_rows_go_to_their_recording_in_order(by: object) -> None:
    found = recordings_by_key(table(interleaved()), ReadOptions(by=by))  # type: ignore[arg-type]
    assert list(found) == ["b", "a"]
    assert found["a"].values.ravel().tolist() == [1.0, 2.0, 3.0, 4.0]
    assert found["a"].labels.tolist() == [0, 0, 1, 0]
    assert found["b"].labels.sum() == 0
    assert (found["b"].timestamps == HOURS.to_numpy()).all()
    assert found["b"].channels == ("load",)
    assert found["b"].name == "b"


def test_several_columns_make_one_key() -> None:
    frame = interleaved().assign(rack=[1.0] * 4 + [2.0] * 4)
    assert list(recordings_by_key(table(frame), ReadOptions(by="rack, host"))) == ["1/b", "1/a", "2/b", "2/a"]


@pytest.mark.parametrize("keys", [["b", "a"], [2, 1]])
def test_levels_of_an_index_are_keys(keys: list[object]) -> None:
    index = pd.MultiIndex.from_product([keys, HOURS.tz_localize("Europe/Berlin")])
    frame = pd.DataFrame({"load": range(8)}, index)
    found = recordings_by_key(table(frame), ReadOptions())
    assert list(found) == list(map(str, keys))
    assert [str(recording.zone) for recording in found.values()] == ["Europe/Berlin"] * 2
    with pytest.raises(DataError, match="by="):
        read(frame)


def test_steps_that_start_over_are_row_numbers() -> None:
    engines = pd.DataFrame({"unit": [1, 1, 1, 2, 2], "cycle": [1, 2, 3, 1, 2], "heat": 0.5})
    assert [r.channels for r in recordings_by_key(table(engines), ReadOptions(by="unit")).values()] == [("heat",)] * 2


def test_a_row_without_a_key_is_named() -> None:
    frame = interleaved()
    frame.loc[3, "host"] = None
    with pytest.raises(DataError, match=r"row 4 .*host"):
        recordings_by_key(table(frame), ReadOptions(by="host"))


def test_a_table_of_one_recording_is_refused() -> None:
    with pytest.raises(DataError, match="by="):
        recordings_by_key(table(interleaved().drop(columns="host")), ReadOptions())

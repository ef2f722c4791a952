"""A Parquet file read in stretches of rows says what it says when it is read whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data import read
from offbeat.data.readers.options import ReadOptions
from offbeat.data.readers.parquet_pieces import ParquetRecording
from offbeat.errors import FormatError, OffbeatError
from offbeat.series.recording import Recording

pytest.importorskip("pyarrow", reason="reading Parquet needs pyarrow")

_N = 250


@pytest.fixture
def frame() -> pd.DataFrame:
    times = pd.date_range("2024-01-01", periods=_N, freq="5min")
    load, memory = np.arange(float(_N)), np.sin(np.arange(_N))
    return pd.DataFrame({"when": times, "load": load, "memory": memory, "label": (load == 40).astype(int)})


def _written(frame: pd.DataFrame, tmp_path: Path) -> Path:
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=60)
    return tmp_path / "a.parquet"


def _same(found: Recording, expected: Recording) -> None:
    assert found.channels == expected.channels
    np.testing.assert_array_equal(found.values, expected.values)
    for each, other in ((found.timestamps, expected.timestamps), (found.labels, expected.labels)):
        assert (each is None) == (other is None)
        np.testing.assert_array_equal(each, other)


@pytest.mark.parametrize("stretch", [(0, _N), (0, 1), (59, 61), (60, 120), (130, 200), (249, _N)])
@pytest.mark.parametrize("shape", ["column", "index", "no times"])
def test_a_stretch_is_that_of_the_whole(
    shape: str, stretch: tuple[int, int], frame: pd.DataFrame, tmp_path: Path
) -> None:
    if shape == "index":
        frame = frame.set_index("when")
    if shape == "no times":
        frame = frame.drop(columns=["when"])
    path = _written(frame, tmp_path)
    whole = read(path, kind="recording")
    assert isinstance(whole, Recording)
    pieces = ParquetRecording(path, ReadOptions(kind="recording"))
    assert len(pieces) == _N
    _same(pieces.read(*stretch), whole[slice(*stretch)])


def test_only_wanted_columns_are_read(frame: pd.DataFrame, tmp_path: Path) -> None:
    pieces = ParquetRecording(_written(frame.assign(words="x"), tmp_path), ReadOptions(channels="memory"))
    assert pieces.read(10, 20).channels == ("memory",)


def test_rows_out_of_order_are_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    pieces = ParquetRecording(_written(frame, tmp_path))
    swapped = frame.copy()
    swapped.loc[[100, 101], "when"] = frame.loc[[101, 100], "when"].to_numpy()
    pieces.path = _written(swapped, tmp_path)
    assert len(pieces.read(0, 100)) == 100
    with pytest.raises(OffbeatError, match="backwards"):
        pieces.read(90, 110)


def test_a_damaged_file_is_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = _written(frame, tmp_path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FormatError, match=r"a\.parquet"):
        ParquetRecording(path)


def test_short_series_are_refused(tmp_path: Path) -> None:
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 40)), columns=[f"t{i}" for i in range(40)])
    with pytest.raises(OffbeatError, match="kind"):
        ParquetRecording(_written(wide, tmp_path), ReadOptions(label="none"))


@pytest.mark.parametrize(
    ("column", "cells", "way"),
    [
        ("load", [f"{number} %" for number in range(_N)], "numbers"),
        ("load", ["on", "off"] * (_N // 2), "numbers"),
        ("when", [f"{1 + day % 28:02d}/{1 + day // 28:02d}/2024 10:00" for day in range(_N)], "--time-format"),
        ("label", [-1, 1] * (_N // 2), "--label none"),
        ("label", ["normal", "attack"] * (_N // 2), "--label none"),
    ],
)
def test_what_a_piece_alone_may_say_otherwise_is_refused(
    column: str, cells: list[object], way: str, frame: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=way):
        ParquetRecording(_written(frame.assign(**{column: cells}), tmp_path))


def test_a_stated_format_of_times_holds_for_all_pieces(frame: pd.DataFrame, tmp_path: Path) -> None:
    path = _written(frame.assign(when=frame["when"].dt.strftime("%d/%m/%Y %H:%M")), tmp_path)
    pieces = ParquetRecording(path, ReadOptions(time_format="%d/%m/%Y %H:%M"))
    np.testing.assert_array_equal(pieces.read(100, 120).timestamps, frame["when"].to_numpy()[100:120])


def test_no_rows_are_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no rows"):
        ParquetRecording(_written(frame[:0], tmp_path))


def test_gaps_stay(frame: pd.DataFrame, tmp_path: Path) -> None:
    pieces = ParquetRecording(_written(frame.drop(index=range(100, 120)), tmp_path))
    np.testing.assert_array_equal(pieces.read(95, 105).values[:, 0], [*range(95, 100), *range(120, 125)])

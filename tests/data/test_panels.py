"""Panels read from folders, patterns, lists, long tables and frames with several levels."""

import numpy as np
import pandas as pd
import pytest

from offbeat import Panel, Recording, read_panel
from offbeat.errors import DataError, ParameterError

TIMES = pd.date_range("2026-01-01", periods=3, freq="h")


def frame(values=(1.0, 2.0, 3.0)):
    return pd.DataFrame({"time": TIMES[: len(values)], "load": values})


@pytest.fixture
def folder(tmp_path):
    for name in ("b.csv", "a.csv", "eu/a.csv", ".hidden/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        frame().to_csv(tmp_path / name, index=False)
    frame().to_csv(tmp_path / "z.csv.gz", index=False)
    (tmp_path / "notes.md").write_text("no series")
    return tmp_path


def test_a_folder_holds_its_files_by_their_paths(folder):
    panel = read_panel(folder)
    assert list(panel) == ["a", "b", "eu/a", "z"]
    assert len(panel["z"]) == 3
    assert panel["eu/a"].name == "eu/a"
    assert len(panel["a"].timestamps) == 3


def test_a_pattern_and_a_list(folder):
    assert list(read_panel(f"{folder}/*.csv")) == ["a", "b"]
    several = read_panel([folder / "a.csv", folder / "eu" / "a.csv"])
    assert list(several) == ["a", "a.csv"]
    assert list(read_panel([f"{folder}/b*.csv", folder / "eu"])) == ["b", "a"]


def test_a_folder_without_series(tmp_path):
    with pytest.raises(DataError, match="found none"):
        read_panel(tmp_path)


def test_a_file_is_only_read_when_its_key_is_asked_for(folder):
    (folder / "b.csv").write_text("time,load\n2026-01-01,oops\n")
    panel = read_panel(folder)
    assert len(panel["a"]) == 3
    with pytest.raises(DataError, match="oops"):
        panel["b"]


def test_short_series_are_no_recording(tmp_path):
    pd.DataFrame(np.ones((3, 4)), columns=list("abcd")).to_csv(tmp_path / "wide.csv", index=False)
    with pytest.raises(DataError, match="kind"):
        read_panel(tmp_path)["wide"]
    assert len(read_panel(tmp_path, kind="recording")["wide"]) == 3


@pytest.mark.parametrize("ending", ["csv", "parquet", "frame"])
def test_a_long_table(tmp_path, ending):
    table = pd.concat([frame().assign(host="web2"), frame((5.0, 6.0)).assign(host="web1")])
    source = table.reset_index(drop=True)
    if ending != "frame":
        source = tmp_path / f"table.{ending}"
        table.to_csv(source, index=False) if ending == "csv" else table.to_parquet(source, index=False)
    panel = read_panel(source, by="host")
    assert panel.map(len) == {"web2": 3, "web1": 2}
    assert panel["web1"].values.ravel().tolist() == [5.0, 6.0]
    assert panel["web1"].channels == ("load",)


def test_levels_of_a_frame(tmp_path):
    index = pd.MultiIndex.from_product([["web1", "web2"], TIMES], names=["host", "time"])
    panel = read_panel(pd.DataFrame({"load": np.arange(6.0)}, index=index))
    assert panel["web2"].values.ravel().tolist() == [3.0, 4.0, 5.0]
    assert panel["web2"].timestamps[0] == np.datetime64("2026-01-01")
    flipped = read_panel(pd.DataFrame({"load": np.arange(6.0)}, index=index).swaplevel())
    assert list(flipped) == ["web1", "web2"]
    counted = pd.MultiIndex.from_product([["eu", "us"], [1, 2], range(2)])
    assert list(read_panel(pd.Series(np.arange(8.0), index=counted))) == ["eu/1", "eu/2", "us/1", "us/2"]


def test_lists_and_mappings_of_data_in_memory():
    named = Recording([1.0, 2.0], name="web7")
    assert list(read_panel([frame(), named, np.zeros(4)])) == ["0", "web7", "2"]
    assert read_panel({"a": frame(), 3: [1.0, 2.0]}).map(len) == {"a": 3, "3": 2}
    with pytest.raises(DataError, match="twice"):
        read_panel({"3": [1.0], 3: [2.0]})
    panel = Panel({"a": named})
    assert read_panel(panel) is panel


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        (7, {}, ParameterError),
        (frame(), {}, DataError),
        ([1.0], {"by": "host"}, ParameterError),
        ("x.csv", {}, DataError),
    ],
)
def test_what_is_no_panel(source, options, error):
    with pytest.raises(error):
        read_panel(source, **options)

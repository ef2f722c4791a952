from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from offbeat.data import load, read
from offbeat.errors import DataError, IrregularTimeWarning, ParameterError
from offbeat.series.recording import Collection, Recording


def recording(path: Path, text: str | None = None, **options: Any) -> Recording:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    data = read(path, **options)
    assert isinstance(data, Recording)
    return data


def days_of(data: Recording) -> list[float]:
    return ((data.timestamps - np.datetime64("2024-01-01")) / np.timedelta64(1, "D")).tolist()


# Text with a column of times.


@pytest.mark.parametrize(
    "text",
    [
        "timestamp,load\n2024-01-01 00:00:00,0.5\n2024-01-02 00:00:00,0.7\n",
        "\ufefftimestamp,load\r\n2024-01-01,0.5\r\n2024-01-02,0.7\r\n",
        "load;day\n0.5;2024-01-01\n0.7;2024-01-02\n",
        ",day,load\n0,2024-01-01,0.5\n1,2024-01-02,0.7\n",
        "time\tload\n1704067200\t0.5\n1704153600\t0.7\n",
        "date,load\n01/01/2024,0.5\n01/02/2024,0.7\n",
        "date,load\n20240101,0.5\n20240102,0.7\n",
        "2024-01-01,0.5\n2024-01-02,0.7\n",
        '"at","load"\n"2024-01-01T01:00+01:00","0.5"\n"2024-01-02T00:00Z","0.7"\n',
    ],
)
@pytest.mark.parametrize("extension", ["csv", "txt", "tsv"])
@pytest.mark.filterwarnings("ignore::offbeat.errors.AmbiguousDateWarning")
def test_a_table_with_times_is_a_recording(tmp_path: Path, text: str, extension: str) -> None:
    if extension != "csv" and (";" in text or text.startswith(",")):
        pytest.skip("only a CSV file is split by semicolons, or has row numbers")
    data = recording(tmp_path / f"pump.{extension}", text)
    assert days_of(data) == [0, 1]
    assert data.values[:, 0].tolist() == [0.5, 0.7]
    assert data.channels == (("ch0",) if text.startswith("2024") else ("load",))
    assert data.labels is None
    assert data.name == "pump"


@pytest.mark.parametrize(
    ("header", "options", "channels", "labels"),
    [
        ("t,load,label", {}, ("load",), [0, 1]),
        ("t,load,Is_Anomaly", {}, ("load",), [0, 1]),
        ("t,load,anomaly", {}, ("load",), [0, 1]),
        ("t,load,odd", {}, ("load", "odd"), None),
        ("t,load,odd", {"label": "odd"}, ("load",), [0, 1]),
        ("t,load,odd", {"label": "last"}, ("load",), [0, 1]),
        ("t,load,odd", {"label": 2}, ("load",), [0, 1]),
        ("t,load,label", {"label": "none"}, ("load", "label"), None),
    ],
)
def test_labels_of_a_recording_are_found_or_named(
    tmp_path: Path, header: str, options: dict[str, Any], channels: tuple[str, ...], labels: list[int] | None
) -> None:
    data = recording(tmp_path / "t.csv", f"{header}\n2024-01-01,5,0\n2024-01-02,6,1\n", **options)
    assert data.channels == channels
    assert (None if data.labels is None else data.labels.tolist()) == labels


@pytest.mark.parametrize("given_", [{"time": "seen"}, {"time": 1}, {"time": -2}])
def test_the_time_can_be_named(tmp_path: Path, given_: dict[str, Any]) -> None:
    text = "load,seen,count\n5,2024-01-01,3\n6,2024-01-02,4\n"
    assert recording(tmp_path / "t.csv", text, **given_).channels == ("load", "count")
    counted = recording(tmp_path / "t.csv", "load,seen,count\n5,0,3\n6,60,4\n", **given_)
    assert counted.step == 60


def test_missing_cells_are_nan_and_lines_may_be_blank(tmp_path: Path) -> None:
    data = recording(tmp_path / "t.csv", "t,a,b\n2024-01-01,,1\n\n2024-01-02,?,2\n2024-01-03,5,NaN\n")
    np.testing.assert_array_equal(data.values, [[np.nan, 1], [np.nan, 2], [5, np.nan]])


def test_order_and_duplicates_are_told_and_follow_the_policy(tmp_path: Path) -> None:
    text = "t,v\n2024-01-02,1\n2024-01-01,2\n2024-01-01,4\n"
    sorted_, merged = "runs backwards at 1 of 3 rows", "1 rows have the timestamp of one before"
    with pytest.warns(IrregularTimeWarning, match=sorted_), pytest.warns(IrregularTimeWarning, match=merged):
        data = recording(tmp_path / "t.csv", text, duplicates="mean")
    assert data.values[:, 0].tolist() == [3, 1]
    with pytest.raises(ValueError, match=r"t\.csv.* 1 of 3 rows.* order"):
        read(tmp_path / "t.csv", order="error")


# Without a column of times.


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t.tsv"])
def test_a_single_column_is_a_recording(tmp_path: Path, name: str) -> None:
    assert recording(tmp_path / name, "1.5\n2.5\n\nNaN\n4\n").values[:3, 0].tolist()[:2] == [1.5, 2.5]
    headed = recording(tmp_path / name, "load\n1\n2\n")
    assert headed.channels == ("load",)
    assert headed.timestamps is None


@pytest.mark.parametrize(
    ("name", "text"), [("t.txt", "  1.5  2.5\t?\n"), ("t.csv", "1.5,2.5,\n"), ("t.txt", "1.5,2.5,NaN")]
)
def test_all_values_may_stand_on_one_line(tmp_path: Path, name: str, text: str) -> None:
    text = text.replace("\t", "  ")
    data = recording(tmp_path / name, text, kind="recording")
    np.testing.assert_array_equal(data.values, [[1.5], [2.5], [np.nan]])
    with pytest.raises(ValueError, match="'x' at value 2"):
        recording(tmp_path / "t.txt", "1 x 3", kind="recording")


def test_a_table_without_times_is_a_recording_if_the_caller_says_so(tmp_path: Path) -> None:
    text = "a,b,label\n1,2,0\n3,4,1\n5,6,0\n"
    data = recording(tmp_path / "t.csv", text, kind="recording")
    assert data.values.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert data.labels.tolist() == [0, 1, 0]
    assert isinstance(read(tmp_path / "t.csv"), Collection)
    assert recording(tmp_path / "t.txt", "1 2\n3 4\n", kind="recording").values.tolist() == [[1, 2], [3, 4]]


def test_seconds_from_the_start_are_times_if_the_caller_says_it_is_a_recording(tmp_path: Path) -> None:
    data = recording(tmp_path / "t.csv", "time,v\n0.0,1\n0.5,2\n1.0,3\n", kind="recording")
    assert (data.step, data.channels) == (0.5, ("v",))


@pytest.mark.parametrize("n_steps", [10, 400])
def test_rows_without_names_or_labels_may_be_a_recording(tmp_path: Path, n_steps: int) -> None:
    np.savetxt(tmp_path / "t.csv", np.random.default_rng(0).normal(size=(50, n_steps)), delimiter=",")
    for source in (tmp_path / "t.csv", pd.read_csv(tmp_path / "t.csv", header=None)):
        data = read(source)
        assert isinstance(data, Collection)
        assert any("kind='recording'" in note for note in data.notes)


def test_dates_as_names_of_columns_are_told(tmp_path: Path) -> None:
    times = pd.date_range("2024-01-01", periods=50, freq="h")
    pd.DataFrame(np.arange(100.0).reshape(2, 50) ** 2, ["cpu", "mem"], times).to_csv(tmp_path / "t.csv")
    data = read(tmp_path / "t.csv")
    assert any("2024-01-01" in note and "transpose" in note for note in data.notes)


def test_real_files_read_by_their_path(data_dir: Path) -> None:
    taxi = recording(data_dir / "nab/data/realKnownCause/nyc_taxi.csv")
    assert (len(taxi), taxi.step, taxi.channels) == (10320, 1800, ("value",))
    ecg = recording(data_dir / "ucr_anomaly/119_UCR_Anomaly_ECG1_10000_11800_12100.txt")
    np.testing.assert_array_equal(ecg.values, load("ucr/119", data_dir=data_dir).values)
    assert recording(data_dir / "smap_msl/train/A-1.npy").values.shape == (2880, 25)
    assert recording(data_dir / "smd/train/machine-1-2.txt", kind="recording").values.shape == (23694, 38)
    sorted_, kept = "runs backwards at 1 of 22,695 rows", "12 rows have the timestamp of one before: all were kept"
    with pytest.warns(IrregularTimeWarning, match=sorted_), pytest.warns(IrregularTimeWarning, match=kept):
        recording(data_dir / "nab/data/realKnownCause/machine_temperature_system_failure.csv")


# Arrays.


def test_axes_tell_the_noun_of_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6.0))
    assert recording(tmp_path / "a.npy").values.shape == (6, 1)
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(3, 2))
    assert recording(tmp_path / "a.npy").values.tolist() == [[0, 1], [2, 3], [4, 5]]
    collection = read(tmp_path / "a.npy", kind="collection")
    assert isinstance(collection, Collection)
    assert collection.values.shape == (3, 1, 2)
    np.save(tmp_path / "a.npy", np.zeros((3, 2, 5)))
    assert isinstance(read(tmp_path / "a.npy"), Collection)


def test_arrays_of_an_archive_make_a_recording(tmp_path: Path) -> None:
    path, values = tmp_path / "a.npz", np.arange(6.0).reshape(3, 2)
    np.savez(path, X=np.arange(4.0))
    assert recording(path).values[:, 0].tolist() == [0, 1, 2, 3]
    np.savez(path, values=values, labels=[0, 1, 0], channels=["a", "b"])
    data = recording(path)
    assert (data.channels, data.labels.tolist(), data.timestamps) == (("a", "b"), [0, 1, 0], None)
    np.savez(path, values=values, labels=[0, 1, 0])
    assert isinstance(read(path), Collection)
    assert recording(path, kind="recording").values.tolist() == values.tolist()
    for stamps in (["2024-01-01", "2024-01-02", "2024-01-03"], [1704067200, 1704153600, 1704240000]):
        np.savez(path, values=values, timestamps=stamps)
        assert days_of(recording(path)) == [0, 1, 2]
    np.savez(path, values=values, when=np.array(["2024-01-01", "2024-01-02", "2024-01-04"], "datetime64[D]"))
    assert days_of(recording(path, time="when")) == [0, 1, 3]


def test_parquet_keeps_its_times_in_a_column_or_the_index(tmp_path: Path) -> None:
    times = pd.date_range("2024-01-01", periods=3, freq="D", tz="Europe/Paris")
    frame = pd.DataFrame({"when": times, "load": [1.0, None, 3.0], "anomaly": [0, 1, 0]})
    frame.to_parquet(tmp_path / "column.parquet")
    frame.set_index("when").to_parquet(tmp_path / "index.parquet")
    frame.set_index("when").rename_axis(None).to_parquet(tmp_path / "nameless.parquet")
    for path in tmp_path.iterdir():
        data = recording(path)
        assert days_of(data) == [-1 / 24, 23 / 24, 47 / 24]
        np.testing.assert_array_equal(data.values, [[1], [np.nan], [3]])
        assert (data.channels, data.labels.tolist()) == (("load",), [0, 1, 0])


# All of them.

columns = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 9), st.integers(1, 3)),
    elements=st.floats(allow_nan=False, allow_infinity=False, width=64) | st.just(float("nan")),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=columns,
    form=st.sampled_from(["csv", "txt", "tsv", "parquet", "npz"]),
    timed=st.booleans(),
    labelled=st.booleans(),
    step=st.sampled_from([1, 250_000, 60_000_000, 86_400_000_000]),
)
def test_reading_undoes_writing(
    tmp_path: Path, values: np.ndarray, form: str, timed: bool, labelled: bool, step: int
) -> None:
    times = np.datetime64("2024-03-01T00:00:00", "us") + step * np.arange(len(values))
    there = Recording(
        values, timestamps=times if timed else None, labels=np.arange(len(values)) % 2 if labelled else None
    )
    path, frame = tmp_path / f"t.{form}", there.to_frame()
    if form == "npz":
        parts = {"timestamps": there.timestamps, "labels": there.labels}
        np.savez(path, X=values, channels=there.channels, **{k: v for k, v in parts.items() if v is not None})
    elif form == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, sep="\t" if form == "tsv" else ",")
    back = recording(path, kind="recording")
    np.testing.assert_array_equal(back.values, there.values)
    np.testing.assert_array_equal(back.labels, there.labels)
    np.testing.assert_array_equal(back.timestamps, there.timestamps)
    assert back.channels == there.channels


def test_a_million_rows_read_quickly(tmp_path: Path) -> None:
    n = 1_000_000
    stamps = np.datetime_as_string(np.datetime64("2024-01-01T00:00:00") + np.arange(n))
    (tmp_path / "t.csv").write_text("timestamp,value\n" + "\n".join(f"{t},{i % 97}" for i, t in enumerate(stamps)))
    began = time.process_time()
    data = recording(tmp_path / "t.csv")
    assert time.process_time() - began < 5
    assert (len(data), data.step) == (n, 1)
    assert data.values[:98, 0].tolist() == [*range(97), 0]


# Gaps


@pytest.fixture
def gapped(tmp_path):
    times = pd.date_range("2026-01-01", periods=60, freq="5min").delete([10, 11, 12, 40])
    path = tmp_path / "gapped.csv"
    pd.DataFrame({"timestamp": times, "load": np.arange(56.0)}).to_csv(path, index=False)
    return path


def test_gaps_are_kept_but_never_silently(gapped):
    with pytest.warns(IrregularTimeWarning, match=r"2 of 55 steps .*300 s.*20 minutes"):
        assert len(read(gapped)) == 56


@pytest.mark.parametrize(("gaps", "value"), [("nan", np.nan), ("last", 9.0), ("interpolate", 9.25)])
def test_gaps_are_filled_as_the_caller_wants(gapped, gaps, value):
    with pytest.warns(IrregularTimeWarning, match=f"even grid of 60 .gaps='{gaps}'"):
        recording = read(gapped, gaps=gaps)
    assert len(recording) == 60
    np.testing.assert_equal(recording.values[10, 0], value)


def test_missing_values_are_filled_like_gaps(tmp_path):
    path, values = tmp_path / "holes.csv", np.arange(20.0)
    values[7] = np.nan
    times = pd.date_range("2026-01-01", periods=20, freq="5min")
    pd.DataFrame({"timestamp": times, "load": values}).to_csv(path, index=False)
    with pytest.warns(IrregularTimeWarning, match="1 of 20 rows"):
        assert read(path, gaps="interpolate").values[7, 0] == 7.0


def test_stamps_of_fourteen_digits_and_days_before_months(tmp_path):
    path = tmp_path / "odd.csv"
    times = pd.date_range("2024-01-01", periods=700, freq="20min")
    for form in ("%Y%m%d%H%M%S", "%d/%m/%Y %H:%M"):
        pd.DataFrame({"timestamp": times.strftime(form), "load": np.arange(700.0)}).to_csv(path, index=False)
        assert (read(path).timestamps == times.to_numpy()).all(), form


def test_some_columns_are_the_channels(tmp_path):
    path = tmp_path / "hosts.csv"
    frame = pd.DataFrame({"timestamp": pd.date_range("2026-01-01", periods=9), "host": "a", "cpu": 1.5, "mem": 2})
    frame.to_csv(path, index=False)
    assert read(path, channels="mem, cpu").channels == ("mem", "cpu")
    assert read(path, channels=["cpu"]).values.tolist() == [[1.5]] * 9
    with pytest.raises(DataError, match="disk"):
        read(path, channels=["disk"])
    whole = read(path)
    assert whole.channels == ("cpu", "mem")
    assert any("host" in note and "left out" in note for note in whole.notes)


def test_gaps_can_be_an_error(gapped):
    with pytest.raises(DataError, match="2 of 55 steps"):
        read(gapped, gaps="error")


@pytest.mark.parametrize("name", ["order", "duplicates", "gaps"])
def test_unknown_policies_are_refused(gapped, name):
    with pytest.raises(ParameterError, match=f"{name} .*'hope'"):
        read(gapped, **{name: "hope"})

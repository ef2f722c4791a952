"""The recordings of the benchmarks, against what their own files say."""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat.data import find, load, names
from offbeat.series.recording import Recording


def of(family: str) -> list[str]:
    return [name for name in names() if name.startswith(family)]


def loaded(name: str, data_dir: Path) -> Recording:
    data = load(name, data_dir=data_dir, download=False)
    assert isinstance(data, Recording)
    return data


def runs(labels: np.ndarray) -> list[tuple[int, int]]:
    """First row of each run of ones, and the row after it."""
    edges = np.flatnonzero(np.diff(labels, prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_all_of_nab_is_there(data_dir: Path) -> None:
    series = [find(name) for name in of("nab/")]
    assert len(series) == 25
    assert sum(entry.shape[0] for entry in series) == 129_577
    windows = {f"{entry.facts['key']}.csv": entry.facts["windows"] for entry in series}
    assert sum(map(len, windows.values())) == 39
    theirs = json.loads((data_dir / "nab/labels/combined_windows.json").read_text())
    assert {
        name: [[f"{time}.000000" for time in window] for window in rows] for name, rows in windows.items()
    } == theirs


@pytest.mark.parametrize("name", of("nab/"))
def test_nab_rows_stand_as_in_the_file_and_as_the_benchmark_labels_them(name: str, data_dir: Path) -> None:
    data, (_, group, file) = loaded(name, data_dir), name.split("/")
    original = pd.read_csv(data_dir / f"nab/data/{group}/{file}.csv")
    scored = pd.read_csv(data_dir / f"nab/results/windowedGaussian/{group}/windowedGaussian_{file}.csv")
    np.testing.assert_array_equal(data.values[:, 0], original["value"])
    np.testing.assert_allclose(data.values[:, 0], scored["value"], rtol=1e-10)
    np.testing.assert_array_equal(data.labels, scored["label"])
    assert data.train_end == int(min(0.15 * len(original), 0.15 * 5000))
    same = data.timestamps == pd.to_datetime(original["timestamp"]).to_numpy()
    assert np.sum(~same) == (11 if file == "machine_temperature_system_failure" else 0)


def test_all_of_ucr_is_there(data_dir: Path) -> None:
    assert len(of("ucr/")) == 31
    assert sum(find(name).shape[0] for name in of("ucr/")) == 677_038
    assert {find(name).files[0].path for name in of("ucr/")} == {
        f"ucr_anomaly/{path.name}" for path in (data_dir / "ucr_anomaly").glob("*.txt")
    }


@pytest.mark.parametrize("name", of("ucr/"))
def test_ucr_says_all_in_its_file_name(name: str, data_dir: Path) -> None:
    data = loaded(name, data_dir)
    *_, train_end, begin, end = Path(find(name).files[0].path).stem.split("_")
    assert data.train_end == int(train_end)
    assert runs(data.labels) == [(int(begin) - 1, int(end))]


def test_ucr_counts_from_one(data_dir: Path) -> None:
    air = loaded("ucr/113", data_dir)
    odd = int(np.argmax(np.abs(np.diff(air.values[5380:5400, 0], 2)))) + 5381
    assert air.values[odd].tolist() == [11.097287]
    assert air.labels[odd] == 1


@pytest.mark.parametrize("name", [*of("smap/"), *of("msl/")])
def test_telemetry_is_train_then_test_with_the_ranges_of_the_experts(name: str, data_dir: Path) -> None:
    data, (craft, channel) = loaded(name, data_dir), name.split("/")
    train, test = (np.load(data_dir / f"smap_msl/{part}/{channel}.npy") for part in ("train", "test"))
    np.testing.assert_array_equal(data.values[: data.train_end], train)
    np.testing.assert_array_equal(data.values[data.train_end :], test)
    with (data_dir / "smap_msl/labeled_anomalies.csv").open() as table:
        row = next(row for row in csv.DictReader(table) if row["chan_id"] == channel)
    assert row["spacecraft"] == craft.upper()
    marked = [len(train) + i for a, b in ast.literal_eval(row["anomaly_sequences"]) for i in range(a, b + 1)]
    assert np.flatnonzero(data.labels).tolist() == sorted(set(marked))
    assert data.channels[:2] == ("telemetry", "command1")


@pytest.mark.parametrize(("name", "n_train", "n_marked"), [("machine-1-2", 23694, 542), ("machine-3-4", 23687, 977)])
def test_machines_are_train_then_test_with_their_labels(name: str, n_train: int, n_marked: int, data_dir: Path) -> None:
    data = loaded(f"smd/{name}", data_dir)
    train, test, marks = (np.loadtxt(data_dir / f"smd/{p}/{name}.txt", delimiter=",") for p in _SMD_PARTS)
    assert data.train_end == n_train
    np.testing.assert_array_equal(data.values, np.concatenate([train, test]))
    np.testing.assert_array_equal(data.labels[n_train:], marks)
    assert data.labels.sum() == n_marked


_SMD_PARTS = ("train", "test", "test_label")


@pytest.mark.parametrize("name", ["nab/realTraffic/speed_7578", "ucr/113", "msl/T-9", "smd/machine-1-2"])
def test_nothing_anomalous_is_learned_from(name: str, data_dir: Path) -> None:
    leading, rest = loaded(name, data_dir).split()
    assert not leading.labels.any()
    assert rest.labels.any()

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from offbeat.data import find, load, names
from offbeat.errors import DataError, ParameterError, UnknownDatasetError


@pytest.mark.parametrize("name", names())
def test_every_entry_is_whole(name: str) -> None:
    entry = find(name)
    assert entry.name == name
    assert entry.title
    assert entry.licence
    assert entry.source
    assert entry.citation
    assert entry.normal in entry.counts
    assert set(entry.class_names) == set(entry.counts)
    assert sum(entry.counts.values()) == entry.shape[0]
    assert bool(entry.files) != bool(entry.generator)
    for file in entry.files:
        assert len(file.sha256) == 64
        assert file.url.startswith("https://")


@pytest.mark.parametrize("name", names())
def test_every_entry_loads_as_described(name: str, data_dir: Path) -> None:
    entry = find(name)
    data = load(name, data_dir=data_dir, download=False)
    assert data.values.shape == entry.shape
    assert data.counts() == dict(entry.counts)
    assert data.class_names == entry.class_names
    assert data.name == name


def test_ecg5000_is_train_then_test(data_dir: Path) -> None:
    beats = load("ecg5000", data_dir=data_dir, download=False)
    np.testing.assert_array_equal(beats[:500].values, load(data_dir / "ecg5000/ECG5000_TRAIN.arff").values)
    assert beats.class_name("2") == "R-on-T PVC"


def test_environment_and_cache_are_searched_in_this_order(
    data_dir: Path, tmp_path: Path, empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = find("hkn-synthetic")
    assert entry.locate() is None
    shutil.copytree(data_dir / "hkn_synthetic", empty_machine / "hkn_synthetic")
    assert entry.locate()[0].is_relative_to(empty_machine)
    monkeypatch.setenv("OFFBEAT_DATA", str(data_dir))
    assert entry.locate()[0].is_relative_to(data_dir)
    mine = tmp_path / "mine"
    assert entry.locate(mine)[0].is_relative_to(data_dir)
    shutil.copytree(data_dir / "hkn_synthetic", mine / "hkn_synthetic")
    assert entry.locate(mine)[0].is_relative_to(mine)


def test_read_only_folders_will_do(data_dir: Path, tmp_path: Path, empty_machine: Path) -> None:
    shutil.copytree(data_dir / "hkn_synthetic", tmp_path / "data/hkn_synthetic")
    (tmp_path / "data").chmod(0o555)
    assert len(load("hkn-synthetic", data_dir=tmp_path / "data")) == 3000


def test_a_changed_file_is_refused(data_dir: Path, tmp_path: Path, empty_machine: Path) -> None:
    shutil.copytree(data_dir / "hkn_synthetic", tmp_path / "hkn_synthetic")
    changed = tmp_path / "hkn_synthetic/synthetic_data_low.csv"
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes() + b"low\n")
    with pytest.raises(DataError, match=r"synthetic_data_low\.csv is not the original file"):
        load("hkn-synthetic", data_dir=tmp_path)


def test_missing_data_without_download_says_where_to_put_it(empty_machine: Path) -> None:
    with pytest.raises(DataError, match=r"ecg5000/ECG5000_TRAIN\.arff and .* in one of .*offbeat") as caught:
        load("ecg5000", download=False)
    assert str(empty_machine) in str(caught.value)


def test_built_in_data_need_no_files(empty_machine: Path) -> None:
    assert load("synthetic-heartbeats", download=False).class_name("1") == "Normal"
    assert find("synthetic-curves").locate() == []
    assert not empty_machine.exists()


def test_unknown_names_get_the_closest_one() -> None:
    with pytest.raises(UnknownDatasetError, match=r"'ECG500', did you mean ecg5000.* the data sets are ecg5000, hkn"):
        load("ECG500")
    with pytest.raises(UnknownDatasetError, match="'records/200': the data sets are"):
        load("records/200")
    with pytest.raises(ParameterError, match="leave label='last' out"):
        load("synthetic-curves", label="last")

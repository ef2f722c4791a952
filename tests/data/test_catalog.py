from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat.data import find, load, names
from offbeat.errors import DataError, DownloadError, ParameterError, UnknownDatasetError
from offbeat.series.recording import Collection, Recording

COLLECTIONS = [name for name in names() if find(name).kind == "collection"]
RECORDINGS = [name for name in names() if find(name).kind == "recording"]
WITHOUT_LABELS = {name for name in names() if name.startswith("mitdb/")}
WITHOUT_SITE = {name for name in names() if name.startswith("ucr/")}


@pytest.mark.parametrize("name", names())
def test_every_entry_is_whole(name: str) -> None:
    entry = find(name)
    assert entry.name == name
    assert entry.title
    assert "{" not in entry.title
    assert entry.licence
    assert entry.source
    assert entry.citation
    assert bool(entry.files) != bool(entry.generator)
    for file in entry.files:
        assert len(file.sha256) == 64
        assert file.url.startswith("https://") or name in WITHOUT_SITE
        assert "{" not in file.path + file.url


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_collection_has_classes(name: str) -> None:
    entry = find(name)
    assert entry.normal in entry.counts
    assert set(entry.class_names) == set(entry.counts)
    assert sum(entry.counts.values()) == entry.shape[0]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_collection_loads_as_described(name: str, data_dir: Path) -> None:
    entry = find(name)
    data = load(name, data_dir=data_dir, download=False)
    assert isinstance(data, Collection)
    assert data.values.shape == entry.shape
    assert data.counts() == dict(entry.counts)
    assert data.class_names == entry.class_names
    assert data.name == name


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_loads_as_described(name: str, data_dir: Path) -> None:
    entry = find(name)
    data = load(name, data_dir=data_dir, download=False)
    assert isinstance(data, Recording)
    assert data.values.shape == entry.shape
    assert data.train_end == entry.train_end
    assert (data.labels is None) == (name in WITHOUT_LABELS)
    assert data.labels is None or set(data.labels.tolist()) <= {0, 1}
    assert data.name == name
    assert np.isfinite(data.values).all()
    assert (entry.normal, entry.counts) == ("", {})


def test_the_checksums_are_those_of_the_folder(data_dir: Path) -> None:
    lines = (data_dir / "SHA256SUMS").read_text().splitlines()
    known = {path: sha256 for sha256, path in (line.split(maxsplit=1) for line in lines)}
    files = {file for name in names() for file in find(name).files}
    assert len(files) == 5 + 25 + 31 + 2 * 18 + 3 * 2 + 3 * 48
    assert {file.path: file.sha256 for file in files}.items() <= known.items()


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
    with pytest.raises(DataError, match=r"synthetic_data_low\.csv"):
        load("hkn-synthetic", data_dir=tmp_path)


def test_missing_data_without_download_says_where_to_put_it(empty_machine: Path) -> None:
    with pytest.raises(DataError, match=r"ecg5000/ECG5000_TRAIN\.arff and .* in one of .*offbeat") as caught:
        load("ecg5000", download=False)
    assert str(empty_machine) in str(caught.value)


@pytest.mark.parametrize("below", [".", "ecg5000"])
@pytest.mark.parametrize("files", [("TRAIN.txt", "TEST.txt"), ("TRAIN.ts", "TEST.arff")], ids=" ".join)
def test_ecg5000_is_read_in_every_form_of_the_archive(
    files: tuple[str, str], below: str, data_dir: Path, tmp_path: Path, empty_machine: Path
) -> None:
    (tmp_path / below).mkdir(exist_ok=True)
    for file in files:
        shutil.copy(data_dir / f"ecg5000/ECG5000_{file}", tmp_path / below)
    here = load("ecg5000", data_dir=tmp_path)
    there = load("ecg5000", data_dir=data_dir)
    np.testing.assert_allclose(here.values, there.values, atol=1e-6)
    assert here.labels.tolist() == there.labels.tolist()
    assert here.name == "ecg5000"


def test_other_data_under_the_name_of_a_data_set_are_refused(
    data_dir: Path, tmp_path: Path, empty_machine: Path
) -> None:
    for part in ("TRAIN", "TEST"):
        shutil.copy(data_dir / "ecg5000/ECG5000_TRAIN.txt", tmp_path / f"ECG5000_{part}.txt")
    with pytest.raises(DataError, match=r"are not ecg5000: expected 5000 x 1 x 140 .* got 1000 x 1 x 140"):
        load("ecg5000", data_dir=tmp_path)


def test_nothing_is_fetched_unless_asked_for(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(*_: object) -> None:
        raise AssertionError("the network was reached for")

    monkeypatch.setattr("offbeat.data.catalogue.download._ask", reached)
    asked = [
        lambda: load("ecg5000"),
        lambda: find("ecg5000").load(),
        lambda: offbeat.load_data("ecg5000"),
        lambda: offbeat.load_data("mitdb/100", kind="beats"),
        lambda: offbeat.open_record("mitdb/100"),
    ]
    for ask in asked:
        with pytest.raises(DataError, match=r"'offbeat data get (ecg5000|mitdb/100)' .*data_dir="):
            ask()
    with pytest.raises(DownloadError, match="reached for"):
        offbeat.load_data("ecg5000", download=True)


def test_listing_reads_no_file_and_getting_checks_it(data_dir: Path, tmp_path: Path, empty_machine: Path) -> None:
    shutil.copytree(data_dir / "hkn_synthetic", tmp_path / "hkn_synthetic")
    changed = tmp_path / "hkn_synthetic/synthetic_data_low.csv"
    changed.chmod(0o644)
    changed.write_text("low\n")
    assert len(find("hkn-synthetic").locate(tmp_path, check=False)) == 3
    with pytest.raises(DataError, match="not the original"):
        find("hkn-synthetic").locate(tmp_path)


def test_built_in_data_need_no_files(empty_machine: Path) -> None:
    assert load("synthetic-heartbeats", download=False).class_name("1") == "Normal"
    assert find("synthetic-curves").locate() == []
    assert not empty_machine.exists()


def test_what_cannot_be_downloaded_says_where_it_is_and_belongs(empty_machine: Path) -> None:
    path = r"ucr_anomaly/119_UCR_Anomaly_ECG1_10000_11800_12100\.txt"
    with pytest.raises(
        DownloadError, match=rf"get it from https://www\.cs\.ucr\.edu/.*\.zip and put {path} into"
    ) as caught:
        load("ucr/119", download=True)
    with pytest.raises(DataError, match=rf"expected {path} in one of .*: get them from https://www\.cs\.ucr\.edu/"):
        load("ucr/119")
    assert str(empty_machine) in str(caught.value)
    assert not empty_machine.exists()


def test_a_changed_file_that_cannot_be_fetched_is_read_by_its_path(tmp_path: Path, empty_machine: Path) -> None:
    file = tmp_path / find("ucr/119").files[0].path
    file.parent.mkdir()
    file.write_text("1 2 3\n")
    with pytest.raises(DataError, match="not the original"):
        load("ucr/119", data_dir=tmp_path)
    assert len(load(file, kind="recording")) == 3


@pytest.mark.parametrize(
    ("meant", "close"),
    [
        ("ECG500", "ecg5000"),
        ("nab/realTraffic/TravelTime_45", "nab/realTraffic/TravelTime_451"),
        ("NAB/REALTRAFFIC/traveltime_387", "nab/realTraffic/TravelTime_387"),
        ("smap/A1", "smap/A-1"),
        ("machine-1-2", "smd/machine-1-2"),
    ],
)
def test_unknown_names_get_the_closest_one(meant: str, close: str) -> None:
    with pytest.raises(UnknownDatasetError, match=rf"'{meant}': did you mean '{close}'\?"):
        load(meant)


def test_unknown_names_get_a_short_list() -> None:
    with pytest.raises(UnknownDatasetError, match="'records/200'") as caught:
        load("records/200")
    assert "nab/… (25), ucr/… (31), smap/… (10), msl/… (8), smd/… (2)" in str(caught.value)


@pytest.mark.parametrize(
    "given", [{"label": "last"}, {"time": "t"}, {"kind": "recording"}, {"order": "error"}, {"duplicates": "mean"}]
)
def test_a_named_data_set_knows_itself(given: dict[str, str]) -> None:
    [(what, value)] = given.items()
    with pytest.raises(ParameterError, match=f"{what}='{value}'"):
        load("synthetic-curves", **given)


def test_a_family_is_no_data_set():
    with pytest.raises(UnknownDatasetError, match="48 data sets") as raised:
        find("mitdb")
    assert "such as mitdb/100" in str(raised.value)

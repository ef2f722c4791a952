"""The Kaggle set of heartbeats is rebuilt to the last bit, with its split."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from offbeat.data import load, read
from offbeat.data.catalogue.kaggle import KaggleBeats, kaggle_beats
from offbeat.data.catalogue.mitbih import load_record
from offbeat.errors import DataError
from offbeat.records.aami import CLASSES, beat_classes

TEST_COUNTS = {"0": 18118, "1": 556, "2": 1448, "3": 162, "4": 1608}


@pytest.fixture(scope="module")
def beats(data_dir: Path) -> KaggleBeats:
    return kaggle_beats(data_dir / "mitdb")


def test_the_rows_are_counted_as_in_the_files(beats: KaggleBeats) -> None:
    assert beats.collection.values.shape == (109_446, 1, 187)
    assert beats.collection.counts() == {"0": 90589, "1": 2779, "2": 7236, "3": 803, "4": 8039}
    assert beats.train.counts() == {"0": 72471, "1": 2223, "2": 5788, "3": 641, "4": 6431}
    assert beats.test.counts() == TEST_COUNTS
    assert beats.collection.class_name("1") == "S"
    assert beats.collection.values.min() == 0
    assert beats.collection.values.max() == 1


def test_every_known_row_is_there_to_the_last_bit_and_on_its_side(beats: KaggleBeats, data_dir: Path) -> None:
    rebuilt = cKDTree(beats.collection.values[:, 0].astype(np.float64))
    for name, side in (("mitbih_test_rows_0001_0999", True), ("mitbih_train_sample", False)):
        known = read(data_dir / f"kaggle_ecg_sample/{name}.csv")
        _, found = rebuilt.query(known.values[:, 0])
        np.testing.assert_array_equal(beats.collection.values[found], known.values.astype(np.float32))
        assert (beats.is_test[found] == side).all()
        assert (beats.collection.labels[found] == known.labels).all()


def test_the_test_part_is_the_one_its_fingerprints_tell(beats: KaggleBeats, data_dir: Path) -> None:
    """Each of the 21,892 test rows has one beat of its class whose first six values round to its own, and no second."""
    known = np.loadtxt(data_dir / "kaggle_ecg_sample/mitbih_test_first6.csv", delimiter=",")
    labels = np.repeat(list(TEST_COUNTS), list(TEST_COUNTS.values()))  # the file is in the order of classes
    first_six = beats.collection.values[:, 0, :6].astype(np.float64)
    is_test = np.zeros(len(first_six), dtype=bool)
    for label in TEST_COUNTS:
        rows = np.flatnonzero(beats.collection.labels == label)
        distance, nearest = cKDTree(first_six[rows]).query(known[labels == label], k=2, p=np.inf)
        assert distance[:, 0].max() < 0.000501  # half a unit of the third digit
        assert distance[:, 1].min() > 0.0014
        is_test[rows[nearest[:, 0]]] = True
    np.testing.assert_array_equal(beats.is_test, is_test)


@pytest.mark.parametrize("name", ["100", "111", "207"])
def test_fast_windows_are_those_of_the_recipe(beats: KaggleBeats, data_dir: Path, name: str) -> None:
    record = load_record(data_dir / "mitdb", name)
    signal, at = record.raw[:, 0].tolist(), [*record.annotations.samples.tolist(), 650_000]
    rows, labels = [], []
    for i, symbol in enumerate(record.annotations.symbols[:-1]):
        if beat_classes([symbol])[0]:
            length = int((at[i + 1] - at[i]) + 0.2 * (at[i + 2] - at[i + 1]))
            window = np.array(signal[at[i] : at[i] + length : 3], dtype=np.float64)
            scaled = ((window - window.min()) / (window.max() - window.min()))[:187]
            rows.append(np.pad(scaled, (0, 187 - len(scaled))))
            labels.append(str(CLASSES.index(beat_classes([symbol])[0])))
    mine = beats.records == name
    np.testing.assert_array_equal(beats.collection.values[mine, 0], np.float32(rows))
    assert beats.collection.labels[mine].tolist() == labels
    assert beats.beat_numbers[mine].tolist() == list(range(len(labels)))
    assert set(beats.samples[mine].tolist()) <= set(at)


def test_files_are_written_as_kaggle_has_them_and_read_back(beats: KaggleBeats, data_dir: Path, tmp_path: Path) -> None:
    few = KaggleBeats(beats.collection[::500], beats.beat_numbers[::500], beats.samples[::500], beats.is_test[::500])
    paths = few.write(tmp_path)
    assert [path.name for path in paths[::2]] == ["mitbih_train.csv", "mitbih_test.csv"]
    line = paths[2].read_text().splitlines()[0]
    assert re.fullmatch(r"(\d\.\d{18}e[+-]\d\d,){187}0\.0{18}e\+00", line)
    back = read(paths[2])
    assert back.counts() == few.test.counts()
    order = np.argsort(few.test.labels, kind="stable")
    np.testing.assert_array_equal(back.values, few.test.values[order])
    origin = np.genfromtxt(paths[3], delimiter=",", names=True)
    np.testing.assert_array_equal(origin["record"], few.test.groups[order].astype(float))
    assert origin.dtype.names == ("record", "beat", "sample")


def test_the_catalogue_makes_the_parts(data_dir: Path, beats: KaggleBeats) -> None:
    part = load("kaggle-mitbih-test", data_dir=data_dir, download=False)
    np.testing.assert_array_equal(part.values, beats.test.values)
    np.testing.assert_array_equal(part.groups, beats.test.groups)


def test_missing_and_cut_records_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"100\.dat is not there"):
        kaggle_beats(tmp_path)
    (tmp_path / "100.dat").write_bytes(bytes(300))
    with pytest.raises(DataError, match=r"650,000 samples in .*holds 100"):
        kaggle_beats(tmp_path)

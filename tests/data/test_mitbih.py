"""Records of the MIT-BIH database as the catalogue has them, and beats cut around the R peak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from offbeat.data import load
from offbeat.data.catalogue.mitbih import common_folder, load_record, mitbih_beats
from offbeat.errors import DataError
from offbeat.records import open_record
from offbeat.records.mitbih import RECORDS


@pytest.mark.parametrize("name", ["100", "102", "114", "234"])
def test_the_catalogue_has_the_records_as_wfdb_reads_them(data_dir: Path, name: str) -> None:
    recording = load(f"mitdb/{name}", data_dir=data_dir, download=False)
    record = open_record(data_dir / "mitdb" / name)
    np.testing.assert_array_equal(recording.values, record.read())
    assert (recording.channels, recording.sampling_rate, recording.name) == (record.channels, 360.0, f"mitdb/{name}")


def test_the_leads_of_all_records_are_those_of_their_headers(data_dir: Path) -> None:
    from offbeat.data.catalogue.mitbih import LEADS

    assert {name: open_record(data_dir / "mitdb" / name).channels for name in RECORDS} == LEADS


def test_beats_stand_around_the_r_peak_in_millivolts(data_dir: Path) -> None:
    beats = mitbih_beats(data_dir / "mitdb", ["100", "208"])
    assert beats.collection.counts() == {"F": 373, "N": 3825, "Q": 2, "S": 35, "V": 993}
    assert beats.collection.values.shape == (5228, 1, 125)
    assert (beats.collection.sampling_rate, beats.collection.channels) == (125.0, ("MLII",))
    assert set(beats.collection.groups) == {"100", "208"}
    signal = load_record(data_dir / "mitdb", "100").millivolts[:, 0]
    normal = beats.collection[(beats.collection.groups == "100") & (beats.collection.labels == "N")].values[1:-1, 0]
    assert (np.abs(normal.argmax(axis=1) - 50) <= 1).mean() > 0.99
    at = beats.samples[(beats.collection.groups == "100") & (beats.collection.labels == "N")][1:-1]
    np.testing.assert_allclose(normal.max(axis=1), [signal[s - 10 : s + 10].max() for s in at], atol=0.25)


def test_the_right_lead_is_taken_and_both_can_be(data_dir: Path) -> None:
    one = mitbih_beats(data_dir / "mitdb", ["114"], before=0.2, after=0.4)
    both = mitbih_beats(data_dir / "mitdb", ["114"], before=0.2, after=0.4, both_leads=True)
    assert both.collection.values.shape[1:] == (2, 75)
    np.testing.assert_array_equal(one.collection.values[:, 0], both.collection.values[:, 1])  # MLII comes second here


def test_nothing_is_folded_over_from_above(tmp_path: Path) -> None:
    """A hum of 100 Hz is gone at 125 Hz; plain decimation would make it one of 25 Hz."""
    from offbeat.records import Annotations, write_annotations

    hum = 1024 + np.round(200 * np.sin(2 * np.pi * 100 * np.arange(650_000) / 360)).astype(np.int64)
    write_212(tmp_path / "100.dat", np.column_stack([hum, hum]))
    write_annotations(Annotations([18, 5000, 649_990], ["N", "V", "N"], 360.0), tmp_path / "100.atr", overwrite=True)
    beats = mitbih_beats(tmp_path, ["100"])
    assert beats.symbols.tolist() == ["N", "V", "N"]
    assert np.abs(beats.collection.values[1]).max() < 0.01
    assert np.isfinite(beats.collection.values).all()


def write_212(path: Path, samples: np.ndarray) -> None:
    first, second = (samples & 0xFFF).T
    packed = np.column_stack([first & 0xFF, (first >> 8) | (second >> 8 << 4), second & 0xFF])
    path.write_bytes(packed.astype(np.uint8).tobytes())


def test_unknown_records_and_scattered_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no record '110'"):
        load_record(tmp_path, "110")
    with pytest.raises(DataError, match="different folders"):
        common_folder([tmp_path / "a/100.dat", tmp_path / "b/101.dat"])

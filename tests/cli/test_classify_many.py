"""``offbeat classify FOLDER RESULTS``."""

import json

import numpy as np
import pandas as pd
import pytest

from ecg_signals import ecg


@pytest.fixture
def records(tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    for seed in range(2):
        pd.DataFrame({"II": ecg(30, seed=seed)[0]}).round(4).to_csv(folder / f"s{seed}.csv", index=False)
    (folder / "broken.csv").write_text("no number\nat all\n")
    return folder


RATE = ("--sampling-rate", "250", "--jobs", "1")


def test_a_folder_is_classified_into_another(offbeat, records, tmp_path):
    out = tmp_path / "out"
    ended = offbeat("classify", records, out, *RATE, "--reports", "--json", tmp_path / "all.json")
    assert ended.code == 0
    assert "Could not be classified" in ended.out
    assert "3 of 3: " in ended.err
    assert ended.err.count("not a medical device") == 1
    assert {path.suffix for path in out.iterdir()} == {".csv", ".html", ".json", ".ofb"}
    assert pd.read_csv(out / "records.csv")["record"].tolist() == ["broken", "s0", "s1"]
    assert json.loads((tmp_path / "all.json").read_text())[0]["title"] == "All records"


def test_tables_beside_headers_that_are_left_out_are_named(offbeat, records, tmp_path):
    (records / "w.hea").write_text("w 1 250 10\nw.dat 16 200 12 0 0 0 0 II\n")  # without its signal: an error
    (records / "labels.csv").write_text("s0,N\ns1,A\n")
    ended = offbeat("classify", records, tmp_path / "out", *RATE, "--json", tmp_path / "all.json")
    assert pd.read_csv(tmp_path / "out" / "records.csv")["record"].tolist() == ["s0", "s1", "w"]
    assert "broken.csv, labels.csv" in " ".join(ended.err.split())
    assert "labels.csv" in json.loads((tmp_path / "all.json").read_text())[0]["note"]
    assert "labels.csv" not in offbeat("classify", f"{records}/s*", tmp_path / "two", *RATE).err


def test_several_records_and_patterns_go_to_the_folder_named_last(offbeat, records, tmp_path):
    ended = offbeat("classify", records / "s0.csv", f"{records}/s1*", tmp_path / "out", *RATE)
    assert ended.code == 0
    assert pd.read_csv(tmp_path / "out" / "records.csv")["record"].tolist() == ["s0", "s1"]
    again = offbeat("classify", records / "s0.csv", f"{records}/s1*", tmp_path / "out", *RATE)
    assert again.code == 1
    assert "--skip-existing" in again.err
    assert offbeat("classify", f"{records}/s*", tmp_path / "out", "--skip-existing", *RATE).code == 0


def test_all_failing_is_a_failure(offbeat, records, tmp_path):
    ended = offbeat("classify", records / "gone", records / "away.csv", tmp_path / "out", *RATE)
    assert ended.code == 1
    assert "none of the 2 records" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["records"], "name a folder for their results"),
        (["records", "records/s0.csv"], "go to a folder, named last"),
        (["records/s0.csv", "records/s*"], "go to a folder, named last"),
        (["records", "out", "--out", "x.ofb"], "--out is for one record"),
        (["records", "out", "--report", "x.html"], "--report is for one record"),
        (["records/s0.csv", "--reports"], "--reports is for many records"),
        (["records/s0.csv", "--jobs", "2"], "--jobs is for many records"),
        (["records", "out", "--skip-existing", "--overwrite"], "not both"),
    ],
)
def test_wrong_usage(offbeat, records, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    ended = offbeat("classify", *arguments, "--sampling-rate", "250")
    assert ended.code == 2
    assert said in " ".join(ended.err.split())
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_an_error(offbeat, tmp_path):
    (tmp_path / "empty").mkdir()
    ended = offbeat("classify", tmp_path / "empty", tmp_path / "out")
    assert ended.code == 1
    assert ".hea" in ended.err


@pytest.mark.slow
def test_values_are_the_same_by_any_number_of_processes(offbeat, records, tmp_path):
    for jobs in ("1", "2"):
        assert offbeat("classify", records, tmp_path / jobs, "--sampling-rate", "250", "--jobs", jobs).code == 0
    one, two = (pd.read_csv(tmp_path / jobs / "records.csv", dtype=str) for jobs in ("1", "2"))
    assert np.array_equal(one.fillna(""), two.fillna(""))

import json
import os
import pty
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.records import Annotations, read_annotations, write_annotations


@pytest.fixture
def strip(tmp_path):
    """A record of two leads with ventricular beats and a gap, as a table of text."""
    signal, _, _ = ecg(150)
    signal[int(30 * RATE) : int(36 * RATE)] = np.nan
    path = tmp_path / "strip.csv"
    pd.DataFrame({"II": signal, "V1": 0.5 * signal}).round(4).to_csv(path, index=False)
    return path


def test_it_writes_annotations_a_table_a_report_and_json(offbeat, strip, tmp_path):
    files = {name: tmp_path / f"out.{name}" for name in ("csv", "html", "json")}
    ended = offbeat(
        "classify", strip, "--sampling-rate", "250", "--table", files["csv"], "--report", files["html"], "--json",
        files["json"],
    )  # fmt: skip
    assert ended.code == 0
    assert "not a medical device" not in ended.out
    assert ended.err.count("not a medical device") == 1
    table = pd.read_csv(files["csv"])
    notes = read_annotations(tmp_path / "strip.ofb")
    assert (~np.isin(notes.symbols, ["~", "+"])).sum() == len(table)
    assert notes.sampling_rate == RATE
    assert (table["class"] == "V").sum() >= 10
    assert json.loads(files["json"].read_text())["unreadable_s"] == pytest.approx(6.0)
    page = files["html"].read_text(encoding="utf-8")
    assert "Research software, not a medical device" in page
    assert 'class="true-scale"' in page
    assert f"classify {strip} --sampling-rate 250.0 --report {files['html']}" in page  # what makes this page again


def test_the_unit_of_a_table_can_be_said(offbeat, strip, tmp_path):
    (pd.read_csv(strip) * 1000).to_csv(tmp_path / "micro.csv", index=False)
    for name, unit in (("strip", []), ("micro", ["--units", "uV"])):
        ended = offbeat("classify", tmp_path / f"{name}.csv", "--sampling-rate", "250", *unit)
        assert ended.code == 0
    found = [read_annotations(tmp_path / f"{name}.ofb") for name in ("strip", "micro")]
    assert found[0].samples.tolist() == found[1].samples.tolist()
    assert found[0].symbols.tolist() == found[1].symbols.tolist()
    refused = offbeat("classify", strip, "--sampling-rate", "250", "--units", "mmHg", "--out", tmp_path / "x.ofb")
    assert refused.code == 2  # wrong usage
    assert "units are mV, uV or V" in refused.err
    assert not (tmp_path / "x.ofb").exists()


def test_an_annotation_file_is_never_replaced(offbeat, strip, tmp_path):
    (tmp_path / "strip.ofb").write_bytes(b"mine")
    ended = offbeat("classify", strip, "--sampling-rate", "250")
    assert ended.code == 1
    assert "not replaced" in ended.err
    assert (tmp_path / "strip.ofb").read_bytes() == b"mine"


def test_a_lead_can_be_chosen(offbeat, strip, tmp_path):
    ended = offbeat("classify", strip, "--sampling-rate", "250", "--lead", "V1", "--out", tmp_path / "v1.ofb")
    assert ended.code == 0
    assert "lead V1" in ended.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere/100"], 1, "no record"),
        (["strip.csv"], 2, "sampling_rate"),
        (["strip.csv", "--sampling-rate", "250", "--lead", "aVR"], 1, "II, V1"),
        (["strip.csv", "--sampling-rate", "250", "--method", "best"], 2, "fast, accurate"),
        (["strip.csv", "--sampling-rate", "250", "--model", "nothing"], 1, "no model at"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(offbeat, strip, monkeypatch, arguments, code, said):
    monkeypatch.chdir(strip.parent)
    ended = offbeat("classify", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert ended.err.strip().count("\n") == 0
    assert not (strip.parent / "strip.ofb").exists()


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3], [0.0] * 3000, [0.0, *[np.nan] * 2998, 0.0]])
def test_a_record_without_beats_is_a_result(offbeat, tmp_path, values):
    path = tmp_path / "short.csv"
    path.write_text("II\n" + "\n".join("" if np.isnan(v) else str(v) for v in values) + "\n")
    ended = offbeat("classify", path, "--sampling-rate", "250", "--report", tmp_path / "short.html")
    assert ended.code == 0
    assert "beats" in ended.out
    assert (tmp_path / "short.ofb").exists()
    assert (tmp_path / "short.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--table", "strip.dat"], ".csv or .parquet"),
        (["--json", "strip.hea"], ".json"),
        (["--report", "strip.pdf"], ".html"),
        (["--table", "strip.csv"], "the record itself"),
        (["--table", "a.csv", "--out", "a.csv"], "choose another name"),
        (["--lead", "II", "--lead", "0"], "asked for twice"),
    ],
)
def test_nothing_is_written_over_the_record(offbeat, strip, monkeypatch, arguments, said):
    monkeypatch.chdir(strip.parent)
    before = strip.read_bytes()
    ended = offbeat("classify", "strip.csv", "--sampling-rate", "250", *arguments)
    assert ended.code in (1, 2)
    assert said in ended.err
    assert strip.read_bytes() == before


def test_a_column_of_times_is_no_lead_whatever_else_is_said(offbeat, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    signal, _, _ = ecg(40)
    np.savetxt("bare.csv", np.column_stack([np.arange(len(signal)) / RATE, signal]), delimiter=",", fmt="%.4f")
    np.savetxt("counted.csv", np.column_stack([np.arange(len(signal)), signal]), delimiter=",", fmt="%.4f")
    for name in ("bare", "counted"):
        ended = offbeat("classify", f"{name}.csv", "--sampling-rate", "250", "--table", f"{name}-beats.csv")
        assert ended.code == 0
        assert abs(len(pd.read_csv(f"{name}-beats.csv")) - 40) <= 2


def test_what_was_understood_is_said_before_the_results_and_kept_with_them(offbeat, tmp_path):
    signal, _, _ = ecg(40, rate=2000)
    path = tmp_path / "fast.csv"
    path.write_text("# sampling rate: 2000 Hz\nII\n" + "\n".join(f"{1000 * value:.0f}" for value in signal))
    ended = offbeat("classify", path, "--json", tmp_path / "a.json", "--table", tmp_path / "a.csv")
    assert ended.code == 0
    assert "taken as µV" in ended.err
    assert "resampled from 2000 to 1000 Hz" in ended.err
    assert len(json.loads((tmp_path / "a.json").read_text())["notes"]) == 2
    # Samples are those of the file, not those that beats were found in.
    notes = read_annotations(tmp_path / "fast.ofb")
    table = pd.read_csv(tmp_path / "a.csv")
    assert notes.sampling_rate == 2000
    np.testing.assert_allclose(table["sample"] / 2000, table["time_s"], atol=1e-3)
    assert set(table["sample"]) <= set(notes.samples.tolist())
    told = offbeat("classify", path, "--gain", "1000", "--out", tmp_path / "told.ofb")
    assert "taken as" not in told.err


@pytest.mark.parametrize(
    ("name", "begins"), [("a.edf", b"0       "), ("a.csv", b"sample,time_s"), ("a.atr", None), ("a.mine", None)]
)
def test_the_ending_chooses_the_format_of_the_annotations(offbeat, strip, tmp_path, name, begins):
    ended = offbeat("classify", strip, "--sampling-rate", "250", "--out", tmp_path / name)
    assert ended.code == 0
    if begins is None:
        assert len(read_annotations(tmp_path / name)) > 100
    else:
        assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    "name", ["a.txt", "a.bdf", "a.hea", "a.xyz", "a.PNG", "a.xlsx", "a.letters", "a.at1", "a.µV", "a"]
)
def test_annotations_of_another_ending_are_refused_with_the_list(offbeat, strip, tmp_path, name):
    ended = offbeat("classify", strip, "--sampling-rate", "250", "--out", tmp_path / name)
    assert ended.code == 2
    assert all(ending in ended.err for ending in (".ofb", ".atr", ".edf", ".csv"))
    assert not (tmp_path / name).exists()


@pytest.fixture
def review(strip):
    """A review of the strip: the beats that a program found, two of them changed, one confirmed."""
    peaks = np.rint(ecg(150)[1] * RATE).astype(int)
    peaks = peaks[(peaks < 29 * RATE) | (peaks > 37 * RATE)]
    symbols, aux = np.full(len(peaks), "N"), np.full(len(peaks), "", "U40")
    symbols[[20, 60]], aux[[20, 60, 80]] = "S", ["reviewed, was N", "reviewed, was V", "reviewed"]
    return write_annotations(Annotations(peaks, symbols, RATE, aux), strip.with_suffix(".rev"))


def test_a_report_is_of_the_reviewed_beats(offbeat, strip, review, tmp_path):
    plain = offbeat("classify", strip, "--sampling-rate", "250")
    assert "--annotations strip.rev" in plain.err  # how to get the other report
    before = (tmp_path / "strip.ofb").read_bytes()
    files = {name: tmp_path / f"out.{name}" for name in ("csv", "html")}
    ended = offbeat(
        "classify", strip, "--sampling-rate", "250", "--annotations", review, "--table", files["csv"], "--report",
        files["html"],
    )  # fmt: skip
    assert ended.code == 0
    said = "Beats and classes are those of strip.rev: 3 beats reviewed by a person, 2 changed"
    assert said in ended.err
    assert "the model's, not of that review" not in ended.err
    table = pd.read_csv(files["csv"])
    notes = read_annotations(review)
    assert (table["symbol"] == notes.symbols).all()
    assert table["remark"].fillna("").tolist() == notes.aux.tolist()
    page = files["html"].read_text(encoding="utf-8")
    assert said in page
    assert "no expert has checked them" not in page
    assert f"--annotations {review}" in page
    assert (tmp_path / "strip.ofb").read_bytes() == before
    assert sorted(path.suffix for path in tmp_path.glob("strip.*")) == [".csv", ".ofb", ".rev"]


def test_annotations_of_reviewed_beats_are_written_where_a_file_is_named(offbeat, strip, review, tmp_path):
    ended = offbeat(
        "classify", strip, "--sampling-rate", "250", "--annotations", ".rev", "--out", tmp_path / "a.ofb"
    )  # fmt: skip
    assert ended.code == 0
    written, notes = read_annotations(tmp_path / "a.ofb"), read_annotations(review)
    beats = ~np.isin(written.symbols, ["+", "~"])
    assert written.symbols[beats].tolist() == notes.symbols.tolist()
    assert written.aux[beats].tolist() == notes.aux.tolist()
    for option, name in (("--out", review), ("--report", strip.with_suffix(".html"))):
        kept = review.read_bytes()
        refused = offbeat("classify", strip, "--sampling-rate", "250", "--annotations", review, option, name)
        assert (refused.code == 0) == (option == "--report")
        assert review.read_bytes() == kept


def test_annotations_that_are_not_there_are_named(offbeat, strip, tmp_path):
    for given in (".rev", tmp_path / "nothing.rev"):
        ended = offbeat("classify", strip, "--sampling-rate", "250", "--annotations", given)
        assert ended.code == 1
        assert "no annotation file at" in ended.err


@pytest.mark.parametrize("name", ["r.hea", "r.dat", "r"])
def test_an_ecg_record_shown_as_a_table_is_told_where_to_go(offbeat, tmp_path, name):
    values = np.round(200 * ecg(20)[0]).astype("<i2")
    (tmp_path / "r.dat").write_bytes(values.tobytes())
    (tmp_path / "r.hea").write_text(f"r 1 {RATE:g} {len(values)}\nr.dat 16 200(0)/mV 12 0 0 0 0 II\n")
    ended = offbeat("data", "show", tmp_path / name)
    assert ended.code == 1
    assert f"offbeat classify {tmp_path / 'r'})" in ended.err


def test_a_terminal_is_told_what_is_being_done_and_a_pipe_is_not(offbeat, strip, tmp_path):
    classify = ("classify", strip, "--sampling-rate", "250")
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "offbeat", *classify, "--report", tmp_path / "a.html"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=its) as running:
        os.close(its)
        said = b""
        try:
            while piece := os.read(ours, 2**16):
                said += piece
        except OSError:  # Linux says so at the end
            pass
        os.close(ours)
        assert running.wait() == 0
    assert all(word in said.decode() for word in ("opening", "classifying strip", "drawing"))
    (tmp_path / "strip.ofb").unlink()
    piped = offbeat(*classify).err
    assert not any(word in piped for word in ("opening", "classifying"))

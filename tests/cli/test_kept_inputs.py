"""No output of any command replaces what the command reads, or another output; all of them are written, or none."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecg_signals import ecg

BY = ("--model", "both-model")
JUDGE = (*BY, "--normal", "ok", "--no-baselines")
KNN = ("-d", "knn", "--set", "n_neighbors=3")

OVER_WHAT_IS_READ = {
    "score out": ("score", "new.csv", *BY, "--out", "new.csv"),
    "score json": ("score", "new.csv", *BY, "--json", "new.csv"),
    "another spelling": ("score", "new.csv", *BY, "--out", "./occupied/../new.csv"),
    "absolute": ("score", "new.csv", *BY, "--out", "ABSOLUTE/new.csv"),
    "symbolic link": ("score", "new.csv", *BY, "--out", "link.csv"),
    "link as input": ("score", "link.csv", *BY, "--out", "new.csv"),
    "hard link": ("score", "new.csv", *BY, "--out", "hard.csv"),
    "linked folder": ("score", "new.csv", *BY, "--out", "here/new.csv"),
    "detect out": ("detect", "new.csv", *BY, "--out", "new.csv"),
    "detect json": ("detect", "new.csv", *BY, "--json", "new.csv"),
    "evaluate json": ("evaluate", "new.csv", *JUDGE, "--json", "new.csv"),
    "report out": ("report", "new.csv", *JUDGE, "--out", "new.csv"),
    "report json": ("report", "new.csv", *JUDGE, "--json", "new.csv"),
    "training data": ("evaluate", "new.csv", *JUDGE, "--train", "both.csv", "--json", "both.csv"),
    "fit json": ("fit", "plain.csv", *KNN, "--out", "made", "--json", "plain.csv"),
    "fit into the data's folder": ("fit", "plain.csv", *KNN, "--out", "."),
    "configuration": ("score", "new.csv", *BY, "--out", "both-model/config.json"),
    "weights": ("detect", "new.csv", *BY, "--json", "both-model/weights.safetensors"),
    "beside the weights": ("score", "new.csv", *BY, "--out", "both-model/scores.csv"),
    "figures in the model": ("evaluate", "new.csv", *JUDGE, "--figures", "both-model/figures"),
    "another model": ("score", "new.csv", *BY, "--out", "plain-model/config.json"),
    "figures in another model": ("evaluate", "new.csv", *JUDGE, "--figures", "plain-model"),
    "linked model": ("score", "new.csv", *BY, "--out", "linked-model/config.json"),
    "hard-linked configuration": ("score", "new.csv", *BY, "--json", "hard.json"),
    "a data set of the catalogue": ("data", "list", "--json", "mine/ecg5000/ECG5000_TRAIN.arff", "--data-dir", "mine"),
    "the labels beside it": ("data", "list", "--json", "mine/nab/labels/windows.json", "--data-dir", "mine"),
    "a figure that leads to the data": ("evaluate", "new.csv", *JUDGE, "--figures", "drawn"),
    "one that is shown": ("data", "show", "ecg5000", "--json", "mine/ecg5000/ECG5000_TRAIN.arff", "--data-dir", "mine"),
}
ONE_PLACE = {
    "score": ("score", "new.csv", *BY, "--out", "s.csv", "--json", "./s.csv"),
    "fit": ("fit", "plain.csv", *KNN, "--out", "made", "--json", "made/fit.json"),
    "checkpoints": ("fit", "plain.csv", "-d", "dense-autoencoder", "--out", "made", "--checkpoints", "made"),
    "report": ("report", "new.csv", *JUDGE, "--out", "r.html", "--json", "r.html"),
    "figures": ("evaluate", "new.csv", *JUDGE, "--figures", "f", "--json", "f/scores.png"),
}


@pytest.fixture
def crowded(work):
    """Add links of each kind, and a file of the catalogue."""
    Path("link.csv").symlink_to("new.csv")
    os.link("new.csv", "hard.csv")
    os.link("both-model/config.json", "hard.json")
    Path("here").symlink_to(".")
    Path("linked-model").symlink_to("both-model")
    Path("mine/ecg5000").mkdir(parents=True)
    Path("mine/ecg5000/ECG5000_TRAIN.arff").write_text("mine")
    Path("mine/nab/labels").mkdir(parents=True)
    Path("mine/nab/labels/windows.json").write_text("{}")
    Path("drawn").mkdir()
    Path("drawn/scores.png").symlink_to("../new.csv")
    return work


def contents(folder):
    """Return what every name below leads to."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("arguments", OVER_WHAT_IS_READ.values(), ids=OVER_WHAT_IS_READ)
def test_nothing_is_written_over_what_is_read(offbeat, crowded, arguments):
    before = contents(crowded)
    ended = offbeat(*(argument.replace("ABSOLUTE", str(crowded)) for argument in arguments))
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "choose" in ended.err
    assert contents(crowded) == before


@pytest.mark.parametrize("arguments", ONE_PLACE.values(), ids=ONE_PLACE)
def test_two_outputs_never_go_to_one_place(offbeat, listing, arguments):
    before = listing()
    ended = offbeat(*arguments)
    assert ended.code == 2
    assert "choose another" in ended.err
    assert listing() == before


@pytest.mark.parametrize("name", ["strip.dat", "strip.hea", "strip.atr", "strip.own"])
def test_a_name_of_a_record_stands_for_all_its_files(offbeat, work, name):
    wfdb = pytest.importorskip("wfdb")
    signal, _, _ = ecg(20)
    wfdb.wrsamp("strip", fs=250, units=["mV"], sig_name=["II"], p_signal=signal[:, None], fmt=["16"])
    for ending in ("atr", "own"):
        wfdb.wrann("strip", ending, np.array([100, 400]), symbol=["N", "N"])
    before = contents(work)
    for how in (["--out", name], ["--json", name]):
        ended = offbeat("score", "strip", "--kind", "beats", "--label", "own", *BY, *how)
        assert ended.code == 1
        assert "which is the data itself" in ended.err
    assert contents(work) == before


def test_an_older_result_is_replaced_as_ever(offbeat, work):
    Path("s.csv").write_text("older")
    ended = offbeat("score", "new.csv", *BY, "--out", "s.csv", "--json", "s.json")
    assert ended.code == 0
    assert len(pd.read_csv("s.csv")) == 59


def test_a_model_that_is_replaced_is_spoken_of(offbeat, work):
    assert "in place of" not in offbeat("fit", "plain.csv", *KNN, "--out", "made").err
    Path("made/.DS_Store").touch()
    ended = offbeat("fit", "plain.csv", *KNN, "--out", "made")
    assert ended.code == 0
    assert "wrote made, in place of the model that was there" in ended.err
    assert sorted(path.name for path in Path("made").iterdir()) == ["config.json", "weights.safetensors"]


full_disk = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")


@full_disk
@pytest.mark.parametrize("command", [("detect", "--out", "e.csv"), ("score", "--out", "s.csv")])
def test_all_outputs_are_written_or_none(offbeat, work, listing, command):
    name, *out = command
    Path("full.json").symlink_to("/dev/full")
    before = listing()
    ended = offbeat(name, "new.csv", *BY, *out, "--json", "full.json")
    assert ended.code == 1
    assert "No space left" in ended.err
    assert listing() == before


@full_disk
def test_a_record_whose_report_cannot_be_written_is_classified_the_next_time(offbeat, work):
    signal, _, _ = ecg(60)
    pd.DataFrame({"II": signal}).round(4).to_csv("strip.csv", index=False)
    Path("full.html").symlink_to("/dev/full")
    command = ("classify", "strip.csv", "--sampling-rate", "250", "--table", "t.csv", "--report")
    ended = offbeat(*command, "full.html")
    assert ended.code == 1
    assert not Path("strip.ofb").exists()
    assert not Path("t.csv").exists()
    assert offbeat(*command, "r.html").code == 0
    assert all(Path(name).exists() for name in ("strip.ofb", "t.csv", "r.html"))

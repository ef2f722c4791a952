import json
import shutil
from importlib.resources import as_file, files

import numpy as np
import pandas as pd
import pytest

from ecg_signals import RATE, ecg
from offbeat.records import Annotations, read_annotations, write_annotations

N = 150
READ = ("--sampling-rate", str(RATE))


@pytest.fixture
def strip(work):
    """A record whose wide beats a person calls normal in the annotation file beside it."""
    signal, times, _ = ecg(N)
    pd.DataFrame({"II": signal}).round(4).to_csv(work / "strip.csv", index=False)
    write_annotations(Annotations(np.rint(times * RATE).astype(int), ["N"] * N, RATE), work / "strip.atr")
    return work


def test_what_it_learns_is_what_classify_names_by(strip, offbeat):
    command = ("adapt", "strip.csv", *READ, "--annotations", "strip.atr", "--minutes", "1")
    ended = offbeat(*command, "--out", "patient", "--json", "shown.json")
    assert ended.code == 0, ended.err
    assert "Before and after" in ended.out
    assert "normal" in ended.err  # the note that no other class was learned
    assert "corrections are learned from" in ended.err
    shown = json.loads((strip / "shown.json").read_text())
    assert shown["held_out"]
    assert shown["learned"]["N"] > 50
    assert offbeat("classify", "strip.csv", *READ, "--out", "before.ofb").code == 0
    assert offbeat("classify", "strip.csv", *READ, "--model", "patient", "--out", "after.ofb").code == 0
    before, after = (read_annotations(strip / f"{name}.ofb").symbols for name in ("before", "after"))
    assert (before == "V").sum() >= 10
    assert (after == "V").sum() == 0
    described = offbeat("inspect", "patient")
    assert described.code == 0
    assert "patient" in described.out


@pytest.mark.parametrize(
    ("minutes", "held_out"), [(("--minutes", "1"), True), (("--minutes", "500"), False), ((), False)]
)
def test_minutes_that_leave_no_beat_to_evaluate_on_are_noted(strip, offbeat, minutes, held_out):
    command = ("adapt", "strip.csv", *READ, "--annotations", "strip.atr", *minutes)
    ended = offbeat(*command, "--out", "patient", "--json", "shown.json")
    assert ended.code == 0
    shown = json.loads((strip / "shown.json").read_text())
    assert shown["held_out"] == held_out
    assert any("cross-validation" in note for note in shown["notes"]) == ("500" in minutes)
    assert ("first 500 minutes" in " ".join(ended.err.split())) == ("500" in minutes)


def test_a_class_that_is_too_rare_is_noted(strip, offbeat):
    symbols = np.full(N, "N")
    symbols[[9, 19]] = "V"
    given = read_annotations(strip / "strip.atr")
    write_annotations(Annotations(given.samples, symbols, RATE), strip / "two.atr")
    ended = offbeat("adapt", "strip.csv", *READ, "--annotations", "two.atr", "--out", "patient")
    assert ended.code == 0
    assert "V (2)" in ended.err


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--annotations", "none.atr"), 1, "none.atr"),
        (("--annotations", "strip.atr", "--minutes", "0"), 2, "minutes"),
        (("--annotations", "strip.atr", "--minutes", "0.001"), 1, "got none"),
        (("--annotations", "by-program.atr"), 1, "review"),
        (("--annotations", "moved.atr"), 1, "another record"),
        ((), 2, "--annotations"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(strip, offbeat, options, code, word):
    given = read_annotations(strip / "strip.atr")
    aux = ["confidence 0.50", *[""] * (N - 1)]
    write_annotations(Annotations(given.samples, given.symbols, RATE, aux), strip / "by-program.atr")
    write_annotations(Annotations(given.samples + 100, given.symbols, RATE), strip / "moved.atr")
    ended = offbeat("adapt", "strip.csv", *READ, *options, "--out", "patient")
    assert (ended.code, word in ended.err) == (code, True), ended.err
    assert not (strip / "patient").exists()


def test_the_model_that_is_adapted_may_be_another(strip, offbeat):
    with as_file(files("offbeat.ecg").joinpath("beat_model")) as shipped:
        shutil.copytree(shipped, "mine")
    command = ("adapt", "strip.csv", *READ, "--annotations", "strip.atr", "--model", "mine")
    assert offbeat(*command, "--out", "patient").code == 0
    assert offbeat("classify", "strip.csv", *READ, "--model", "patient").code == 0
    assert offbeat(*command, "--out", "mine").code != 0
    again = offbeat(*command[:-1], "patient", "--out", "twice")
    assert (again.code, "already" in again.err) == (1, True)


def test_it_never_replaces_what_is_no_model(strip, offbeat):
    ended = offbeat("adapt", "strip.csv", *READ, "--annotations", "strip.atr", "--out", ".")
    assert ended.code == 1
    assert (strip / "strip.atr").exists()


def test_the_model_of_another_patient_changes_nothing_and_is_noted(strip, offbeat):
    assert offbeat("adapt", "strip.csv", *READ, "--annotations", "strip.atr", "--out", "patient").code == 0
    signal, _, _ = ecg(N, seed=1)
    pd.DataFrame({"II": -np.gradient(signal)}).round(4).to_csv(strip / "other.csv", index=False)
    plain = offbeat("classify", "other.csv", *READ, "--table", "plain.csv")
    by_model = offbeat(
        "classify", "other.csv", *READ, "--model", "patient", "--out", "b.ofb", "--table", "by-model.csv"
    )
    assert (plain.code, by_model.code) == (0, 0)
    assert "same patient" in by_model.err
    assert "same patient" not in plain.err
    assert pd.read_csv("plain.csv")["class"].equals(pd.read_csv("by-model.csv")["class"])

import json

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.records import Annotations, read_annotations, write_annotations


def write_record(path, seed, annotated=True, ectopic=10):
    """Write an artificial ECG as a WFDB record, with annotations of its beats."""
    signal, times, wide = ecg(100, seed=seed, ectopic=ectopic)
    path.parent.mkdir(exist_ok=True)
    path.with_suffix(".dat").write_bytes(np.round(signal * 200).astype("<i2").tobytes())
    signal_line = f"{path.name}.dat 16 200(0)/mV 12 0 0 0 0 MLII"
    path.with_suffix(".hea").write_text(f"{path.name} 1 {RATE:g} {len(signal)}\n{signal_line}\n")
    if annotated:
        beats = Annotations(np.rint(times * RATE).astype(int), np.where(wide, "V", "N"), RATE)
        write_annotations(beats, path.with_suffix(".atr"))


@pytest.fixture
def records(work):
    for seed, name in enumerate(("a", "b", "c")):
        write_record(work / "mine" / name, seed)
    write_record(work / "mine" / "bare", 3, annotated=False)
    write_record(work / "other" / "d", 4)
    return work


FIT = ("fit", "mine", "--detector", "ecgformer", "--out", "model")
SMALL = ("--set", "members=1", "--train", "epochs=1")


def test_what_it_trains_names_beats_for_classify_and_is_evaluated(records, offbeat):
    ended = offbeat(*FIT, *SMALL, "--json", "shown.json")
    assert ended.code == 0, ended.err
    assert "1 of 4 records have no annotations" in ended.err
    learned, how = json.loads((records / "shown.json").read_text())["tables"]
    assert [row["record"] for row in learned["rows"]] == ["a", "b", "c", "all"]
    assert learned["rows"][-1]["V"] == 30
    assert any("macro-F1" in row["what"] for row in how["rows"])
    assert offbeat("classify", "other/d", "--model", "model").code == 0
    assert (records / "other" / "d.ofb").exists()
    ended = offbeat("evaluate", "other", "--model", "model", "--json", "evaluated.json")
    assert ended.code == 0, ended.err
    together, each = json.loads((records / "evaluated.json").read_text())["tables"]
    assert [row["model"] for row in together["rows"]] == ["model", "shipped with offbeat"]
    assert [row["V beats"] for row in together["rows"]] == [10, 10]
    assert each["rows"][0]["record"] == "d"
    alone = offbeat("evaluate", "other/d", "--model", "model", "--no-baselines")
    assert "shipped" not in alone.out
    assert offbeat("evaluate", "other", "--model", "model", "--until", "0.5").code == 2


def test_what_a_person_reviewed_is_learned_from(records, offbeat):
    for path in (records / "mine").glob("*.atr"):
        found = read_annotations(path)
        aux = np.where(np.arange(len(found)) < 80, "reviewed", "confidence 0.60")
        write_annotations(Annotations(found.samples, found.symbols, RATE, aux), path.with_suffix(".rev"))
        path.unlink()
    assert offbeat(*FIT, *SMALL, "--json", "shown.json").code == 0
    learned = json.loads((records / "shown.json").read_text())["tables"][0]["rows"][-1]
    assert (learned["N"], learned["V"]) == (216, 24)


def test_a_record_that_cannot_be_used_is_left_out(records, offbeat):
    given = read_annotations(records / "mine" / "a.atr")
    moved = Annotations(given.samples + int(0.4 * RATE), given.symbols, RATE)
    write_annotations(moved, records / "mine" / "bare.atr")
    (records / "mine" / "c.dat").unlink()
    ended = offbeat(*FIT, *SMALL)
    assert ended.code == 0, ended.err
    for name in ("bare", "c"):
        assert f"mine/{name} is left out" in ended.err


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        (("mine/bare",), 1, "offbeat review"),
        (("mine", "--label", "gone"), 1, ".gone"),
        (("mine/a",), 1, "two or more"),
        (("nowhere/*.hea",), 1, "none"),
        (("mine", "--until", "0.5"), 2, "--until"),
        (("mine", "--alarms-per-week", "1"), 2, "--alarms-per-week"),
        (("mine", "--set", "member=3"), 2, "members"),
        (("mine", "--train", "epoch=3"), 2, "epochs"),
        (("mine", "--read", "leads=II"), 2, "lead"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(records, offbeat, given, code, word):
    ended = offbeat("fit", *given, "--detector", "ecgformer", "--out", "model", *SMALL[: 0 if code == 2 else None])
    assert (ended.code, word in ended.err) == (code, True), ended.err
    assert not (records / "model").exists()


@pytest.mark.parametrize(
    ("setting", "name"), [(("--train", "epochs=0"), "epochs"), (("--set", "members=0"), "members")]
)
def test_settings_are_checked_before_any_beat_is_looked_for(records, offbeat, setting, name):
    ended = offbeat(*FIT, *setting)
    assert (ended.code, name in ended.err) == (2, True), ended.err
    assert "finding the beats" not in ended.err


@pytest.mark.parametrize(("ectopic", "got"), [(1000, "200 N"), (30, "194 N, 6 V")])
def test_too_few_ectopic_beats_teach_nothing(work, offbeat, ectopic, got):
    for name in "ab":
        write_record(work / "mine" / name, 0, ectopic=ectopic)
    ended = offbeat(*FIT, *SMALL)
    assert (ended.code, got in ended.err) == (1, True), ended.err
    assert not (work / "model").exists()


@pytest.mark.parametrize("name", ["a.hea", "a.dat", "a.atr"])
def test_no_record_is_replaced(records, offbeat, name):
    before = (records / "mine" / name).read_bytes()
    assert offbeat(*FIT, *SMALL, "--json", f"mine/{name}").code == 1
    assert (records / "mine" / name).read_bytes() == before
    assert not (records / "model").exists()


def test_its_settings_are_listed(offbeat):
    ended = offbeat("fit", "--detector", "ecgformer", "--help-settings")
    assert ended.code == 0
    for name in ("members", "class_weight", "epochs", "learning_rate"):
        assert name in ended.out

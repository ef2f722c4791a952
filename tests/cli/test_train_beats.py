import json

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.records import Annotations, write_annotations


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


SMALL = ("--epochs", "1", "--members", "1")


def test_what_it_trains_names_beats_for_classify(records, offbeat):
    ended = offbeat("train-beats", "mine", "--test", "other/d", "--out", "model", *SMALL, "--json", "shown.json")
    assert ended.code == 0, ended.err
    assert "1 of 4 records have no annotations" in ended.err
    learned, compared = json.loads((records / "shown.json").read_text())["tables"]
    assert [row["record"] for row in learned["rows"]] == ["a", "b", "c", "all"]
    assert learned["rows"][-1]["V"] == 30
    assert compared["rows"][0]["VEB n"] == 10
    assert offbeat("classify", "other/d", "--model", "model").code == 0
    assert (records / "other" / "d.ofb").exists()


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (("mine/bare", "mine/a"), "two or more"),
        (("mine/a", "mine/b", "--test", "mine/a"), "to be tested"),
        (("nowhere/*.hea",), "none"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_written(records, offbeat, given, word):
    ended = offbeat("train-beats", *given, "--out", "model", *SMALL)
    assert (ended.code, word in ended.err) == (1, True), ended.err
    assert not (records / "model").exists()


def test_records_of_normal_beats_alone_teach_nothing(work, offbeat):
    for name in "ab":
        write_record(work / "calm" / name, 0, ectopic=1000)
    ended = offbeat("train-beats", "calm", "--out", "model", *SMALL)
    assert (ended.code, "classes" in ended.err) == (1, True)
    assert not (work / "model").exists()

"""A record whose beats are those of an annotation file."""

import math

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from offbeat.ecg.classify import classify_record
from offbeat.errors import DataError
from offbeat.records import Annotations, write_annotations


@pytest.fixture
def strip(as_record):
    return as_record(ecg(120)[0])


def peaks():
    _, times, wide = ecg(120)
    return np.rint(times * RATE).astype(int), wide


def test_beats_and_classes_are_those_of_the_file_and_the_rhythm_is_computed_from_them(strip):
    places, wide = peaks()
    symbols, aux = np.where(wide, "V", "N"), np.full(len(places), "", "U40")
    symbols[52:55], aux[52:55] = "V", "reviewed, was N"  # a run that no model would find
    symbols[70], aux[70] = "|", "reviewed, was V"  # no beat
    found = classify_record(strip, annotations=Annotations(places, symbols, RATE, aux))
    assert found.table["sample"].tolist() == np.delete(places, 70).tolist()
    assert found.symbols.tolist() == np.delete(symbols, 70).tolist()
    assert (found.table["class"] == np.delete(symbols, 70)).all()
    rhythm = found.rhythm()
    assert [(run.pattern, run.beats, run.start_s) for run in rhythm.runs] == [("V", 3, places[52] / RATE)]
    assert "IVR" in {episode.rhythm for episode in rhythm.episodes}
    before = found.table["rr_pre_s"].iloc[70]
    assert before == pytest.approx((places[71] - places[69]) / RATE)


def test_a_beat_that_was_missed_gets_its_shape_and_quality(strip):
    places, _ = peaks()
    without = np.delete(places, 30)
    found = classify_record(strip, annotations=Annotations(places, ["N"] * len(places), RATE))
    fewer = classify_record(strip, annotations=Annotations(without, ["N"] * len(without), RATE))
    assert len(found.table) == len(fewer.table) + 1
    assert np.abs(found.beats.windows[30, 0]).max() > 0.5
    assert found.table["quality"].iloc[30] > 0.9


def test_what_a_person_reviewed_is_neither_doubtful_nor_unsure_and_keeps_its_remark(strip):
    places, wide = peaks()
    symbols, aux = np.where(wide, "V", "N"), np.full(len(places), "", "U40")
    symbols[[3, 4]] = "Q"
    aux[[3, 4, 5, 6]] = "doubtful", "reviewed, was N", "doubtful, confidence 0.40, reviewed", "confidence 0.62"
    found = classify_record(strip, annotations=Annotations(places, symbols, RATE, aux))
    table = found.table
    assert table["class"].iloc[[3, 4]].tolist() == ["", "Q"]  # what a program left open, and what a person says
    assert table["doubtful"].iloc[[3, 4, 5, 6]].tolist() == [True, False, False, False]
    assert table["confidence"].iloc[[4, 5]].tolist() == [1.0, 1.0]
    notes = found.annotations()
    kept = notes.aux[~np.isin(notes.symbols, ["+", "~"])]
    assert kept.tolist() == aux.tolist()


def test_fibrillation_is_computed_for_beats_that_a_person_has_named(strip):
    places, _ = peaks()
    found = classify_record(strip, annotations=Annotations(places, ["N"] * len(places), RATE))
    assert found.rhythm().af_burden == 0
    assert np.isfinite(found.table["fibrillation"]).all()


def test_the_file_of_a_classification_gives_the_same_beats_again(strip, tmp_path):
    first = classify_record(strip)
    file = write_annotations(first.annotations(), tmp_path / "strip.ofb")
    again = classify_record(strip, annotations=file)
    for column in ("sample", "class", "symbol", "doubtful", "rr_pre_s", "quality", "remark"):
        np.testing.assert_array_equal(first.table[column], again.table[column], column)
    assert first.rhythm().to_dict()["runs"] == again.rhythm().to_dict()["runs"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Annotations([], [], RATE), "got none"),
        (Annotations([10], ["+"], RATE), "got none"),
        (Annotations([10**6], ["N"], RATE), "another record"),
        (Annotations([10, 300], ["N", "N"], 360.0), "another record"),
        (Annotations(range(100, 20_000, 170), ["N"] * 118, RATE), "lie where its signal shows a beat"),
    ],
)
def test_annotations_of_another_record_are_refused(strip, given, said):
    with pytest.raises(DataError, match=said):
        classify_record(strip, annotations=given)


def test_two_beats_at_one_place_are_one(strip):
    places, _ = peaks()
    twice = Annotations(np.sort(np.append(places, places[5])), ["N"] * (len(places) + 1), RATE)
    assert len(classify_record(strip, annotations=twice).table) == len(places)


def test_an_expert_s_beats_of_a_real_record(data_dir):
    record = data_dir / "mitdb" / "208"
    found = classify_record(record, annotations=record.with_suffix(".atr"))
    # the directory of the database: 1586 normal beats, 992 ventricular ones, 373 fusions, 2 unclassifiable
    assert {name: int((found.table["class"] == name).sum()) for name in "NVFSQ"} == {
        "N": 1586, "V": 992, "F": 373, "S": 2, "Q": 2,
    }  # fmt: skip
    assert not math.isnan(found.rhythm().mean_rate)
    with pytest.raises(DataError, match="another record"):
        classify_record(record, annotations=record.with_name("200.atr"))

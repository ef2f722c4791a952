"""Naming beats of other patients: nobody on both sides, nothing lost from the counts, and all of it on real records."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from offbeat.bench.heartbeats.between_patients import (
    MAIN,
    READINGS,
    STRICT,
    WHOLE,
    between_patients,
    check_sides,
    evaluate_records,
    learn,
    read_records,
    without_same_person,
)
from offbeat.bench.heartbeats.outcomes import Outcome, matrix_of, uncalibrated
from offbeat.bench.heartbeats.tables import by_confidence, gross
from offbeat.bench.heartbeats.variants import EVERYTHING, VARIANTS
from offbeat.classifiers import RandomForestBaseline
from offbeat.ecg.beats import FEATURE_NAMES, RHYTHM_NAMES
from offbeat.ecg.ec57 import BeatComparison
from offbeat.errors import DataError, ShapeError
from offbeat.metrics.classification import accuracy, macro_f1
from offbeat.records.aami import CLASSES, beat_classes
from offbeat.records.mitbih import DS1, DS2, PACED

TRAIN, TEST = ("201", "208", "223"), ("202", "213")


# Sides


def test_the_published_split_has_no_record_twice_and_one_person():
    assert not set(DS1) & set(DS2)
    assert not (set(DS1) | set(DS2)) & set(PACED)
    assert check_sides(DS1, DS2) == "Records 201 (learned from) and 202 (evaluated) come from one person."
    assert check_sides(DS2, DS1) == "Records 202 (learned from) and 201 (evaluated) come from one person."
    assert check_sides([name for name in DS1 if name != "201"], DS2) == ""
    assert check_sides(["201", "202"], ["100"]) == ""


def test_nobody_is_on_both_sides_of_the_strict_split():
    some = dict.fromkeys(("101", "201"))
    assert set(without_same_person(some, {"202": None})) == {"101"}
    assert set(without_same_person(dict.fromkeys(("100", "202")), {"201": None})) == {"100"}
    assert set(without_same_person(some, {"100": None})) == {"101", "201"}


@pytest.mark.parametrize("shared", ["100", "234"])
def test_a_record_on_both_sides_is_refused(shared):
    with pytest.raises(DataError, match=f"record {shared} is on both sides"):
        check_sides((*DS1, shared), DS2)


def test_a_side_without_records_is_refused():
    with pytest.raises(DataError, match="one side is empty"):
        check_sides(DS1, ())


def test_the_protocol_refuses_a_record_on_both_sides_before_it_learns(records):
    train, test = records
    with pytest.raises(DataError, match="record 213 is on both sides"):
        between_patients({**train, "213": test["213"]}, test)


# Counts


def random_matrix(seed, size=6):
    return np.random.default_rng(seed).integers(1, 50, (size, size))


@pytest.mark.parametrize("seed", range(5))
def test_without_missed_and_extra_beats_the_figures_are_the_usual_ones(seed):
    counts = random_matrix(seed, 5)
    found = Outcome("a", np.pad(counts, (0, 1)))
    assert found.accuracy() == pytest.approx(accuracy(counts))
    assert found.macro_f1() == pytest.approx(macro_f1(counts))
    assert (found.missed, found.extra) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_missed_and_extra_beats_count_as_wrong(seed):
    counts = random_matrix(seed)
    counts[5, 5] = 0
    found = Outcome("a", counts)
    rows = counts[:5]
    assert found.accuracy() == sum(counts[i, i] for i in range(5)) / rows.sum()
    assert found.accuracy("NSVF") == sum(counts[i, i] for i in range(4)) / rows[:4].sum()
    f1 = [2 * counts[i, i] / (counts[i].sum() + counts[:, i].sum()) for i in range(5)]
    assert found.macro_f1() == pytest.approx(np.mean(f1))
    assert found.macro_f1("NSVF") == pytest.approx(np.mean(f1[:4]))
    assert (found.missed, found.extra) == (counts[:5, 5].sum(), counts[5, :5].sum())


def test_classes_that_do_not_occur_have_no_f1():
    counts = np.zeros((6, 6), int)
    counts[0, 0] = 3
    assert Outcome("a", counts).macro_f1() == 1
    assert np.isnan(Outcome("a", np.zeros((6, 6), int)).accuracy())
    with pytest.raises(ShapeError, match="6 x 6"):
        Outcome("a", np.zeros((5, 5), int))


def test_comparisons_add_up_with_shutdowns_among_the_missed():
    a, b = np.arange(49).reshape(7, 7), np.ones((7, 7), int)
    found = matrix_of([BeatComparison("a", a), BeatComparison("b", b)])
    total = a + b
    assert (found[:5, :5] == total[:5, :5]).all()
    assert (found[:5, 5] == total[:5, 5] + total[:5, 6]).all()
    assert (found[5, :5] == total[5, :5] + total[6, :5]).all()
    expected = BeatComparison("gross", total)
    assert Outcome("x", found).veb_positive_predictivity == expected.veb_positive_predictivity
    assert Outcome("x", found).quality("S").positive_predictivity == expected.sveb_positive_predictivity


def test_undoing_a_temperature():
    logits = np.random.default_rng(0).normal(size=(20, 5)) * 4
    hot = uncalibrated(np.exp(logits / 3) / np.exp(logits / 3).sum(axis=1, keepdims=True), 3.0)
    assert hot == pytest.approx(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    assert uncalibrated(np.array([[0.5, 0.5, 0.0]]), 2.0)[0, 2] == 0


# Between patients, on real records


@pytest.fixture(scope="module")
def records(data_dir):
    return read_records(TRAIN, data_dir), read_records(TEST, data_dir)


@pytest.fixture(scope="module")
def forest(records):
    model = RandomForestBaseline(n_estimators=10)
    learn(model, records[0])
    return model


def test_every_annotated_beat_is_counted_once(records, forest):
    _, test = records
    found = evaluate_records(forest, test)
    known = np.concatenate([beat_classes(record.reference.symbols) for record in test.values()])
    assert found.matrix[:5].sum(axis=1).tolist() == [int((known == name).sum()) for name in CLASSES]
    named = sum(len(record.beats) for record in test.values())
    assert found.matrix[:, :5].sum() == named
    assert len(found.truth) == len(found.probabilities) <= named
    assert found.matrix[:5, :5].sum() == pytest.approx(len(found.truth), abs=5)
    assert np.isnan(found.calibration_error_before)
    assert 0 <= found.calibration_error < 0.5
    assert set(found.comparisons) == set(READINGS)


def test_what_was_not_found_is_missed(records, forest):
    _, test = records
    beats = test["213"].beats
    kept = np.arange(len(beats)) % 2 == 0
    fewer = replace(
        beats,
        samples=beats.samples[kept],
        windows=beats.windows[kept],
        doubtful=beats.doubtful[kept],
        quality=beats.quality[kept],
        spikes=beats.spikes[kept],
    )
    halved = {"213": replace(test["213"], beats=fewer, classes=test["213"].classes[kept])}
    found = evaluate_records(forest, halved)
    assert found.missed == pytest.approx(found.matrix[:5].sum() / 2, rel=0.05)
    assert found.accuracy() < 0.51


def test_variants_see_what_they_say(records):
    _, test = records
    beats = test["213"].beats
    by_name = {variant.name: variant for variant in VARIANTS}
    seen = {
        name: variant.change(variant.prepare(beats).describe(0))
        for name, variant in {**by_name, "everything": EVERYTHING}.items()
    }
    assert seen["everything"].feature_names == FEATURE_NAMES
    assert not set(seen["without the rhythm around the beat"].feature_names) & set(RHYTHM_NAMES)
    plain = seen["without the usual beat, in mV"]
    assert plain.feature_names == RHYTHM_NAMES
    assert (plain.values == beats.windows[:, :1]).all()
    assert by_name["first lead only"].prepare(beats).leads == beats.leads[:1]
    assert len(beats.leads) == 2


@pytest.mark.slow
def test_a_quick_run_between_patients(records):
    train, test = records
    few = {name: _first(record, 250) for name, record in train.items()}
    lines = []
    outcomes = between_patients(few, test, epochs=1, kernels=84, trees=5, log=lines.append)
    names = [found.name for found in outcomes]
    assert names[:2] == [MAIN, STRICT]
    assert len(names) == len(set(names)) == len(lines) == 4 + len(VARIANTS)
    assert outcomes[1].n_train < outcomes[0].n_train
    assert len({found.matrix[:5].sum() for found in outcomes}) == 1
    assert outcomes[0].history["val_confusion"]
    assert outcomes[0].temperature > 0


def _first(record, count):
    beats = record.beats
    kept = slice(0, count)
    fewer = replace(
        beats,
        samples=beats.samples[kept],
        windows=beats.windows[kept],
        doubtful=beats.doubtful[kept],
        quality=beats.quality[kept],
        spikes=beats.spikes[kept],
    )
    return replace(record, beats=fewer, classes=record.classes[kept])


# By confidence


def test_precision_by_confidence_counts_what_is_named_in_each_range():
    beats = pd.DataFrame(
        {
            "class": ["V", "V", "V", "V", "S", "", "N"],
            "confidence": [0.6, 0.65, 0.93, 1.0, 0.8, 0.99, 0.9],
            "truth": ["V", "", "V", "V", "N", "V", "N"],
        }
    )
    rows = {row[0]: row for row in by_confidence(beats, "Precision").rows}
    assert rows["V"][1:-1] == [None, "50.0% (2)", None, "100.0% (1)", "100.0% (1)", "100.0% (2)"]
    assert rows["V"][-1] == pytest.approx((abs(1 - 1.25) + abs(1 - 0.93)) / 4)
    assert rows["S"][3] == "0.0% (1)"
    assert rows["N"][4] == "100.0% (1)"  # each range begins with its lower edge


def test_gross_figures_are_of_whole_records_together(records, forest):
    found = evaluate_records(forest, records[1], name="all")
    (row,) = gross([found], "Gross").rows
    every = matrix_of(found.comparisons[WHOLE])
    assert row[:2] == ["all", len(records[1])]
    assert row[-2:] == [every[CLASSES.index(name)].sum() for name in "VS"]
    assert row[4:6] == pytest.approx([found.quality("V").sensitivity, found.veb_positive_predictivity])
    assert len(found.beats) == sum(len(record.beats) for record in records[1].values())

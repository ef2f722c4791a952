from dataclasses import replace

import numpy as np
import pytest

from ecg_signals import RATE, ecg
from noises import NOISES
from offbeat.classifiers import ECGFormer
from offbeat.ecg.beats import find_beats
from offbeat.ecg.classify import (
    _calibrate_ventricular,
    classify_record,
    decide_beats,
    load_beat_model,
    name_decided,
    shipped_model,
)
from offbeat.errors import ModelError, ParameterError
from offbeat.records import Record, beats
from offbeat.records.aami import CLASSES
from offbeat.records.beat_remarks import SURE, beat_remark
from offbeat.training import TrainConfig

COLUMNS = ["sample", "time_s", "class", "symbol", "confidence", *(f"p_{name}" for name in CLASSES)]


def nearest_is_wide(found, times, wide):
    return wide[np.abs(found["time_s"].to_numpy()[:, None] - times[None, :]).argmin(axis=1)]


def test_wide_early_beats_are_ventricular_and_the_others_normal(as_record):
    signal, times, wide = ecg(300)
    table = classify_record(as_record(signal)).table
    is_wide = nearest_is_wide(table, times, wide)
    assert list(table.columns)[:10] == COLUMNS
    assert (table["class"][is_wide] == "V").mean() > 0.9
    assert (table["class"][~is_wide] == "N").mean() > 0.95


def test_fusion_beats_are_not_claimed(as_record):
    table = classify_record(as_record(ecg(100)[0])).table
    assert "F" in shipped_model().classes_
    assert (table["p_F"] == 0).all()
    assert table[[f"p_{name}" for name in CLASSES]].sum(axis=1).to_numpy() == pytest.approx(1)


def test_an_inverted_lead_gives_the_same_classes(as_record):
    signal, _, _ = ecg(300)
    upright = classify_record(as_record(signal, name="up")).table
    inverted = classify_record(as_record(-signal, name="down")).table
    assert np.array_equal(upright["sample"], inverted["sample"])
    assert (upright["class"] == inverted["class"]).mean() > 0.95


@pytest.mark.parametrize("rate", [100.0, 500.0, 1000.0])
def test_other_sampling_rates_give_the_same_classes(as_record, rate):
    signal, times, wide = ecg(200, rate)
    table = classify_record(as_record(signal, rate=rate)).table
    is_wide = nearest_is_wide(table, times, wide)
    assert (table["class"][is_wide] == "V").mean() > 0.9
    assert (table["class"][~is_wide] == "N").mean() > 0.95


@pytest.mark.parametrize("n", [0, 3, 5000])
def test_a_record_without_beats_gives_an_empty_table_with_all_columns(n):
    found = classify_record(Record.from_array(np.zeros(n), sampling_rate=RATE))
    assert len(found.table) == 0
    assert list(found.table.columns)[:10] == COLUMNS
    assert set(found.annotations().symbols) <= {"~"}


def test_all_of_it_missing_is_all_unreadable(as_record):
    found = classify_record(as_record(np.full(5000, np.nan), np.full(5000, np.nan)))
    assert len(found.table) == 0
    assert [(start, stop) for start, stop, _ in found.unreadable] == [(0.0, 5000 / RATE)]


def test_missing_stretches_are_reported_and_never_scored(as_record):
    signal, _, _ = ecg(200)
    signal[int(50 * RATE) : int(65 * RATE)] = np.nan
    found = classify_record(as_record(signal))
    assert found.unreadable == [(50.0, 65.0, "gap")]
    assert not found.table["time_s"].between(50, 65, inclusive="left").any()
    notes = found.annotations()
    marks = notes.symbols == "~"
    assert notes.samples[marks].tolist() == [50 * RATE, 65 * RATE]
    assert notes.subtypes[marks].tolist() == [-1, 0]
    probabilities = found.table[[f"p_{name}" for name in CLASSES]].to_numpy()
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_the_annotations_say_which_beats_are_doubtful_or_unsure(as_record):
    found, rng = find_beats(as_record(ecg(40)[0])), np.random.default_rng(0)
    found = replace(found, doubtful=rng.random(len(found)) < 0.3)
    decided = decide_beats(found, shipped_model())
    sure = rng.uniform(0.5, 1.0, len(found))
    mixed = np.column_stack([sure, 1 - sure, np.zeros((len(found), 3))])  # N, else S
    classified = name_decided(found, decided._replace(probabilities=mixed))
    table, named = classified.table, beats(classified.annotations())
    assert table["confidence"].to_numpy() == pytest.approx(sure)
    assert table["doubtful"].tolist() == found.doubtful.tolist()
    remarks = [beat_remark(aux) for aux in named.aux]
    assert [remark.doubtful for remark in remarks] == table["doubtful"].tolist()
    said = np.where(table["confidence"] < SURE, table["confidence"], np.nan)
    assert [remark.confidence for remark in remarks] == pytest.approx(said, abs=0.006, nan_ok=True)


@pytest.mark.parametrize("kind", NOISES)
def test_noise_has_no_ventricular_beats_and_cannot_be_read(as_record, kind):
    found = classify_record(as_record(NOISES[kind](np.random.default_rng(1))))
    assert not (found.table["class"] == "V").any()
    assert sum(stop - start for start, stop, _ in found.unreadable) > 0.9 * found.duration


def test_motion_in_the_middle_leaves_the_rest_as_it_was(as_record):
    signal, times, wide = ecg(100)
    noise = NOISES["motion"](np.random.default_rng(0))[: int(20 * RATE)]
    signal[int(30 * RATE) : int(50 * RATE)] += noise
    table = classify_record(as_record(signal)).table
    outside = ~table["time_s"].between(28, 52)
    is_wide = nearest_is_wide(table, times, wide)
    assert ((table["class"] == "V") == is_wide)[outside].mean() > 0.97
    assert not (table["class"] == "V")[table["time_s"].between(32, 48)].any()
    far = ~table["time_s"].between(25, 55)  # quality is that of five seconds on both sides
    assert table["quality"][far].min() > 0.9
    assert table["doubtful"][table["time_s"].between(32, 48)].all()


def test_hum_changes_no_class(as_record):
    signal, _, _ = ecg(100)
    hum = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(signal)) / RATE)
    plain = classify_record(as_record(signal, name="plain")).table
    hummed = classify_record(as_record(signal + hum, name="hum")).table
    assert np.abs(plain["sample"] - hummed["sample"]).max() <= 2
    assert (plain["class"] == hummed["class"]).mean() > 0.98


def test_below_the_confidence_no_class_is_named(as_record):
    record = as_record(ecg(100)[0])
    needed = float(classify_record(record).table["confidence"].median())
    sure = classify_record(record, min_confidence=needed)
    low = sure.table["confidence"] < needed
    assert 0.3 < low.mean() <= 0.5
    assert (sure.table["class"][low] == "").all()
    assert (sure.table["symbol"][low] == "Q").all()
    assert (sure.table["class"][~low] != "").all()
    with pytest.raises(ParameterError, match="from 0 to 1"):
        classify_record(record, min_confidence=2)


def test_calibration_makes_what_is_not_ventricular_surer_and_nothing_else():
    before = np.array([[0.6, 0.1, 0.2, 0.0, 0.1], [0.2, 0.05, 0.7, 0.05, 0.0], [0.0, 0.0, 1.0, 0.0, 0.0]])
    after = before.copy()
    _calibrate_ventricular(after)
    assert after.sum(axis=1) == pytest.approx(1)
    assert after[0, 2] < 0.1
    assert after[0, [0, 1, 3, 4]] / after[0, 0] == pytest.approx(before[0, [0, 1, 3, 4]] / before[0, 0])
    assert after[1:] == pytest.approx(before[1:], abs=1e-6)


def test_a_second_lead_has_a_say(as_record):
    signal, _, _ = ecg(200)
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.3, len(signal))
    one = classify_record(as_record(signal, name="one")).table
    two = classify_record(as_record(signal, noise, name="two"), leads=[0, 1]).table
    assert np.array_equal(one["sample"], two["sample"])
    assert not np.allclose(one["p_V"], two["p_V"])


def test_other_models_are_refused(tmp_path):
    model = ECGFormer(width=8, depth=1, heads=2, train=TrainConfig(epochs=1, progress=False))
    rng = np.random.default_rng(0)
    model.fit(rng.normal(size=(40, 1, 30)), np.repeat(["N", "V"], 20)).save(tmp_path / "other")
    with pytest.raises(ModelError, match="a model of beats"):
        load_beat_model(tmp_path / "other")
    with pytest.raises(ModelError, match="no model at"):
        load_beat_model(tmp_path / "nothing")


def test_the_shipped_model_is_small_and_knows_its_classes():
    from offbeat.ecg import classify

    model = shipped_model()
    assert set(model.classes_) <= set(CLASSES)
    folder = classify.__file__.replace("classify.py", "beat_model")
    from pathlib import Path

    files = {path.name: path.stat().st_size for path in Path(folder).iterdir()}
    assert sum(files.values()) < 2_000_000
    assert "card.md" in files

"""The beats of an ECG record as a third kind: found, named by the annotations beside it, learned from, ranked."""

import json
import logging
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import PCADetector, compare
from offbeat.app.evaluation import evaluate_model
from offbeat.app.loading import load_source
from offbeat.app.outputs import event_rows, score_frame, write_found
from offbeat.app.request import Request
from offbeat.app.result_tables import event_table
from offbeat.app.training_data import training_data
from offbeat.bench.beat_ranking import rank_beats
from offbeat.bench.suites.registry import SUITES
from offbeat.cli.main import main
from offbeat.ecg.beat_series import UNNAMED, beat_series, name_beats_by
from offbeat.ecg.beats import find_beats
from offbeat.ecg.loading import BeatOptions, load_beats
from offbeat.errors import DataError, ParameterError
from offbeat.events import read_events
from offbeat.records import Annotations, open_record, read_annotations, write_annotations

BEATS = ("beats-n", "beats-all")


MINUTES = 10
"""As much of a record is enough to learn from and to evaluate on; finding the beats of all of it takes three times as
long, in nearly every test."""


@pytest.fixture(scope="module")
def records(data_dir, tmp_path_factory):
    """The first minutes of two records with their annotations, in a folder where more may be written."""
    folder = tmp_path_factory.mktemp("records")
    for name in ("102", "119"):
        write_beginning(data_dir / "mitdb" / name, folder / name)
    return folder


def write_beginning(record, path):
    """Write the first minutes of a record of two leads in format 212, three bytes for both, and nearly all annotations.

    A few beats in its middle get none.
    """
    n_times = MINUTES * 60 * 360
    header = record.with_suffix(".hea").read_text()
    path.with_suffix(".hea").write_text(header.replace(" 2 360 650000", f" 2 360 {n_times}"))
    path.with_suffix(".dat").write_bytes(record.with_suffix(".dat").read_bytes()[: 3 * n_times])
    annotations = read_annotations(record.with_suffix(".atr"))
    kept = annotations.samples < n_times
    kept[[100, 200, 300]] = False
    write_annotations(annotations.where(kept), path.with_suffix(".atr"))


@pytest.fixture(scope="module")
def beats(records):
    return find_beats(open_record(records / "119"))


@pytest.fixture(scope="module")
def source(records):
    return load_source(Request(str(records / "119"), kind="beats"))


@pytest.fixture(scope="module")
def detector(source):
    learned, held_out = source.to_learn()
    return PCADetector().fit(learned, validation=held_out)


def test_beats_are_windows_with_their_times(source, beats):
    data = source.data
    assert data.values.shape == (len(beats), 1, 114)
    assert (data.channels, data.sampling_rate) == (("MLII",), 120)
    sample, time, before, after = data.features.T
    assert (sample == beats.samples).all()
    assert np.allclose(time, beats.samples / 360, atol=1e-4)
    assert np.allclose(before[1:], after[:-1], equal_nan=True)
    assert np.isnan([before[0], after[-1]]).all()


def test_classes_are_those_of_the_annotations(source, records):
    counts = source.data.counts()
    named = read_annotations(records / "119.atr").symbols
    n_normal, n_ventricular = np.sum(named == "N"), np.sum(named == "V")
    assert n_ventricular > 100
    assert source.normal == "N"
    assert (counts["N"], counts["V"]) == (pytest.approx(n_normal, abs=4), pytest.approx(n_ventricular, abs=4))
    assert source.data.domain == "ecg"
    assert source.note.endswith("named by 119.atr")


def test_beats_that_no_annotation_names_are_not_evaluated(source, detector, records, tmp_path):
    unnamed = int((source.data.labels == UNNAMED).sum())
    assert 0 < unnamed == (~source.has_class()).sum()
    said = []
    folder = detector.save(tmp_path / "model")
    found = evaluate_model(folder, Request(str(records / "119"), kind="beats"), baselines=False, log=said.append)
    assert f"{unnamed} beats that were found and no annotation names are left out" in said
    assert UNNAMED not in found.test.labels
    assert set(found.test.labels) == {"N", "V"}


def nearest(annotations, samples, reach):
    """Name each beat by the annotation nearest to it: what is meant, where no two are near each other."""
    names = np.full(len(samples), UNNAMED)
    for i, sample in enumerate(samples):
        distance = np.abs(annotations.samples - sample)
        if distance.min() <= reach:
            names[i] = annotations.symbols[distance.argmin()]
    return names


def test_naming_is_by_the_nearest(beats, records):
    annotations = read_annotations(records / "119.atr")
    real = annotations.where(np.isin(annotations.symbols, ["N", "V"]))
    assert (name_beats_by(annotations, beats) == nearest(real, beats.samples, 54)).all()
    # Annotations may count time otherwise than the record does.
    coarse = Annotations(annotations.samples // 2, annotations.symbols, 180.0)
    assert (name_beats_by(coarse, beats) == name_beats_by(annotations, beats)).all()


def test_without_annotations_all_beats_are_learned_from(records):
    source = load_source(Request(str(records / "119"), kind="beats", label="none"))
    said = []
    training, settings = training_data(source, "pca", (), None, said.append)
    assert (source.normal, training.data.labels, training.validation) == (None, None, None)
    assert len(training.data) == len(source.data)
    assert "all are taken for normal" in said[0]
    assert settings == ()
    with pytest.raises(DataError, match=r"no annotations name them: put an annotation file \(.atr\)"):
        source.need_normal()


def test_annotations_of_a_program_come_second_and_are_named_so(records):
    of_people = read_annotations(records / "119.atr")
    bare = records / "alone"
    bare.mkdir()
    for ending in ("hea", "dat"):
        shutil.copy(records / f"119.{ending}", bare)
    write_annotations(of_people, bare / "119.ofb")
    found = load_beats(str(bare / "119"))
    assert "nobody has checked" in found.note
    assert (found.data.labels == load_beats(str(records / "119")).data.labels).all()
    assert load_beats(str(bare / "119"), BeatOptions(label="ofb")).data.classes == found.data.classes
    with pytest.raises(DataError, match=r"no annotation file .*119\.atr"):
        load_beats(str(bare / "119"), BeatOptions(label="atr"))


def test_a_review_goes_before_what_a_program_wrote_and_after_experts(records, tmp_path):
    for ending in ("hea", "dat"):
        shutil.copy(records / f"119.{ending}", tmp_path)
    of_people = read_annotations(records / "119.atr")
    write_annotations(of_people, tmp_path / "119.ofb")
    symbols, aux = of_people.symbols.copy(), of_people.aux.astype("U40")
    corrected = np.flatnonzero(symbols == "V")[:30]
    symbols[corrected], aux[corrected] = "N", "reviewed, was V"
    write_annotations(Annotations(of_people.samples, symbols, of_people.sampling_rate, aux=aux), tmp_path / "119.rev")
    by_program = load_beats(str(tmp_path / "119"), BeatOptions(label="ofb"))
    by_review = load_beats(str(tmp_path / "119"))
    assert "named by 119.rev: a person has reviewed 30 of them" in by_review.note
    changed = np.flatnonzero(by_review.data.labels != by_program.data.labels)
    assert len(changed) == pytest.approx(30, abs=2)
    assert set(by_review.data.labels[changed]) == {"N"}
    shutil.copy(records / "119.atr", tmp_path)
    assert load_beats(str(tmp_path / "119")).note.endswith("named by 119.atr")


def test_a_gain_may_be_given(records, tmp_path):
    header = (records / "119.hea").read_text()
    (tmp_path / "119.hea").write_text(header.replace(" 212 200 ", " 212 0 "))
    shutil.copy(records / "119.dat", tmp_path)
    beats = load_source(Request(str(tmp_path / "119"), kind="beats", read=("gain=100",))).data
    plain = load_source(Request(str(records / "119"), kind="beats", label="none")).data
    np.testing.assert_allclose(beats.values[:50], 2 * plain.values[:50], rtol=1e-3, atol=1e-3)
    with pytest.raises(ParameterError, match="gain"):
        load_source(Request(str(tmp_path / "119"), kind="beats", read=("gain=0",)))


def test_another_class_can_be_the_normal_one(records):
    paced = str(records / "102")
    assert load_source(Request(paced, kind="beats", normal="Q")).normal == "Q"
    with pytest.raises(DataError, match="normal class 'S': the classes are"):
        load_source(Request(paced, kind="beats", normal="S"))


def test_another_lead(records):
    assert load_source(Request(str(records / "119"), kind="beats", read=("lead=V1",))).data.channels == ("V1",)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"read": ["gaps=nan"]}, "reading beats has no option 'gaps'"),
        ({"read": ["sampling_rate=fast"]}, "sampling_rate is a number or None, got 'fast'"),
        ({"read": ["method=slow"]}, "slow"),
        ({"time": "t"}, "leave --time out"),
    ],
    ids=["unknown setting", "no number", "no method", "a column of times"],
)
def test_what_is_not_asked_of_beats(records, settings, expected):
    with pytest.raises(ParameterError, match=expected):
        load_source(Request(str(records / "119"), kind="beats", **settings))


def test_a_record_without_beats(tmp_path):
    flat = tmp_path / "flat.csv"
    flat.write_text("II (mV),V1 (mV)\n" + "0,0\n" * 5000)
    with pytest.raises(DataError, match="no beats were found in II of flat"):
        load_beats(str(flat), BeatOptions(sampling_rate=250))


def test_ventricular_beats_are_found_and_told_with_their_times(source, detector, tmp_path):
    data = source.data
    events = detector.detect(data)
    named = np.asarray(data.labels)[[event.series for event in events]]
    assert np.mean(named == "V") > 0.75
    assert len(events) > 0.9 * np.sum(np.asarray(data.labels) == "V")
    worst = max(events, key=lambda event: event.score)
    table = event_table(events, 3, data)
    seconds = data.features[worst.series, 1]
    assert table.columns == ["beat", "at (h:mm:ss)", "score", "tier", "annotated"]
    assert table.rows[0][:2] == [worst.series, f"0:{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"]
    row = event_rows([worst], data)[0]
    assert (row["time_s"], row["sample"]) == (seconds, data.features[worst.series, 0])
    assert isinstance(row["sample"], int)
    json.dumps(event_rows(events, data), allow_nan=False)
    for ending in ("csv", "json", "jsonl", "parquet"):
        write_found(events, data, tmp_path / f"events.{ending}")
        again = read_events(tmp_path / f"events.{ending}")
        assert [event.series for event in again] == [event.series for event in events]
    assert pd.read_csv(tmp_path / "events.csv")["label"].tolist() == named.tolist()


def test_scores_stand_beside_times(source, detector):
    frame = score_frame(detector, source.data)
    assert frame.columns.tolist()[:5] == ["series", "sample", "time_s", "rr_pre_s", "rr_post_s"]
    assert frame["time_s"].is_monotonic_increasing
    assert frame.groupby("label")["score"].median()["V"] > 5 * frame.groupby("label")["score"].median()["N"]


def test_a_model_is_evaluated_on_beats_that_it_has_not_seen(source, detector, records, tmp_path):
    detector.save(tmp_path / "model")
    results = evaluate_model(tmp_path / "model", Request(str(records / "119"), kind="beats"), baselines=False)
    learned, held_out = source.to_learn()
    assert len(results.test) == source.has_class().sum() - len(learned) - len(held_out)
    assert results.main.evaluation.auroc.value > 0.98
    assert results.domain == "ecg"


def test_ectopic_beats_are_on_top(records, beats):
    found = compare("pca", f"beats/{records / '119'}").to_frame()
    told, blind = (found[(found["suite"] == suite) & (found["detector"] == "pca")].iloc[0] for suite in BEATS)
    assert told["precision"] > 1.5 * told["ectopic"] / told["n"]
    assert told["auroc"] > 0.98
    assert blind["auroc"] > 0.7
    assert np.isnan(told["auroc_s"])
    assert told["n"] < blind["n"] == len(beats)


def test_records_of_the_database_with_few_ectopic_beats_are_no_cases(data_dir):
    names = [case.name for case in SUITES["beats-n"].cases(data_dir)]
    assert "119" in names
    assert "102" not in names, "it is paced"
    assert "101" not in names, "3 of its beats are V or S"


@given(st.lists(st.sampled_from("NSVFQO"), min_size=1, max_size=400), st.randoms(use_true_random=False))
def test_ranking_of_what_is_known(classes, random):
    named = np.array(classes)
    ectopic = np.isin(named, ["V", "S", "F"])
    perfect = rank_beats(ectopic + 0.0, named)
    assert perfect.precision == pytest.approx(perfect.best)
    assert perfect.share == pytest.approx(ectopic.mean())
    any_order = rank_beats([random.random() for _ in classes], named)
    assert any_order.precision <= any_order.best + 1e-12
    assert any_order.top == -(-len(classes) // 100)
    if ectopic.sum() >= 10 and not ectopic.all():
        assert perfect.auroc == 1


def test_beats_need_no_classes(beats):
    bare = beat_series(beats)
    assert bare.labels is None
    assert bare.class_names == {}


@pytest.mark.slow
def test_the_command_from_record_to_page(records, beats, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger("offbeat"), "handlers", [])
    chosen = [str(records / "119"), "--kind", "beats"]
    for words in (
        ["fit", *chosen, "--detector", "pca", "--out", str(tmp_path / "model")],
        ["score", *chosen, "--model", str(tmp_path / "model"), "--out", str(tmp_path / "scores.csv")],
        ["detect", *chosen, "--model", str(tmp_path / "model"), "--json", str(tmp_path / "found.json")],
        ["report", *chosen, "--model", str(tmp_path / "model"), "--no-baselines", "--out", str(tmp_path / "page.html")],
        ["bench", f"beats/{chosen[0]}", "-d", "pca", "--results", str(tmp_path / "results.parquet")],
    ):
        monkeypatch.setattr("sys.argv", ["offbeat", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
    told = capsys.readouterr()
    assert "119.atr" in told.err
    assert f"of {len(beats):,} beats flagged" in told.out
    assert len(pd.read_csv(tmp_path / "scores.csv")) == len(beats)
    assert json.loads((tmp_path / "found.json").read_text())["events"][0]["time_s"] > 0
    assert "not a medical device" in (tmp_path / "page.html").read_text()
    assert set(pd.read_parquet(tmp_path / "results.parquet")["suite"]) == set(BEATS)
    assert "not a medical device" in told.err

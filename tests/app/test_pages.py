"""What is found, as tables, sentences, figures and a page."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from offbeat.app.demo import demo_source, run_demo
from offbeat.app.loading import Source
from offbeat.app.outputs import score_frame
from offbeat.app.pages.series import SeriesResults
from offbeat.app.result_tables import event_table, fit_tables, rate_table
from offbeat.app.runs import with_baselines
from offbeat.app.series_runs import trial_of_split
from offbeat.bench.recipes import load_recipe, recipe_names, reproduce
from offbeat.data import names, normal_split
from offbeat.data.synthetic import heartbeats, voltage_curves
from offbeat.detectors.autoencoders import DenseAutoencoder
from offbeat.detectors.classical import PCADetector
from offbeat.detectors.registry import detector_class
from offbeat.errors import ParameterError
from offbeat.estimators.hints import validate_types
from offbeat.events import Event, events_to_frame
from offbeat.series.recording import Recording
from offbeat.thresholds import threshold_from_name
from offbeat.training import TrainConfig
from offbeat.words import percent

few_are_enough = pytest.mark.filterwarnings("ignore::offbeat.thresholds.FewScoresWarning")


@pytest.fixture(scope="module")
def results():
    curves = voltage_curves(300, 20, 20)
    split = normal_split(curves, "normal")
    trial = trial_of_split(split, "normal")
    detector = DenseAutoencoder(hidden_sizes=(16,), train=TrainConfig(epochs=5, progress=False))
    return SeriesResults("Curves", curves, split.evaluation, "normal", with_baselines([detector], trial))


def titles(tables):
    return [table.title for table in tables]


def test_tables_tell_what_the_runs_found(results):
    tables = {table.title: table for table in results.tables()}
    detectors = tables["Detectors"].to_dict()["rows"]
    assert [row["detector"] for row in detectors] == [run.name for run in results.runs]
    assert [row["AUROC"] for row in detectors] == [run.evaluation.auroc.value for run in results.runs]
    decided = tables["Sensitivity and specificity"].to_dict()["rows"]
    assert [row["threshold"] for row in decided] == [run.detector.threshold_.value_ for run in results.runs]
    assert [row["fit (s)"] for row in tables["Time"].to_dict()["rows"]] == [run.seconds for run in results.runs]


def test_rates_are_told_on_held_out_and_on_unseen_normal_series(results):
    detector, scores = results.main.detector, results.main.scores[results.test.labels == "normal"]
    rows = rate_table(detector, scores).to_dict()["rows"]
    assert [row["decision"] for row in rows] == ["threshold", "tier watch", "tier alarm"]
    rule = detector.threshold_
    assert (rows[0]["rule"], rows[0]["aims at"]) == ("quantile", "5% of normal series")
    assert rows[0]["held-out data"] == percent(rule.false_alarm_rate(detector.held_out_scores_), 1)
    assert rows[0]["unseen normal data"] == percent(rule.false_alarm_rate(scores), 1)
    assert "unseen normal data" not in rate_table(detector).columns


def test_everything_is_json(results):
    told = json.loads(json.dumps(results.to_dict(), allow_nan=False))
    assert [run["name"] for run in told["runs"]] == [run.name for run in results.runs]
    assert [table["title"] for table in told["tables"]] == titles(results.tables())


def test_the_summary_compares_with_the_best_baseline_beside_it(results):
    caught, beside = results.summary()
    assert "of 40 anomalies" in caught
    best = max(results.runs[1:], key=lambda run: run.evaluation.auroc.value)
    assert f"({best.name}, {best.evaluation.auroc.value:.4f})" in beside


def test_a_baseline_is_not_compared_with_itself(results):
    pca = next(run for run in results.runs if run.name == "pca")
    alone = SeriesResults("pca", results.data, results.test, "normal", [pca])
    assert len(alone.summary()) == 1
    others = [run for run in results.runs if run.name not in ("pca", "dense-autoencoder")]
    assert "(pca" not in SeriesResults("pca", results.data, results.test, "normal", [pca, *others]).summary()[1]


def test_scores_and_events_as_frames(results):
    detector, data = results.main.detector, results.test
    frame = score_frame(detector, data)
    events = detector.detect(data)
    assert frame["flag"].sum() == len(events) == len(events_to_frame(events))
    assert frame.loc[frame["flag"] == 1, "series"].tolist() == [event.series for event in events]
    shown = event_table(events, 5)
    assert [row[1] for row in shown.rows] == sorted((event.score for event in events), reverse=True)[:5]
    assert shown.note == f"Series are counted from 0. {len(events) - 5} more events are not shown here."
    assert event_table(events, len(events)).note == "Series are counted from 0."
    assert "class" not in shown.columns
    rows = event_table(events, 5, data).to_dict()["rows"]
    assert [row["class"] for row in rows] == [data.labels[row["series"]] for row in rows]


def test_the_oddest_series_is_drawn_with_its_number_in_the_data(results):
    titles = [axes.get_title("left") for axes in results.figures()["reconstructions"].draw().axes]
    assert len(titles) == 20
    labels, scores = results.test.labels, results.main.scores
    odd = np.flatnonzero(labels != "normal")
    oddest = results.test.values[odd[np.argmax(scores[odd])]]
    number = next(row for row, values in enumerate(results.data.values) if np.array_equal(values, oddest))
    assert titles[8].startswith(f"{number}: {results.data.labels[number]}\nscore {scores[odd].max():.4g}, ")
    for title in titles:
        number, label = title.splitlines()[0].split(": ")
        assert results.data.labels[int(number)] == label


def test_whitened_errors_are_explained_under_the_picture(results):
    def words(detector):
        run = replace(results.main, detector=detector)
        page = SeriesResults("x", results.data, results.test, "normal", [run])
        return page.figures()["reconstructions"].caption

    assert "whitened" not in words(results.main.detector)
    assert "whitened" in words(PCADetector(error="whitened").fit(results.data.where("normal")))


def test_accuracy_stands_beside_that_of_the_majority(results):
    table = next(table for table in results.tables() if table.title == "Accuracy")
    row = table.to_dict()["rows"][0]
    truth, flags = results.test.labels != "normal", results.main.scores > results.main.detector.threshold_.value_
    assert row["accuracy"] == np.mean(truth == flags)
    assert row["majority class alone"] == truth.mean() == 40 / 63
    assert results.to_dict()["runs"][0]["accuracy"] == row["accuracy"]


def test_events_of_a_recording_with_a_rate_say_when_they_were():
    event = Event(start=1000, end=1100, peak=1050, score=2.0)
    plain, timed = (Recording(np.zeros(2000), sampling_rate=rate) for rate in (None, 10.0))
    assert event_table([event], 1, plain).rows[0][0] == 1000
    assert event_table([event], 1, timed).rows[0][0] == "1000 (0:01:40)"
    assert event_table([event], 1, timed).rows[0][4] == "1050 (0:01:45)"


def test_what_was_learned_is_told(results):
    facts = dict(fit_tables(results.main.detector, 1.25)[0].rows)
    assert facts["series"] == "255 learned from, 22 set the threshold"
    assert facts["shape"] == "1 channel x 150 time steps"
    assert facts["time"] == "1.2 s"
    assert facts["best epoch"].endswith(f"{min(results.main.detector.history_['val_loss']):.4f}")


@pytest.mark.parametrize("name", [name for name in recipe_names() if "runs" in load_recipe(name)])
def test_recipes_name_what_there_is(name):
    recipe = load_recipe(name)
    assert recipe["data"] in names()
    assert sum(bool(entry.get("main")) for entry in recipe["runs"]) == 1
    labels = [entry["name"] for entry in recipe["runs"]]
    assert len(set(labels)) == len(labels)
    for entry in recipe["runs"]:
        if "threshold" in entry:
            threshold_from_name(**entry["threshold"])
        if "same_as" in entry:
            assert entry["same_as"] in labels[: labels.index(entry["name"])]
            continue
        cls = detector_class(entry["detector"])
        settings = entry.get("settings", {})
        assert set(settings) <= set(cls().get_params())
        validate_types(settings, cls.setting_types())
        TrainConfig(**{**entry.get("train", {}), **entry.get("quick", {})}).validate()


def test_an_unknown_recipe():
    with pytest.raises(ParameterError, match="there are ecg5000, mitbih, nab-traveltime, synthetic"):
        load_recipe("magic")


@few_are_enough
@pytest.mark.parametrize("name", ["ecg5000", "synthetic"])
def test_a_quick_reproduction_on_little_data(name):
    data = {"ecg5000": heartbeats({"1": 120, "3": 10}), "synthetic": voltage_curves(120, 6, 6)}[name]
    source = Source(data, {"ecg5000": "1", "synthetic": "normal"}[name])
    said = []
    results = reproduce(name, source, quick=True, log=said.append)
    recipe = load_recipe(name)
    names_of_runs = [entry["name"] for entry in recipe["runs"]]
    assert results.title == recipe["title"] + " (quick)"
    assert results.main.name == next(entry["name"] for entry in recipe["runs"] if entry.get("main"))
    first = results.tables()[0]
    assert [row[0] for row in first.rows][: len(names_of_runs) + 1] == [recipe["published"]["name"], *names_of_runs]
    by_name = {run.name: run for run in results.runs}
    for row in first.rows[1:]:
        run = by_name[row[0]]
        told, train_kept = run.evaluation, np.mean(run.detector.train_scores_ <= run.evaluation.threshold)
        assert row[1:5] == [told.threshold, train_kept, told.specificity, told.sensitivity]
    json.dumps(results.to_dict(), allow_nan=False)
    for entry in recipe["runs"]:
        if "same_as" in entry:
            assert by_name[entry["name"]].scores.tolist() == by_name[entry["same_as"]].scores.tolist()
            assert by_name[entry["name"]].evaluation.threshold != by_name[entry["same_as"]].evaluation.threshold


def test_the_demo_runs_anywhere(tmp_path, monkeypatch):
    monkeypatch.delenv("OFFBEAT_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    said = []
    source = demo_source(None, said.append)
    assert "using built-in heartbeats" in said[0]
    assert source.data.domain == "ecg"


@few_are_enough
def test_the_demo_writes_models_figures_and_page(tmp_path, monkeypatch):
    quick = TrainConfig(epochs=1, progress=False)
    for name in ("lstm-autoencoder", "dense-autoencoder"):
        monkeypatch.setattr(detector_class(name), "default_train", quick)
    results = run_demo(Source(heartbeats({"1": 140, "2": 9}), "1"), tmp_path / "out", lambda _: None)
    assert results.main.name == "lstm-autoencoder"
    assert not math.isnan(results.main.seconds)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["figures", "models", "report.html"]
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert all(text in page for text in (f"<h1>{results.title}", "offbeat demo", "not a medical device"))
    assert all(title in page for title in titles(results.tables()))
    assert page.count("<img") == len(results.figures())
    assert len(list((tmp_path / "out/models").iterdir())) == 2
    assert {path.suffix for path in (tmp_path / "out/figures").iterdir()} == {".png", ".svg"}

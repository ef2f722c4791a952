"""Evaluation on short series, beside baselines that were fitted on the very same series."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from offbeat.app.evaluation import evaluate_model
from offbeat.app.request import Request
from offbeat.app.runs import Trial, fit_and_evaluate, with_baselines
from offbeat.app.series_runs import LabelledSeries, data_seen_by, trial_of_split, unseen
from offbeat.data import join, load, normal_split
from offbeat.data.synthetic import voltage_curves
from offbeat.detectors.classical import KNNDetector, PCADetector
from offbeat.detectors.registry import baselines
from offbeat.detectors.saving import load as load_model
from offbeat.errors import DataError
from offbeat.metrics import auroc
from offbeat.series.recording import Collection


@pytest.fixture(scope="module")
def curves():
    return voltage_curves(300, 20, 20)


@pytest.fixture(scope="module")
def split(curves):
    return normal_split(curves, "normal")


@pytest.fixture(scope="module")
def trial(split):
    whole = trial_of_split(split, "normal")
    return Trial(whole.training, replace(whole.test, n_bootstrap=50))


@pytest.fixture(scope="module")
def run(trial):
    return fit_and_evaluate(PCADetector(n_components=3), trial)


def write_csv(data, folder):
    pd.DataFrame(data.values[:, 0]).assign(label=data.labels).to_csv(folder / "c.csv", index=False)
    return folder / "c.csv"


def write_parquet(data, folder):
    frame = pd.DataFrame(data.values[:, 0]).rename(columns=str).assign(label=data.labels)
    frame.to_parquet(folder / "c.parquet")
    return folder / "c.parquet"


def write_npz(data, folder):
    np.savez(folder / "c.npz", X=data.values.astype(np.float32), y=data.labels)
    return folder / "c.npz"


def write_ts(data, folder):
    rows = [f"{','.join(map(repr, row.tolist()))}:{y}" for row, y in zip(data.values[:, 0], data.labels, strict=True)]
    (folder / "c.ts").write_text("\n".join(["@classLabel true high low normal", "@data", *rows]))
    return folder / "c.ts"


def write_text(data, folder):
    numbers = {"normal": 1, "high": 2, "low": 3}
    np.savetxt(folder / "c.txt", np.column_stack([[numbers[y] for y in data.labels], data.values[:, 0]]), "%.17g")
    return folder / "c.txt"


FORMATS = [write_csv, write_parquet, write_npz, write_ts, write_text]


def test_the_parts_of_a_trial_share_no_series(trial, curves):
    training, test = trial.training, trial.test.data
    assert [len(part) for part in (training.data, training.validation, test)] == [255, 22, 63]
    rows = join([training.data, training.validation, test]).values
    assert len(np.unique(rows, axis=0)) == len(curves)
    assert training.data.classes == training.validation.classes == ("normal",)


def test_a_run_is_evaluated_on_the_test_part_at_the_threshold_of_the_held_out_part(run, trial):
    detector, truth = run.detector, trial.test.data.labels != "normal"
    assert run.scores == pytest.approx(detector.decision_function(trial.test.data))
    assert run.evaluation.threshold == detector.threshold_.value_
    assert run.evaluation.auroc.value == pytest.approx(auroc(truth, run.scores))
    assert run.evaluation.sensitivity == np.mean(run.scores[truth] > detector.threshold_.value_)
    assert run.evaluation.specificity == np.mean(run.scores[~truth] <= detector.threshold_.value_)
    assert detector.held_out_scores_ == pytest.approx(detector.decision_function(trial.training.validation))
    assert (run.name, run.seconds > 0) == ("pca", True)


def test_data_without_labels_cannot_be_evaluated(trial):
    bare = Trial(trial.training, LabelledSeries(Collection(trial.test.data.values), "normal"))
    with pytest.raises(DataError, match="labels"):
        fit_and_evaluate(PCADetector(), bare)


def test_baselines_stand_beside_every_result_once(trial):
    said = []
    runs = with_baselines([KNNDetector(n_neighbors=3)], trial, said.append, without=["pca"])
    names = [run.name for run in runs]
    assert names[0] == "knn"
    assert sorted(names) == sorted({baseline.name for baseline in baselines()} - {"pca"})
    assert [line.split()[1] for line in said] == names


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__.removeprefix("write_"))
def test_seen_series_are_known_whatever_file_they_come_in(write, run, curves, trial, tmp_path):
    read = load(write(curves, tmp_path))
    new = unseen(run.detector, read)
    assert new.sum() == len(trial.test.data)
    assert new.tolist() == unseen(run.detector, curves).tolist()


def test_baselines_are_fitted_on_exactly_what_the_model_was_fitted_on(run, curves, trial):
    order = np.random.default_rng(0).permutation(len(curves))
    doubled = join([curves[order], curves[order[:50]]])
    again = data_seen_by(run.detector, doubled)
    assert (again.data.values == trial.training.data.values).all()
    assert (again.validation.values == trial.training.validation.values).all()
    twin = fit_and_evaluate(PCADetector(n_components=3), Trial(again, trial.test))
    assert twin.scores.tolist() == run.scores.tolist()
    assert twin.detector.threshold_.value_ == run.detector.threshold_.value_


def test_baselines_are_not_fitted_on_less(run, curves, trial):
    part = curves[~(curves.values == trial.training.data.values[0]).all(axis=(1, 2))]
    with pytest.raises(DataError, match="1 of these 277 are not in the data"):
        data_seen_by(run.detector, part)


@pytest.fixture(scope="module")
def model(run, tmp_path_factory):
    return run.detector.save(tmp_path_factory.mktemp("model") / "pca")


def test_a_model_is_evaluated_on_what_it_has_not_seen(model, run, curves, trial, tmp_path):
    said = []
    request = Request(str(write_npz(curves, tmp_path)), normal="normal")
    results = evaluate_model(model, request, log=said.append)
    assert said[0] == "277 series that the model has learned from or held out are left out"
    assert len(results.test) == len(trial.test.data)
    assert results.main.evaluation.auroc.value == pytest.approx(run.evaluation.auroc.value)
    assert {each.name for each in results.runs} == {baseline.name for baseline in baselines()}
    assert all(len(each.detector.train_scores_) == 255 for each in results.runs)


def test_training_data_may_come_from_another_file(model, curves, trial, tmp_path):
    (tmp_path / "new").mkdir()
    new = Request(str(write_npz(trial.test.data, tmp_path / "new")), normal="normal")
    with pytest.raises(DataError, match="277 of these 277 are not in the data"):
        evaluate_model(model, new)
    results = evaluate_model(model, replace(new, train=str(write_csv(curves, tmp_path))))
    assert len(results.runs) == len(baselines())
    assert len(evaluate_model(model, new, baselines=False).runs) == 1


@pytest.mark.parametrize(("kept", "kind"), [("test", "normal"), ("anomalies", "anomalous")])
def test_what_is_left_must_hold_both_kinds(kept, kind, model, curves, tmp_path):
    split = normal_split(curves, "normal")
    seen = split.train[:1] if kept == "anomalies" else split.train[:5]
    other = getattr(split, kept)
    odd = Collection(seen.values, labels=["high" if kept == "test" else "normal"] * len(seen))
    path = write_npz(join([other, odd]), tmp_path)
    with pytest.raises(DataError, match=f"left are {kind}"):
        evaluate_model(model, Request(str(path), normal="normal"))


def test_the_normal_class_is_remembered_by_the_model(model, curves, tmp_path):
    assert load_model(model).normal_class_ == "normal"
    said = []
    results = evaluate_model(model, Request(str(write_npz(curves, tmp_path))), log=said.append)
    assert results.normal == "normal"
    assert "normal is the class 'normal', of which the model has learned (--normal names another)" in said
    swapped = evaluate_model(model, Request(str(write_npz(curves, tmp_path)), normal="high"), baselines=False)
    assert swapped.normal == "high"


def test_series_of_several_classes_or_none_leave_no_normal_class(curves, tmp_path):
    for data in (curves, Collection(curves.values)):
        detector = PCADetector().fit(data)
        assert load_model(detector.save(tmp_path / "model")).normal_class_ == ""
    with pytest.raises(DataError, match="--normal"):
        evaluate_model(tmp_path / "model", Request(str(write_npz(curves, tmp_path))))


def test_what_cannot_be_evaluated_is_said_before_anything_is_scored(model, trial, tmp_path, monkeypatch):
    new = Request(str(write_npz(trial.test.data, tmp_path)))
    monkeypatch.setattr(LabelledSeries, "evaluate", lambda *_, **__: pytest.fail("it was scored"))
    with pytest.raises(DataError, match="give the training data too"):
        evaluate_model(model, new)

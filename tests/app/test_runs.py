"""Judging beside baselines that learned from the very same series."""

import numpy as np
import pandas as pd
import pytest

from offbeat.app.evaluation import findings_of_model
from offbeat.app.runs import Trial, fit_and_evaluate, seen_as_trial, unseen, with_baselines
from offbeat.data import join, load, normal_split
from offbeat.data.synthetic import voltage_curves
from offbeat.detectors.classical import KNNDetector, PCADetector
from offbeat.detectors.registry import baselines
from offbeat.errors import DataError
from offbeat.metrics import auroc
from offbeat.series.recording import Collection


@pytest.fixture(scope="module")
def curves():
    return voltage_curves(300, 20, 20)


@pytest.fixture(scope="module")
def trial(curves):
    return Trial.of(normal_split(curves, "normal"), "normal")


@pytest.fixture(scope="module")
def run(trial):
    return fit_and_evaluate(PCADetector(n_components=3), trial, n_bootstrap=50)


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
    sizes = [len(part) for part in (trial.train, trial.validation, trial.test)]
    assert sizes == [255, 22, 63]
    rows = join([trial.train, trial.validation, trial.test]).values
    assert len(np.unique(rows, axis=0)) == len(curves)
    assert trial.train.classes == trial.validation.classes == ("normal",)


def test_a_run_is_judged_on_the_test_part_at_the_cut_of_the_held_out_part(run, trial):
    detector, truth = run.detector, trial.test.labels != "normal"
    assert run.scores == pytest.approx(detector.decision_function(trial.test))
    assert run.evaluation.threshold == detector.threshold_.value_
    assert run.evaluation.auroc.value == pytest.approx(auroc(truth, run.scores))
    assert run.evaluation.caught == np.mean(run.scores[truth] > detector.threshold_.value_)
    assert run.evaluation.kept == np.mean(run.scores[~truth] <= detector.threshold_.value_)
    assert detector.held_out_scores_ == pytest.approx(detector.decision_function(trial.validation))
    assert (run.name, run.seconds > 0) == ("pca", True)


def test_data_without_labels_cannot_be_judged(trial):
    bare = Trial(trial.train, trial.validation, Collection(trial.test.values), "normal")
    with pytest.raises(DataError, match="needs labels"):
        fit_and_evaluate(PCADetector(), bare)


def test_baseline_stand_beside_every_result_once(trial):
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
    assert new.sum() == len(trial.test)
    assert new.tolist() == unseen(run.detector, curves).tolist()


def test_baseline_learn_from_exactly_what_the_model_learned_from(run, curves, trial):
    order = np.random.default_rng(0).permutation(len(curves))
    doubled = join([curves[order], curves[order[:50]]])
    again = seen_as_trial(run.detector, doubled, trial.test, "normal")
    assert (again.train.values == trial.train.values).all()
    assert (again.validation.values == trial.validation.values).all()
    twin = fit_and_evaluate(PCADetector(n_components=3), again, n_bootstrap=50)
    assert twin.scores.tolist() == run.scores.tolist()
    assert twin.detector.threshold_.value_ == run.detector.threshold_.value_


def test_baseline_refuse_to_learn_from_less(run, curves, trial):
    part = curves[~(curves.values == trial.train.values[0]).all(axis=(1, 2))]
    with pytest.raises(DataError, match="but 1 of these 277 are not in the data: give the training data"):
        seen_as_trial(run.detector, part, trial.test, "normal")


@pytest.fixture(scope="module")
def model(run, tmp_path_factory):
    return run.detector.save(tmp_path_factory.mktemp("model") / "pca")


def test_a_model_is_judged_on_what_it_has_not_seen(model, run, curves, trial, tmp_path):
    said = []
    findings = findings_of_model(model, str(write_npz(curves, tmp_path)), normal="normal", say=said.append)
    assert said[0] == "277 series that the model has learned from or held out are left out"
    assert len(findings.test) == len(trial.test)
    assert findings.main.evaluation.auroc.value == pytest.approx(run.evaluation.auroc.value)
    assert {each.name for each in findings.runs} == {baseline.name for baseline in baselines()}
    assert all(len(each.detector.train_scores_) == 255 for each in findings.runs)


def test_training_data_may_come_from_another_file(model, curves, trial, tmp_path):
    (tmp_path / "new").mkdir()
    new = str(write_npz(trial.test, tmp_path / "new"))
    with pytest.raises(DataError, match="277 of these 277 are not in the data"):
        findings_of_model(model, new, normal="normal")
    old = str(write_csv(curves, tmp_path))
    findings = findings_of_model(model, new, normal="normal", train=old)
    assert len(findings.runs) == len(baselines())
    assert len(findings_of_model(model, new, normal="normal", baselines=False).runs) == 1


@pytest.mark.parametrize(("kept", "kind"), [("test", "normal"), ("anomalies", "anomalous")])
def test_what_is_left_must_hold_both_kinds(kept, kind, model, curves, tmp_path):
    split = normal_split(curves, "normal")
    seen = split.train[:1] if kept == "anomalies" else split.train[:5]
    other = getattr(split, kept)
    odd = Collection(seen.values, labels=["high" if kept == "test" else "normal"] * len(seen))
    path = write_npz(join([other, odd]), tmp_path)
    with pytest.raises(DataError, match=f"left are {kind}: give other data"):
        findings_of_model(model, str(path), normal="normal")

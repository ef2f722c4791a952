"""What each command does with good input."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

import offbeat as library

COMMANDS = [
    ("demo",),
    ("data",),
    ("data", "list"),
    ("data", "show"),
    ("data", "get"),
    ("fit",),
    ("score",),
    ("detect",),
    ("evaluate",),
    ("report",),
    ("threshold",),
    ("reproduce",),
    ("bench",),
    ("watch",),
]
BY = ("--model", "both-model")
JUDGE = (*BY, "--normal", "ok")


def read_json(path):
    def refuse(word):
        raise AssertionError(f"{path} holds {word}, which is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(command, option, offbeat):
    ended = offbeat(*command, option)
    assert ended.code == 0
    assert f"Usage: offbeat {' '.join(command)} " in ended.out
    assert ended.err == ""


def test_help_names_every_command(offbeat):
    text = offbeat("--help").out
    assert all(re.search(rf"^\W*{command[0]} ", text, re.MULTILINE) for command in COMMANDS)
    assert "Exit codes: 0 done" in text


def test_version(offbeat):
    assert offbeat("--version").out == f"offbeat {library.__version__}\n"


def test_fit_writes_a_model_and_says_what_it_did(offbeat, work):
    ended = offbeat("fit", "both.csv", "--normal", "ok", "--out", "new/model", "-d", "knn", "--json", "fit.json")
    assert ended.code == 0
    assert sorted(path.name for path in (work / "new/model").iterdir()) == ["config.json", "weights.safetensors"]
    assert "wrote new/model" in ended.err
    told = read_json(work / "fit.json")
    assert told["model"] == "new/model"
    facts = {row[""]: row["what"] for row in told["tables"][0]["rows"]}
    assert facts["series"] == "255 learned from, 22 set the threshold"
    assert facts["shape"] == "1 channel x 20 time steps"
    assert all(str(facts[name]) in ended.out for name in ("series", "shape"))
    detector = library.load(work / "new/model")
    assert told["tables"][1]["rows"][0]["threshold"] == detector.threshold_.value_
    assert f"{detector.threshold_.value_:.4g}" in ended.out


def test_settings_reach_the_detector(offbeat, work):
    ended = offbeat(
        *("fit", "plain.csv", "--out", "model", "-d", "dense-autoencoder", "--seed", "5"),
        *("--set", "code-size=3", "--set", "hidden_sizes=(9,)", "--set", "scaling=none", "--set", "error=mae"),
        *("--train", "epochs=2", "--train", "batch_size=100", "--train", "precision=32"),
        *("--threshold", "sigma", "--threshold-set", "k=2.5", "--watch", "0.2", "--alarm", "0.1"),
    )
    assert ended.code == 0
    assert re.findall(r"epoch (\d/\d): loss", ended.err) == ["1/2", "2/2"]
    detector = library.load(work / "model")
    assert (detector.code_size, detector.hidden_sizes, detector.scaling, detector.error) == (3, (9,), "none", "mae")
    assert (detector.train.epochs, detector.train.batch_size, detector.train.precision) == (2, 100, "32")
    assert (type(detector.threshold_).__name__, detector.threshold_.k) == ("Sigma", 2.5)
    assert (detector.tiers_.watch, detector.tiers_.alarm, detector.random_state) == (0.2, 0.1, 5)


def test_a_training_is_logged_and_goes_on_from_its_checkpoint(offbeat, work):
    fit = ("fit", "plain.csv", "--out", "model", "-d", "dense-autoencoder", "--train", "epochs=2", "--checkpoints", "c")
    assert offbeat(*fit, "--logger", "csv:logs").code == 0
    assert list(work.glob("logs/**/metrics.csv"))
    assert list(work.glob("c/*/last.ckpt"))
    again = offbeat(*fit)
    assert again.code == 0
    assert "epoch 1" not in again.err


@pytest.mark.parametrize("detector", ["lstm-autoencoder", "isolation-forest", "one-class-svm"])
def test_every_kind_of_detector_fits_and_scores(detector, offbeat, work):
    quick = ("--train", "epochs=1", "--set", "hidden_sizes=(4,)", "--set", "code_size=2")
    settings = quick if detector == "lstm-autoencoder" else ()
    assert offbeat("fit", "plain.csv", "--out", "model", "-d", detector, *settings).code == 0
    assert offbeat("score", "new.csv", "--model", "model", "--out", "scores.csv").code == 0
    assert np.isfinite(pd.read_csv(work / "scores.csv")["score"]).all()


def test_scores_on_stdout_are_those_of_the_library(offbeat, work):
    ended = offbeat("score", "new.csv", *BY, "--json", "scores.json")
    assert ended.code == 0
    frame = pd.read_csv(io.StringIO(ended.out))
    data, detector = library.load_data("new.csv"), library.load("both-model")
    scores = detector.decision_function(data)
    assert list(frame.columns) == ["series", "score", "flag", "tier", "label"]
    assert frame["score"].to_numpy() == pytest.approx(scores, rel=1e-12)
    assert frame["flag"].tolist() == detector.predict(data).tolist()
    assert frame["label"].tolist() == data.labels.tolist()
    told = read_json(work / "scores.json")
    assert told["scores"] == pytest.approx(scores, rel=1e-12)
    assert told["n_flagged"] == frame["flag"].sum() >= 9
    assert told["tiers"] == {tier: int((frame["tier"] == tier).sum()) for tier in ("normal", "watch", "alarm")}
    assert told["threshold"]["value"] == detector.threshold_.value_


def test_scores_to_a_file_are_those_on_stdout(offbeat, work):
    printed = offbeat("score", "new.csv", *BY).out
    ended = offbeat("score", "new.csv", *BY, "--out", "deep/er/scores.csv")
    assert ended.out == ""
    assert re.fullmatch(r"wrote deep/er/scores\.csv: 59 series, \d+ flagged\n", ended.err)
    assert (work / "deep/er/scores.csv").read_text() == printed
    assert sorted(path.name for path in (work / "deep/er").iterdir()) == ["scores.csv"]


def test_missing_values_get_a_note_and_no_score(offbeat):
    ended = offbeat("score", "holes.csv", *BY)
    assert ended.code == 0
    assert ended.err.count("note: ") == 1
    assert "1 of 60 series hold missing values" in ended.err
    assert ended.out.splitlines()[4] == "3,,,"
    assert sum(line.endswith(",,") for line in ended.out.splitlines()) == 1


def test_nothing_but_missing_values_is_no_error_to_a_model(offbeat, work):
    ended = offbeat("score", "all-nan.csv", *BY, "--json", "s.json")
    assert ended.code == 0
    told = read_json(work / "s.json")
    assert (told["n_without_score"], told["n_flagged"], set(told["scores"])) == (60, 0, {None})
    assert offbeat("detect", "all-nan.csv", *BY).out == "0 of 60 series flagged (0%; the aim is 5% of normal series)\n"


def test_fit_leaves_missing_values_out_with_a_note(offbeat):
    ended = offbeat("fit", "holes.csv", "--out", "model", "-d", "pca")
    assert ended.code == 0
    assert "note: 1 of 60 series hold missing values and are left out of the training" in ended.err
    assert "59 learned from, 59 set the threshold" in ended.out


def test_a_note_is_given_once(offbeat):
    few = "is hard to tell from 4 series"
    assert offbeat("fit", "new.csv", "--normal", "ok", "--out", "model", "-d", "pca").err.count(few) == 1
    # The model's own note was given when it was fitted; what comes is one for all baselines.
    assert offbeat("evaluate", "new.csv", "--model", "model", "--normal", "ok").err.count(few) == 1
    assert few not in offbeat("score", "new.csv", "--model", "model").err


def test_detect_lists_what_score_flags(offbeat, work):
    flagged = pd.read_csv(io.StringIO(offbeat("score", "new.csv", *BY).out)).query("flag == 1")
    ended = offbeat("detect", "new.csv", *BY, "--top", "3", "--out", "events.csv", "--json", "events.json")
    assert ended.code == 0
    assert f"{len(flagged)} of 59 series flagged" in ended.out
    assert f"{len(flagged) - 3} more events are not shown here." in ended.out
    worst = flagged.nlargest(3, "score")
    shown = re.findall(r"^│ +(\d+) │ \w+ +│ +([\d.]+) │ (\w+)", ended.out, re.MULTILINE)
    assert shown == [(str(row.series), f"{row.score:.4g}", row.tier) for row in worst.itertuples()]
    events = pd.read_csv(work / "events.csv")
    assert events["series"].tolist() == flagged["series"].tolist()
    assert events["share_ch0"].tolist() == pytest.approx([1.0] * len(events))
    told = read_json(work / "events.json")
    assert [event["score"] for event in told["events"]] == pytest.approx(flagged["score"].tolist())


def test_evaluate_tells_the_same_in_table_and_json(offbeat, work):
    ended = offbeat("evaluate", "both.csv", *JUDGE, "--json", "found.json", "--figures", "figures")
    assert ended.code == 0
    assert "277 series that the model has learned from or held out are left out" in ended.err
    found = read_json(work / "found.json")
    names = [run["name"] for run in found["runs"]]
    assert names == ["pca", "isolation-forest", "knn", "one-class-svm"]
    for run in found["runs"]:
        assert re.search(rf"^│ {run['name']} +│ {run['auroc']['value']:.4f} │", ended.out, re.MULTILINE)
    assert "of 20 anomalies" in ended.out
    assert "best baseline (pca" not in ended.out
    figures = {path.name for path in (work / "figures").iterdir()}
    assert {"comparison.png", "comparison.svg", "score-histograms.png"} <= figures
    assert all(f"wrote figures/{name}" in ended.err for name in figures)


def test_evaluate_on_new_data_learns_the_baseline_from_the_training_data(offbeat, work):
    ended = offbeat("evaluate", "new.csv", *JUDGE, "--train", "both.parquet", "--json", "found.json")
    assert ended.code == 0
    assert "fitting knn on 255 series" in ended.err
    assert "left out" not in ended.err
    assert len(read_json(work / "found.json")["runs"]) == 4


def test_evaluate_without_baseline_judges_the_model_alone(offbeat):
    ended = offbeat("evaluate", "new.csv", *JUDGE, "--no-baselines")
    assert ended.code == 0
    assert "knn" not in ended.out


def test_report_is_one_page_that_needs_nothing_else(offbeat, work):
    ended = offbeat(
        "report", "both.csv", *JUDGE, "--no-baselines", "--out", "pages/report.html", "--json", "found.json"
    )
    assert ended.code == 0
    page = (work / "pages/report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    auroc = read_json(work / "found.json")["runs"][0]["auroc"]["value"]
    assert f"{auroc:.4f}" in page
    assert "medical device" not in page
    assert [path.name for path in (work / "pages").iterdir()] == ["report.html"]


@pytest.mark.parametrize("name", ["both.csv", "both.parquet"])
def test_labels_of_text_are_found_in_every_format(name, offbeat, work):
    ended = offbeat("score", name, *BY, "--label", "label")
    assert pd.read_csv(io.StringIO(ended.out))["label"].value_counts().to_dict() == {"ok": 300, "bad": 20}


def test_odd_paths(offbeat, work, tmp_path):
    (work / "ünï dir").mkdir()
    (work / "new.csv").rename(work / "ünï dir" / "dätä ☃.csv")
    ended = offbeat(
        "score", "ünï dir/../ünï dir/dätä ☃.csv", "--model", work / "both-model", "--out", tmp_path / "ö.csv"
    )
    assert ended.code == 0
    assert len(pd.read_csv(tmp_path / "ö.csv")) == 59


def test_kaggle_heartbeats(offbeat, work, data_dir):
    file = data_dir / "kaggle_ecg_sample" / "mitbih_train_sample.csv"
    labels = ("--label", "last", "--normal", "0")
    assert offbeat("fit", file, *labels, "-d", "pca", "--out", "model").code == 0
    ended = offbeat("evaluate", file, *labels, "--model", "model", "--no-baselines")
    assert ended.code == 0
    assert "AUROC" in ended.out


def test_data_list_and_show_agree_with_the_catalogue(offbeat, work):
    ended = offbeat("data", "list", "--json", "list.json")
    assert ended.code == 0
    rows = read_json(work / "list.json")["rows"]
    assert {row["name"]: row["where"] for row in rows}["synthetic-curves"] == "built in"
    assert all(row["name"] in ended.out for row in rows)
    assert offbeat("data", "show", "synthetic-curves", "--json", "show.json").code == 0
    shown = read_json(work / "show.json")
    assert {row["label"]: row["series"] for row in shown["classes"]} == {"high": 1000, "low": 1000, "normal": 1000}


def test_data_get_of_built_in_data_has_nothing_to_do(offbeat, work):
    ended = offbeat("data", "get", "synthetic-curves", "--json", "got.json")
    assert ended.code == 0
    assert (ended.out, "nothing to fetch" in ended.err) == ("", True)
    assert read_json(work / "got.json") == {"name": "synthetic-curves", "files": []}


def test_data_get_prints_where_the_files_are(offbeat, data_dir):
    ended = offbeat("data", "get", "ecg5000", "--data-dir", data_dir)
    assert ended.code == 0
    assert ended.out.splitlines() == [str(data_dir / "ecg5000" / f"ECG5000_{part}.arff") for part in ("TRAIN", "TEST")]


@pytest.mark.parametrize("line", [("-d", "pca", "--help-settings"), ("--help-settings", "-d", "pca")])
def test_help_settings_needs_neither_data_nor_a_place(line, offbeat):
    ended = offbeat("fit", *line)
    assert (ended.code, ended.err) == (0, "")
    assert "n_components" in ended.out
    assert "epochs" not in ended.out


def test_help_settings_of_the_default_detector_has_its_training(offbeat):
    ended = offbeat("fit", "--help-settings")
    assert ended.code == 0
    assert all(name in ended.out for name in ("code_size", "epochs"))


def test_help_settings_of_an_unknown_detector_names_the_closest(offbeat):
    ended = offbeat("fit", "--help-settings", "-d", "pcaa")
    assert ended.code == 2
    assert "did you mean 'pca'?" in ended.err

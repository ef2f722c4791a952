"""``offbeat fit --tune``: a detector chosen without labels."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from offbeat import load, load_data, suggest_detector


@pytest.fixture
def metrics(work):
    """Return the path of a recording with a rhythm and labels."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(900) * 2 * np.pi / 24) + 0.05 * rng.normal(size=900)
    pd.DataFrame({"load": values}).to_csv("metrics.csv", index=False)
    return work / "metrics.csv"


def test_the_choice_is_reported_and_fitted(metrics, offbeat):
    ended = offbeat("fit", metrics, "--tune", "--kind", "recording", "--until", "600", "--out", "m", "--json", "m.json")
    assert ended.code == 0, ended.err
    table, fit, _ = json.loads(Path("m.json").read_text())["tables"]
    expected = suggest_detector(load_data(metrics, kind="recording")[:600])
    assert [row["detector"] for row in table["rows"]] == [each.name for each in expected.tried]
    assert [row["found"] for row in table["rows"]] == [each.found for each in expected.tried]
    assert [row["outcome"] == "chosen" for row in table["rows"]] == list(expected.to_frame()["chosen"])
    assert "no evidence about real ones" in table["note"]
    assert expected.reason in " ".join(ended.out.split())
    model = load("m")
    assert model.name == expected.detector.name == fit["rows"][0]["what"]
    assert model.window == expected.detector.window
    assert f"--detector {model.name}" in ended.err


def test_the_options_that_it_names_give_the_same_model(metrics, offbeat):
    ended = offbeat(
        "fit", metrics, "--tune", "--kind", "recording", "--out", "m", "--alarms-per-week", "2", "--seed", "3"
    )
    assert ended.code == 0, ended.err
    options = next(line for line in ended.err.splitlines() if line.startswith("chosen")).partition(": ")[2].split()
    again = offbeat(
        "fit", metrics, "--kind", "recording", "--out", "n", "--alarms-per-week", "2", "--seed", "3", *options
    )
    assert again.code == 0, again.err
    first, second = load("m"), load("n")
    assert first.get_params(deep=False).keys() == second.get_params(deep=False).keys()
    assert first.threshold_.value_ == second.threshold_.value_
    assert first.threshold.alarms == 2
    values = load_data(metrics, kind="recording")
    np.testing.assert_array_equal(first.decision_function(values), second.decision_function(values))


@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        (("--detector", "pca"), 2, "--detector"),
        (("--set", "window=20"), 2, "--set"),
        (("--train", "epochs=2"), 2, "--train"),
        (("--set", "window=20", "--logger", "csv"), 2, "--set, --logger"),
        (("--threshold", "nothing"), 2, "nothing"),
        (("--until", "50"), 1, "100 time steps"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_tried(metrics, offbeat, more, code, named):
    ended = offbeat("fit", metrics, "--tune", "--kind", "recording", "--out", "m", *more)
    assert ended.code == code
    assert named in ended.err
    assert "trying" not in ended.err


def test_too_few_short_series(work, offbeat):
    ended = offbeat("fit", "longer.csv", "--tune", "--out", "m")
    assert ended.code == 1
    assert "60 normal series" in ended.err


@pytest.mark.slow
def test_short_series_are_tried_on_copies_with_one_anomaly_each(work, offbeat):
    ended = offbeat("fit", "both.csv", "--normal", "ok", "--tune", "--out", "m", "--json", "m.json")
    assert ended.code == 0, ended.err
    rows = json.loads(Path("m.json").read_text())["tables"][0]["rows"]
    assert [row["detector"] for row in rows] == ["dense-autoencoder", "pca", "knn"]
    assert all(row["found"] > 0.5 for row in rows)
    assert load("m").name == next(row["detector"] for row in rows if row["outcome"] == "chosen")

"""What is shown of both protocols of naming beats: tables, figures, films and a page; and the recipe for them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from offbeat.app.loading import Source
from offbeat.bench.heartbeats.between_patients import (
    MAIN,
    READINGS,
    STANDARD,
    STRICT,
    WHOLE,
    check_sides,
)
from offbeat.bench.heartbeats.outcomes import Outcome, matrix_of_labels
from offbeat.bench.heartbeats.page import HeartbeatResults
from offbeat.bench.recipes import load_recipe, recipe_names, reproduce
from offbeat.ecg.ec57 import BeatComparison
from offbeat.errors import ParameterError
from offbeat.records.aami import CLASSES
from offbeat.records.mitbih import DS1, DS2
from offbeat.series.collection import Collection


def random_matrix(seed, size=6):
    return np.random.default_rng(seed).integers(1, 50, (size, size))


def outcome(name, seed=0, missed=3):
    rng = np.random.default_rng(seed)
    truth = rng.choice(CLASSES, 400, p=[0.7, 0.1, 0.1, 0.05, 0.05])
    probabilities = rng.dirichlet(np.ones(5), 400)
    matrix = matrix_of_labels(truth, np.array(CLASSES)[probabilities.argmax(axis=1)])
    matrix[2, 5], matrix[5, 0] = missed, missed
    comparison = BeatComparison("x", np.pad(matrix[:5, :5], ((0, 2), (0, 2))))
    epochs = [random_matrix(seed + i, 5).tolist() for i in range(2)]
    history = {"loss": [2.0, 1.0], "val_loss": [2.0, 1.5], "train_confusion": epochs, "val_confusion": epochs}
    return Outcome(
        name,
        matrix,
        probabilities,
        truth,
        1.5,
        history=history,
        learned=tuple(sorted(CLASSES)),
        comparisons={reading: [comparison] for reading in READINGS},
    )


@pytest.fixture
def findings():
    note = check_sides(DS1, DS2)
    patients = [outcome(MAIN), outcome(STRICT, 1), outcome("random forest", 2), outcome(f"{MAIN} first lead only", 3)]
    return HeartbeatResults(load_recipe("mitbih"), [outcome(MAIN, 4, 0)], patients, note)


def test_both_protocols_are_always_side_by_side(findings):
    first = findings.tables()[0]
    protocols = [row[0] for row in first.rows]
    assert protocols.count("same patients") == 4
    assert protocols.count("other patients") == 5
    assert "the same patients are on both sides" in first.note
    assert "201 (learned from) and 202 (evaluated) come from one person" in first.note
    assert "quick" not in first.note
    by_name = {(row[0], row[1]): row for row in first.rows}
    main = findings.patients[0]
    assert by_name["other patients", MAIN][2:5] == [main.accuracy(), main.macro_f1(), main.macro_f1("NSVF")]
    assert by_name["other patients", MAIN][-2:] == [main.calibration_error, main.calibration_error_before]
    assert ("other patients", f"{MAIN} first lead only") not in by_name
    assert [row[0] for row in findings.ablations().rows] == [MAIN, f"{MAIN} first lead only"]


def test_a_quick_trial_says_so(findings):
    quick = replace(findings, quick=True)
    assert quick.title.endswith("(quick)")
    assert "quick trial" in quick.tables()[0].note
    assert "quick trial" in " ".join(quick.summary())


def test_missed_beats_have_their_column(findings):
    same, other = findings.tables()[3:5]
    assert "missed" in other.columns
    assert other.rows[2][-1] == 3
    assert other.rows[-1][0] == "extra"
    assert "missed" not in same.columns


@pytest.mark.slow
def test_figures_films_and_page(findings, tmp_path):
    written = {path.name for path in findings.write_figures(tmp_path)}
    for key in ("kaggle", "patients"):
        wanted = {"confusion.png", "reliability.svg", "losses.png", "training.mp4", "training.gif"}
        assert {f"{key}-{name}" for name in wanted} <= written
    page = findings.write_page(tmp_path / "report.html", "offbeat reproduce mitbih").read_text(encoding="utf-8")
    for text in ("not a medical device", "come from one person", "offbeat reproduce mitbih", f"Beat by beat, {WHOLE}"):
        assert text in page
    written = json.loads(json.dumps(findings.to_dict(), allow_nan=False))
    assert set(written["records"]) == set(READINGS)
    assert STANDARD in written["records"]


def test_the_recipe_names_only_records_of_its_sides():
    assert "mitbih" in recipe_names()
    recipe = load_recipe("mitbih")
    quick = recipe["quick"]
    assert set(quick["train_records"]) <= set(DS1)
    assert set(quick["test_records"]) <= set(DS2)
    assert {entry["protocol"] for entry in recipe["published"]} == {"kaggle", "patients"}


def test_the_recipe_is_not_for_detectors():
    with pytest.raises(ParameterError, match="call run_recipe"):
        reproduce("mitbih", Source(Collection(np.zeros((2, 9))), None))


@pytest.mark.slow
def test_the_command_reproduces_both_protocols(data_dir, tmp_path):
    from offbeat.bench.recipes import run_recipe

    findings = run_recipe("mitbih", data_dir=data_dir, quick=True)
    assert findings.quick
    assert findings.kaggle[0].matrix.sum() == len(findings.kaggle[0].truth)
    assert findings.patients[0].accuracy() > 0.3
    findings.write_page(tmp_path / "report.html")

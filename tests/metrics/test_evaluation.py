import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_curve

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics import (
    accuracy_table,
    auroc,
    average_precision,
    bootstrap,
    by_class,
    class_table,
    comparison_table,
    evaluate,
    f1,
    precision,
    recall,
    sensitivity_table,
    specificity_and_sensitivity,
)

RNG = np.random.default_rng(2)
CLASSES = np.repeat([1, 2, 3], [60, 30, 10])
LABELS = (CLASSES != 1).astype(int)
SCORES = RNG.normal(size=100) + np.array([0.0, 0.0, 3.0, 1.0])[CLASSES]
HELD_OUT = RNG.normal(size=80)
NAMES = {"1": "normal", "2": "PVC"}


@pytest.fixture(scope="module")
def found():
    return evaluate(
        "knn", LABELS, SCORES, threshold=1.5, classes=CLASSES, class_names=NAMES, held_out_scores=HELD_OUT, target=0.05
    )


def test_every_figure_is_that_of_its_function(found):
    decided = SCORES > 1.5
    assert found.auroc == bootstrap(auroc, LABELS, SCORES)
    assert found.average_precision == bootstrap(average_precision, LABELS, SCORES)
    for metric in (precision, recall, f1):
        assert getattr(found, metric.__name__) == bootstrap(metric, LABELS, decided)
    assert (found.specificity, found.sensitivity) == specificity_and_sensitivity(
        SCORES[LABELS == 0], SCORES[LABELS == 1], 1.5
    )
    assert found.achieved == np.mean(HELD_OUT > 1.5) > 0
    assert found.by_class == tuple(by_class(SCORES, CLASSES, 1.5, class_names=NAMES))
    assert (found.n_normal, found.n_anomalies, found.n_unscored, found.target) == (60, 40, 0, 0.05)


def test_sensitivity_and_specificity_have_the_intervals_of_shares(found):
    for kind, interval in ((0, found.specificity_interval), (1, found.sensitivity_interval)):
        right = (SCORES[kind == LABELS] > 1.5) == kind
        expected = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
        assert interval == pytest.approx((right.mean(), *expected), abs=1e-6)
    all_caught = evaluate("all", [0, 0, 1, 1, 1], [0.0, 0.1, 2.0, 2.0, 2.0], threshold=1.0)
    assert all_caught.sensitivity_interval.low < 0.5 < all_caught.sensitivity_interval.high == pytest.approx(1.0)


def test_accuracies_are_those_of_scikit_learn_and_of_the_majority(found):
    decided = SCORES > 1.5
    assert found.accuracy == accuracy_score(LABELS, decided)
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(LABELS, decided))
    assert found.majority_accuracy == 0.6
    mostly_anomalous = evaluate("x", [0, 1, 1, 1], [0, 1, 1, 1], threshold=5, n_bootstrap=0)
    assert (mostly_anomalous.accuracy, mostly_anomalous.majority_accuracy) == (0.25, 0.75)
    assert mostly_anomalous.balanced_accuracy == 0.5
    assert mostly_anomalous.to_dict()["majority_accuracy"] == 0.75
    row = accuracy_table([found]).to_dict()["rows"][0]
    assert (row["accuracy"], row["majority class alone"], row["balanced accuracy"]) == (
        found.accuracy,
        0.6,
        found.balanced_accuracy,
    )


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.9, 0.95, 0.99, 1.0])
def test_sensitivity_at_is_a_point_of_the_roc_curve(found, keep):
    false_alarms, hits, _ = roc_curve(LABELS, SCORES, drop_intermediate=False)
    assert found.sensitivity_at(keep) == pytest.approx(hits[false_alarms <= 1 - keep + 1e-12].max())


def test_sensitivity_at_counts_ties_as_not_flagged():
    tied = evaluate("tied", [0, 0, 0, 0, 1, 1], [1, 2, 2, 2, 2, 3], threshold=0.5, n_bootstrap=0)
    assert [tied.sensitivity_at(keep) for keep in (1.0, 0.75, 0.25, 0.0)] == [0.5, 0.5, 1.0, 1.0]


def test_sensitivity_at_needs_no_held_out_scores_and_a_share(found):
    assert replace(found, held_out_scores=np.zeros(0)).sensitivity_at() == found.sensitivity_at()
    with pytest.raises(ParameterError, match="0 to 1"):
        found.sensitivity_at(95)


def test_rows_without_a_score_are_left_out_and_counted(found):
    scores = np.concatenate([[np.nan, np.nan, np.nan], SCORES])
    labels, classes = np.concatenate([[0, 1, 1], LABELS]), np.concatenate([[1, 2, 3], CLASSES])
    gappy = evaluate("knn", labels, scores, threshold=1.5, classes=classes, class_names=NAMES, target=0.05)
    assert (gappy.n_unscored, gappy.n_unscored_anomalies) == (3, 2)
    assert (gappy.auroc, gappy.f1, gappy.by_class) == (found.auroc, found.f1, found.by_class)
    assert "no score to 3 rows (2 of them anomalous)" in comparison_table([gappy]).note
    assert comparison_table([found]).note == ""


def test_decisions_may_take_the_place_of_the_threshold():
    decided = 1 - (SCORES > 1.5).astype(int)
    turned = evaluate("turned", LABELS, SCORES, threshold=1.5, predicted=decided, classes=CLASSES, n_bootstrap=0)
    assert turned.recall.value == turned.sensitivity == recall(LABELS, decided)
    assert turned.by_class[1].flagged == decided[CLASSES == 2].sum()


def test_without_resamples_the_bounds_are_nan():
    quick = evaluate("quick", LABELS, SCORES, threshold=1.5, n_bootstrap=0)
    assert quick.auroc.value == auroc(LABELS, SCORES)
    assert np.isnan(quick.auroc[1:]).all()
    assert np.isnan(quick.achieved)
    assert quick.by_class == ()


def test_it_goes_into_json(found):
    stored = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert stored["auroc"]["low"] == found.auroc.low
    assert stored["by_class"][1] == {**found.by_class[1]._asdict(), "share_flagged": found.by_class[1].share_flagged}
    assert "scores" not in stored
    bare = evaluate("bare", LABELS, SCORES, threshold=np.inf, n_bootstrap=0).to_dict()
    assert bare["threshold"] is None
    assert bare["precision"] == {"value": None, "low": None, "high": None}
    json.dumps(bare, allow_nan=False)


def test_wrong_input_is_named():
    with pytest.raises(DataError, match="all 2 are normal"):
        evaluate("x", [0, 0, 1], [0.1, 0.2, np.nan], threshold=0.5)
    with pytest.raises(DataError, match="1 of 3 scores"):
        evaluate("x", [0, 0, 1], [0.1, 0.2, np.inf], threshold=0.5)
    with pytest.raises(ParameterError, match="got NaN"):
        evaluate("x", LABELS, SCORES, threshold=np.nan)
    for wrong in ({"classes": [1, 2]}, {"predicted": [0, 1]}):
        with pytest.raises(ShapeError, match="100 and 2"):
            evaluate("x", LABELS, SCORES, threshold=1.5, **wrong)


def test_tables_show_each_detector(found):
    other = evaluate("pca", LABELS, -SCORES, threshold=1.5, classes=CLASSES, class_names=NAMES, n_bootstrap=0)
    rows = comparison_table([found, other]).to_dict()["rows"]
    assert [row["detector"] for row in rows] == ["knn", "pca"]
    assert (rows[0]["AUROC"], rows[0]["95 % from"], rows[0]["to"]) == tuple(found.auroc)
    assert (rows[0]["F1"], rows[0]["on held-out"]) == (found.f1.value, found.achieved)
    assert rows[1]["95 % from"] is None
    rows = sensitivity_table([found, other]).to_dict()["rows"]
    assert (rows[0]["specificity"], rows[0]["ROC: sensitivity at 95 % specificity"]) == (
        found.specificity,
        found.sensitivity_at(0.95),
    )
    assert rows[0]["held-out specificity"] == 1 - found.achieved
    assert rows[1]["held-out specificity"] is None
    classes = class_table([found, other]).to_dict()["rows"]
    assert [(row["class"], row["n"]) for row in classes] == [("normal", 60), ("PVC", 30), ("3", 10)]
    assert [row["pca"] for row in classes] == [row.share_flagged for row in other.by_class]


def test_tables_of_what_cannot_be_compared_are_refused(found):
    for table in (accuracy_table, comparison_table, sensitivity_table, class_table):
        with pytest.raises(DataError, match="at least one"):
            table([])
    with pytest.raises(DataError, match="name"):
        class_table([found, found])
    with pytest.raises(DataError, match="classes="):
        class_table([replace(found, by_class=())])
    with pytest.raises(DataError, match="rows"):
        class_table([found, replace(found, name="other", by_class=found.by_class[:2])])

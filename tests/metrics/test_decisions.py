import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics import by_class, confusion, f1, precision, precision_recall_f1, recall, specificity_and_sensitivity

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)


@given(pairs=PAIRS)
def test_as_scikit_learn_has_it(pairs):
    labels, predicted = zip(*pairs, strict=True)
    assert list(confusion(labels, predicted)) == confusion_matrix(labels, predicted, labels=[0, 1]).ravel().tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = precision_recall_fscore_support(labels, predicted, average="binary", zero_division=np.nan)[:3]
    found = precision_recall_f1(labels, predicted)
    assert list(found) == pytest.approx(list(expected), nan_ok=True)
    singly = [metric(labels, predicted) for metric in (precision, recall, f1)]
    assert singly == pytest.approx(list(found), nan_ok=True)


def test_undefined_is_nan():
    assert np.isnan(precision([0, 1], [0, 0]))
    assert f1([0, 1], [0, 0]) == 0
    assert np.isnan(recall([0, 0], [0, 1]))
    assert np.isnan(f1([0, 0], [0, 0]))


def test_specificity_and_sensitivity_at_a_threshold():
    # A score at the threshold is not flagged.
    found = specificity_and_sensitivity([0.1, 0.5, 0.6, 0.2], [0.5, 0.7, 0.8], threshold=0.5)
    assert found.specificity == 0.75
    assert found.sensitivity == pytest.approx(2 / 3)
    assert np.isnan(specificity_and_sensitivity([0.1], [], threshold=0.5).sensitivity)
    assert specificity_and_sensitivity([0.1], [9.0], threshold=np.inf) == (1.0, 0.0)


@given(
    st.lists(st.floats(-9, 9), min_size=1), st.lists(st.floats(-9, 9), min_size=1), st.floats(-9, 9), st.floats(0, 9)
)
def test_raising_the_cut_keeps_more_and_catches_less(normal, anomalous, threshold, more):
    low, high = (
        specificity_and_sensitivity(normal, anomalous, threshold),
        specificity_and_sensitivity(normal, anomalous, threshold + more),
    )
    assert high.specificity >= low.specificity
    assert high.sensitivity <= low.sensitivity


def test_classes_are_counted_in_the_order_of_their_numbers():
    classes = np.array([10, 2, 2, 2, 1])
    rows = by_class([0.9, 0.5, 0.6, 0.1, 0.2], classes, threshold=0.5, class_names={"2": "PVC"})
    assert [(row.label, row.name, row.n, row.flagged, row.passed) for row in rows] == [
        ("1", "1", 1, 0, 1),
        ("2", "PVC", 3, 1, 2),
        ("10", "10", 1, 1, 0),
    ]
    assert [row.median_score for row in rows] == [0.2, 0.5, 0.9]
    assert rows[1].share_flagged == pytest.approx(1 / 3)


def test_decisions_may_take_the_place_of_the_threshold():
    rows = by_class([0.9, 0.1], ["N", "V"], threshold=0.5, predicted=[0, 1])
    assert [(row.label, row.flagged) for row in rows] == [("N", 0), ("V", 1)]


def test_rows_without_a_score_are_left_out():
    nan = float("nan")
    assert specificity_and_sensitivity([nan, 0.1], [0.9, nan, 0.2], threshold=0.5) == (1, 0.5)
    rows = by_class([nan, 0.9, 0.1, nan], ["a", "a", "b", "c"], threshold=0.5)
    assert [(row.label, row.n, row.flagged) for row in rows] == [("a", 1, 1), ("b", 1, 0)]


def test_wrong_input_is_named():
    with pytest.raises(DataError, match="decisions"):
        confusion([0, 1], [0.3, 0.7])
    with pytest.raises(ShapeError, match="2 and 1"):
        confusion([0, 1], [0])
    with pytest.raises(DataError, match="1 of 2 anomaly scores"):
        specificity_and_sensitivity([0.1], [0.1, np.inf], threshold=0.5)
    with pytest.raises(ParameterError, match="got NaN"):
        specificity_and_sensitivity([0.1], [0.1], threshold=np.nan)
    with pytest.raises(ShapeError, match="1 and 2"):
        by_class([0.1], ["a", "b"], threshold=0.5)
    with pytest.raises(DataError, match="1 of 2 scores"):
        by_class([0.1, np.inf], ["a", "b"], threshold=0.5)
    with pytest.raises(ParameterError, match="got NaN"):
        by_class([0.1], ["a"], threshold=float("nan"))

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from offbeat.errors import DataError, ShapeError
from offbeat.metrics.calibration import calibration_error, fit_temperature, reliability, reliability_table
from offbeat.metrics.classification import (
    accuracy,
    class_qualities,
    classification_tables,
    confusion_matrix,
    macro_f1,
)

CLASSES = ["N", "S", "V", "F", "Q"]
labels = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=40)


@given(labels)
def test_figures_are_those_of_scikit_learn(pairs):
    truth, predicted = map(list, zip(*pairs, strict=True))
    matrix = confusion_matrix(truth, predicted, CLASSES)
    np.testing.assert_array_equal(matrix, sklearn.metrics.confusion_matrix(truth, predicted, labels=CLASSES))
    assert accuracy(matrix) == pytest.approx(sklearn.metrics.accuracy_score(truth, predicted))
    assert macro_f1(matrix) == pytest.approx(
        sklearn.metrics.f1_score(truth, predicted, average="macro", zero_division=0)
    )
    each = sklearn.metrics.precision_recall_fscore_support(truth, predicted, labels=CLASSES, zero_division=np.nan)
    ours = [(q.positive_predictivity, q.sensitivity, q.support) for q in class_qualities(matrix, CLASSES)]
    np.testing.assert_allclose(np.array(ours).T, [each[0], each[1], each[3]])


def test_a_class_that_does_not_occur_is_undefined_and_said_to_be():
    matrix = confusion_matrix(["N", "V"], ["N", "N"], ["N", "V", "Q"])
    n, v, q = class_qualities(matrix, ["N", "V", "Q"])
    assert np.isnan([q.f1, q.sensitivity, q.positive_predictivity, v.positive_predictivity]).all()
    assert (v.sensitivity, v.f1) == (0.0, 0.0)
    assert macro_f1(matrix) == pytest.approx((n.f1 + 0) / 2)
    figures, counts = classification_tables(["N", "V"], ["N", "N"], classes=["N", "V", "Q"], class_names={"Q": "paced"})
    assert "without paced" in figures.note
    assert figures.cells()[2] == ["paced", "0", "–", "–", "–"]
    assert counts.cells()[1] == ["V", "1", "0", "0"]


def test_nothing_to_judge():
    empty = confusion_matrix([], [], CLASSES)
    assert np.isnan([accuracy(empty), macro_f1(empty)]).all()


def test_numbers_are_in_the_order_of_their_values():
    assert confusion_matrix([10, 2, 2], [10.0, 2.0, 10.0]).tolist() == [[1, 1], [0, 1]]


def test_labels_that_do_not_fit():
    with pytest.raises(DataError, match=r"'X'.* N, S"):
        confusion_matrix(["X"], ["N"], CLASSES)
    with pytest.raises(ShapeError, match=r"true .*predicted"):
        confusion_matrix(["N", "N"], ["N"])
    with pytest.raises(ShapeError, match="n_classes, n_classes"):
        accuracy([[1, 2, 3]])


# Calibration

unit = st.floats(0.01, 1.0)


@given(arrays(np.float64, st.tuples(st.integers(1, 60), st.just(3)), elements=unit), st.integers(1, 20))
def test_reliability_is_what_an_obvious_twin_counts(raw, n_bins):
    given_ = raw / raw.sum(axis=1, keepdims=True)
    truth = np.arange(len(raw)) % 3
    bins = reliability(given_, truth, [0, 1, 2], n_bins)
    assert sum(each.n for each in bins) == len(raw)
    gap = 0.0
    for each in bins:
        inside = [i for i in range(len(raw)) if each.low < given_[i].max() <= each.high]
        assert len(inside) == each.n
        if inside:
            right = np.mean([given_[i].argmax() == truth[i] for i in inside])
            assert each.accuracy == pytest.approx(right)
            gap += len(inside) / len(raw) * abs(right - np.mean([given_[i].max() for i in inside]))
    assert calibration_error(bins) == pytest.approx(gap)


def test_the_table_shows_bins_that_hold_series():
    table = reliability_table(reliability([[0.9, 0.1], [0.95, 0.05]], ["N", "V"], ["N", "V"]))
    assert len(table.rows) == 2
    assert table.note == "Expected calibration error 52.50%."
    assert np.isnan(calibration_error(reliability(np.empty((0, 2)), [], ["N", "V"])))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 4))
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    drawn = (p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1)
    assert fit_temperature(logits * temperature, drawn) == pytest.approx(temperature, rel=0.05)


def test_a_temperature_needs_something_to_fit():
    with pytest.raises(DataError, match="finite logits"):
        fit_temperature(np.empty((0, 3)), [])
    with pytest.raises(ShapeError, match="logits"):
        fit_temperature([[1.0, 2.0]], [0, 1])


def test_a_sample_without_a_mistake_makes_nothing_certain():
    few, many = (fit_temperature([[3.0, 0.0]] * n, [0] * n) for n in (5, 5000))
    for n, temperature in ((5, few), (5000, many)):
        assert 1 / (1 + np.exp(-3.0 / temperature)) == pytest.approx((n + 1) / (n + 2), rel=1e-4)


def test_probabilities_that_are_none():
    with pytest.raises(DataError, match="NaN"):
        reliability([[np.nan, 0.5]], ["N"], ["N", "V"])

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ShapeError
from offbeat.metrics import auroc, average_precision, f1

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=2, max_size=30)
RANKINGS = [auroc, average_precision]


@settings(deadline=None)  # the first call loads scikit-learn's metrics
@given(rows=ROWS)
@pytest.mark.parametrize("metric", RANKINGS)
def test_as_the_definition_has_it(metric, rows):
    labels, scores = zip(*rows, strict=True)
    assume(0 < sum(labels) < len(labels))
    assert metric(labels, scores) == pytest.approx(getattr(naive, metric.__name__)(labels, scores))


def test_golden_figures(golden_dir):
    cases = json.loads((golden_dir / "anomaly_metrics.json").read_text())["cases"]
    assert len(cases) == 8
    for case in cases:
        labels, scores, expected = np.array(case["labels"]), np.array(case["scores"]), case["expected"]
        assert auroc(labels, scores) == pytest.approx(expected["auc_roc"], abs=1e-12)
        assert average_precision(labels, scores) == pytest.approx(expected["average_precision"], abs=1e-12)
        assert f1(labels, scores > case["threshold"]) == pytest.approx(expected["point_f1"], abs=1e-12)


@pytest.mark.parametrize("metric", RANKINGS)
def test_rows_without_a_score_are_left_out(metric):
    labels, scores = np.array([1, 0, 0, 1, 1]), np.array([np.nan, np.nan, 0.2, 0.1, 0.3])
    assert metric(labels, scores) == metric(labels[2:], scores[2:])
    with pytest.raises(DataError, match="all 2 are normal"):
        metric([1, 0, 0], [np.nan, 0.1, 0.2])


@pytest.mark.parametrize("metric", RANKINGS)
def test_what_cannot_be_ranked_is_named(metric):
    with pytest.raises(DataError, match="1 of 4 scores"):
        metric([0, 0, 1, 1], [0.1, np.nan, np.inf, 0.2])
    with pytest.raises(DataError, match="all 3 are normal"):
        metric([0, 0, 0], [0.1, 0.2, 0.3])
    with pytest.raises(DataError, match="all 2 are anomalous"):
        metric([1, 1], [0.1, 0.2])
    with pytest.raises(DataError, match="labels"):
        metric([1, 2], [0.1, 0.2])
    with pytest.raises(DataError, match="numbers"):
        metric([0, 1], ["a", "b"])
    with pytest.raises(ShapeError, match="2 and 3"):
        metric([0, 1], [0.1, 0.2, 0.3])
    with pytest.raises(ShapeError, match=r"\(1, 2\)"):
        metric([0, 1], [[0.1, 0.2]])

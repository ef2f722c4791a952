import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ShapeError
from offbeat.metrics import affiliation_precision_recall_f1

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)


def test_golden_figures(golden_dir):
    for case in json.loads((golden_dir / "anomaly_metrics.json").read_text())["cases"]:
        found = affiliation_precision_recall_f1(case["labels"], np.array(case["scores"]) > case["threshold"])
        assert found.precision == pytest.approx(case["expected"]["affiliation_precision"], abs=1e-12)
        assert found.recall == pytest.approx(case["expected"]["affiliation_recall"], abs=1e-12)


@given(rows=ROWS)
def test_as_the_definition_has_it(rows):
    labels, predicted = zip(*rows, strict=True)
    assume(any(labels))
    found = affiliation_precision_recall_f1(labels, predicted)
    # Borders of zones lie at halves of time steps, and where a piece is nearest to at quarters: pieces are exact.
    assert found[:2] == pytest.approx(naive.affiliation(labels, predicted, pieces=8), nan_ok=True)


@given(rows=ROWS)
def test_it_is_the_same_backwards(rows):
    labels, predicted = zip(*rows, strict=True)
    assume(any(labels))
    found = affiliation_precision_recall_f1(labels, predicted)
    backwards = affiliation_precision_recall_f1(labels[::-1], predicted[::-1])
    assert found == pytest.approx(backwards, nan_ok=True)


def test_flagging_everything_is_as_precise_as_chance():
    labels = np.repeat([0, 1, 0], [5000, 10, 5000])
    found = affiliation_precision_recall_f1(labels, np.ones_like(labels))
    assert found.precision == pytest.approx(0.5, abs=0.01)
    assert found.recall == 1


def test_nothing_flagged():
    precision, recall, f1 = affiliation_precision_recall_f1([0, 1, 0], [0, 0, 0])
    assert np.isnan(precision)
    assert recall == f1 == 0


def test_wrong_input_is_named():
    with pytest.raises(DataError, match="labels are 0"):
        affiliation_precision_recall_f1([0, 0], [0, 1])
    with pytest.raises(ShapeError, match="2 and 1"):
        affiliation_precision_recall_f1([0, 1], [0])

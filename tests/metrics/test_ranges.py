import json
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics import PointAdjustedWarning, point_adjusted_f1, range_precision_recall_f1

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40)


def test_golden_figures(golden_dir):
    for case in json.loads((golden_dir / "anomaly_metrics.json").read_text())["cases"]:
        predicted, expected = np.array(case["scores"]) > case["threshold"], case["expected"]
        f1 = range_precision_recall_f1(case["labels"], predicted).f1
        assert f1 == pytest.approx(expected["range_f1"], abs=1e-12)
        with pytest.warns(PointAdjustedWarning):
            adjusted = point_adjusted_f1(case["labels"], predicted)
        assert adjusted == pytest.approx(expected["point_adjusted_f1"], abs=1e-12)


@given(rows=ROWS, alpha=st.floats(0, 1))
def test_ranges_as_the_definition_has_it(rows, alpha):
    labels, predicted = zip(*rows, strict=True)
    found = range_precision_recall_f1(labels, predicted, alpha=alpha)
    rewards = naive.range_rewards(predicted, labels, 0), naive.range_rewards(labels, predicted, alpha)
    assert found[:2] == pytest.approx(rewards, nan_ok=True)


def test_undefined_ranges_are_nan():
    nothing = range_precision_recall_f1([0, 0], [0, 0])
    assert np.isnan(nothing).all()
    missed = range_precision_recall_f1([0, 1], [0, 0])
    assert np.isnan(missed.precision)
    assert missed.recall == missed.f1 == 0
    false = range_precision_recall_f1([0, 0], [0, 1])
    assert np.isnan(false.recall)
    assert false.precision == false.f1 == 0


@pytest.mark.filterwarnings("ignore::offbeat.metrics.PointAdjustedWarning")
@given(rows=ROWS)
def test_one_hit_pays_for_the_whole_anomaly(rows):
    labels, predicted = zip(*rows, strict=True)
    assume(any(labels) or any(predicted))
    adjusted = list(predicted)
    for start, end in naive.runs(labels):
        if any(predicted[start:end]):
            adjusted[start:end] = [1] * (end - start)
    hits = sum(a and b for a, b in zip(labels, adjusted, strict=True))
    assert point_adjusted_f1(labels, predicted) == pytest.approx(2 * hits / (sum(labels) + sum(adjusted)))


def test_the_warning_says_what_chance_would_get():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 0, 1, 0], [400, 100, 400, 40, 60])
    figures, told = [], []
    for _ in range(50):
        with pytest.warns(PointAdjustedWarning) as caught:
            figures.append(point_adjusted_f1(labels, rng.random(1000) < 0.02))
        told.append(float(re.search(r"\d\.\d\d", str(caught[0].message)).group()))
    assert np.mean(told) == pytest.approx(np.mean(figures), abs=0.05)
    assert np.mean(figures) > 0.7


def test_wrong_input_is_named():
    with pytest.raises(ParameterError, match=r"alpha.*1\.5"):
        range_precision_recall_f1([0, 1], [0, 1], alpha=1.5)
    for metric in (range_precision_recall_f1, point_adjusted_f1):
        with pytest.raises(ShapeError, match="2 and 1"):
            metric([0, 1], [0])
        with pytest.raises(DataError, match="decisions"):
            metric([0, 1], [0.3, 0.7])

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics import vus_buffer, vus_pr, vus_roc
from offbeat.series.recording import Recording

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=2, max_size=40)
VOLUMES = [vus_roc, vus_pr]


def test_golden_figures(golden_dir):
    cases = json.loads((golden_dir / "anomaly_metrics.json").read_text())["cases"]
    for case in cases:
        for metric in VOLUMES:
            for buffer in (10, 50):
                expected = case["expected"][f"{metric.__name__}_w{buffer}"]
                assert metric(case["labels"], case["scores"], buffer=buffer) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None)
@given(rows=ROWS, buffer=st.integers(0, 11), n_thresholds=st.integers(2, 50))
def test_as_the_definition_has_it(rows, buffer, n_thresholds):
    labels, scores = zip(*rows, strict=True)
    assume(0 < sum(labels) < len(labels))
    found = [metric(labels, scores, buffer=buffer, n_thresholds=n_thresholds) for metric in VOLUMES]
    assert found == pytest.approx(naive.volumes(labels, scores, buffer, n_thresholds))


@pytest.mark.parametrize("metric", VOLUMES)
def test_only_the_ranks_of_scores_matter(metric):
    rng = np.random.default_rng(0)
    labels, scores = np.repeat([0, 1, 0, 1, 0], 40), rng.normal(size=200)
    assert metric(labels, np.exp(scores), buffer=20) == metric(labels, scores, buffer=20)


@pytest.mark.parametrize("metric", VOLUMES)
def test_a_wider_buffer_forgives_a_late_score(metric):
    labels, late = np.repeat([0, 1, 0], [50, 10, 50]), np.repeat([0, 1, 0], [58, 10, 42])
    assert metric(labels, late, buffer=0) < metric(labels, late, buffer=10) < metric(labels, late, buffer=30)
    assert metric(labels, labels, buffer=0) == 1


@pytest.mark.parametrize("metric", VOLUMES)
def test_a_warm_up_without_scores_is_left_out(metric):
    rng = np.random.default_rng(0)
    labels, scores = np.repeat([0, 1, 0, 1, 0], 20), rng.normal(size=100)
    scores[:30] = np.nan
    assert metric(labels, scores, buffer=8) == metric(labels[30:], scores[30:], buffer=8)


@pytest.mark.parametrize("metric", VOLUMES)
def test_wrong_input_is_named(metric):
    with pytest.raises(DataError, match="infinite"):
        metric([0, 0, 1], [0.1, np.inf, 0.2], buffer=1)
    with pytest.raises(DataError, match="all 2 are normal"):
        metric([0, 0, 1], [0.1, 0.2, np.nan], buffer=1)
    with pytest.raises(ParameterError, match=r"buffer.*-1"):
        metric([0, 1], [0.1, 0.2], buffer=-1)
    with pytest.raises(ParameterError, match=r"n_thresholds.*1"):
        metric([0, 1], [0.1, 0.2], buffer=1, n_thresholds=1)


@pytest.mark.parametrize("period", [6, 24, 150, 303])
def test_the_buffer_is_the_period(period):
    wave = np.sin(2 * np.pi * np.arange(6000) / period)
    assert vus_buffer(wave) == vus_buffer(Recording(np.stack([wave, wave**2], axis=1))) == period


def test_the_buffer_without_a_period():
    assert vus_buffer(np.arange(1000)) == vus_buffer(np.ones(1000)) == vus_buffer(np.full(9, np.nan)) == 125
    assert vus_buffer(np.sin(2 * np.pi * np.arange(6000) / 350)) == 125
    with pytest.raises(ShapeError, match=r"\(2, 2, 2\)"):
        vus_buffer(np.zeros((2, 2, 2)))

import numpy as np
import pytest

import naive
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.metrics import Interval, auroc, average_precision, bootstrap, f1, intervals, precision, recall

RNG = np.random.default_rng(11)
LABELS = np.tile([0, 0, 1], 20)
SCORES = np.round(RNG.normal(size=60) + LABELS, 1)  # rounded: ties
DECISIONS = (SCORES > 0.8).astype(int)
FAST = [(auroc, SCORES), (average_precision, SCORES), (precision, DECISIONS), (recall, DECISIONS), (f1, DECISIONS)]

each_fast = pytest.mark.parametrize(("metric", "scores"), FAST, ids=[metric.__name__ for metric, _ in FAST])


@each_fast
def test_the_fast_ways_equal_one_resample_at_a_time(metric, scores):
    slow = [metric(LABELS[rows], scores[rows]) for rows in naive.resamples(LABELS, 50, seed=4)]
    fast = bootstrap(metric, LABELS, scores, n=50, seed=4, level=0.9)
    assert fast.value == metric(LABELS, scores)
    assert [fast.low, fast.high] == pytest.approx(np.quantile(slow, [0.05, 0.95]).tolist())


@each_fast
def test_batches_change_only_which_draws_are_made(metric, scores, monkeypatch):
    whole = bootstrap(metric, LABELS, scores)
    monkeypatch.setattr(intervals, "DRAWS_AT_ONCE", 7 * len(LABELS))
    pieces = bootstrap(metric, LABELS, scores)
    assert [pieces.low, pieces.high] == pytest.approx([whole.low, whole.high], abs=0.03)


@each_fast
def test_same_seed_same_interval_and_the_global_state_is_left_alone(metric, scores):
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = bootstrap(metric, LABELS, scores, n=100, seed=2)
    assert first == bootstrap(metric, LABELS, scores, n=100, seed=2)
    assert first != bootstrap(metric, LABELS, scores, n=100, seed=3)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert first.low < first.value < first.high


def test_any_other_metric_is_called_on_stratified_resamples():
    sizes = set()

    def gap(labels, scores):
        sizes.add((len(labels), int(labels.sum())))
        return float(scores[labels == 1].mean() - scores[labels == 0].mean())

    found = bootstrap(gap, LABELS, SCORES, n=200)
    assert sizes == {(60, 20)}
    assert found.low < found.value < found.high
    wider = bootstrap(gap, LABELS, SCORES, n=200, level=0.99)
    assert wider.low < found.low < found.high < wider.high


def test_the_interval_covers_what_it_should():
    # Of two normal distributions one standard deviation apart the AUROC is Phi(1 / sqrt 2).
    truth, hits = 0.76025, 0
    labels = np.repeat([0, 1], 60)
    for seed in range(100):
        scores = np.random.default_rng(seed).normal(size=120) + labels
        found = bootstrap(auroc, labels, scores, n=300, level=0.9, seed=seed)
        hits += found.low <= truth <= found.high
    assert 80 <= hits <= 98


def test_resamples_without_a_precision_are_passed_over():
    rare = bootstrap(precision, [0, 0, 0, 1, 1], [0, 0, 0, 0, 1], n=200)
    assert rare == (1.0, 1.0, 1.0)
    never = bootstrap(precision, [0, 0, 1], [0, 0, 0], n=20)
    assert np.isnan(never).all()


def test_decisions_may_all_be_alike():
    assert bootstrap(recall, [0, 1, 1], [1, 1, 1], n=20) == (1.0, 1.0, 1.0)
    assert bootstrap(f1, [0, 1, 1], [0, 0, 0], n=20) == (0.0, 0.0, 0.0)


def test_wrong_input_is_named():
    with pytest.raises(ParameterError, match="n "):
        bootstrap(auroc, LABELS, SCORES, n=0)
    with pytest.raises(ParameterError, match="level"):
        bootstrap(auroc, LABELS, SCORES, level=95)
    with pytest.raises(DataError, match="all 2 are normal"):
        bootstrap(auroc, [0, 0], [1.0, 2.0])
    with pytest.raises(DataError, match="decisions"):
        bootstrap(precision, [0, 1], [0.2, 0.7])
    with pytest.raises(ShapeError, match="2 and 1"):
        bootstrap(auroc, [0, 1], [1.0])


def test_an_interval_reads_well():
    assert str(Interval(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"

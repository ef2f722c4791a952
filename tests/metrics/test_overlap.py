import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from offbeat.errors import DataError, ParameterError, ShapeError
from offbeat.events import Event, mask_to_events
from offbeat.metrics import EventOverlap, event_overlap, labels_to_windows, pooled

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda span: (span[0], sum(span))), max_size=8)


def naive_overlap(predicted, known, ignore_before, margin):
    """Compare the sets of time steps, every event with every window."""
    events, windows = (
        [set(range(max(start, ignore_before), end)) for start, end in side] for side in (predicted, known)
    )
    events, windows = ([steps for steps in side if steps] for side in (events, windows))
    n_hit = sum(1 for window in windows if any(window & event for event in events))
    n_false = sum(1 for event in events if not any(window & event for window in windows))
    time = set().union(*events)
    near = {step for start, end in known for step in range(start - margin, end + margin)}
    return len(events), len(windows), n_hit, n_false, len(time), len(time & near)


def same(found, expected):
    return np.array_equal(found, expected, equal_nan=True)


@given(predicted=SPANS, known=SPANS, ignore_before=st.integers(0, 30), margin=st.integers(0, 12))
def test_as_sets_of_time_steps_have_it(predicted, known, ignore_before, margin):
    found = event_overlap(predicted, known, ignore_before=ignore_before, margin=margin)
    n_predicted, n_known, n_hit, n_false, n_steps, n_right = naive_overlap(predicted, known, ignore_before, margin)
    assert found[3:7] == (n_predicted, n_known, n_hit, n_false)
    assert found[8:] == (n_steps, n_right)
    if n_predicted and n_known:
        assert found.precision == pytest.approx(1 - n_false / n_predicted)
        assert found.recall == pytest.approx(n_hit / n_known)
        assert found.time_precision == pytest.approx(n_right / n_steps)
        lower = min(found.precision, found.time_precision)
        assert found.f1 == pytest.approx(2 / (1 / lower + 1 / found.recall) if n_hit else 0)


@given(predicted=SPANS, known=SPANS)
def test_events_and_windows_trade_places(predicted, known):
    found, swapped = event_overlap(predicted, known), event_overlap(known, predicted)
    assert same(found[:2], (swapped.recall, swapped.precision))


@given(labels=st.lists(st.integers(0, 1), max_size=60))
def test_labels_are_windows_and_find_themselves(labels):
    windows = labels_to_windows(labels)
    assert windows == naive.runs(labels)
    found = event_overlap(mask_to_events(labels), windows)
    assert found[3:7] == (len(windows), len(windows), len(windows), 0)
    assert same(found[:3], [1.0 if windows else np.nan] * 3)


@given(pairs=st.lists(st.tuples(SPANS, SPANS), max_size=4))
def test_pooled_is_one_long_recording(pairs):
    laid_out = [
        [(start + 100 * i, end + 100 * i) for i, pair in enumerate(pairs) for start, end in pair[k]] for k in (0, 1)
    ]
    assert same(pooled(event_overlap(*pair) for pair in pairs), event_overlap(*laid_out))


def test_undefined_is_nan():
    nan = float("nan")
    assert same(event_overlap([], []), (nan, nan, nan, 0, 0, 0, 0, nan, 0, 0))
    assert same(event_overlap([], [(0, 1)]), (nan, 0, 0, 0, 1, 0, 0, nan, 0, 0))
    assert same(event_overlap([(0, 1)], []), (0, nan, 0, 1, 0, 0, 1, 0, 1, 0))
    assert event_overlap([(0, 1)], [(1, 2)]) == EventOverlap(0, 0, 0, 1, 1, 0, 1, 0, 1, 0)
    assert same(pooled([]), event_overlap([], []))


def test_what_comes_too_early_does_not_count():
    assert event_overlap([(0, 5)], [(3, 8)], ignore_before=5)[3:7] == (0, 1, 0, 0)
    assert event_overlap([(0, 6)], [(3, 8)], ignore_before=5)[3:7] == (1, 1, 1, 0)


def test_neither_one_long_event_nor_many_short_ones_look_right():
    windows = [(500, 510), (800, 810)]
    for events in ([(0, 970)], [(400, 900)], [(i, i + 1) for i in range(0, 1000, 3)], [(0, 600), (610, 1000)]):
        found = event_overlap(events, windows)
        assert found.recall == 1
        assert found.f1 < 0.1
    assert event_overlap([(502, 508), (801, 812)], windows).f1 > 0.9


def test_the_tail_of_a_detectors_window_is_no_false_time():
    tails = [(505, 530), (802, 828)]
    assert event_overlap(tails, [(500, 510), (800, 810)], margin=20).f1 == 1
    assert event_overlap(tails, [(500, 510), (800, 810)]).f1 < 0.5
    assert event_overlap([(511, 520)], [(500, 510)], margin=20).n_hit == 0


def test_golden_figures(golden_dir):
    for case in json.loads((golden_dir / "anomaly_metrics.json").read_text())["cases"]:
        known, n_times = labels_to_windows(case["labels"]), len(case["labels"])
        found = event_overlap(labels_to_windows(np.array(case["scores"]) > case["threshold"]), known)
        # The reference never finds an anomaly that is the last time step alone.
        missed = found._replace(recall=found.recall - ((n_times - 1, n_times) in known) / len(known))
        assert missed.composite_f1 == pytest.approx(case["expected"]["event_f1"], abs=1e-12)


def test_wrong_input_is_named():
    with pytest.raises(DataError, match="pooled"):
        event_overlap([Event(0, 2, 0, series=0), Event(0, 2, 0, series=1)], [])
    for windows in ([(3, 3)], [(-1, 2)], [(0, 2), (5, 4)]):
        with pytest.raises(DataError, match="0 <= start < end"):
            event_overlap([], windows)
    for windows in ([(0.5, 2.0)], [(1, 2, 3)], [("a", "b")], [(1, 2), (3,)]):
        with pytest.raises(DataError, match="windows"):
            event_overlap(windows, [])
    for steps, name in product((-1, 0.5, True, None), ("ignore_before", "margin")):
        with pytest.raises(ParameterError, match=name):
            event_overlap([], [], **{name: steps})
    with pytest.raises(DataError, match="labels"):
        labels_to_windows([0, np.nan])
    with pytest.raises(ShapeError, match=r"\(1, 2\)"):
        labels_to_windows([[0, 1]])

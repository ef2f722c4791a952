import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import naive
from offbeat import Windows
from offbeat.errors import ParameterError, ShapeError


@st.composite
def windows_and_values(draw):
    length, stride, horizon = draw(st.integers(1, 8)), draw(st.integers(1, 5)), draw(st.integers(0, 4))
    n_times, n_channels = draw(st.integers(length + horizon, 40)), draw(st.integers(1, 3))
    return Windows(length, stride, horizon), np.random.default_rng(0).normal(size=(n_times, n_channels))


def slow_slide(values, length, stride):
    """Each window as lists, channel by channel."""
    n_times, n_channels = values.shape
    starts = [start for start in range(n_times) if start % stride == 0 and start + length <= n_times]
    return [[[values[start + i, c] for i in range(length)] for c in range(n_channels)] for start in starts]


@given(windows_and_values())
def test_slide_is_the_obvious_loop(drawn):
    windows, values = drawn
    slid = windows.slide(values)
    assert slid.tolist() == slow_slide(values, windows.span, windows.stride)
    assert slid.shape == (windows.count(len(values)), values.shape[1], windows.span)


@given(windows_and_values())
def test_slide_is_a_view(drawn):
    windows, values = drawn
    assert np.shares_memory(windows.slide(values), values)


@given(windows_and_values())
def test_each_score_lands_where_its_window_ends(drawn):
    windows, values = drawn
    ends = values[windows.ends(len(values)), 0]
    folded = windows.fold(ends, len(values))
    for step, score in enumerate(folded):
        start = step - windows.span + 1
        if start >= 0 and start % windows.stride == 0:
            assert score == values[step, 0]
        else:
            assert np.isnan(score)


@given(windows_and_values(), st.sampled_from(["mean", "max", "median"]))
def test_folds_are_the_obvious_loop(drawn, how):
    windows, values = drawn
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(windows.count(len(values)), windows.reach))
    scores[rng.random(scores.shape) < 0.1] = np.nan
    expected = naive.fold(windows, scores, len(values), how)
    np.testing.assert_allclose(windows.fold(scores, len(values), how), expected, atol=1e-12)
    each = np.repeat(scores[:, :1], windows.reach, axis=1)
    np.testing.assert_allclose(
        windows.fold(scores[:, 0], len(values), how), naive.fold(windows, each, len(values), how), atol=1e-12
    )


@pytest.mark.parametrize("how", ["mean", "max", "median"])
@pytest.mark.parametrize("missing", [0.0, 0.02, 0.9])
@pytest.mark.parametrize(("length", "n_times"), [(30, 400), (70, 300), (100, 2500)])
def test_folds_of_many_blocks(how, missing, length, n_times):
    windows = Windows(length)
    scores = np.random.default_rng(2).normal(size=(windows.count(n_times), length))
    scores[np.random.default_rng(3).random(scores.shape) < missing] = np.nan
    expected = naive.fold(windows, scores, n_times, how)
    np.testing.assert_allclose(windows.fold(scores, n_times, how), expected, atol=1e-12)


@given(windows_and_values(), st.sampled_from(["last", "mean", "max", "median"]))
def test_folding_what_was_slid_gives_it_back(drawn, how):
    windows, values = drawn
    seen = windows.slide(values)[:, 0, -windows.reach :]
    folded = windows.fold(seen, len(values), how)
    there = ~np.isnan(folded)
    np.testing.assert_allclose(folded[there], values[there, 0], atol=1e-12)
    if how != "last" and windows.stride == 1:
        assert there.sum() == len(values) - windows.span + windows.reach


def test_what_is_scored_beside_a_missing_score_is_scored_by_the_other_windows():
    scores = np.array([1.0, np.nan, np.nan, 4.0, 5.0])
    for how in ("mean", "max", "median"):
        assert Windows(2).fold(scores, 6, how).tolist()[:4:3] == [1.0, 4.0]
        assert np.isnan(Windows(2).fold(scores, 6, how)).tolist() == [False, False, True, False, False, False]
    scores = np.array([1.0, np.nan, 3.0, 4.0, 5.0])
    assert np.isnan(Windows(2).fold(scores, 6)).tolist() == [True, False, True, False, False, False]


def test_a_horizon_is_part_of_the_view_and_what_is_scored():
    windows = Windows(3, horizon=2)
    values = np.arange(7.0)[:, None]
    assert windows.slide(values)[:, 0].tolist() == [[0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [2, 3, 4, 5, 6]]
    assert (windows.span, windows.reach, windows.ends(7).tolist()) == (5, 2, [4, 5, 6])
    folded = windows.fold(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), 7, "mean")
    np.testing.assert_allclose(folded, [np.nan, np.nan, np.nan, 1.0, 2.5, 4.5, 6.0])


def test_unknown_fold():
    with pytest.raises(ParameterError, match="last, mean, max, median"):
        Windows(2).fold(np.zeros(2), 3, "sum")


@given(windows_and_values())
def test_ends_are_the_last_steps_of_the_windows(drawn):
    windows, values = drawn
    steps = np.arange(float(len(values)))[:, None]
    assert windows.ends(len(values)).tolist() == windows.slide(steps)[:, 0, -1].tolist()


@given(st.integers(1, 10), st.integers(1, 5), st.integers(0, 30))
def test_count_is_what_a_loop_counts(length, stride, n_times):
    assert Windows(length, stride).count(n_times) == len(range(0, n_times - length + 1, stride))


def test_whole_scores_fold_to_floats():
    assert Windows(2).fold(np.array([1, 2]), 3).tolist()[1:] == [1.0, 2.0]


def test_too_short_for_a_window():
    with pytest.raises(ShapeError, match="recording of 4"):
        Windows(5).slide(np.zeros((4, 1)))
    assert Windows(5).count(4) == 0
    assert np.isnan(Windows(5).fold(np.empty(0), 4)).all()


@pytest.mark.parametrize("n_scores", [2, 4])
def test_scores_and_windows_must_match(n_scores):
    with pytest.raises(ShapeError, match="3 windows in 5 time steps"):
        Windows(3).fold(np.zeros(n_scores), 5)


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None, True])
@pytest.mark.parametrize("name", ["length", "stride"])
def test_lengths_are_whole_numbers_of_at_least_one(name, value):
    with pytest.raises(ParameterError, match=f"{name} of windows .* at least 1"):
        Windows(**{"length": 2, name: value})


def test_whole_numbers_of_numpy_will_do():
    assert Windows(np.int64(2), np.int32(3)).count(6) == 2

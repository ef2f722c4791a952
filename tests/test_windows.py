import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import Windows
from offbeat.errors import ParameterError, ShapeError


@st.composite
def windows_and_values(draw):
    length, stride = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    n_times, n_channels = draw(st.integers(length, 40)), draw(st.integers(1, 3))
    return Windows(length, stride), np.random.default_rng(0).normal(size=(n_times, n_channels))


def slow_slide(values, length, stride):
    """Each window as lists, channel by channel."""
    n_times, n_channels = values.shape
    starts = [start for start in range(n_times) if start % stride == 0 and start + length <= n_times]
    return [[[values[start + i, c] for i in range(length)] for c in range(n_channels)] for start in starts]


@given(windows_and_values())
def test_slide_is_the_obvious_loop(drawn):
    windows, values = drawn
    slid = windows.slide(values)
    assert slid.tolist() == slow_slide(values, windows.length, windows.stride)
    assert slid.shape == (windows.count(len(values)), values.shape[1], windows.length)


@given(windows_and_values())
def test_slide_is_a_view(drawn):
    windows, values = drawn
    assert np.shares_memory(windows.slide(values), values)


@given(windows_and_values())
def test_each_score_lands_where_its_window_ends(drawn):
    windows, values = drawn
    folded = windows.fold(windows.slide(values)[:, :, -1], len(values))
    assert folded.shape == values.shape
    for step, row in enumerate(folded):
        start = step - windows.length + 1
        if start >= 0 and start % windows.stride == 0:
            assert row.tolist() == values[step].tolist()
        else:
            assert np.isnan(row).all()


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
    with pytest.raises(ShapeError, match="a window takes 5 time steps, but the recording has 4"):
        Windows(5).slide(np.zeros((4, 1)))
    assert Windows(5).count(4) == 0
    assert np.isnan(Windows(5).fold(np.empty(0), 4)).all()


@pytest.mark.parametrize("n_scores", [2, 4])
def test_scores_and_windows_must_match(n_scores):
    with pytest.raises(ShapeError, match=f"5 time steps hold 3 windows, but {n_scores} scores came"):
        Windows(3).fold(np.zeros(n_scores), 5)


@pytest.mark.parametrize("value", [0, -1, 2.0, "3", None])
@pytest.mark.parametrize("name", ["length", "stride"])
def test_lengths_are_whole_numbers_of_at_least_one(name, value):
    with pytest.raises(ParameterError, match=f"the {name} of windows is a whole number of at least 1"):
        Windows(**{"length": 2, name: value})


def test_whole_numbers_of_numpy_will_do():
    assert Windows(np.int64(2), np.int32(3)).count(6) == 2

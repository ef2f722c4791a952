import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import Recording
from offbeat.errors import DataError, ParameterError

START = np.datetime64("2024-01-01T00:00:00")
NAN = float("nan")


def at(seconds, values=None, **settings):
    """A recording of one channel whose time steps are so many seconds after midnight."""
    times = START + (np.asarray(seconds) * 1000).astype("timedelta64[ms]")
    values = np.arange(1.0, len(times) + 1) if values is None else values
    return Recording(values, timestamps=times, **settings)


def values_of(recording):
    return recording.values[:, 0].tolist()


def test_rows_snap_and_gaps_open():
    made = at([0, 9, 21, 51], labels=[0, 1, 0, 1], train_end=2, name="pump", channels=["flow"]).regular(10)
    np.testing.assert_array_equal(made.values[:, 0], [1, 2, 3, NAN, NAN, 4])
    assert ((made.timestamps - START) / np.timedelta64(1, "s")).tolist() == [0, 10, 20, 30, 40, 50]
    assert made.labels.tolist() == [0, 1, 0, 0, 0, 1]
    assert made.train_end == 2
    assert (made.name, made.channels, made.sampling_rate) == ("pump", ("flow",), None)


def test_rows_of_one_grid_point_become_their_mean_without_nan():
    two = np.array([[1.0, NAN], [3.0, 8.0], [NAN, NAN]])
    made = Recording(two, timestamps=at([0, 1, 10]).timestamps, labels=[0, 1, 0]).regular(10)
    np.testing.assert_array_equal(made.values, [[2, 8], [NAN, NAN]])
    assert made.labels.tolist() == [1, 0]


@pytest.mark.parametrize(("train_end", "moved"), [(0, 0), (1, 0), (2, 1), (3, 4), (4, 6)])
def test_a_grid_point_of_both_parts_is_not_learned_from(train_end, moved):
    assert at([0, 1, 10, 40], train_end=train_end).regular(10)[:].train_end == min(moved, 5)


@pytest.mark.parametrize(
    ("fill", "max_gap", "expected"),
    [
        ("nan", None, [1, NAN, 3, NAN, NAN, 6, NAN]),
        ("interpolate", None, [1, 2, 3, 4, 5, 6, NAN]),
        ("interpolate", 1, [1, 2, 3, NAN, NAN, 6, NAN]),
        ("interpolate", 2, [1, 2, 3, 4, 5, 6, NAN]),
        ("last", None, [1, 1, 3, 3, 3, 6, 6]),
        ("last", 1, [1, 1, 3, NAN, NAN, 6, 6]),
    ],
)
def test_gaps_are_filled_as_asked(fill, max_gap, expected):
    made = at([0, 2, 5, 6], [1, 3, 6, NAN]).regular(1, fill=fill, max_gap=max_gap)
    np.testing.assert_array_equal(made.values[:, 0], expected)


@pytest.mark.parametrize("fill", ["interpolate", "last"])
def test_nothing_is_made_up_before_the_first_value_or_without_any(fill):
    two = np.array([[NAN, NAN], [2.0, NAN], [4.0, NAN]])
    made = Recording(two, timestamps=at([0, 1, 3]).timestamps).regular(1, fill=fill)
    assert np.isnan(made.values[0]).all()
    assert np.isnan(made.values[:, 1]).all()
    assert made.values[2, 0] == (3 if fill == "interpolate" else 2)


def test_the_step_is_the_usual_one_where_none_is_named():
    made = at([0, 5, 10, 25]).regular()
    assert made.step == 5
    assert len(made) == 6
    assert at([0, 5, 10], sampling_rate=0.2).regular(2.5).sampling_rate == 0.4


def test_fast_steps_do_not_drift():
    made = at([0, 1]).regular(1 / 30)
    assert len(made) == 31
    assert made.timestamps[-1] == START + np.timedelta64(1, "s")


@given(st.lists(st.integers(0, 60), min_size=2, max_size=20, unique=True).map(sorted), st.sampled_from([1, 2, 7]))
def test_a_grid_is_even_and_keeps_what_it_was_made_of(seconds, step):
    made = at(seconds).regular(step)
    assert (np.diff(made.timestamps) == np.timedelta64(step, "s")).all()
    cells = [int((second - seconds[0]) / step + 0.5) for second in seconds]
    assert np.flatnonzero(~np.isnan(made.values[:, 0])).tolist() == sorted(set(cells))
    for cell in set(cells):
        assert made.values[cell, 0] == np.mean([i + 1.0 for i, other in enumerate(cells) if other == cell])
    again = made.regular(step)
    np.testing.assert_array_equal(again.values, made.values)


def test_single_precision_stays():
    assert at([0, 1, 2], np.ones(3, np.float32)).regular(0.5, fill="interpolate").values.dtype == np.float32


def test_what_has_no_grid():
    with pytest.raises(DataError, match="timestamps"):
        Recording([1.0, 2.0], sampling_rate=5.0).regular()
    with pytest.raises(DataError, match="step"):
        at([5]).regular()
    with pytest.raises(DataError, match="step"):
        at([5, 5, 5]).regular()
    assert values_of(at([5, 5, 5]).regular(1)) == [2.0]
    with pytest.raises(DataError, match=r"86,401 rows.* 43200 s"):
        at([0, 1, 86400]).regular(1)
    for step in (0, -1, NAN, float("inf")):
        with pytest.raises(ParameterError, match="step"):
            at([0, 1]).regular(step)
    with pytest.raises(ParameterError, match=r"fill .*'zero'"):
        at([0, 1]).regular(fill="zero")
    with pytest.raises(ParameterError, match="max_gap"):
        at([0, 1]).regular(fill="last", max_gap=0)

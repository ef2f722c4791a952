import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from offbeat.errors import ParameterError, ShapeError
from offbeat.report import downsample

values_with_gaps = arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6) | st.just(np.nan))


@given(values_with_gaps, st.integers(2, 60))
def test_extremes_and_ends_are_kept_in_order_and_few(values, n):
    kept = downsample(values, n)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert np.all(np.diff(kept) > 0)
    assert len(kept) <= n + 2
    if not np.isnan(values).all():
        assert np.nanmin(values[kept]) == np.nanmin(values)
        assert np.nanmax(values[kept]) == np.nanmax(values)


@given(values_with_gaps, st.integers(2, 500))
def test_short_lines_are_kept_whole(values, more):
    assert downsample(values, max(2, len(values), more)).tolist()[: len(values)] == list(range(len(values)))


def test_each_stretch_keeps_its_lowest_and_highest():
    values = np.random.default_rng(0).normal(size=1000)
    kept = set(downsample(values, 100).tolist())
    for start in range(0, 1000, 20):
        assert {start + values[start : start + 20].argmin(), start + values[start : start + 20].argmax()} <= kept


def test_a_gap_of_a_whole_stretch_stays_a_gap():
    values = np.arange(1000.0)
    values[400:460] = np.nan
    shown = values[downsample(values, 100)]
    assert 2 <= np.isnan(shown).sum() <= 4
    assert len(downsample(np.full(50, np.nan), 10)) <= 7


def test_a_million_points():
    values = np.random.default_rng(0).normal(size=1_000_000)
    values[::1000] = np.nan
    shown = downsample(values, 4000)
    assert len(shown) <= 4002
    assert {int(np.nanargmin(values)), int(np.nanargmax(values))} <= set(shown.tolist())


def test_what_is_no_line_is_refused():
    with pytest.raises(ShapeError, match=r"got \(3, 2\)"):
        downsample(np.zeros((3, 2)), 10)
    with pytest.raises(ParameterError, match="2 points or more, not 1"):
        downsample(np.zeros(3), 1)

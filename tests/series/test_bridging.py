"""Short gaps lie on a line once they are over, in a stream as in the whole recording."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from offbeat.series.bridging import bridged, bridged_parts
from offbeat.series.joined import Joined
from offbeat.series.recording import Recording

GAPPED = st.lists(st.just(float("nan")) | st.floats(-1e3, 1e3), min_size=2, max_size=40)


@given(GAPPED, st.integers(0, 3))
def test_only_gaps_that_are_over_and_short_are_bridged(cells, max_gap):
    values = np.array(cells)[:, None]
    found, missing = bridged(values, max_gap)[:, 0], np.isnan(values[:, 0])
    np.testing.assert_array_equal(found[~missing], values[~missing, 0])
    begins = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(int)))
    for begin, end in begins.reshape(-1, 2):
        is_bridged = begin > 0 and end < len(values) and end - begin <= max_gap
        assert np.isnan(found[begin:end]).tolist() == [not is_bridged] * (end - begin)
        if is_bridged:
            line = np.interp(np.arange(begin, end), [begin - 1, end], [found[begin - 1], found[end]])
            np.testing.assert_allclose(found[begin:end], line, atol=1e-9)


@given(GAPPED, st.integers(0, 3), st.data())
def test_what_comes_later_changes_nothing_before_a_value(cells, max_gap, data):
    values = np.array(cells)[:, None]
    stop = data.draw(st.sampled_from([0, *(np.flatnonzero(~np.isnan(values[:, 0])) + 1).tolist()]))
    np.testing.assert_allclose(bridged(values[:stop], max_gap), bridged(values, max_gap)[:stop], atol=1e-9)


def test_no_gap_between_two_recordings_is_bridged():
    parts = [Recording([1.0, np.nan, 3.0]), Recording([5.0, np.nan, 7.0])]
    joined = Joined.of(parts)
    np.testing.assert_array_equal(bridged_parts(joined, 3)[:, 0], [1, 2, 3, np.nan, 5, 6, 7])
    np.testing.assert_array_equal(joined.values[:, 0], [1, np.nan, 3, np.nan, 5, np.nan, 7])

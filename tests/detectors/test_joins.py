"""The compiled loops against twins that compare each pair of windows by itself, and against stumpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import nearest_by_pairs
from offbeat.detectors.scoring import joins
from offbeat.detectors.scoring.joins import FLAT, look_back, look_elsewhere
from offbeat.detectors.scoring.newest_window import NewestWindow


def walk(n, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=n))


def hard_series():
    """A level far above the spread, stretches without any, gaps, and a spike that no running sum forgets."""
    values = 1e3 + walk(700)
    values[100:160], values[300], values[420:425], values[500] = values[100], np.nan, np.nan, 1e9  # which counts as 1e4
    values[550:610] = values[550]
    return values


@pytest.mark.parametrize("values", [walk(500), hard_series()], ids=["walk", "hard"])
@pytest.mark.parametrize(("length", "memory"), [(8, 0), (33, 40), (8, 40), (33, 10_000)])
def test_looking_back_finds_the_nearest_window_of_the_known_part_and_of_the_newest_past(values, length, memory):
    known = 250
    found = look_back(values, length, known, memory)
    expected = nearest_by_pairs(
        values,
        length,
        lambda i, j: (j + length <= known) | ((j >= known) & (length <= i - j) & (i - j < length + memory)),
        FLAT,
    )[:, known:]
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


def test_looking_elsewhere_leaves_out_what_overlaps():
    values = hard_series()
    expected = nearest_by_pairs(values, 20, lambda i, j: abs(i - j) >= 20, FLAT)
    np.testing.assert_allclose(look_elsewhere(values, 20).values, expected, atol=1e-9)


def test_places_are_where_the_distances_come_from():
    values = walk(500)
    found = look_back(values, 25, 200, 1000)
    windows = np.lib.stride_tricks.sliding_window_view(values, 25)
    own, nearest = windows[200:], windows[found.places]
    plain = np.sqrt(np.square(own - nearest[2]).mean(axis=1))
    np.testing.assert_allclose(plain, found.values[2])
    centred = (own - nearest[1]) - (own - nearest[1]).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(np.sqrt(np.square(centred).mean(axis=1)), found.values[1])


@pytest.mark.slow  # stumpy compiles itself anew
@pytest.mark.parametrize("length", [8, 64])
def test_distances_are_those_of_stumpy(length):
    stumpy = pytest.importorskip("stumpy")
    known, rest = walk(1200), 50 + walk(400, seed=1)
    found = look_back(np.concatenate([known, rest]), length, len(known), 0, flat=0.0)
    for i in range(0, 300, 40):
        expected = stumpy.mass(rest[i : i + length], known).min()
        np.testing.assert_allclose(found.values[0, i] * np.sqrt(length), expected, atol=1e-6)


def test_more_windows_than_are_compared_in_one_go():
    values = walk(9000)
    found = look_back(values, 16, 100, 10_000)
    expected = nearest_by_pairs(
        values, 16, lambda i, j: (j <= 84) | ((i - j >= 16) & (j >= 100)), FLAT, rows=(5000, 5020)
    )
    np.testing.assert_allclose(found.values[:, 4900:4920], expected[:, 5000:5020], atol=1e-9)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_too_short_has_no_distances(monkeypatch, threads):
    monkeypatch.setattr(joins, "n_threads", lambda: threads)
    assert look_back(np.arange(10.0), 20, 4, 5).values.shape == (3, 0)
    assert np.isnan(look_back(np.arange(30.0), 20, 4, 5).values).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, 20), st.sampled_from([0, 15, 500]))
def test_a_stream_finds_what_is_found_at_once(seed, length, memory):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(400) < 0.01, np.nan, np.round(np.cumsum(rng.normal(size=400)), 1))
    known = 150
    newest = NewestWindow(values[:known], length, memory)
    pushed = np.array([newest.push(value) for value in values[known:]])
    expected = look_back(values, length, known, memory).values
    np.testing.assert_allclose(pushed[length - 1 :].T, expected, atol=1e-9)
    assert np.isnan(pushed[: length - 1]).all()


def test_a_stream_goes_on_beyond_what_it_has_room_for():
    values, known, memory = walk(6_000), 60, 300
    newest = NewestWindow(values[:known], 10, memory)
    pushed = np.array([newest.push(value) for value in values[known:]])
    np.testing.assert_allclose(pushed[9:].T, look_back(values, 10, known, memory).values, atol=1e-9)


def test_a_stream_begins_anew_after_a_past():
    values = walk(800)
    newest = NewestWindow(values[:200], 12, 100)
    newest.restart(values[200:700])
    pushed = np.array([newest.push(value) for value in values[700:]])
    np.testing.assert_allclose(pushed.T, look_back(values, 12, 200, 100).values[:, 700 - 200 - 11 :], atol=1e-9)

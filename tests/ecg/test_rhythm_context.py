"""How a beat stands in its rhythm: what is alike, what is relative, and what tells rhythms apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.ecg.features.rhythm_context import CONTEXT_NAMES, rhythm_context


def column(context, name):
    return context[:, CONTEXT_NAMES.index(name)]


def plain_alike(rr, size):
    """The same, beat by beat and pair by pair."""
    half, n = size // 2, len(rr)
    mirrored = np.pad(np.log(rr), half, mode="symmetric")
    found = []
    for beat in range(n):
        around = mirrored[beat : beat + size]
        lags = [(i, j) for i in range(size) for j in range(i + 1, size) if j - i < size - 1]
        alike = {(i, j) for i, j in lags if abs(around[i] - around[j]) < 0.06}
        again = sum((i + 1, j + 1) in alike for i, j in alike)
        share = (1 + len(alike)) / (size * (size - 1) / 2)
        found.append((np.log(share), np.log((1 + again) / ((size - 1) * (size - 2) / 2)) - np.log(share)))
    return np.array(found)


@given(st.lists(st.sampled_from([0.5, 0.52, 0.8, 0.9, 1.3]), min_size=1, max_size=12))
def test_alike_is_what_a_plain_loop_counts(intervals):
    rr = np.array(intervals)
    context = rhythm_context(rr, rr)
    expected = plain_alike(rr, 31)
    assert column(context, "alike around") == pytest.approx(expected[:, 0])
    assert column(context, "alike again around") == pytest.approx(expected[:, 1])


def test_the_context_knows_no_heart_rate():
    rr = np.random.default_rng(0).uniform(0.6, 1.2, 200)
    before, after = rr[:-1], rr[1:]
    slower = rhythm_context(1.3 * before, 1.3 * after)
    # the scatter, in which distances (z) are measured, has a baseline in seconds
    relative = [i for i, name in enumerate(CONTEXT_NAMES) if " z " not in name]
    assert slower[:, relative] == pytest.approx(rhythm_context(before, after)[:, relative])


def test_fibrillation_and_bigeminy_are_irregular_but_only_one_comes_again():
    rng = np.random.default_rng(0)
    fibrillation = 0.8 * np.exp(rng.normal(0, 0.25, 401))
    bigeminy = np.where(np.arange(401) % 2, 0.55, 1.05) * np.exp(rng.normal(0, 0.02, 401))
    found = {}
    for name, rr in (("fibrillation", fibrillation), ("bigeminy", bigeminy)):
        context = rhythm_context(rr[:-1], rr[1:])
        assert np.median(column(context, "irregularity far")) > 0.2
        found[name] = np.median(column(context, "alike again far"))
    assert found["fibrillation"] < found["bigeminy"] - 1


def test_no_beats_have_an_empty_context():
    assert rhythm_context(np.empty(0), np.empty(0)).shape == (0, len(CONTEXT_NAMES))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_beats_have_a_finite_context(n):
    before, after = np.full(n, np.nan), np.full(n, 0.9)
    context = rhythm_context(before, after)
    assert context.shape == (n, len(CONTEXT_NAMES))
    assert np.isfinite(context).all()

"""Labelled data by formula, for suites of their own."""

import numpy as np
import pytest

from offbeat import Collection, Recording


def wave(seed, *, n=900, at=700, size=4.0, constant=0):
    """Return a noisy wave with one bump, and the first 400 time steps to learn from."""
    rng = np.random.default_rng(seed)
    values = np.sin(2 * np.pi * np.arange(n) / 25) + 0.1 * rng.normal(size=n)
    labels = np.zeros(n, dtype=int)
    values[at : at + 10] += size
    labels[at : at + 10] = 1
    values[:constant] = 0.0
    return Recording(values, labels=labels, name=f"wave {seed}", train_end=400)


@pytest.fixture(scope="session")
def waves():
    return [wave(seed) for seed in range(4)]


@pytest.fixture(scope="session")
def flat():
    """A recording with nothing to learn from."""
    return wave(9, constant=400)


@pytest.fixture(scope="session")
def series():
    """200 normal series and 20 others."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(30) / 4) + 0.1 * rng.normal(size=(220, 30))
    values[200:] *= 2
    return Collection(values, labels=["0"] * 200 + ["1"] * 20, name="series")

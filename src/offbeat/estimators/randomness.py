"""Seed the global random generators for a while, and restore the caller's states."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

__all__ = ["borrowed_randomness"]


@contextmanager
def borrowed_randomness(seed: int) -> Iterator[None]:
    """Seed the global generators of NumPy and Python inside, and restore the caller's states after.

    Some estimators (libsvm among them) draw from the global generators even where they are given a seed.
    """
    numpy_state, python_state = np.random.get_state(), random.getstate()  # noqa: NPY002  # the caller's, to give back
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)

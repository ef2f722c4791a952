"""Scores as every rule takes them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError

__all__ = ["Scores", "as_scores"]

Scores = npt.NDArray[np.float64]


def as_scores(scores: npt.ArrayLike) -> Scores:
    """Return scores as float64 of shape ``(n_scores,)``.

    Raises
    ------
    ShapeError
        If they have more axes than one.
    DataError
        If they are not numbers.
    """
    array = np.asarray(scores)
    if array.ndim != 1:
        raise ShapeError(f"scores have the shape (n_scores,), got {array.shape}: pass one array of numbers")
    if array.dtype.kind not in "fiub":
        raise DataError(f"scores are numbers, got {array.dtype}")
    return array.astype(np.float64)

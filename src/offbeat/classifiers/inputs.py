"""From what a caller holds (arrays, frames, collections) to what a classifier sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import ShapeError
from offbeat.series.arrays import FloatArray
from offbeat.series.collection import Collection
from offbeat.series.recording import Recording

__all__ = ["Seen", "as_series"]


@dataclass(frozen=True, eq=False)
class Seen:
    """Series and the numbers beside them, as a classifier sees them.

    Parameters
    ----------
    values : array of shape (n_series, n_channels, n_times)
    features : array of shape (n_series, n_features)
        Without columns where there are none.
    codes : array of shape (n_series,)
        The number of the class of each, where it is known.
    """

    values: FloatArray
    features: FloatArray
    codes: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: npt.NDArray[Any]) -> Seen:
        codes = None if self.codes is None else self.codes[rows]
        return Seen(self.values[rows], self.features[rows], codes)


def as_series(X: Any) -> Collection | None:
    """Return a collection or a 3-D array as a collection; None for what should be a table ``(n_series, n_times)``.

    Raises
    ------
    ShapeError
        If one long recording came, or an array of four or more axes.
    """
    if isinstance(X, Collection):
        return X
    if isinstance(X, Recording) or (isinstance(X, pd.DataFrame | pd.Series) and isinstance(X.index, pd.DatetimeIndex)):
        raise ShapeError(
            "a classifier reads collections of short series, got one long recording: cut it into series, around "
            "its beats for instance"
        )
    n_axes = _axes(X)
    if n_axes > 3:
        raise ShapeError(
            f"series have the shape (n_series, n_channels, n_times) or (n_series, n_times), got {n_axes} axes"
        )
    return Collection(np.asarray(X)) if n_axes == 3 else None


def _axes(X: Any) -> int:
    if hasattr(X, "ndim"):
        return int(X.ndim)
    try:
        return np.ndim(X)
    except (TypeError, ValueError):
        # scikit-learn says what is wrong with such a table, or makes one of it.
        return 2

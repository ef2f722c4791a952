"""Series, features and class numbers that go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.series.arrays import FloatArray

__all__ = ["SeriesBatch", "Split"]


@dataclass(frozen=True, eq=False)
class SeriesBatch:
    """Series as a classifier reads them.

    Parameters
    ----------
    values : array of shape (n_series, n_channels, n_times)
    features : array of shape (n_series, n_features)
        Without columns where there are none.
    codes : array of shape (n_series,), optional
        The number of the class of each series, where it is known.
    """

    values: FloatArray
    features: FloatArray
    codes: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: npt.NDArray[Any]) -> SeriesBatch:
        codes = None if self.codes is None else self.codes[rows]
        return SeriesBatch(self.values[rows], self.features[rows], codes)

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Which series have no missing value, ``(n_series,)``."""
        return np.asarray(np.isfinite(self.values).all(axis=(1, 2)))

    @property
    def known_codes(self) -> npt.NDArray[np.int64]:
        """The class numbers of series to learn from, which are always known."""
        assert self.codes is not None
        return self.codes


Split = Callable[[int], tuple[SeriesBatch, SeriesBatch]]
"""Gives, for a seed, the series to learn from and those held out."""

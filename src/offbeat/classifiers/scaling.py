"""How classifiers scale what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["SCALINGS", "Scaling"]

SCALINGS = ("standard", "series", "none")
_FAR = 5.0
"""Features further from their mean than that many standard deviations say nothing more."""
_ROUNDING = 1e-6

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Scaling:
    """Shift and scale of channels and features, as the training part showed them.

    Parameters
    ----------
    kind : {"standard", "series", "none"}
        ``"standard"``: zero mean and unit variance of each channel over the training series. ``"series"``: of each
        channel of each series by itself, which forgets amplitudes. ``"none"``: series stay as they are. Features are
        always brought to zero mean and unit variance, and cut at five standard deviations; a missing one (NaN) counts
        as the mean.
    shift, scale : arrays of shape (n_channels,)
        Of the series.
    feature_shift, feature_scale : arrays of shape (n_features,)
        Of the features.

    Examples
    --------
    >>> scaling = Scaling.learn("series", np.array([[[1.0, 3.0]]]), np.zeros((1, 0)))
    >>> scaling.apply(np.array([[[10.0, 30.0]]]))
    array([[[-1.,  1.]]], dtype=float32)
    """

    kind: str
    shift: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    feature_shift: npt.NDArray[np.float64]
    feature_scale: npt.NDArray[np.float64]

    @classmethod
    def learn(cls, kind: str, values: Floats, features: Floats) -> Self:
        """Learn from series ``(n_series, n_channels, n_times)`` and features ``(n_series, n_features)``."""
        shift, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
        if kind == "standard":
            shift, scale = values.mean(axis=(0, 2), dtype=np.float64), values.std(axis=(0, 2), dtype=np.float64)
        known = np.isfinite(features)
        counts = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64) / counts
        spread = np.sqrt((np.where(known, features - mean, 0.0) ** 2).sum(axis=0) / counts)
        return cls(kind, shift, _divisor(scale, np.abs(shift)), mean, _divisor(spread, np.abs(mean)))

    def apply(self, values: Floats) -> npt.NDArray[np.float32]:
        """Return scaled series ``(n_series, n_channels, n_times)``."""
        if self.kind == "none":
            return values.astype(np.float32)
        if self.kind == "series":
            mean, spread = values.mean(axis=2, keepdims=True), values.std(axis=2, keepdims=True)
            return np.asarray((values - mean) / _divisor(spread, np.abs(mean)), dtype=np.float32)
        return np.asarray((values - self.shift[:, None]) / self.scale[:, None], dtype=np.float32)

    def apply_to_features(self, features: Floats) -> npt.NDArray[np.float32]:
        """Return scaled features ``(n_series, n_features)``."""
        scaled = np.clip((features - self.feature_shift) / self.feature_scale, -_FAR, _FAR)
        return np.asarray(np.nan_to_num(scaled, nan=0.0), dtype=np.float32)


def _divisor(spread: Floats, size: Floats) -> npt.NDArray[np.float64]:
    """Return the spread, or 1 where it is rounding."""
    return np.where(spread > _ROUNDING * size, spread, 1.0)

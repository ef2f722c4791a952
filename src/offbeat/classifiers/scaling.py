"""How classifiers scale what they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.series.magnitudes import as_scaled, divisor, last_place, mean_and_deviation, warn_of_rounding

__all__ = ["SCALINGS", "Scaling"]

SCALINGS = ("standard", "series", "none")
_FAR = 5.0
"""Features further from their mean than that many standard deviations say nothing more."""
_AXES = (0, 2)

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
    def learn(cls, kind: str, values: Floats, features: Floats, channels: Sequence[str] | None = None) -> Self:
        """Learn from series ``(n_series, n_channels, n_times)`` and features ``(n_series, n_features)``.

        Warns
        -----
        PrecisionWarning
            If ``channels`` are named, and one varies by little more than its values are rounded to.
        """
        if channels is not None:
            # Unscaled, the values themselves become float32.
            unit = last_place(values.astype(np.float32) if kind == "none" else values, _AXES)
            warn_of_rounding(values, channels, unit.ravel())
        shift, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
        if kind == "standard":
            mean, deviation = mean_and_deviation(values, _AXES)
            shift, scale = mean.ravel(), divisor(deviation, values, _AXES).ravel()
        return cls(kind, shift, scale, *_of_features(features))

    def apply(self, values: Floats) -> npt.NDArray[np.float32]:
        """Return scaled series ``(n_series, n_channels, n_times)``."""
        if self.kind == "none":
            return values.astype(np.float32)
        if self.kind == "series":
            mean, deviation = mean_and_deviation(values, 2)
            return as_scaled(values, mean, divisor(deviation, values, 2))
        return as_scaled(values, self.shift[:, None], self.scale[:, None])

    def apply_to_features(self, features: Floats) -> npt.NDArray[np.float32]:
        """Return scaled features ``(n_series, n_features)``."""
        scaled = np.clip(as_scaled(features, self.feature_shift, self.feature_scale), -_FAR, _FAR)
        return np.asarray(np.nan_to_num(scaled, nan=0.0), dtype=np.float32)


def _of_features(features: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return mean and divisor of each feature, by the values that are not missing."""
    known = np.isfinite(features)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64) / counts
    filled = np.where(known, features, mean)
    deviation = mean_and_deviation(filled, 0)[1] * np.sqrt(len(features) / counts)
    return mean, divisor(deviation, filled, 0).ravel()

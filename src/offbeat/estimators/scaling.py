"""The scaling of what an estimator reads: learned on the training data alone, one shift and one factor a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.estimators.hints import require_choice
from offbeat.series.arrays import FloatArray
from offbeat.series.magnitudes import as_scaled, divisor, last_place, mean_and_deviation, warn_of_rounding

__all__ = ["CHANNEL_SCALINGS", "SCALINGS", "Scaler"]

CHANNEL_SCALINGS = ("standard", "minmax", "robust", "none")
"""Scalings by the training data, which can be undone."""
SCALINGS = (*CHANNEL_SCALINGS, "series")

_AXES = (0, 2)
_FARTHEST = 5.0
"""A feature further from its mean, in standard deviations, says nothing more."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scaler:
    """Shifts and scales each channel by what the training data showed, or by the series itself.

    Parameters
    ----------
    shift, scale : arrays of shape (n_channels,)
        Values become ``(values - shift) / scale``.
    by_series : bool
        Whether each channel of each series is then brought to zero mean and unit variance by itself.

    Examples
    --------
    >>> import numpy as np
    >>> Scaler.learn("minmax", np.array([[[0.0, 5.0, 10.0]]])).apply(np.array([[[2.5, 20.0]]]))
    array([[[0.25, 2.  ]]], dtype=float32)
    >>> Scaler.learn("series", np.array([[[1.0, 3.0]]])).apply(np.array([[[10.0, 30.0]]]))
    array([[[-1.,  1.]]], dtype=float32)
    """

    shift: Floats
    scale: Floats
    by_series: bool = False

    @classmethod
    def learn(cls, kind: str, values: FloatArray, channels: Sequence[str] | None = None) -> Self:
        """Learn from training values of shape ``(n_series, n_channels, n_times)``; a constant channel is only shifted.

        A channel is constant if it varies by no more than its values are rounded to, in the precision of their type.

        Parameters
        ----------
        kind : {"standard", "minmax", "robust", "series", "none"}
            ``"standard"``: zero mean and unit variance of each channel over the training series. ``"minmax"``: 0 to 1.
            ``"robust"``: zero median, and the middle half as wide as that of a unit normal distribution. ``"series"``:
            zero mean and unit variance of each channel of each series by itself, which drops amplitudes. ``"none"``:
            as they are.
        values : array of shape (n_series, n_channels, n_times)
            Without NaN.
        channels : sequence of str, optional
            Their names, for warnings; no warnings where None.

        Raises
        ------
        ParameterError
            If there is no such ``kind``.

        Warns
        -----
        PrecisionWarning
            If a channel varies by little more than its values are rounded to.
        """
        require_choice("scaling", kind, SCALINGS)
        # Unscaled, the values themselves become float32.
        unit = last_place(values.astype(np.float32) if kind == "none" else values, _AXES)
        if channels is not None:
            warn_of_rounding(values, channels, unit.ravel())
        if kind in ("none", "series"):
            return cls(np.zeros(values.shape[1]), np.ones(values.shape[1]), by_series=kind == "series")
        shift, spread = _shift_and_spread(kind, values, unit)
        return cls(shift.ravel(), divisor(spread, values, _AXES, unit).ravel())

    @classmethod
    def of_features(cls, features: FloatArray) -> Self:
        """Learn zero mean and unit variance of features ``(n_series, n_features)``, by those that are not missing."""
        known = np.isfinite(features)
        counts = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, features, 0.0).sum(axis=0, dtype=np.float64) / counts
        filled = np.where(known, features, mean)
        deviation = mean_and_deviation(filled, 0)[1] * np.sqrt(len(features) / counts)
        return cls(mean, divisor(deviation, filled, 0).ravel())

    @classmethod
    def restored(cls, arrays: Arrays, n_channels: int, *, prefix: str = "", by_series: bool = False) -> Self:
        """Return what was learned, from the arrays ``shift`` and ``scale`` with that prefix.

        Raises
        ------
        ModelError
            If they are not those of so many channels.
        """
        names = f"{prefix}shift", f"{prefix}scale"
        shift, scale = (array_of(arrays, name, n_channels).astype(np.float64) for name in names)
        if not (scale > 0).all():
            raise ModelError(f"expected numbers above 0 in the array {names[1]!r}, got {scale.min():g}")
        return cls(shift, scale, by_series)

    def arrays(self, prefix: str = "") -> Arrays:
        """Return what was learned, as :meth:`restored` takes it."""
        return {f"{prefix}shift": self.shift, f"{prefix}scale": self.scale}

    def apply(self, values: FloatArray) -> npt.NDArray[np.float32]:
        """Return scaled values of shape ``(n_series, n_channels, n_times)`` as float32."""
        if self.by_series:
            mean, deviation = mean_and_deviation(values, 2)
            return as_scaled(values, mean, divisor(deviation, values, 2))
        return as_scaled(values, self.shift[:, None], self.scale[:, None])

    def apply_to_features(self, features: FloatArray) -> npt.NDArray[np.float32]:
        """Return scaled features ``(n_series, n_features)``, at most 5 from 0, and 0 where one is missing."""
        scaled = np.clip(self.apply(features[:, :, None])[:, :, 0], -_FARTHEST, _FARTHEST)
        return np.asarray(np.nan_to_num(scaled, nan=0.0), dtype=np.float32)

    def undo(self, values: FloatArray) -> Floats:
        """Return scaled values in the units of the input; each series' own scaling cannot be undone."""
        return values.astype(np.float64) * self.scale[:, None] + self.shift[:, None]


def _shift_and_spread(kind: str, values: FloatArray, unit: Floats) -> tuple[Floats, Floats]:
    """Return what to subtract and what to divide by, ``(1, n_channels, 1)``, rounding errors included."""
    if kind == "minmax":
        low = values.min(axis=_AXES, keepdims=True).astype(np.float64)
        return low, values.max(axis=_AXES, keepdims=True) - low
    mean, deviation = mean_and_deviation(values, _AXES)
    if kind == "standard":
        return mean, deviation
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75), axis=_AXES, keepdims=True)
    # The middle half may be flat where the rest is not.
    return median, np.where(high - low > unit, (high - low) / 1.349, deviation)

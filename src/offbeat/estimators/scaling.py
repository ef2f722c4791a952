"""The scaling of a detector's input: learned on the training data alone, one shift and one factor a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError, ParameterError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.series.magnitudes import as_scaled, divisor, last_place, mean_and_deviation, warn_of_rounding
from offbeat.series.recording import FloatArray

__all__ = ["SCALINGS", "Scaler"]

_AXES = (0, 2)
SCALINGS = ("standard", "minmax", "robust", "none")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scaler:
    """Shift and scale each channel by what the training data showed.

    Parameters
    ----------
    shift, scale : arrays of shape (n_channels,)
        ``(values - shift) / scale`` is what a detector sees.

    Examples
    --------
    >>> import numpy as np
    >>> scaler = Scaler.learn("minmax", np.array([[[0.0, 5.0, 10.0]]]))
    >>> scaler.apply(np.array([[[2.5, 20.0]]]))
    array([[[0.25, 2.  ]]], dtype=float32)
    """

    shift: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]

    @classmethod
    def learn(cls, kind: str, values: FloatArray, channels: Sequence[str] | None = None) -> Self:
        """Learn from training values of shape ``(n_series, n_channels, n_times)``; a constant channel is only shifted.

        Constant is what differs by no more than its values are rounded to, in the precision that they come in.

        Parameters
        ----------
        kind : {"standard", "minmax", "robust", "none"}
            Zero mean and unit variance; 0 to 1; zero median, and the middle half as wide as that of a unit normal
            distribution; or as they are.
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
        if kind not in SCALINGS:
            raise ParameterError(f"scaling is one of {', '.join(SCALINGS)}, got {kind!r}")
        # Unscaled, the values themselves become float32.
        unit = last_place(values.astype(np.float32) if kind == "none" else values, _AXES).ravel()
        if channels is not None:
            warn_of_rounding(values, channels, unit)
        if kind == "none":
            return cls(np.zeros(values.shape[1]), np.ones(values.shape[1]))
        shift, spread = _shift_and_spread(kind, values, unit)
        return cls(shift.ravel(), divisor(spread, values, _AXES).ravel())

    @classmethod
    def restored(cls, arrays: Arrays, n_channels: int) -> Self:
        """Return what was learned, from the arrays ``shift`` and ``scale``.

        Raises
        ------
        ModelError
            If they are not those of so many channels.
        """
        shift, scale = (array_of(arrays, name, n_channels).astype(np.float64) for name in ("shift", "scale"))
        if not (scale > 0).all():
            raise ModelError("the scale of each channel is a number above 0")
        return cls(shift, scale)

    def apply(self, values: FloatArray) -> npt.NDArray[np.float32]:
        """Return scaled values of shape ``(n_series, n_channels, n_times)`` as float32."""
        return as_scaled(values, self.shift[:, None], self.scale[:, None])

    def undo(self, values: FloatArray) -> npt.NDArray[np.float64]:
        """Return scaled values in the units of the input."""
        return values.astype(np.float64) * self.scale[:, None] + self.shift[:, None]


def _shift_and_spread(kind: str, values: FloatArray, unit: Floats) -> tuple[Floats, Floats]:
    """Return what to take off and what to divide by, ``(1, n_channels, 1)``, be it rounding or not."""
    if kind == "minmax":
        low = values.min(axis=_AXES, keepdims=True).astype(np.float64)
        return low, values.max(axis=_AXES, keepdims=True) - low
    mean, deviation = mean_and_deviation(values, _AXES)
    if kind == "standard":
        return mean, deviation
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75), axis=_AXES, keepdims=True)
    # The middle half may be flat where the rest is not.
    return median, np.where(high - low > unit[:, None], (high - low) / 1.349, deviation)

"""The scaling of a detector's input: learned on the training data alone, one shift and one factor a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError, ParameterError
from offbeat.recording import FloatArray
from offbeat.store import Arrays, array_of

__all__ = ["SCALINGS", "Scaler"]

_ROUNDING = 1e-6
"""Share of the largest value below which a spread is rounding; float32 has seven digits."""
SCALINGS = ("standard", "minmax", "robust", "none")


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
    def learn(cls, kind: str, values: FloatArray) -> Self:
        """Learn from training values of shape ``(n_series, n_channels, n_times)``; a constant channel is only shifted.

        Raises
        ------
        ParameterError
            If ``kind`` is none of ``"standard"`` (zero mean, unit variance), ``"minmax"`` (0 to 1), ``"robust"`` (zero
            median, the middle half as wide as that of a unit normal distribution) and ``"none"``.
        """
        if kind not in SCALINGS:
            raise ParameterError(f"scaling is one of {', '.join(SCALINGS)}, but {kind!r} came")
        n_channels = values.shape[1]
        shift, scale = np.zeros(n_channels), np.ones(n_channels)
        if kind == "standard":
            shift, scale = values.mean(axis=(0, 2), dtype=np.float64), values.std(axis=(0, 2), dtype=np.float64)
        elif kind == "minmax":
            shift = values.min(axis=(0, 2)).astype(np.float64)
            scale = values.max(axis=(0, 2)) - shift
        elif kind == "robust":
            low, shift, high = np.quantile(values, (0.25, 0.5, 0.75), axis=(0, 2))
            spread = values.std(axis=(0, 2), dtype=np.float64)
            scale = np.where(high > low, (high - low) / 1.349, spread)
        # What differs by rounding alone is constant: dividing by it would blow rounding errors up.
        largest = np.maximum(values.max(axis=(0, 2)), -values.min(axis=(0, 2)))
        return cls(shift, np.where(scale > _ROUNDING * largest, scale, 1.0))

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
        return ((values - self.shift[:, None]) / self.scale[:, None]).astype(np.float32)

    def undo(self, values: FloatArray) -> npt.NDArray[np.float64]:
        """Return scaled values in the units of the input."""
        return values.astype(np.float64) * self.scale[:, None] + self.shift[:, None]

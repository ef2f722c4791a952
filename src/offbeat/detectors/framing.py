"""From what a caller gives to series of one shape, and from their scores back to what the caller gave."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.detectors.inputs import as_collection, as_recording
from offbeat.errors import DataError, MissingValuesWarning, ShapeError
from offbeat.recording import Collection, FloatArray, Recording
from offbeat.windows import Windows

__all__ = ["Framing", "require_enough"]

_LARGEST = 1e15
"""Above it the squares of scaled float32 values may overflow."""


@dataclass(frozen=True)
class Framing:
    """How a detector sees its data: a collection as it is, or a recording through a window.

    Parameters
    ----------
    window : int or None
        Time steps of a window; None for collections.
    """

    window: int | None

    def read(self, X: Any, shape: tuple[int, ...] | None = None) -> tuple[FloatArray, tuple[str, ...]]:
        """Return the series (or windows) of ``X`` and its channels; all finite or NaN, of ``shape`` where given."""
        if self.window is None:
            noun: Collection | Recording = as_collection(X)
            series = noun.values
        else:
            noun = as_recording(X)
            series = Windows(self.window).slide(noun.values)
        # Judged on the values themselves: the windows of a recording are many times as large.
        too_large = np.abs(noun.values) > _LARGEST
        if shape is not None and series.shape[1:] != shape:
            _refuse(series.shape[1:], shape, noun.channels)
        if too_large.any():
            worst = noun.values[too_large][0]
            raise DataError(
                f"expected finite values up to {_LARGEST:g}, or NaN where one is missing, but {worst:g} came: mend it, "
                "or rescale the data"
            )
        return series, noun.channels

    def complete(self, series: FloatArray, fate: str) -> npt.NDArray[np.bool_]:
        """Return which series lack no value; warn about the others."""
        complete = np.asarray(~np.isnan(series).any(axis=(1, 2)))
        if not complete.all():
            noun = "series" if self.window is None else "windows"
            message = f"{np.sum(~complete)} of {len(series)} {noun} hold missing values and are {fate}"
            warnings.warn(message, MissingValuesWarning, stacklevel=4)
        return complete

    def labelled(self, y: npt.ArrayLike | None, n: int) -> npt.NDArray[np.bool_]:
        """Return which of ``n`` series (or windows) hold a known anomaly."""
        if y is None:
            return np.zeros(n, dtype=bool)
        known = np.asarray(y)
        if not np.isin(known, (0, 1)).all():
            raise DataError("y is 1 where an anomaly is known and 0 elsewhere, but other values came")
        expected = n if self.window is None else n + self.window - 1
        if known.shape != (expected,):
            raise ShapeError(f"expected {expected} labels in y, but an array of shape {known.shape} came")
        if self.window is None:
            return known.astype(bool)
        return np.asarray(Windows(self.window).slide(known[:, None].astype(float)).any(axis=(1, 2)))

    def hold_out(self, series: FloatArray, share: float, seed: int) -> tuple[FloatArray, FloatArray]:
        """Keep a part aside: drawn at random, or of windows the last, with none that overlaps the rest."""
        n = max(1, round(len(series) * share))
        if self.window is not None:
            return series[: max(0, len(series) - n - self.window + 1)], series[len(series) - n :]
        order = np.random.default_rng(seed).permutation(len(series))
        return series[order[n:]], series[order[:n]]

    def fold(self, per_series: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what was found for each window at its last time step; for series, as it is."""
        if self.window is None:
            return per_series
        return Windows(self.window).fold(per_series, len(per_series) + self.window - 1)


def require_enough(train: FloatArray, held_out: FloatArray) -> None:
    """Refuse data that nothing can be learned from."""
    if len(train) + len(held_out) == 0:
        raise DataError("there is nothing to learn from: expected normal series without missing values, but none came")
    if len(train) < 2 or len(held_out) < 1:
        raise DataError(
            f"expected at least 2 normal series to learn from and 1 to hold out, but {len(train)} and {len(held_out)} "
            "came (without missing values and known anomalies): give more data"
        )
    if np.ptp(train) == 0 or not np.ptp(train, axis=(0, 2)).any():
        raise DataError("every value of the training data is the same: there is nothing to learn from a constant")


def _refuse(came: tuple[int, ...], expected: tuple[int, ...], channels: tuple[str, ...]) -> None:
    if came[0] != expected[0]:
        n = expected[0]
        raise ShapeError(
            f"this detector was fitted on {n} channel{'s'[: n != 1]}, but {came[0]} came ({', '.join(channels)}): "
            "give it the same ones, which .select([...]) picks out of more"
        )
    raise ShapeError(
        f"this detector was fitted on series of {expected[1]} time steps, but series of {came[1]} came: "
        "cut or resample them to that length, or fit again"
    )

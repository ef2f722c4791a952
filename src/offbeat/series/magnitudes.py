"""How large values may be, how precisely they are known, and how far they spread: needed before they are scaled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, PrecisionWarning, warn
from offbeat.series.arrays import FloatArray

__all__ = ["LARGEST", "as_scaled", "divisor", "last_place", "mean_and_deviation", "require_size", "warn_of_rounding"]

LARGEST = 1e15
"""Values, scaled or not, are no larger: the squares of larger ones may overflow in float32."""

_CONSTANT, _NEAR = 4, 16
"""Units in the last place up to which a spread is rounding alone, and up to which rounding makes up much of it."""
_SAFE = 400
"""Squares of values below two to the power of this neither overflow nor underflow."""
_WHOLE = 2**24
"""Whole numbers below it are exact in float32, so they give no hint that values were rounded to it."""

Floats = npt.NDArray[np.float64]
Axes = int | tuple[int, ...]


def require_size(values: FloatArray) -> None:
    """Refuse values that are infinite, or too large for float32.

    Raises
    ------
    DataError
        Naming the first of them.
    """
    # NaN compares as False, and so passes.
    too_large = np.abs(values) > LARGEST
    if too_large.any():
        worst = values[too_large][0]
        raise DataError(
            f"expected finite values up to {LARGEST:g}, or NaN where one is missing, got {worst:g}: correct it, "
            "or rescale the data"
        )


def mean_and_deviation(values: FloatArray, axes: Axes) -> tuple[Floats, Floats]:
    """Return mean and standard deviation over axes, which stay with length 1.

    The mean is subtracted before anything is squared, and very large or small values are brought near 1: no level
    far above the spread, and no values whose squares overflow or underflow change the result.

    Parameters
    ----------
    values : array
        Without NaN.

    Examples
    --------
    >>> mean, deviation = mean_and_deviation(np.array([1e-200, 3e-200]), 0)
    >>> float(mean[0]), float(deviation[0])
    (2e-200, 1e-200)
    """
    mean = values.mean(axis=axes, dtype=np.float64, keepdims=True)
    apart = values - mean
    low, high = (edge(axis=axes, keepdims=True, initial=0.0) for edge in (apart.min, apart.max))
    exponent = np.frexp(np.maximum(-low, high))[1]
    if np.abs(exponent).max(initial=0) < _SAFE:
        exponent = np.zeros_like(exponent)
    else:
        np.ldexp(apart, -exponent, out=apart)  # by powers of two, which round nothing
    np.square(apart, out=apart)
    return mean, np.ldexp(np.sqrt(apart.mean(axis=axes, keepdims=True)), exponent)


def last_place(values: FloatArray, axes: Axes) -> Floats:
    """Return the unit in the last place of the largest value over axes, which stay with length 1.

    It is that of float32 where the values are float32, or were before they became float64 and their spread is small.

    Parameters
    ----------
    values : array
        Without NaN.
    """
    low, high = values.min(axis=axes, keepdims=True), values.max(axis=axes, keepdims=True)
    level = np.maximum(np.abs(low), np.abs(high))
    coarse = np.spacing(level.astype(np.float32)).astype(np.float64)
    if values.dtype == np.float32:
        return np.asarray(coarse)
    fine = np.spacing(level.astype(np.float64))
    matters = high - low <= _NEAR * coarse
    if not matters.any():
        return np.asarray(fine)
    single = (values.astype(np.float32) == values).all(axis=axes, keepdims=True)
    exact = (values == np.round(values)).all(axis=axes, keepdims=True) & (level < _WHOLE)
    return np.where(matters & single & ~exact, coarse, fine)


def divisor(spread: Floats, values: FloatArray, axes: Axes, unit: Floats | None = None) -> Floats:
    """Return what to divide by: the spread of values, or at least 1 where the spread is rounding alone.

    Dividing by the spread of rounding errors would make signals of them.

    Parameters
    ----------
    spread : array
        One number for each channel, with axes of length 1.
    values : array
        Without NaN.
    axes : int or tuple of int
        Over which the values were summed up.
    unit : array, optional
        What :func:`last_place` returns for the values, where it is at hand.
    """
    width = np.ptp(values, axis=axes, keepdims=True).astype(np.float64)
    rounding = width <= _CONSTANT * (last_place(values, axes) if unit is None else unit)
    return np.where(rounding | (spread == 0), np.maximum(width, 1.0), spread)


def as_scaled(values: FloatArray, shift: Floats, scale: Floats) -> npt.NDArray[np.float32]:
    """Return ``(values - shift) / scale`` as float32, no larger than ``LARGEST`` however small the scale."""
    with np.errstate(over="ignore"):
        scaled = (values - shift) / scale
    return np.clip(scaled, -LARGEST, LARGEST, out=scaled).astype(np.float32)


def warn_of_rounding(values: FloatArray, channels: Sequence[str], unit: Floats) -> None:
    """Warn of channels that vary, but by little more than their values are rounded to.

    Parameters
    ----------
    values : array of shape (n_series, n_channels, n_times)
        Without NaN.
    channels : sequence of str
        Their names.
    unit : array of shape (n_channels,)
        The unit in the last place, see :func:`last_place`.

    Warns
    -----
    PrecisionWarning
        Once for each of them.
    """
    low, width = values.min(axis=(0, 2)), np.ptp(values, axis=(0, 2)).astype(np.float64)
    for i in np.flatnonzero((width > 0) & (width <= _NEAR * unit)):
        finding = (
            f"the values of {channels[i]} vary by {width[i]:.3g} near {low[i]:.7g} and are rounded to {unit[i]:.3g}: "
        )
        fate = "it counts as constant" if width[i] <= _CONSTANT * unit[i] else "much of what it shows is rounding"
        warn(
            f"{finding}{fate}; subtract its level before it is rounded, or leave it out",
            PrecisionWarning,
        )

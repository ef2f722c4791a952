"""Whether numbers are the same but for the places they were rounded to on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Written", "near"]

Values = npt.NDArray[np.float64]

_DECIMALS, _DIGITS = range(18), range(1, 18)
_FEW_ULPS = 4
"""Units in the last place by which readers of the same text may differ."""


@dataclass(frozen=True)
class Written:
    """How finely the numbers of a channel are written.

    Parameters
    ----------
    decimals, digits : int
        Places after the point, and significant digits, that any of them needs.
    single : bool
        Whether all of them are numbers of float32.

    Examples
    --------
    >>> Written.of(np.array([0.25, 12.5, 100.0]))
    Written(decimals=2, digits=3, single=True)
    """

    decimals: int
    digits: int
    single: bool

    @classmethod
    def of(cls, values: Values) -> Self:
        """Learn from numbers of shape ``(n,)``; a few hundred say enough."""
        known = values[np.isfinite(values)].tolist()
        decimals = next((d for d in _DECIMALS if all(round(v, d) == v for v in known)), _DECIMALS[-1])
        digits = next((d for d in _DIGITS if all(float(f"{v:.{d - 1}e}") == v for v in known)), _DIGITS[-1])
        return cls(decimals, digits, all(abs(v) < 1e38 and float(np.float32(v)) == v for v in known))

    def unit(self, values: Values) -> Values:
        """Return the unit in the last place that each of the numbers is written with."""
        size = np.abs(np.nan_to_num(values))
        power = np.floor(np.log10(size, out=np.full(size.shape, -math.inf), where=size > 0))
        unit: Values = np.maximum(10.0**-self.decimals, 10.0 ** (power + 1 - self.digits))
        return np.maximum(unit, np.spacing(size.astype(np.float32)).astype(np.float64)) if self.single else unit


def near(one: Values, other: Values, one_written: Written, other_written: Written) -> npt.NDArray[np.bool_]:
    """Return which of two arrays of numbers, shape ``(n,)``, are the same but for rounding or cutting; NaN is NaN.

    Where both are written equally finely neither is a rounding of the other, and they must be equal.
    """
    # 0.9 and the 1 that it is rounded to may be written with a digit each.
    least = np.minimum(np.abs(one), np.abs(other))
    units = one_written.unit(least), other_written.unit(least)
    size = np.abs(np.nan_to_num(one))
    # Float32 may have lain between a number and the text it is rounded to.
    rounded = np.maximum(0.5 * np.maximum(*units), np.spacing(size.astype(np.float32)))
    exact = _FEW_ULPS * np.spacing(size)
    alike = np.isclose(*units, rtol=1e-6, atol=0.0)
    allowed = np.where(alike, exact, rounded * (1 + 1e-6) + exact)
    # Cut off, a number comes nearer to zero, by less than a unit.
    lost = np.where(units[0] > units[1], np.abs(other) - size, size - np.abs(other))
    cut_off = ~alike & (one * other >= 0) & (lost >= 0) & (lost < np.maximum(*units))
    both_missing = np.isnan(one) & np.isnan(other)
    return np.asarray(both_missing | cut_off | (np.abs(one - other) <= allowed))

"""Fingerprints of series, by which an evaluation recognises those that a model has seen."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from offbeat.series.recording import FloatArray

__all__ = ["fingerprints"]

_COARSE = 64
"""A series whose values span fewer units in the last place of float32 is fingerprinted in float64."""


def fingerprints(series: FloatArray) -> npt.NDArray[np.uint64]:
    """Return a 64-bit fingerprint of each series, of shape ``(n_series,)``, by its values in float32.

    Series that float32 can hardly resolve, such as millimetres on top of a mountain, are compared in float64. Rounding
    the values of a series changes its fingerprint.
    """
    single = np.ascontiguousarray(series, dtype=np.float32)
    rows = zip(single, np.asarray(series, dtype=np.float64), _needs_double(single, series).tolist(), strict=True)
    return np.array([_number(exact if double else row) for row, exact, double in rows], dtype=np.uint64)


def _needs_double(single: npt.NDArray[np.float32], series: FloatArray) -> npt.NDArray[np.bool_]:
    axes = tuple(range(1, single.ndim))
    if not single.size:
        return np.zeros(len(single), dtype=bool)
    known = np.nan_to_num(single)
    coarse = np.ptp(known, axis=axes) < _COARSE * np.spacing(np.abs(known).max(axis=axes))
    return np.asarray(coarse & (np.ptp(np.nan_to_num(series), axis=axes) > 0))


def _number(row: npt.NDArray[np.floating]) -> int:
    return int.from_bytes(blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest())

"""Points and scores as columns of plain values, summed up to as many as a picture can show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.events.severity import Severity
from offbeat.service.blocks import Block, Floats
from offbeat.service.points import text_of_micros

__all__ = ["about", "columns_of", "number_of", "numbers_of"]


def columns_of(block: Block, delay: int, n: int) -> dict[str, Any]:
    """Return points as at most ``n`` rows of columns, see :meth:`~offbeat.service.reading.Reader.series`.

    A score stands at the point that it is about, ``delay`` before it was known.
    """
    scores, tiers = about(block.score, delay, math.nan), about(block.severity, delay, 0)
    starts = np.unique(np.linspace(0, len(block), min(n, len(block)), endpoint=False).astype(np.intp))
    if not len(block):
        return {"n_points": 0, "time": [], "mean": [], "low": [], "high": [], "score": [], "tier": []}
    low, high = np.fmin.reduceat(block.values, starts), np.fmax.reduceat(block.values, starts)
    known = ~np.isnan(block.values)
    counts = np.add.reduceat(known, starts, dtype=np.int64)
    sums = np.add.reduceat(np.where(known, block.values, 0.0), starts)
    mean = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return {
        "n_points": len(block),
        "time": [text_of_micros(each) for each in block.time[starts].tolist()],
        **{
            name: [numbers_of(column) for column in found.T]
            for name, found in (("mean", mean), ("low", low), ("high", high))
        },
        "score": numbers_of(np.fmax.reduceat(scores, starts)),
        "tier": [Severity(each).label for each in np.maximum.reduceat(tiers, starts).tolist()],
    }


def about(known: npt.NDArray[Any], delay: int, nothing: float) -> npt.NDArray[Any]:
    """Return what became known with each point, at the point that it is about."""
    return np.concatenate([known[delay:], np.full(min(delay, len(known)), nothing, dtype=known.dtype)])


def numbers_of(values: Floats) -> list[float | None]:
    """Return numbers for JSON, None for those that are not finite."""
    return [number_of(value) for value in values.tolist()]


def number_of(value: float) -> float | None:
    """Return a number for JSON, None where it is not finite.

    Examples
    --------
    >>> number_of(0.5), number_of(math.nan)
    (0.5, None)
    """
    return value if math.isfinite(value) else None

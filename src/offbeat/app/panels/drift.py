"""How far the values of a recording have moved from those that its model learned from."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.series.recording import Recording

__all__ = ["drift_of"]

_FAR, _TIMES = 3.0, 3.0
"""Standard deviations of a level, and times of a spread, beyond which a model is not for such data."""
_MOST = 50
"""Recordings learned from that stand for all."""

Numbers = npt.NDArray[np.float64]


def drift_of(recording: Recording, detector: Detector) -> tuple[float, list[str]]:
    """Return how many standard deviations of what was learned from the level has moved, and sentences on what has.

    The level is the median, and of several channels the one counts that has moved most. What was learned from are the
    rows that the model keeps of it.

    Returns
    -------
    drift : float
        NaN where nothing is known of what was learned from, or all of it was constant.
    cautions : list of str
        On channels whose level or spread has become another.

    Examples
    --------
    >>> from offbeat import NaiveForecast
    >>> wave = np.sin(np.arange(900.0))
    >>> model = NaiveForecast().fit(wave)
    >>> drift_of(Recording(4 * wave), model)
    (0.025, ['ch0 varies 4 times as much as what was learned from'])
    """
    levels, spreads = _learned(detector)
    values = recording.values.astype(np.float64)
    moved, said = float("nan"), []
    for name, column, level, spread in zip(recording.channels, values.T, levels, spreads, strict=False):
        known = column[np.isfinite(column)]
        if not len(known) or not spread > 0:
            continue
        shift, share = float(np.median(known) - level) / spread, float(np.std(known)) / spread
        moved = float(np.nanmax([moved, abs(shift)]))
        if abs(shift) > _FAR:
            where = "above" if shift > 0 else "below"
            said.append(f"{name} lies {abs(shift):.2g} standard deviations {where} what was learned from")
        if share > _TIMES or share < 1 / _TIMES:
            said.append(f"{name} varies {share:.2g} times as much as what was learned from")
    return round(moved, 3) + 0.0, said


def _learned(detector: Detector) -> tuple[Numbers, Numbers]:
    """Return the median and the standard deviation of each channel in what a model keeps of what it learned from."""
    return _levels(detector) if detector.learned_from_ else (np.empty(0), np.empty(0))


@lru_cache(maxsize=1)
def _levels(detector: Detector) -> tuple[Numbers, Numbers]:
    stretches = detector.learned_from_
    picked = np.unique(np.linspace(0, len(stretches) - 1, min(_MOST, len(stretches))).astype(int))
    there = np.concatenate([stretches[number].rows for number in picked])
    there = there[np.isfinite(there).all(axis=1)]
    if not len(there):
        return np.full(there.shape[1], np.nan), np.full(there.shape[1], np.nan)
    return np.median(there, axis=0), np.std(there, axis=0)

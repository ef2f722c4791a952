"""How far the values of a recording have moved from those that its model learned from."""

from __future__ import annotations

import numpy as np

from offbeat.app.aftermath import FAR, usual_levels
from offbeat.detectors.base import Detector
from offbeat.series.recording import Recording

__all__ = ["drift_of"]

_TIMES = 3.0
"""Times of a spread beyond which a model is not for such data."""


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
    levels, spreads = usual_levels(detector)
    values = recording.values.astype(np.float64)
    moved, said = float("nan"), []
    for name, column, level, spread in zip(recording.channels, values.T, levels, spreads, strict=False):
        known = column[np.isfinite(column)]
        if not len(known) or not spread > 0:
            continue
        shift, share = float(np.median(known) - level) / spread, float(np.std(known)) / spread
        moved = float(np.nanmax([moved, abs(shift)]))
        if abs(shift) > FAR:
            where = "above" if shift > 0 else "below"
            said.append(f"{name} lies {abs(shift):.2g} standard deviations {where} what was learned from")
        if share > _TIMES or share < 1 / _TIMES:
            said.append(f"{name} varies {share:.2g} times as much as what was learned from")
    return round(moved, 3) + 0.0, said

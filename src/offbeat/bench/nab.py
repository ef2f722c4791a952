"""The configuration for streams that change, as the Numenta benchmark has them."""

from __future__ import annotations

from offbeat.detectors.base import Detector
from offbeat.detectors.baselines import NaiveForecast, SeasonalBaseline
from offbeat.detectors.mixed import MixedDetector
from offbeat.thresholds import Fixed

__all__ = ["nab_detector"]


def nab_detector() -> Detector:
    """Return an unfitted detector of how rare a change is, and how rare a level, so far.

    It alarms where the two together are as rare as one in a hundred, a threshold that has seen no label.

    Examples
    --------
    >>> nab_detector().threshold.value
    2.0
    """
    parts = (NaiveForecast(), SeasonalBaseline(period=0))
    return MixedDetector(parts=parts, window=2, memory=10_000, threshold=Fixed(2.0), fold="last")

"""From the settings of a recipe to an unfitted detector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_class
from offbeat.thresholds import threshold_from_name

__all__ = ["detector_of_recipe"]


def detector_of_recipe(entry: Mapping[str, Any], quick: bool, seed: int) -> Detector:
    """Return the detector of one run of a recipe; ``quick`` takes its quick training."""
    cls: Any = detector_class(entry["detector"])
    settings = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.get("settings", {}).items()}
    train = cls.default_train.replaced(**entry.get("train", {}))
    train = train.replaced(**entry["quick"]) if quick else train
    threshold = threshold_from_name(**entry["threshold"]) if "threshold" in entry else None
    detector: Detector = cls(**settings, train=train, threshold=threshold, random_state=seed)
    return detector

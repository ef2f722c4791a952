"""Find detectors by name, see :mod:`offbeat.estimators.registry`."""

from __future__ import annotations

import importlib

from offbeat.detectors.base import Detector
from offbeat.estimators.registry import class_named, named_classes

__all__ = ["baselines", "detector_class", "detector_classes"]


_HOMES = {
    "deepant": "deepant",
    "dense-autoencoder": "autoencoders",
    "estimator": "wrapped",
    "isolation-forest": "wrapped",
    "knn": "classical",
    "lstm-autoencoder": "autoencoders",
    "matrix-profile": "matrix_profile",
    "mixed": "mixed",
    "naive": "baselines",
    "one-class-svm": "wrapped",
    "pca": "classical",
    "seasonal": "baselines",
}
"""The module of each built-in detector, so that asking for one does not import all the others."""


def detector_classes() -> dict[str, type[Detector]]:
    """Return every detector class by its command-line name, sorted; your own as well, once its module is imported."""
    return named_classes(Detector, "offbeat.detectors")


def detector_class(name: str) -> type[Detector]:
    """Return the class of that command-line name.

    Raises
    ------
    ParameterError
        If there is none; the message names the closest.

    Examples
    --------
    >>> detector_class("pca").__name__
    'PCADetector'
    """
    if name in _HOMES:
        members = vars(importlib.import_module(f"offbeat.detectors.{_HOMES[name]}")).values()
        kinds = [cls for cls in members if isinstance(cls, type) and issubclass(cls, Detector)]
        return next(cls for cls in kinds if vars(cls).get("name") == name)
    return class_named(name, detector_classes(), "detector")


def baselines(reads: str = "collections") -> list[type[Detector]]:
    """Return the baselines that read ``"collections"`` or ``"recordings"``."""
    return [cls for cls in detector_classes().values() if cls.is_baseline and reads in cls.reads]

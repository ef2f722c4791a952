"""Find detectors by name, see :class:`offbeat.estimators.registry.Registry`."""

from __future__ import annotations

from offbeat.detectors.base import Detector
from offbeat.estimators.registry import Registry

__all__ = ["DEFAULTS", "REGISTRY", "baselines", "detector_class", "detector_classes"]

_MODULES = {
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
    "profile": "profile",
    "seasonal": "baselines",
}
"""The module of each detector of offbeat: asking for one does not import all the others."""
DEFAULTS = {"recordings": "profile", "collections": "dense-autoencoder"}
"""Which detector is taken where none is named, by the kind of data."""
REGISTRY = Registry("detector", Detector, "offbeat.detectors", _MODULES)


def detector_classes() -> dict[str, type[Detector]]:
    """Return every detector class by its command-line name, sorted; your own too, once its module is imported."""
    return REGISTRY.classes()


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
    return REGISTRY.named(name)


def baselines(reads: str = "collections") -> list[type[Detector]]:
    """Return the baselines that read ``"collections"`` or ``"recordings"``."""
    return [cls for cls in detector_classes().values() if cls.is_baseline and reads in cls.reads]

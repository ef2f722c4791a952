"""Find detectors by name, see :class:`offbeat.estimators.registry.Registry`."""

from __future__ import annotations

from offbeat.detectors.base import Detector
from offbeat.estimators.extras import has_extra
from offbeat.estimators.registry import Registry

__all__ = ["REGISTRY", "baselines", "default_detector", "detector_class", "detector_classes"]

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
    "torch": "torch_module",
}
"""The module of each detector of offbeat: asking for one does not import all the others."""
_DEFAULTS = {"recordings": ("profile",), "collections": ("dense-autoencoder", "pca")}
"""Which detector is taken where none is named, by the kind of data: the first one that what is installed allows."""
REGISTRY = Registry("detector", Detector, "offbeat.detectors", _MODULES, group="offbeat.detectors")


def detector_classes() -> dict[str, type[Detector]]:
    """Return every detector class by its command-line name, sorted: plug-ins, too, and imported ones of your own."""
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


def default_detector(reads: str) -> str:
    """Return which detector is taken where none is named, for ``"collections"`` or ``"recordings"``.

    Where PyTorch is not installed it is one without a network.

    Examples
    --------
    >>> default_detector("recordings")
    'profile'
    """
    return next(name for name in _DEFAULTS[reads] if not detector_class(name).trains or has_extra("deep"))


def baselines(reads: str = "collections") -> list[type[Detector]]:
    """Return the baselines that read ``"collections"`` or ``"recordings"``."""
    return [cls for cls in detector_classes().values() if cls.is_baseline and reads in cls.reads]

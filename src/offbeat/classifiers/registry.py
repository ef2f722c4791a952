"""Find classifiers by name, see :class:`offbeat.estimators.registry.Registry`."""

from __future__ import annotations

from offbeat.classifiers.base import Classifier
from offbeat.estimators.registry import Registry

__all__ = ["REGISTRY", "classifier_baselines", "classifier_class", "classifier_classes"]

_MODULES = {"ecgformer": "ecgformer", "minirocket": "baselines", "random-forest": "baselines"}
"""The module of each classifier of offbeat."""
REGISTRY = Registry("classifier", Classifier, "offbeat.classifiers", _MODULES, group="offbeat.classifiers")


def classifier_classes() -> dict[str, type[Classifier]]:
    """Return every classifier class by its name, sorted: plug-ins, too, and imported ones of your own."""
    return REGISTRY.classes()


def classifier_class(name: str) -> type[Classifier]:
    """Return the class of that name.

    Raises
    ------
    ParameterError
        If there is none; the message names the closest.

    Examples
    --------
    >>> classifier_class("ecgformer").__name__
    'ECGFormer'
    """
    return REGISTRY.named(name)


def classifier_baselines() -> list[type[Classifier]]:
    """Return the simple methods that stand beside every result.

    Examples
    --------
    >>> [baseline.name for baseline in classifier_baselines()]
    ['minirocket', 'random-forest']
    """
    return [cls for cls in classifier_classes().values() if cls.is_baseline]

"""Find detectors by name: whatever subclasses :class:`Detector` and has a name of its own is found by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from difflib import get_close_matches

import offbeat.detectors
from offbeat.detectors.base import Detector
from offbeat.errors import ParameterError

__all__ = ["detector_class", "detector_classes", "floors"]


def detector_classes() -> dict[str, type[Detector]]:
    """Return every detector class by its command-line name, sorted; your own too, once its module is imported."""
    for module in pkgutil.iter_modules(offbeat.detectors.__path__):
        importlib.import_module(f"offbeat.detectors.{module.name}")
    found = {cls.name: cls for cls in _below(Detector) if vars(cls).get("name") and not inspect.isabstract(cls)}
    return dict(sorted(found.items()))


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
    classes = detector_classes()
    if name not in classes:
        close = get_close_matches(name, classes, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ParameterError(f"no detector is called {name!r}: {hint}the detectors are {', '.join(classes)}")
    return classes[name]


def floors(reads: str = "collections") -> list[type[Detector]]:
    """Return the simple methods that stand beside every result on ``"collections"`` or ``"recordings"``."""
    return [cls for cls in detector_classes().values() if cls.is_floor and reads in cls.reads]


def _below(cls: type[Detector]) -> list[type[Detector]]:
    return [below for child in cls.__subclasses__() for below in (child, *_below(child))]

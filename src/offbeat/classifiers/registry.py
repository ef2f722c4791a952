"""Find classifiers by name: whatever subclasses :class:`Classifier` and has a name of its own is found by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from difflib import get_close_matches

import offbeat.classifiers
from offbeat.classifiers.base import Classifier
from offbeat.errors import ParameterError

__all__ = ["classifier_class", "classifier_classes", "classifier_floors"]


def classifier_classes() -> dict[str, type[Classifier]]:
    """Return every classifier class by its name, sorted; your own too, once its module is imported."""
    for module in pkgutil.iter_modules(offbeat.classifiers.__path__):
        importlib.import_module(f"offbeat.classifiers.{module.name}")
    found = {cls.name: cls for cls in _below(Classifier) if vars(cls).get("name") and not inspect.isabstract(cls)}
    return dict(sorted(found.items()))


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
    classes = classifier_classes()
    if name not in classes:
        close = get_close_matches(name, classes, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ParameterError(f"no classifier is called {name!r}: {hint}the classifiers are {', '.join(classes)}")
    return classes[name]


def classifier_floors() -> list[type[Classifier]]:
    """Return the simple methods that stand beside every result.

    Examples
    --------
    >>> [floor.name for floor in classifier_floors()]
    ['minirocket', 'random-forest']
    """
    return [cls for cls in classifier_classes().values() if cls.is_floor]


def _below(cls: type[Classifier]) -> list[type[Classifier]]:
    return [below for child in cls.__subclasses__() for below in (child, *_below(child))]

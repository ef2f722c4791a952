"""Find classes by name: whatever subclasses a base and has a name of its own is found by itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from typing import Any, TypeVar

from offbeat.errors import ParameterError
from offbeat.words import did_you_mean

__all__ = ["class_named", "named_classes"]

T = TypeVar("T")


def named_classes(base: type[T], package: str) -> dict[str, type[T]]:
    """Return every class below ``base`` by its ``name``, sorted.

    Parameters
    ----------
    base : type
        Concrete subclasses that set a ``name`` of their own are found.
    package : str
        The name of the package that they are made in. Its modules are imported first; classes from elsewhere are found
        once they are imported.
    """
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
    found = {vars(cls)["name"]: cls for cls in _below(base) if vars(cls).get("name") and not inspect.isabstract(cls)}
    return dict(sorted(found.items()))


def class_named(name: str, classes: Mapping[str, T], kind: str) -> T:
    """Return the class of that name.

    Raises
    ------
    ParameterError
        If there is none; the message names the closest.

    Examples
    --------
    >>> class_named("nubmer", {"number": int, "text": str}, "type")
    Traceback (most recent call last):
    offbeat.errors.ParameterError: no type is called 'nubmer': did you mean 'number'? the types are number, text
    """
    if name not in classes:
        meant = did_you_mean(name, classes)
        raise ParameterError(f"no {kind} is called {name!r}: {meant}the {kind}s are {', '.join(classes)}")
    return classes[name]


def _below(cls: type[Any]) -> list[type[Any]]:
    return [below for child in cls.__subclasses__() for below in (child, *_below(child))]

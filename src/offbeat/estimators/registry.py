"""Find classes by name: every subclass of a base with a name of its own is found, without a list."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from offbeat.errors import ParameterError
from offbeat.estimators.plugins import load_plugins, plugins_of
from offbeat.words import did_you_mean

__all__ = ["Registry", "class_named"]

T = TypeVar("T")


@dataclass(frozen=True)
class Registry(Generic[T]):
    """The classes below a base, by their ``name``: offbeat's, those of installed plug-ins, and imported ones.

    Parameters
    ----------
    kind : str
        What they are, for messages: ``"detector"``.
    base : type
        Concrete subclasses that set a ``name`` of their own are found.
    package : str
        The package whose modules are imported before all classes are listed.
    modules : mapping, optional
        The module of the package that defines the class of each name, so that finding one imports no others. No plug-in
        may have one of these names.
    group : str
        The entry points by which other packages offer classes: ``"offbeat.detectors"``.
    """

    kind: str
    base: type[T]
    package: str
    modules: Mapping[str, str] = field(default_factory=dict)
    group: str = ""

    def classes(self) -> dict[str, type[T]]:
        """Return every class by its name, sorted.

        Warns
        -----
        PluginWarning
            Of each plug-in that cannot be used.
        """
        offered = plugins_of(self.group, self.kind)
        loaded = load_plugins(offered, self.base, self.modules)
        for module in pkgutil.iter_modules(importlib.import_module(self.package).__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        own = ((vars(cls).get("name"), cls) for cls in _below(self.base))
        found = {name: cls for name, cls in own if name and name not in offered and not inspect.isabstract(cls)}
        found |= loaded
        found |= {name: self.named(name) for name in self.modules}
        return dict(sorted(found.items()))

    def named(self, name: str) -> type[T]:
        """Return the class of that name.

        Raises
        ------
        ParameterError
            If there is none; the message names the closest.
        PluginError
            If a plug-in of that name cannot be used.
        """
        if name not in self.modules:
            plugin = plugins_of(self.group, self.kind).get(name)
            if plugin is not None:
                return plugin.load(self.base, self.modules)
            return class_named(name, self.classes(), self.kind)
        members = vars(importlib.import_module(f"{self.package}.{self.modules[name]}")).values()
        own = (cls for cls in members if isinstance(cls, type) and issubclass(cls, self.base))
        return next(cls for cls in own if vars(cls).get("name") == name)

    def finds(self, cls: type[Any]) -> bool:
        """Return whether a class is what its name stands for here."""
        name = vars(cls).get("name")
        return bool(name) and (self.named(name) if name in self.modules else self.classes().get(name)) is cls

    def package_of(self, cls: type[Any]) -> str:
        """Return the installed package that offers a class as an entry point; empty where none does."""
        plugin = plugins_of(self.group, self.kind).get(vars(cls).get("name", ""))
        return "" if plugin is None else plugin.package


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

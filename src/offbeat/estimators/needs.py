"""The classes of other packages that a saved model is made of, so that it can name what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from offbeat.errors import MissingModuleError, ModelError, ParameterError
from offbeat.estimators.registry import Registry

__all__ = ["classes_in", "needs_of", "require_needs"]

_NEEDS = "needs"
_OURS = "offbeat."


def classes_in(value: Any) -> Iterator[str]:
    """Yield the name of each class that plain settings name, at any depth."""
    if isinstance(value, dict) and set(value) == {"class", "settings"}:
        yield str(value["class"])
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from classes_in(part)


def needs_of(registry: Registry[Any], cls: type[Any], settings: Any) -> dict[str, Any]:
    """Return the part of a configuration that says which classes of other packages a model needs; often none.

    Parameters
    ----------
    registry : Registry
        Finds classes of the kind.
    cls : type
        The class of the model.
    settings : dict
        Its settings as plain values, which may name other classes.
    """
    named = {cls.__name__, *classes_in(settings)}
    others = {} if named == {cls.__name__} else {each.__name__: each for each in registry.classes().values()}
    found = [each for name, each in sorted(({cls.__name__: cls} | others).items()) if name in named]
    needs = [
        {
            registry.kind: each.name,
            "class": f"{each.__module__}:{each.__qualname__}",
            "package": registry.package_of(each),
        }
        for each in found
        if not each.__module__.startswith(_OURS)
    ]
    return {_NEEDS: needs} if needs else {}


def require_needs(registry: Registry[Any], config: dict[str, Any], folder: Path) -> None:
    """Refuse a model whose classes are not there. Nothing is imported because a model names it.

    Raises
    ------
    MissingModuleError
        If a class is not there; the message says which, and of which package.
    PluginError
        If the package that has it is installed, and cannot be used.
    """
    for need in config.get(_NEEDS, ()):
        if not isinstance(need, dict) or not all(isinstance(value, str) for value in need.values()):
            raise ModelError("expected a list of the classes that the model needs, got something else")
        name, path, package = (need.get(key, "") for key in (registry.kind, "class", "package"))
        try:
            registry.named(name)
        except ParameterError as error:
            where = (
                f"of the package {package}, which is not installed: install it if you trust it"
                if package
                else "which is not imported: import its module before you load the model"
            )
            raise MissingModuleError(
                f"the model at {folder} needs the {registry.kind} {name!r} ({path}) {where}"
            ) from error

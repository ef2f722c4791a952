"""Settings as facts of a class: their names and types, read once for each class; and settings that go together."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, TypeVar, get_type_hints
from weakref import WeakKeyDictionary

from offbeat.errors import IncompleteClassError, ParameterError
from offbeat.estimators.hints import validate_types
from offbeat.words import did_you_mean

__all__ = ["NamedSettings", "SettingsGroup", "parameters_of", "require_known", "require_name", "types_of"]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_PAGE = "see docs/plugins.md"
_FACTS: WeakKeyDictionary[type, dict[Any, Any]] = WeakKeyDictionary()
"""What was read of each class, which costs more than to look it up."""

Fact = TypeVar("Fact")


def parameters_of(cls: type) -> Mapping[str, inspect.Parameter]:
    """Return the settings of a class and of the classes it is made from, by name; its own come first.

    A class whose ``__init__`` passes ``**common`` on has the settings of the ``__init__`` that gets them, too.

    Examples
    --------
    >>> from sklearn.decomposition import PCA
    >>> parameters_of(PCA)["whiten"].default
    False
    """
    return _once(cls, _parameters)


def types_of(cls: type) -> Mapping[str, Any]:
    """Return the types and bounds of those settings, by their annotations.

    An annotation that only a type checker can resolve leaves the settings of its class out.
    """
    return _once(cls, _types)


def require_known(cls: type, settings: Mapping[str, Any]) -> None:
    """Raise ParameterError for the first setting that a class does not have, with the name probably meant.

    Examples
    --------
    >>> from offbeat import TrainConfig
    >>> require_known(TrainConfig, {"epoch": 3})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: TrainConfig has no setting 'epoch': did you mean 'epochs'? its settings are...
    """
    known = parameters_of(cls)
    for name in settings:
        if name not in known:
            meant = did_you_mean(name, known)
            raise ParameterError(f"{cls.__name__} has no setting {name!r}: {meant}its settings are {', '.join(known)}")


class NamedSettings:
    """A class made with settings by name, which answers a mistyped name with the one probably meant."""

    run_only: ClassVar[tuple[str, ...]] = ()
    """Settings of a run, such as its device or its log: no saved model holds them."""
    given_on_loading: ClassVar[tuple[str, ...]] = ()
    """Settings that :func:`offbeat.load` takes, in place of those saved."""
    added_later: ClassVar[Mapping[str, Any]] = {}
    """Settings that models of earlier versions do not hold, with what these versions went by."""

    def __new__(cls, *values: Any, **settings: Any) -> Self:  # noqa: D102  # described by the class
        if inspect.isabstract(cls):
            _require_written(cls)
        if settings:
            require_known(cls, settings)
        return super().__new__(cls)

    def config_key(self) -> dict[str, Any]:
        """Return the settings as a saved model holds them: all but those of the run."""
        names = [name for name in parameters_of(type(self)) if name not in self.run_only]
        return {name: getattr(self, name) for name in sorted(names)}

    @classmethod
    def from_config(cls, **settings: Any) -> Self:
        """Return the object with the settings that :meth:`config_key` gave.

        A file must not say where to write, or what to log with.

        Raises
        ------
        ParameterError
            If other settings are among them, or one is missing.
        """
        require_known(cls, settings)
        settings = {**cls.added_later, **settings}
        for name in settings:
            if name in cls.run_only:
                raise ParameterError(f"a saved {cls.__name__} holds no {name!r}, which belongs to a run")
        for name in parameters_of(cls):
            if name not in settings and name not in cls.run_only:
                raise ParameterError(
                    f"expected all settings of a {cls.__name__}, got none for {name!r}: another version of offbeat "
                    "wrote the model, so fit it again"
                )
        return cls(**settings)


@dataclass(frozen=True)
class SettingsGroup(NamedSettings):
    """Settings that travel together; subclasses are frozen dataclasses whose fields have types with bounds."""

    def validate(self) -> None:
        """Raise ParameterError for a setting of another type, or out of its range."""
        validate_types({field.name: getattr(self, field.name) for field in fields(self)}, types_of(type(self)))


def require_name(cls: type[Any]) -> None:
    """Raise IncompleteClassError for a class without a ``name``, by which commands and saved models find it."""
    if not cls.name and "name" not in vars(cls):  # "" in the class itself is meant
        raise IncompleteClassError(
            f"expected {cls.__name__} to have a name, by which commands and saved models find it, got none: write "
            f'name = "my-{cls.__name__.lower()}" in the class ({_PAGE})'
        )


def _require_written(cls: type) -> None:
    """Say which methods an abstract class lacks, as Python's own error does not say where they are explained."""
    missing = ", ".join(sorted(cls.__abstractmethods__))  # type: ignore[attr-defined]  # abstract classes have it
    raise IncompleteClassError(f"expected {cls.__name__} to be whole, got none of {missing}: write these ({_PAGE})")


def _once(cls: type, read: Callable[[type], Fact]) -> Fact:
    facts = _FACTS.setdefault(cls, {})
    if read not in facts:
        facts[read] = read(cls)
    fact: Fact = facts[read]
    return fact


def _inits(cls: type) -> list[Any]:
    """Return each ``__init__`` that settings may reach, the class's own first."""
    return [vars(base)["__init__"] for base in cls.__mro__[:-1] if "__init__" in vars(base)]


def _parameters(cls: type) -> dict[str, inspect.Parameter]:
    found: dict[str, inspect.Parameter] = {}
    for init in _inits(cls):
        own = list(inspect.signature(init).parameters.values())[1:]
        for parameter in own:
            if parameter.kind in _NAMED:
                found.setdefault(parameter.name, parameter)
    return found


def _types(cls: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for init in reversed(_inits(cls)):
        with suppress(NameError):
            found |= get_type_hints(init, include_extras=True)
    return {name: found[name] for name in parameters_of(cls) if name in found}

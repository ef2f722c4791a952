"""Settings of the service from one file, TOML or JSON: every wrong key is named, with what was expected of it."""

from __future__ import annotations

import json
import os
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, get_type_hints

from offbeat.errors import FormatError, ParameterError, failing_as
from offbeat.estimators.hints import validate_types
from offbeat.files.regular import existing_file
from offbeat.words import did_you_mean

__all__ = ["read_config", "require_distinct", "secret", "settings_of", "tables_of"]


class _Settings(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


_Made = TypeVar("_Made", bound=_Settings)


def read_config(path: Path, known: Iterable[str]) -> dict[str, Any]:
    """Return what a configuration file holds.

    Parameters
    ----------
    path : Path
        Ends in ``.toml`` or ``.json``.
    known : iterable of str
        The keys that it may have at its top.

    Raises
    ------
    FormatError
        If it is no TOML or JSON.
    ParameterError
        If it has another ending, or a key that is not known.
    """
    readers = {".toml": tomllib.loads, ".json": json.loads}
    if path.suffix.lower() not in readers:
        raise ParameterError(f"expected a configuration file to end in .toml or .json, got {path}: rename it")
    text = existing_file(path)
    with failing_as(FormatError, f"{path} cannot be read", "correct it"):
        found = readers[path.suffix.lower()](text.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise FormatError(
                f"expected keys and values in {path}, got a {type(found).__name__}: see the documentation"
            )
    _require_known(str(path), found, tuple(known))
    return found


def tables_of(found: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the tables of a list, such as ``[[receivers]]``, each with what messages call it.

    Examples
    --------
    >>> tables_of({"receivers": [{"name": "ops"}]}, "receivers")
    [('receivers[0]', {'name': 'ops'})]
    """
    given = found.get(key, [])
    if not isinstance(given, list) or not all(isinstance(table, Mapping) for table in given):
        raise ParameterError(f"expected {key} to be a list of tables, got {given!r}: begin each with [[{key}]]")
    return [(f"{key}[{at}]", table) for at, table in enumerate(given)]


def settings_of(kind: type[_Made], table: Mapping[str, Any], where: str) -> _Made:
    """Return the settings that a table holds.

    Parameters
    ----------
    kind : type
        A dataclass, whose fields have the types of what may stand there.
    table : mapping
        Values by key.
    where : str
        What messages call the table.

    Raises
    ------
    ParameterError
        If a key is unknown or missing, or its value not what was expected.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Place:
    ...     url: str
    ...     timeout: float = 10.0
    >>> settings_of(Place, {"url": "http://localhost"}, "places[0]").timeout
    10.0
    >>> settings_of(Place, {"url": "http://localhost", "timout": 1}, "places[0]")
    Traceback (most recent call last):
    offbeat.errors.ParameterError: places[0] has no setting 'timout': did you mean 'timeout'? It has url, timeout
    """
    known = {field.name: field for field in fields(kind) if field.init}
    _require_known(where, table, tuple(known))
    for name, field in known.items():
        if name not in table and field.default is MISSING and field.default_factory is MISSING:
            raise ParameterError(f"expected {where} to have {name}: add a line {name} = …")
    try:
        validate_types(table, get_type_hints(kind, include_extras=True))
        return kind(**table)
    except ParameterError as error:
        raise ParameterError(f"{where}: {error}") from error


def secret(variable: str, where: str) -> str:
    """Return what an environment variable holds; nothing where no variable is named.

    Raises
    ------
    ParameterError
        If it is named, but not set.
    """
    found = os.environ.get(variable, "") if variable else ""
    if variable and not found.strip():
        raise ParameterError(f"{where}: expected the environment variable {variable} to be set: export it")
    return found.strip()


def require_distinct(what: str, names: Iterable[str]) -> None:
    """Refuse names that are empty, or there twice.

    Examples
    --------
    >>> require_distinct("receivers", ["ops", "ops"])
    Traceback (most recent call last):
    offbeat.errors.ParameterError: expected receivers with different names, got 'ops' twice: rename one
    """
    for name, count in Counter(names).items():
        if count > 1 or not name:
            got = f"{name!r} twice" if name else "an empty one"
            raise ParameterError(f"expected {what} with different names, got {got}: rename one")


def _require_known(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in table:
        if name not in known:
            hint = did_you_mean(str(name), known)
            raise ParameterError(f"{where} has no setting {str(name)!r}: {hint}It has {', '.join(known)}")

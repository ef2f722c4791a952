"""Settings and histories as plain values, such as JSON has, and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from offbeat.errors import ModelError, OutputError
from offbeat.tables import json_ready

__all__ = ["history_from_plain", "history_to_plain", "settings_from_plain", "settings_to_plain"]

_OBJECT = {"class", "settings"}


def settings_to_plain(value: Any, name_and_settings: Callable[[Any], tuple[str, Mapping[str, Any]] | None]) -> Any:
    """Return a setting as plain values; an object as its class and its own settings.

    Parameters
    ----------
    value : object
        Numbers, text, None, and lists, mappings and objects of such.
    name_and_settings : callable
        Gives the name of the class of an object and its settings, or None for a plain value.

    Raises
    ------
    OutputError
        If there is no plain value for it.

    Examples
    --------
    >>> settings_to_plain({"sizes": (8, 4), "rate": np.float64(0.5)}, lambda value: None)
    {'sizes': [8, 4], 'rate': 0.5}
    """
    found = name_and_settings(value)
    if found is not None:
        return {"class": found[0], "settings": settings_to_plain(dict(found[1]), name_and_settings)}
    if isinstance(value, dict):
        return {str(key): settings_to_plain(item, name_and_settings) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [settings_to_plain(item, name_and_settings) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise OutputError(f"a setting of {value!r} cannot be saved: give it as finite numbers or text")


def settings_from_plain(value: Any, class_of: Callable[[str], Callable[..., Any]]) -> Any:
    """Return a setting from plain values; lists become tuples.

    Parameters
    ----------
    value : object
        What :func:`settings_to_plain` gave.
    class_of : callable
        Gives the class of that name, or refuses it: no other name in a file is ever looked up.
    """
    if isinstance(value, list):
        return tuple(settings_from_plain(item, class_of) for item in value)
    if not isinstance(value, dict):
        return value
    if set(value) == _OBJECT:
        return class_of(value["class"])(**settings_from_plain(value["settings"], class_of))
    return {key: settings_from_plain(item, class_of) for key, item in value.items()}


def history_to_plain(history: Any) -> Any:
    """Return a history with None in place of NaN, which JSON does not have.

    Examples
    --------
    >>> history_to_plain({"loss": [0.5, math.nan]})
    {'loss': [0.5, None]}
    """
    return json_ready(history)


def history_from_plain(history: Any) -> Any:
    """Return the history that :func:`history_to_plain` got.

    Raises
    ------
    ModelError
        If it is something else.
    """
    if not isinstance(history, dict) or not all(isinstance(values, list) for values in history.values()):
        raise ModelError("expected a history with lists of values by name, got something else")
    return _each(history, _number)


def names_of(config: Mapping[str, Any], what: str, least: int = 0) -> tuple[str, ...]:
    """Return names, of channels for instance, if all of them are text and no two are alike.

    Raises
    ------
    ModelError
        If they are not, or fewer than ``least``.

    Examples
    --------
    >>> names_of({"channels": ["I", "V1"]}, "channels")
    ('I', 'V1')
    """
    names = config[what]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelError(f"expected a list of names as {what}, got something else")
    if len(set(names)) != len(names) or len(names) < least:
        raise ModelError(f"expected {least} or more {what} with different names, got {len(names)}")
    return tuple(names)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModelError(f"expected numbers in the history, got {value!r}")
    return value


def _each(history: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(history, dict):
        return {name: _each(values, change) for name, values in history.items()}
    if isinstance(history, list):
        return [_each(value, change) for value in history]
    return change(history)

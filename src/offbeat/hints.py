"""Whether settings are what their annotations say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from offbeat.errors import ParameterError

__all__ = ["judge_types"]

_NUMBERS: dict[Any, type[Any]] = {int: Integral, float: Real}
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", NoneType: "None"}


def judge_types(settings: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """Raise ParameterError for the first setting that is not what its annotation says.

    Parameters
    ----------
    settings : mapping
        Values by name.
    hints : mapping
        Types by name, as ``typing.get_type_hints`` gives them; a setting without one is not judged.

    Examples
    --------
    >>> judge_types({"epochs": 3, "sizes": (8, 4)}, {"epochs": int, "sizes": Sequence[int]})
    >>> judge_types({"epochs": "many"}, {"epochs": int | None})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: epochs is a whole number or None, but 'many' came
    """
    for name, value in settings.items():
        if not _fits(value, hints.get(name, Any)):
            raise ParameterError(f"{name} is {_words(hints[name])}, but {value!r} came")


def _fits(value: Any, hint: Any) -> bool:
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if kind is Sequence:
        items = isinstance(value, Iterable) and not isinstance(value, str)
        return items and all(_fits(item, parts[0]) for item in value)
    if kind in _NUMBERS:
        return isinstance(value, _NUMBERS[kind]) and type(value) is not bool and not math.isnan(value)
    return kind is Any or not isinstance(kind, type) or isinstance(value, kind)


def _words(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(map(_words, get_args(hint)))
    if get_origin(hint) is Sequence:
        return f"a sequence, such as (64, 32), each {_words(get_args(hint)[0])}"
    return _WORDS.get(hint, f"a {getattr(hint, '__name__', hint)}")

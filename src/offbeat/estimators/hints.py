"""Whether settings are what their annotations say: their types, and the ranges of numbers.

The bounds of a number stand beside its type, ``Annotated[int, Range(1, 256)]``, so that what is checked, what an error
message says and what a reader of the signature sees are one. Everything that takes memory, threads or time has an upper
bound: neither a slip of the keyboard nor a saved model with false figures may bring a machine down.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

import numpy as np

from offbeat.errors import ParameterError

__all__ = [
    "Count",
    "Positive",
    "Range",
    "Rule",
    "Seed",
    "Share",
    "Size",
    "require_choice",
    "shown",
    "validate_types",
    "words_of",
]

_NUMBERS: dict[Any, type[Any]] = {int: Integral, float: Real}
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text", NoneType: "None"}
_LARGEST = 2**63 - 1
"""The largest whole number that arrays can hold."""
_LONGEST = 1_000
"""Items of a sequence of settings, such as layers, at most."""


class Rule(Protocol):
    """What a value must keep to besides its type, as part of an ``Annotated`` type."""

    def holds(self, value: Any) -> bool:
        """Whether a value of the type keeps to it."""
        ...

    def words(self, kind: str) -> str:
        """Return what is expected, such as "a whole number from 1 to 9" where the type is "a whole number"."""
        ...


@dataclass(frozen=True)
class Range:
    """The range of a number; both ends belong to it unless they are open.

    Parameters
    ----------
    low, high : float
        The ends.
    open_low, open_high : bool
        Whether that end itself is left out.
    unit : str
        What is counted, such as time steps; empty for mere numbers.

    Examples
    --------
    >>> Range(0, 1, open_low=True).words("a number")
    'a number above 0 and up to 1'
    """

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    unit: str = ""

    def holds(self, value: Any) -> bool:
        """Whether a number lies within."""
        above = value > self.low if self.open_low else value >= self.low
        return bool(above and (value < self.high if self.open_high else value <= self.high))

    def words(self, kind: str) -> str:
        """Return the kind of number and its range."""
        kind = f"{kind} of {self.unit}" if self.unit else kind
        low, high = (f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (self.low, self.high))
        if not self.open_low and not self.open_high and self.high < math.inf:
            return f"{kind} from {low} to {high}"
        begin = f"{kind} above {low}" if self.open_low else f"{kind} of at least {low}"
        return begin if self.high == math.inf else f"{begin} and {'below' if self.open_high else 'up to'} {high}"


Count = Annotated[int, Range(1, 1_000_000)]
"""How often something is done, or how many rows are looked at: bounded by the data, too."""
Size = Annotated[int, Range(1, 65_536)]
"""Numbers side by side in a network."""
Seed = Annotated[int, Range(0, 2**32 - 1)]
Share = Annotated[float, Range(0, 1, open_low=True, open_high=True)]
Positive = Annotated[float, Range(0, open_low=True)]


def validate_types(settings: Mapping[str, Any], hints: Mapping[str, Any]) -> None:
    """Raise ParameterError for the first setting that is not what its annotation says.

    Parameters
    ----------
    settings : mapping
        Values by name.
    hints : mapping
        Types by name, as ``typing.get_type_hints(…, include_extras=True)`` gives them; a setting without one is not
        checked.

    Examples
    --------
    >>> validate_types({"epochs": 3, "sizes": (8, 4)}, {"epochs": int, "sizes": Sequence[int]})
    >>> validate_types({"epochs": "many"}, {"epochs": int | None})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: epochs is a whole number or None, got 'many'
    >>> validate_types({"threads": 100_000}, {"threads": Annotated[int, Range(1, 256)]})
    Traceback (most recent call last):
    offbeat.errors.ParameterError: threads is a whole number from 1 to 256, got 100000
    """
    for name, value in settings.items():
        if not _fits(value, hints.get(name, Any)):
            raise ParameterError(f"{name} is {words_of(hints[name])}, got {shown(value)}")


def require_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raise ParameterError for a setting that is none of its choices.

    Examples
    --------
    >>> require_choice("loss", "l3", ("l1", "l2"))
    Traceback (most recent call last):
    offbeat.errors.ParameterError: loss is one of l1, l2, got 'l3'
    """
    if value not in (choices := tuple(choices)):
        raise ParameterError(f"{name} is one of {', '.join(choices)}, got {shown(value)}")


def shown(value: Any) -> str:
    """Return what to call a value in a message; Python refuses to write out whole numbers of very many digits.

    Examples
    --------
    >>> shown("a"), shown([10**5000])
    ("'a'", 'a list too long to be shown')
    """
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return f"{'a number' if isinstance(value, int) else 'a ' + type(value).__name__} too long to be shown"


def _fits(value: Any, hint: Any) -> bool:
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind is Annotated:
        return _fits(value, parts[0]) and all(rule.holds(value) for rule in hint.__metadata__)
    if kind in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if kind is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    return _fits_kind(value, kind, parts)


def _fits_kind(value: Any, kind: Any, parts: tuple[Any, ...]) -> bool:
    if kind is Sequence:
        items = isinstance(value, Iterable) and isinstance(value, Sized) and not isinstance(value, str | Mapping)
        return items and len(value) <= _LONGEST and all(_fits(item, parts[0]) for item in value)
    if kind is tuple and parts:
        return isinstance(value, Sequence) and len(value) == len(parts) and all(map(_fits, value, parts))
    if kind in _NUMBERS:
        return isinstance(value, _NUMBERS[kind]) and type(value) is not bool and _finite(value)
    return kind is Any or not isinstance(kind, type) or isinstance(value, kind)


def _finite(value: Any) -> bool:
    # A whole number may be too large for a float.
    return bool(-_LARGEST <= value <= _LARGEST) if isinstance(value, int | np.integer) else math.isfinite(value)


def words_of(hint: Any) -> str:
    """Return a type and its bounds in words.

    Examples
    --------
    >>> words_of(Seed | None)
    'a whole number from 0 to 4,294,967,295 or None'
    """
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if kind is Annotated:
        words = words_of(parts[0])
        for rule in hint.__metadata__:
            words = rule.words(words)
        return words
    if kind in (Union, UnionType):
        return " or ".join(map(words_of, parts))
    if kind is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if kind is Sequence:
        each = words_of(parts[0])
        like = " such as (64, 32)," if "number" in each else ""
        return f"a sequence,{like} of up to {_LONGEST:,} items, each {each}"
    if kind is tuple and parts:
        return f"({', '.join(map(words_of, parts))})"
    return _WORDS.get(hint, f"a {getattr(hint, '__name__', hint)}")

"""What is wrong with a request, as a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

__all__ = ["validation_message"]

_SHOWN = 40
_EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
    "model": "an object",
    "model_attributes": "an object",
}
"""What each type is called in JSON, by the type of its error without ``_type`` or ``_parsing``."""
_SEVERAL = ("values", "time")
"""Fields that take several types: pydantic names the type that it tried after them."""
_TRIED = re.compile(r"(?:float|str)$|(?:list|dict)\[")


def validation_message(errors: Sequence[Any]) -> str:
    """Return the first thing that is wrong with a request, as a sentence.

    Parameters
    ----------
    errors : sequence of dict
        The errors of pydantic. A field that takes several types has one for each; the one that reaches deepest is of
        the type that was meant.

    Examples
    --------
    >>> number = {"type": "float_type", "loc": ("values", "float"), "input": {"cpu": "abc"}}
    >>> within = {"type": "float_type", "loc": ("values", "dict[str,float]", "cpu"), "input": "abc"}
    >>> validation_message([number, within])
    "cpu: expected a number, got 'abc'"
    """
    places = [_place(error["loc"]) for error in errors]
    first = places[0]
    of_first = [number for number, place in enumerate(places) if place[: len(first)] == first]
    deepest = max(of_first, key=lambda number: len(places[number]))
    kinds = [_kind(errors[number]) for number in of_first if places[number] == places[deepest]]
    wanted = list(dict.fromkeys(_EXPECTED[kind] for kind in kinds if kind in _EXPECTED))
    others = {place[:1] for place in places} - {first[:1]}
    more = f" ({len(others)} more)" if others else ""
    return _sentence(errors[deepest], places[deepest], wanted) + more


def _sentence(error: Any, place: tuple[str, ...], wanted: Sequence[str]) -> str:
    # The channel says enough where values are given by their names.
    named = place[1:] if place[0] == "values" and len(place) > 1 and not place[1].isdecimal() else place
    where, kind = ".".join(named), error["type"]
    if kind == "missing":
        return f"expected the field {where}, got none: add it"
    if kind == "extra_forbidden":
        return f"expected no field {where}: correct its name or leave it out"
    if wanted:
        return f"{where}: expected {_either(wanted)}, got {_shown(error.get('input'))}"
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]}, got {_shown(error.get('input'))}"


def _place(parts: Sequence[Any]) -> tuple[str, ...]:
    """Return where an error is, by the names and numbers that the sender wrote."""
    known = ["", *(str(part)[:_SHOWN] for part in parts if part not in ("body", "query"))]
    found = [part for before, part in pairwise(known) if not (before in _SEVERAL and _TRIED.match(part))]
    return tuple(found) or ("the request",)


def _kind(error: Any) -> str:
    return str(error["type"]).removesuffix("_type").removesuffix("_parsing")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str | bytes):
        return ascii(value[:_SHOWN])
    if isinstance(value, int | float):
        return f"{value!r}"[:_SHOWN]
    return "an object" if isinstance(value, dict) else f"a {type(value).__name__}"

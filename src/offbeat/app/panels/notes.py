"""What is to be said of many keys, each kind of it once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["gathered"]

_NUMBER = re.compile(r"\d+([.,:-]\d+)*")


def gathered(notes: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the notes on all keys: those that differ in numbers alone once, with the first key that has it.

    Examples
    --------
    >>> gathered({"web1": ["3 rows are missing"], "web2": ["12 rows are missing", "cpu is constant"]})
    ['web1 and 1 more: 3 rows are missing', 'web2: cpu is constant']
    """
    kinds: dict[str, list[tuple[str, str]]] = {}
    for key, told in notes.items():
        for note in dict.fromkeys(told):
            kinds.setdefault(_NUMBER.sub("#", note), []).append((key, note))
    return [f"{_names([key for key, _ in found])}: {found[0][1]}" for found in kinds.values()]


def _names(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1:,} more"

"""What is to be said of many keys, each kind of it once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["gathered", "kinds_of"]

_NUMBER = re.compile(r"\d+([.,:-]\d+)*")


def gathered(notes: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the notes on all keys: those that differ in numbers alone once, with the first key that has it.

    Examples
    --------
    >>> gathered({"web1": ["3 rows are missing"], "web2": ["12 rows are missing", "cpu is constant"]})
    ['web1 and 1 more: 3 rows are missing', 'web2: cpu is constant']
    """
    return [f"{_names(keys)}: {note}" for keys, note in kinds_of(notes)]


def kinds_of(notes: Mapping[str, Iterable[str]]) -> list[tuple[list[str], str]]:
    """Return the kinds of notes, which differ in numbers alone: the keys that have it, and the note on the first.

    Examples
    --------
    >>> kinds_of({"web1": ["3 rows are missing"], "web2": ["12 rows are missing", "cpu is constant"]})
    [(['web1', 'web2'], '3 rows are missing'), (['web2'], 'cpu is constant')]
    """
    kinds: dict[str, tuple[list[str], str]] = {}
    for key, told in notes.items():
        for note in dict.fromkeys(told):
            kinds.setdefault(_NUMBER.sub("#", note), ([], note))[0].append(key)
    return list(kinds.values())


def _names(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1:,} more"

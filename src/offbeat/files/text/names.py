"""What the columns of a table of text are called, where its header is not quite enough."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count

from offbeat.files.text.layout import Layout

__all__ = ["column_names"]

_GARBLED = re.compile(r"[\x80-\uffff]{2}")
_PARTS_OF_A_SECOND = ("ms", "us", "µs", "ns")


def column_names(layout: Layout, encoding: str) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return one name a column, None where a table has no names, and notes on those that differ from its header.

    Parameters
    ----------
    layout : Layout
    encoding : str
        What decoded the header.
    """
    if not layout.named:
        return None, []
    names, notes = list(layout.names), []
    unit = layout.units[0].strip("[]() ")
    if layout.kinds[0] == "number" and unit in _PARTS_OF_A_SECOND:  # without it, a time counts seconds
        names[0] = f"{names[0]} ({unit})"
    if encoding != "utf-8" and (odd := next(filter(_GARBLED.search, names), None)):
        notes.append(f"names such as {odd!r} are read as Windows-1252: save the file as UTF-8 if they are garbled")
    twice = [name for name, count in Counter(filter(None, names)).items() if count > 1]
    for name in twice:
        places = [i for i, other in enumerate(names) if other == name]
        free = (f"{name}.{number}" for number in count(1) if f"{name}.{number}" not in layout.names)
        for place in places[1:]:
            names[place] = next(free)
        notes.append(f"{len(places)} columns are called {name}: the later ones are read as {name}.1 and so on")
    return tuple(names), notes

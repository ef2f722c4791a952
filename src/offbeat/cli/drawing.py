"""Tables for a terminal of any width: text is wrapped at words, numbers are never cut."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from offbeat.tables import Table

__all__ = ["draw"]

_BORDER = 3
"""A bar and two blanks beside each column."""


def draw(table: Table, console: Console) -> Iterator[RenderableType]:
    """Yield title and table; where that is too wide for the console in parts, each with the first column again."""
    table, room = table.shown(), console.width
    texts = [[head, *(cells[i] for cells in table.cells())] for i, head in enumerate(table.columns)]
    natural = [max(map(cell_len, column)) + _BORDER for column in texts]
    needed = [min(_longest_word(column) + _BORDER, room // 2) for column in texts]
    for number, part in enumerate(_parts(needed, room)):
        yield Text(table.title + " (continued)" * bool(number), style="bold", no_wrap=True)
        yield _drawn(table, part, _widths([needed[i] for i in part], [natural[i] for i in part], room))


def _parts(needed: list[int], room: int) -> Iterator[list[int]]:
    """Yield the columns of each part, as many as there is room for."""
    part = [0]
    for column in range(1, len(needed)):
        if len(part) > 1 and sum(needed[i] for i in part) + needed[column] >= room:
            yield part
            part = [0]
        part.append(column)
    yield part


def _widths(needed: list[int], natural: list[int], room: int) -> list[int]:
    """Return the width of each column: what it needs, and of the rest of the room more where most is wanting."""
    widths = list(needed)
    for _ in range(room - 1 - sum(needed)):
        most = max(range(len(widths)), key=lambda i: natural[i] - widths[i])
        widths[most] += natural[most] > widths[most]
    return widths


def _drawn(table: Table, part: list[int], widths: list[int]) -> RichTable:
    drawn = RichTable()
    for i, width in zip(part, widths, strict=True):
        justify = "right" if table.numeric[i] else "left"
        drawn.add_column(table.columns[i], justify=justify, width=width - _BORDER, overflow="fold")  # type: ignore[arg-type]
    for cells in table.cells():
        drawn.add_row(*(cells[i] for i in part))
    return drawn


def _longest_word(texts: list[str]) -> int:
    return max((cell_len(word) for text in texts for word in text.split()), default=0)

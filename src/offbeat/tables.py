"""One table, shown in a terminal, a page, or a JSON file alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from offbeat.words import printable

__all__ = ["Table", "json_ready"]


@dataclass(frozen=True)
class Table:
    """A titled table of plain values.

    Parameters
    ----------
    title : str
        One line above the table.
    columns : sequence of str
        The heads.
    rows : sequence of sequences
        One cell for each column: text, whole numbers, floats, or None for "nothing to say".
    formats : sequence of str, optional
        A format for the floats of each column, such as ``".4f"`` or ``".1%"``; ``".4g"`` where empty or not given.
    note : str
        One sentence below the table: what the reader should not miss.
    links : sequence of str, optional
        For each row the name of the figure on the same page that shows it, or of a page (``.html``) beside it; empty
        where there is none.

    Examples
    --------
    >>> table = Table("Scores", ["detector", "AUROC"], [["pca", 0.98756]], formats=["", ".3f"])
    >>> table.cells()
    [['pca', '0.988']]
    >>> table.to_dict()["rows"]
    [{'detector': 'pca', 'AUROC': 0.98756}]
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    formats: Sequence[str] = ()
    note: str = ""
    links: Sequence[str] = ()

    def cells(self) -> list[list[str]]:
        """Return the rows as printable text, each float by its column's format; NaN and None as a dash."""
        formats = [*self.formats, *[""] * len(self.columns)][: len(self.columns)]
        return [[_text(value, form) for value, form in zip(row, formats, strict=True)] for row in self.rows]

    def shown(self) -> Self:
        """Return the table with title, heads and note that do nothing but be read, as the cells do already."""
        heads = [printable(head) for head in self.columns]
        return replace(self, title=printable(self.title), columns=heads, note=printable(self.note))

    def to_dict(self) -> dict[str, Any]:
        """Return the table for JSON: one mapping a row, numbers unrounded, NaN and infinity as None."""
        rows = [dict(zip(self.columns, map(json_ready, row), strict=True)) for row in self.rows]
        return {"title": self.title, "rows": rows, "note": self.note}


def json_ready(value: Any) -> Any:
    """Return a value as JSON can hold it: NaN and infinity become None, named tuples mappings, at any depth.

    Examples
    --------
    >>> json_ready({"loss": [0.5, math.nan], "range": (0, math.inf)})
    {'loss': [0.5, None], 'range': [0, None]}
    """
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {key: json_ready(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: Any, form: str) -> str:
    if _missing(value):
        return "–"
    if isinstance(value, float):
        return format(value, form or ".4g")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else printable(str(value))


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))

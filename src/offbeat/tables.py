"""One table, shown in a terminal, a page, or a JSON file alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, Self

from offbeat.words import printable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PrintedAsTables", "ShownAsTables", "Table", "json_ready"]


@dataclass(frozen=True, repr=False)
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
    >>> Table.from_dict(table.to_dict()).cells() == table.cells()
    True
    >>> table
    Scores
    detector  AUROC
    pca       0.988
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
        formats = {column: form for column, form in zip(self.columns, self.formats, strict=False) if form}
        return {"title": self.title, "rows": rows, "formats": formats, "note": self.note}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Return the table that :meth:`to_dict` was made of, but for its links; one without rows has no columns.

        Raises
        ------
        KeyError
            If the title, rows, formats or note is missing.
        """
        rows = content["rows"]
        columns = list(rows[0]) if rows else []
        cells = [[row[column] for column in columns] for row in rows]
        formats = [content["formats"].get(column, "") for column in columns]
        return cls(content["title"], columns, cells, formats, content["note"])

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a frame, numbers unrounded; title and note are its ``attrs``.

        Examples
        --------
        >>> Table("Scores", ["detector", "AUROC"], [["pca", 0.98756]]).to_frame()
          detector    AUROC
        0      pca  0.98756
        """
        import pandas as pd

        frame = pd.DataFrame([list(row) for row in self.rows], columns=list(self.columns))
        frame.attrs.update(title=self.title, note=self.note)
        return frame

    @property
    def numeric(self) -> list[bool]:
        """Whether each column holds numbers, which stand to the right: shares are some in text, too; names are none."""
        columns = zip(*self.rows, strict=True) if self.rows else ([] for _ in self.columns)
        return [_is_numeric(column) for column in columns]

    def __repr__(self) -> str:
        return _text_of(self.shown())

    def _repr_html_(self) -> str:
        return _html_of(self.shown())


class ShownAsTables:
    """An object that a notebook shows as tables; a class says which by ``_summary``."""

    def _summary(self) -> Iterable[Table]:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self._summary())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Said in this form, too, since scikit-learn's estimators have one of their own, which notebooks would take.
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


class PrintedAsTables(ShownAsTables):
    """An object that is these tables in a terminal, too, where its fields are long lists of numbers."""

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self._summary()))


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


_SHARE = re.compile(r"[<>]?\d+(\.\d+)?\s?%")
_LEFT, _RIGHT = "text-align: left", "text-align: right; font-variant-numeric: tabular-nums"
_CAPTION = f"{_LEFT}; caption-side: top; padding: 0.3em 0.6em; color: inherit; font-weight: bold; white-space: nowrap"
_ROOM = "padding: 0.15em 0.6em"
_NOTE = "margin: 0 0 0.8em; opacity: 0.8; font-size: 90%"
_RULE = "border: 0; border-bottom: 1px solid rgb(128 128 128 / 40%)"
"""Half-transparent grey is a line on light and on dark pages; colours of text are those of the page."""


def _text_of(table: Table) -> str:
    """Return a table as lines of text, its numbers to the right."""
    rows = [list(table.columns), *table.cells()] if table.rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, table.numeric, strict=True)
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in (table.title, *lines, table.note) if line.strip())


def _html_of(table: Table) -> str:
    """Return a table as HTML that stands in a notebook: no script, no class, all text escaped."""
    sides = [f"{_RIGHT if right else _LEFT}; {_ROOM}" for right in table.numeric]
    heads = _row("th", table.columns, [f"{side}; {_RULE}" for side in sides]) if any(table.columns) else ""
    body = "".join(_row("td", cells, sides) for cells in table.cells())
    note = f'<p style="{_NOTE}">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<table style="border-collapse: collapse; margin: 0.4em 0"><caption style="{_CAPTION}">{escape(table.title)}'
        f"</caption><thead>{heads}</thead><tbody>{body}</tbody></table>{note}"
    )


def _row(tag: str, cells: Iterable[str], styles: Iterable[str]) -> str:
    written = (f'<{tag} style="{style}">{escape(cell)}</{tag}>' for cell, style in zip(cells, styles, strict=True))
    return f"<tr>{''.join(written)}</tr>"


def _is_numeric(column: Iterable[Any]) -> bool:
    known = [value for value in column if not _missing(value) and value != "–"]
    return bool(known) and all(map(_is_number, known))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _SHARE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)

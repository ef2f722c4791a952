"""Lines of text as cells by column."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from typing import Any

from offbeat.app.lines.values import BadLine
from offbeat.files.cells import delimiter_of

__all__ = ["TextRows"]


class TextRows:
    """Reads lines as cells by column: JSON objects, or CSV below its header.

    Parameters
    ----------
    columns : sequence of str
        Of CSV without a header; its first line is the header where none are named.

    Examples
    --------
    >>> rows = TextRows()
    >>> [rows.read(line) for line in ("host,cpu", "web1,0.5", '{"host": "web2", "cpu": 1}')]
    [None, {'host': 'web1', 'cpu': '0.5'}, {'host': 'web2', 'cpu': 1}]
    """

    def __init__(self, columns: Sequence[str] = ()) -> None:
        self._columns, self._delimiter = list(columns), ""

    def read(self, line: str) -> Mapping[str, Any] | None:
        """Return the cells of a line; None for a header, or a blank line.

        Raises
        ------
        BadLine
            If it cannot be read.
        """
        line = line.strip().removeprefix("\ufeff")
        if not line:
            return None
        return _object(line) if line.startswith(("{", "[")) else self._cells(line)

    def _cells(self, line: str) -> Mapping[str, Any] | None:
        self._delimiter = self._delimiter or delimiter_of([line], (";", "\t"), ",")
        try:
            [cells] = csv.reader([line], delimiter=self._delimiter, skipinitialspace=True, strict=True)
        except (csv.Error, ValueError) as error:
            raise BadLine("not CSV", f"expected fields between {self._delimiter!r}, got {line[:40]!r}") from error
        cells = [cell.strip() for cell in cells]
        if not self._columns:
            self._columns = cells
        if cells == self._columns:
            return None
        if len(cells) != len(self._columns):
            raise BadLine("of another width", f"expected {len(self._columns)} fields, got {len(cells)}")
        return dict(zip(self._columns, cells, strict=True))


def _object(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine("not JSON", f"expected a JSON object, got {line[:40]!r}") from error
    if not isinstance(found, dict):
        raise BadLine("not JSON", f"expected a JSON object, got {line[:40]!r}")
    return found

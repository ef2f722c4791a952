"""Numbers and words that stand for missing values in a table, where the caller names them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from offbeat.data.readers.wide import WideTable
from offbeat.files.cells import looks_numeric
from offbeat.series.roles import Table
from offbeat.words import plural

__all__ = ["without_marks"]


def without_marks(table: WideTable, marks: tuple[str, ...]) -> WideTable:
    """Return a table with missing values in place of marks such as -999, and how many there were in its notes.

    Parameters
    ----------
    table : WideTable
    marks : tuple of str
        Numbers, or words in the case in which they stand in the table.

    Examples
    --------
    >>> from pathlib import Path
    >>> table = WideTable(Path("t.csv"), pd.DataFrame({0: [0.5, -999.0]}), ("temp",), "row {}".format)
    >>> found = without_marks(table, ("-999",))
    >>> found.frame[0].tolist(), found.notes
    ([0.5, nan], ('column temp holds a mark of missing values in 1 row',))
    """
    if not marks:
        return table
    frame, notes = table.frame.copy(deep=False), list(table.notes)
    for position in frame.columns:
        is_mark = _marked(frame[position], marks)
        if is_mark.any():
            frame[position] = frame[position].mask(is_mark)
            name = Table(frame, table.names, table.place).called(int(position))
            notes.append(f"column {name} holds a mark of missing values in {plural(int(is_mark.sum()), 'row')}")
    return replace(table, frame=frame, notes=tuple(notes))


def _marked(column: pd.Series[Any], marks: tuple[str, ...]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.Series(False, column.index)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.isin([float(mark) for mark in marks if looks_numeric(mark)])
    return column.isin(marks)

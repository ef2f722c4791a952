"""The times of a table, read from the columns that hold them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from offbeat.series.calendar import calendar_times
from offbeat.series.clocks import clock_text, is_dotted_clock
from offbeat.series.columns import TimeColumns
from offbeat.series.dates import read_times
from offbeat.series.roles import Table
from offbeat.series.zones import Times, Zone

__all__ = ["read_time_columns"]


def read_time_columns(table: Table, time: TimeColumns, form: str | None) -> tuple[Times, Zone | None]:
    """Return the times of a table in UTC, and their zone.

    Raises
    ------
    DataError
        If a time is missing, or is none.
    """
    columns = [table.frame[position] for position in time.columns]
    if time.parts:
        return read_times(calendar_times(dict(zip(time.parts, columns, strict=True))), table.place)
    if len(columns) == 1:
        return read_times(columns[0], table.place, form or time.unit)
    return read_times(_day_text(columns[0]) + " " + _clock_text(columns[1]), table.place, form)


def _clock_text(column: pd.Series[Any]) -> pd.Series[Any]:
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    clocks = clock_text(column.to_numpy(dtype="float64", na_value=float("nan"))) if numeric else None
    if clocks is not None:
        return pd.Series(clocks, index=column.index)
    text = column.astype(str).str.strip()
    return text.str.replace(".", ":", n=2, regex=False) if is_dotted_clock(text.iloc[0]) else text


def _day_text(column: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.Series(column.dt.strftime("%Y-%m-%d"))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("int64").astype(str).str.replace(r"(\d{4})(\d\d)(\d\d)", r"\1-\2-\3", regex=True)
    return column.astype(str).str.strip()

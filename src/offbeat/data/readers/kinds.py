"""Whether a table holds one long recording, a time step a row, or many short series, one a row."""

from __future__ import annotations

import re

import pandas as pd

from offbeat.data.readers.options import Kind, Label, ReadOptions
from offbeat.data.readers.wide import WideTable, column_at, find_label
from offbeat.errors import DataError
from offbeat.files.cells import looks_numeric
from offbeat.series.clocks import is_time_of_day
from offbeat.series.columns import find_time
from offbeat.series.dates import is_date
from offbeat.series.keys import find_keys, mixed_keys
from offbeat.series.labels import find_labels
from offbeat.series.roles import Table
from offbeat.series.row_numbers import counts_again, find_row_numbers, step_columns
from offbeat.series.time_words import counts_time
from offbeat.words import plural

__all__ = ["kind_of_table", "name_time_steps"]

_STEP = re.compile(
    r"(t|x|v|c|f|h|d|m|w|time|step|timestep|col|column|att|attr|attribute|val|value|feature|sample|point|lag|hour|day|"
    r"week|month|unnamed:?|var)?[ _.-]*-?\d+(\.\d+)?$",
    re.IGNORECASE,
)
_FEWEST_ROWS = 20
"""Rows from which on named columns are rather those of a recording."""
_ROWS_A_STEP = 2
_FEW_STEPS = 10


def kind_of_table(table: WideTable, options: ReadOptions, default_label: Label = None) -> tuple[Kind, str]:
    """Return what a table holds, and what to know about it where it may hold the other.

    It is a recording if it has times, or a column that numbers time steps; if a single column is left beside the
    labels; if rows of several recordings take turns; or if its columns have names that are no time steps and its rows
    are twice as many, twenty at least.

    Parameters
    ----------
    table : WideTable
    options : ReadOptions
        What the caller says decides.
    default_label : {"first", "last", "none"}, str or int, optional
        Where a collection of this format has its labels.

    Returns
    -------
    kind : {"recording", "collection"}
    note : str
        May be empty.
    """
    if options.kind is not None:
        return options.kind, ""
    if options.is_recording or options.by is not None or table.frame.shape[1] == 1:
        return "recording", ""
    label = None if options.label in (None, "none") else column_at(table, options.label)
    rest, names = Table(table.frame, table.names, table.place).without(() if label is None else (label,))
    try:
        if len(rest) and _has_steps(rest, names, options):
            return "recording", ""
    except DataError as error:
        raise DataError(f"{table.path}: {error}") from error
    if names is not None:
        return _by_names(rest, {int(p): name for p, name in zip(rest.columns, names, strict=True)})
    has_own = label is None and (default_label in ("first", "last") or find_label(table) is not None)
    n_steps, is_labelled = rest.shape[1] - has_own, label is not None or has_own
    may_be_long = _may_be_long(len(rest), n_steps) or (len(rest) >= _FEWEST_ROWS and not is_labelled)
    return "collection", _otherwise(len(rest), n_steps) if may_be_long else ""


def _has_steps(rest: pd.DataFrame, names: list[str] | None, options: ReadOptions) -> bool:
    """Whether a column holds times, or numbers the time steps."""
    if options.time is None and find_time(rest, names) is not None:
        return True
    numbered = find_row_numbers(rest, names)
    if any(names is None or counts_time(names[list(rest.columns).index(found)]) for found in numbered):
        return True
    steps = [column for column in step_columns(rest, names) if counts_again(rest[column])][:1]
    others = [i for i, column in enumerate(rest.columns) if column not in steps]
    called = None if names is None else [names[i] for i in others]
    return bool(steps and find_keys(rest.iloc[:, others], called, rest[steps]))  # which reading it refuses


def _by_names(frame: pd.DataFrame, names: dict[int, str]) -> tuple[Kind, str]:
    """Tell by the names of the columns."""
    labels = find_labels(frame, list(names.values()))
    values = [position for position in names if position not in labels]
    if labels and len(values) == 1:
        return "recording", ""
    n_rows, n_steps = len(frame), sum(pd.api.types.is_numeric_dtype(frame[position].dtype) for position in values)
    may_be_long = _may_be_long(n_rows, n_steps)
    keys = mixed_keys(frame, list(names.values()))
    if keys and may_be_long and not name_time_steps([name for position, name in names.items() if position not in keys]):
        return "recording", ""  # of which there are several, as reading it says
    called = [names[position] for position in values]
    if 2 * sum(map(is_date, called)) > len(called):
        return "collection", _transposed(n_rows, n_steps, next(filter(is_date, called)))
    if name_time_steps(called):
        is_bare = n_rows >= _FEWEST_ROWS and not labels and _are_bare(called)
        is_open = is_bare or (may_be_long and n_steps < _FEW_STEPS)
        return "collection", _otherwise(n_rows, n_steps) if is_open else ""
    if n_steps < len(values) or not may_be_long:
        return "collection", _otherwise(n_rows, n_steps) if may_be_long or n_rows >= _FEWEST_ROWS else ""
    return "recording", (
        f"read as one recording of {n_rows:,} time steps with {plural(n_steps, 'channel')}; kind='collection' if each "
        "row is a series"
    )


def _may_be_long(n_rows: int, n_steps: int) -> bool:
    return n_rows >= max(_FEWEST_ROWS, _ROWS_A_STEP * n_steps)


def _otherwise(n_rows: int, n_steps: int) -> str:
    return (
        f"read as {n_rows:,} series of {plural(n_steps, 'time step')}; kind='recording' if they are columns over time"
    )


def _are_bare(names: list[str]) -> bool:
    """Whether names of columns are bare numbers, as pandas makes them where there are none."""
    return all(map(str.isdecimal, names))


def _transposed(n_rows: int, n_steps: int, date: str) -> str:
    return (
        f"the columns are called by dates such as {date}, which are left out: read as {n_rows:,} series of "
        f"{plural(n_steps, 'time step')}; turn rows into columns (transpose the table) if each is a channel of one "
        "recording"
    )


def name_time_steps(names: list[str]) -> bool:
    """Whether names of columns are those of time steps: numbers, times, or letters with numbers.

    Examples
    --------
    >>> name_time_steps(["t0", "t1"]), name_time_steps(["00:00", "00:15"]), name_time_steps(["cpu", "mem"])
    (True, True, False)
    """
    return 2 * sum(map(_names_a_step, names)) > len(names)


def _names_a_step(name: str) -> bool:
    return bool(_STEP.match(name.strip())) or looks_numeric(name) or is_date(name) or is_time_of_day(name)

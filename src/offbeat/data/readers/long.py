"""Long tables, one time step a row: timestamps and labels are found, the other columns are values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from offbeat.data.readers.kinds import kind_of_table
from offbeat.data.readers.missing import without_marks
from offbeat.data.readers.options import Gaps, Label, ReadOptions
from offbeat.data.readers.wide import WideTable, column_at, to_collection
from offbeat.errors import DataError, FormatError, IrregularTimeWarning, warn
from offbeat.series.frames import Rows, arrange, rows_of_roles
from offbeat.series.recording import Collection, Recording
from offbeat.series.roles import Said, Table, assign_roles
from offbeat.series.timeline import gaps_between

__all__ = ["from_table", "recording_of_rows", "rows_of_table", "said_of", "to_recording"]


def from_table(table: WideTable, options: ReadOptions, default_label: Label = None) -> Collection | Recording:
    """Make a recording or a collection of a table: what the caller asks for, or else what it looks like.

    See :func:`offbeat.data.readers.kinds.kind_of_table` for what it looks like.

    Parameters
    ----------
    table : WideTable
        Rows as they stand in a file.
    options : ReadOptions
        See :func:`offbeat.data.read`.
    default_label : {"first", "last", "none"}, str or int, optional
        Where a collection of this format has its labels, unless the options say it.

    Raises
    ------
    DataError
        If the table does not hold that kind; see :func:`to_recording` and
        :func:`offbeat.data.readers.wide.to_collection`.
    """
    table = without_marks(table, options.marks)
    kind, note = kind_of_table(table, options, default_label)
    label = default_label if options.label is None else options.label
    data = to_recording(table, options) if kind == "recording" else to_collection(table, label)
    notes = (*table.notes, note) if note else table.notes
    return replace(data, notes=(*notes, *data.notes)) if notes else data


def to_recording(table: WideTable, options: ReadOptions) -> Recording:
    """Make a recording of a long table, with timestamps if it has any.

    Parameters
    ----------
    table : WideTable
        One time step a row.
    options : ReadOptions
        Where the timestamps and labels stand; else they are found, see :func:`offbeat.series.roles.assign_roles`.

    Raises
    ------
    FormatError
        If text stands where a number or a date should; the message names the line.
    DataError
        If there is no such column, or it is unclear which one it is.

    Examples
    --------
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> frame = pd.DataFrame([["2024-01-01", 0.5, 0], ["2024-01-02", 9.5, 1]])
    >>> table = WideTable(Path("load.csv"), frame, ("day", "load", "label"), "row {}".format)
    >>> load = to_recording(table, ReadOptions())
    >>> load.labels.tolist(), load.channels
    ([0, 1], ('load',))
    """
    rows = rows_of_table(table, options)
    with _naming(table):
        return recording_of_rows(rows, options, table.path.stem)


def rows_of_table(table: WideTable, options: ReadOptions) -> Rows:
    """Take a long table apart, its rows as they stand; see :func:`to_recording`."""
    if not len(table.frame):
        raise FormatError(f"expected at least one time step, but {table.path} holds a header and no rows")
    if table.keys and options.by is None:
        names = ", ".join(table.column(position) for position in table.keys)
        raise DataError(f"expected one recording, got a frame whose index names several ({names}): name them with by=")
    numbered = Table(table.frame, table.names, table.place)
    said = said_of(table, options)
    with _naming(table):
        return rows_of_roles(numbered, assign_roles(numbered, said), options.time_format, options.normal)


def said_of(table: WideTable, options: ReadOptions) -> Said:
    """Return what the options say about the columns of a table.

    Raises
    ------
    DataError
        If there is no such column.
    """
    names, has_label = options.channel_names, options.label not in (None, "none")
    return Said(
        time=column_at(table, options.time, "time") if options.has_time else None,  # type: ignore[arg-type]  # it has one
        label=column_at(table, options.label) if has_label else None,  # type: ignore[arg-type]  # it has one
        no_time=options.time == "none",
        no_label=options.label == "none",
        keys=tuple(column_at(table, key, "by") for key in options.keys or ()),
        channels=None if names is None else tuple(column_at(table, name, "channels") for name in names),
        time_format=options.time_format,
    )


@contextmanager
def _naming(table: WideTable) -> Iterator[None]:
    """Name the file in errors that do not yet."""
    try:
        yield
    except FormatError:
        raise
    except DataError as error:
        raise FormatError(f"{table.path}: {error}") from error


def recording_of_rows(rows: Rows, options: ReadOptions, name: str) -> Recording:
    """Make a recording of rows, with order, duplicates and gaps treated as the options say."""
    rows = arrange(rows, options.order, options.duplicates)
    return _with_gaps(Recording.of_rows(rows, name), options.gaps)


def _with_gaps(recording: Recording, gaps: Gaps) -> Recording:
    """Treat gaps as the caller wants, with a warning: windows take the rows as they follow each other."""
    if recording.timestamps is None or not recording.step > 0:
        return recording
    long = gaps_between(recording.timestamps, recording.step)
    missing = int(np.isnan(recording.values).any(axis=1).sum()) if gaps in ("interpolate", "last") else 0
    if not long and not missing:
        return recording
    what = long or f"{missing:,} of {len(recording):,} rows hold missing values"
    if gaps == "error":
        raise DataError(
            f"{what}: correct them, or choose what to do with them (gaps='nan', 'interpolate', 'last' or 'keep')"
        )
    if gaps == "keep":
        policy = "rows are taken as they follow each other (gaps='keep'; 'nan' puts missing rows in)"
        even = recording
    else:
        even = recording.regular(fill=gaps)
        policy = f"the rows were put on an even grid of {len(even):,} (gaps={gaps!r})"
    warn(f"{what}; {policy}", IrregularTimeWarning)
    return even

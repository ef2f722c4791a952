"""Long tables, one time step a row: timestamps and labels are found, the other columns are values."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.data.readers.options import Gaps, Label, ReadOptions
from offbeat.data.readers.wide import WideTable, column_at, to_collection
from offbeat.errors import DataError, FormatError, IrregularTimeWarning
from offbeat.series.frames import LABEL_NAMES, Rows, arrange, binary_labels, find_time, has_time_name, number_array
from offbeat.series.recording import Collection, Recording
from offbeat.series.timeline import Times, parse_times

__all__ = ["from_table", "recording_of_rows", "rows_of_table", "to_recording"]


def from_table(table: WideTable, options: ReadOptions, default_label: Label = None) -> Collection | Recording:
    """Make a recording or a collection of a table: what the caller asks for, or else what it looks like.

    It is a recording if it has a column of timestamps, or a single column.

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
    label = default_label if options.label is None else options.label
    if options.kind == "collection":
        return to_collection(table, label)
    if options.is_recording or table.frame.shape[1] == 1 or _time_position(table, options) is not None:
        return to_recording(table, options)
    return to_collection(table, label)


def to_recording(table: WideTable, options: ReadOptions) -> Recording:
    """Make a recording of a long table, with timestamps if it has any.

    Parameters
    ----------
    table : WideTable
        One time step a row.
    options : ReadOptions
        Where the timestamps and labels stand. By themselves are found a column of dates, and one of 0 and 1 that is
        called label, is_anomaly or anomaly.

    Raises
    ------
    FormatError
        If text stands where a number or a date should; the message names the line.
    DataError
        If there is no such column, or it is unclear which one it is.

    Examples
    --------
    >>> from pathlib import Path
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
    time, label = _time_position(table, options), _label_position(table, options)
    if time is None and options.kind == "recording":
        time = _counted_time(table)
    keys = [column_at(table, key, "by") for key in options.keys or ()]
    with _naming(table):
        times = None if time is None else _times(table, time)
        labels = None if label is None else binary_labels(table.frame[label].rename(_called(table, label)), table.place)
        values, channels = _values(table, [p for p in (time, label) if p is not None] + keys, options.channel_names)
    return Rows(values, channels, times, labels)


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
    recording = Recording(rows.values, timestamps=rows.times, channels=rows.channels, labels=rows.labels, name=name)  # type: ignore[arg-type]  # None becomes ch0, ch1 …
    return _with_gaps(recording, options.gaps)


def _with_gaps(recording: Recording, gaps: Gaps) -> Recording:
    """Treat gaps as the caller wants, with a warning: windows take the rows as they follow each other."""
    if recording.timestamps is None or not recording.step > 0:
        return recording
    steps = np.diff(recording.timestamps) / np.timedelta64(1, "s")
    long = steps > 1.5 * recording.step
    missing = int(np.isnan(recording.values).any(axis=1).sum()) if gaps in ("interpolate", "last") else 0
    if not long.any() and not missing:
        return recording
    what = (
        f"{long.sum():,} of {len(steps):,} steps between rows are gaps: longer than the usual {recording.step:g} s, up "
        f"to {pd.Timedelta(np.diff(recording.timestamps).max())}"
        if long.any()
        else f"{missing:,} of {len(recording):,} rows hold missing values"
    )
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
    warnings.warn(f"{what}; {policy}", IrregularTimeWarning, stacklevel=2)
    return even


def _called(table: WideTable, position: int) -> str:
    return table.names[position] if table.names else str(position + 1)


def _time_position(table: WideTable, options: ReadOptions) -> int | None:
    if options.time is not None:
        return column_at(table, options.time, "time")
    label = None if options.label in (None, "none") else column_at(table, options.label)
    frame = table.frame if label is None else table.frame.drop(columns=label)
    try:
        found = find_time(frame, [_called(table, int(position)) for position in frame.columns])
    except DataError as error:
        raise DataError(f"{table.path}: {error}") from error
    return None if found is None else int(found)


def _counted_time(table: WideTable) -> int | None:
    """Return a column that is called time and holds numbers that never fall, such as seconds from the start."""
    for position in range(table.frame.shape[1]) if table.names else ():
        column = table.frame[position]
        if has_time_name(_called(table, position)) and pd.api.types.is_numeric_dtype(column.dtype):
            return position if column.is_monotonic_increasing else None
    return None


def _label_position(table: WideTable, options: ReadOptions) -> int | None:
    if options.label == "none":
        return None
    if options.label is not None:
        return column_at(table, options.label)
    names = [name.strip().lower() for name in table.names or ()]
    found = [position for position, name in enumerate(names) if name in LABEL_NAMES]
    if len(found) > 1:
        columns = " and ".join(table.column(position) for position in found)
        raise DataError(f"{columns} of {table.path} could both hold the labels: set label to one of them")
    return found[0] if found else None


def _times(table: WideTable, position: int) -> Times:
    return parse_times(table.frame[position], table.place)


def _values(
    table: WideTable, taken: list[int], wanted: list[str] | None
) -> tuple[npt.NDArray[np.floating], tuple[str, ...] | None]:
    kept = [p for p in range(table.frame.shape[1]) if p not in taken and not _is_step(table, p)]
    if wanted is not None:
        kept = [column_at(table, name, "channels") for name in wanted]
    names = tuple(_called(table, position) for position in kept)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the channels of a recording differ in name, but {twice!r} comes twice: rename one")
    frame = table.frame[kept].set_axis(list(names), axis="columns")
    return number_array(frame, table.place), names if table.names else None


def _is_step(table: WideTable, position: int) -> bool:
    """Whether a column is the row numbers that :meth:`Recording.to_frame` calls ``step``."""
    if position != 0 or not table.names or table.names[0] != "step":
        return False
    return bool(np.array_equal(table.frame[0], np.arange(len(table.frame))))

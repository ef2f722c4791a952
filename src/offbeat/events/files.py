"""Events as a frame, and as files that read back as the same events."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.atomic import writing_file
from offbeat.errors import DataError, FormatError, ParameterError, failing_as
from offbeat.events.event import TIMES, Event
from offbeat.events.event_list import Events
from offbeat.files.parquet import need_pyarrow, parquet_frame
from offbeat.files.regular import is_there, regular_file
from offbeat.series.recording import Collection, Recording
from offbeat.series.zones import stamp_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["events_to_frame", "read_events", "write_events"]

_ALWAYS = ("start", "end", "peak", "known_at", "score", "severity", *TIMES)
_SERIES = "series"
_MAY_LACK = (_SERIES, "known_at")
_SHARE = "share_"


def events_to_frame(events: Iterable[Event], columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return a frame with a row for each event.

    The columns are ``start``, ``end``, ``peak``, ``known_at``, ``score``, ``severity`` (a word), ``start_time``,
    ``end_time`` and ``peak_time``, with or without events; before them ``series`` and after them ``share_<channel>``,
    where an event has a value for them.

    Parameters
    ----------
    events : iterable of Event
        A row each, in this order.
    columns : iterable of str
        Columns to have though no event has a value for them: ``series``, or ``share_<channel>``. See
        :func:`event_columns`.

    Examples
    --------
    >>> events_to_frame([Event(start=3, end=5, peak=4, score=2.5)])[["start", "end", "score", "severity"]]
       start  end  score severity
    0      3    5    2.5    alarm
    >>> events_to_frame([], ["share_cpu"]).columns[-3:].tolist()
    ['end_time', 'peak_time', 'share_cpu']
    """
    import pandas as pd

    return pd.DataFrame(_typed(_columns(list(events), columns)))


def event_columns(data: Collection | Recording) -> list[str]:
    """Return the columns of events in this data that :func:`events_to_frame` has only where an event has values.

    Examples
    --------
    >>> event_columns(Recording([1.0, 2.0], channels=["cpu"]))
    ['share_cpu']
    """
    shares = [_SHARE + name for name in data.channels]
    return [_SERIES, *shares] if isinstance(data, Collection) else shares


def _typed(columns: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    for name, cells in columns.items():
        if name in TIMES:
            columns[name] = _time_column(cells)
        elif name in _MAY_LACK:
            columns[name] = pd.array(cells, dtype="Int64" if None in cells else "int64")
        else:
            kind = "int64" if name in ("start", "end", "peak") else str if name == "severity" else "float64"
            columns[name] = pd.Series(cells, dtype=kind)
    return columns


def _time_column(cells: Sequence[Any]) -> Any:
    """Return stamps as a column; those of several offsets as they are."""
    import pandas as pd

    if all(cell is None for cell in cells):
        return pd.Series(cells, dtype="datetime64[us]")
    if any(isinstance(cell, pd.Timestamp) for cell in cells):
        return pd.Series([pd.NaT if cell is None else cell for cell in cells])
    return np.array([np.datetime64("NaT") if cell is None else cell for cell in cells])


def write_events(events: Iterable[Event], path: str | Path, columns: Iterable[str] = ()) -> Path:
    """Write events to a file, in the format of its ending; :func:`read_events` reads them again.

    Parameters
    ----------
    events : iterable of Event
        Written in this order.
    path : str or Path
        ``.csv`` and ``.parquet`` are tables as of :func:`events_to_frame`; ``.json`` is a list of
        :meth:`Event.to_dict`, ``.jsonl`` has one of them on each line.
    columns : iterable of str
        Columns that a table has in any case, see :func:`events_to_frame`.

    Returns
    -------
    Path
        The path of the file.

    Raises
    ------
    ParameterError
        If the path has another ending.
    OutputError
        If it cannot be written.
    MissingExtraError
        If the ending is ``.parquet`` and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> file = write_events([Event(start=3, end=5, peak=4, score=2.5)], Path(tempfile.mkdtemp(), "events.csv"))
    >>> print(file.read_text())
    start,end,peak,known_at,score,severity,start_time,end_time,peak_time
    3,5,4,,2.5,alarm,,,
    """
    path = Path(path)
    write, _ = _format(path)
    with writing_file(path) as beside:
        write(list(events), beside, list(columns))
    return path


def check_ending(path: Path) -> None:
    """Refuse a path whose ending is not that of a format for events.

    Raises
    ------
    ParameterError
        If it is not; the message lists the endings.
    """
    _format(path)


def read_events(path: str | Path) -> Events:
    """Return the events of a file that :func:`write_events` wrote.

    Other columns and keys are ignored. Events from a table have their channels in the order of its columns.

    Raises
    ------
    ParameterError
        If the path has another ending than ``.csv``, ``.json``, ``.jsonl`` or ``.parquet``.
    DataError
        If there is no such file, or it holds no events (FormatError).
    MissingExtraError
        If it is a Parquet file and pyarrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> file = write_events([Event(start=3, end=5, peak=4, score=2.5)], Path(tempfile.mkdtemp(), "events.jsonl"))
    >>> read_events(file)[0].score
    2.5
    """
    path = Path(path)
    _, read = _format(path)
    if not is_there(path):
        raise DataError(f"expected a file of events, got {path}, which does not exist")
    regular_file(path)
    try:
        with failing_as(FormatError, f"it is not a complete {path.suffix.lower()} file", "write it again"):
            found = read(path)
        return Events(Event.from_dict(event) for event in found)
    except DataError as error:
        raise FormatError(f"{path} cannot be read as events: {error}") from error


def _columns(events: Sequence[Event], also: Iterable[str] = ()) -> dict[str, Any]:
    """Return the cells of each column, those of ``also`` too where they are empty; None where an event has no value."""
    rows = [{**vars(event), **event.times(), "severity": event.severity.label} for event in events]
    wanted, shares = list(also), [dict(event.channels) for event in events]
    if odd := [name for name in wanted if name != _SERIES and not name.startswith(_SHARE)]:
        raise ParameterError(f"expected columns called series or share_<channel>, got {odd[0]!r}: choose one of these")
    has_series = _SERIES in wanted or any(event.series is not None for event in events)
    columns = {name: [row[name] for row in rows] for name in ((_SERIES,) if has_series else ()) + _ALWAYS}
    known = [_SHARE + name for event in shares for name in event]
    for name in dict.fromkeys([*wanted, *known]):
        if name != _SERIES:
            columns[name] = [event.get(name.removeprefix(_SHARE)) for event in shares]
    return columns


def _write_csv(events: Sequence[Event], path: Path, also: Sequence[str]) -> None:
    columns = _columns(events, also)
    for name, cells in columns.items():
        if name in TIMES:
            columns[name] = ["" if cell is None else stamp_text(cell) for cell in cells]
        else:
            columns[name] = ["" if cell is None or (name == "score" and np.isnan(cell)) else cell for cell in cells]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_nested({name: cell for name, cell in row.items() if cell}) for row in csv.DictReader(file)]


def _write_json(events: Sequence[Event], path: Path, _: Sequence[str]) -> None:
    text = json.dumps([event.to_dict() for event in events], indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _read_json(path: Path) -> list[dict[str, Any]]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise TypeError("expected a list of events")
    return found


def _write_lines(events: Sequence[Event], path: Path, _: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(event.to_dict(), allow_nan=False) + "\n" for event in events)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def _write_parquet(events: Sequence[Event], path: Path, also: Sequence[str]) -> None:
    need_pyarrow(path)
    events_to_frame(events, also).to_parquet(path, engine="pyarrow")


def _read_parquet(path: Path) -> list[dict[str, Any]]:
    import pandas as pd

    frame = parquet_frame(path)
    # The scalars of NumPy, because those of pandas lose nanoseconds on the way to datetime64.
    columns = {str(name): list(cells.to_numpy()) for name, cells in frame.items()}
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return [_nested({name: cell for name, cell in row.items() if not pd.isna(cell)}) for row in rows]


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table in the layout of :meth:`Event.to_dict`."""
    shares = {name.removeprefix(_SHARE): cell for name, cell in row.items() if name.startswith(_SHARE)}
    return {**row, "channels": shares}


_Format = tuple[Callable[[Sequence[Event], Path, Sequence[str]], None], Callable[[Path], list[dict[str, Any]]]]
_FORMATS: dict[str, _Format] = {
    ".csv": (_write_csv, _read_csv),
    ".json": (_write_json, _read_json),
    ".jsonl": (_write_lines, _read_lines),
    ".parquet": (_write_parquet, _read_parquet),
}


def _format(path: Path) -> _Format:
    if path.suffix.lower() not in _FORMATS:
        raise ParameterError(
            f"expected a file of events to end in {', '.join(_FORMATS)}, got {path}: choose one of these endings"
        )
    return _FORMATS[path.suffix.lower()]

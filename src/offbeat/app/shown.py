"""What would be read from a file: its kind, its columns, its times, and a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from offbeat.app.panels.notes import gathered
from offbeat.errors import OffbeatError
from offbeat.metrics import labels_to_windows
from offbeat.series.panel import Panel
from offbeat.series.recording import Collection, Recording
from offbeat.series.timeline import long_steps
from offbeat.tables import Table, json_ready
from offbeat.words import as_options, percent, plural, shorten

__all__ = ["draw", "facts_of", "table_of_panel", "tables_of"]

_MOST = 40
"""Columns that are listed."""
_DRAWN = 6
"""Series that are drawn."""


def facts_of(data: Collection | Recording) -> dict[str, Any]:
    """Return what was read, for JSON."""
    about = dict(_about(data))
    rows = _columns(data).to_dict()["rows"] if isinstance(data, Recording) else []
    return {**about, "columns": json_ready(rows), "notes": list(data.notes)}


def tables_of(data: Collection | Recording, name: str) -> list[Table]:
    """Return what was read as tables: the whole, and the columns of a recording or the classes of a collection."""
    about = Table(Path(name).name, ["", "what"], [[key, value] for key, value in _about(data)])
    if isinstance(data, Recording):
        return [about, _columns(data)]
    classes = [[label, data.class_name(label), n] for label, n in data.counts().items()]
    return [about, Table("Classes", ["label", "name", "series"], classes)]


def table_of_panel(panel: Panel, name: str) -> tuple[Table, list[str]]:
    """Return what was read of many series, a row for each key, and the notes on them, each kind once."""
    rows, notes = [], {}
    for key in list(panel)[:_MOST]:
        try:
            data = panel[key]
        except OffbeatError as error:
            rows.append([key, *[None] * 7, as_options(str(error))])
        else:
            rows.append(_row_of_key(key, data))
            notes[key] = data.notes
    more = len(panel) - len(rows)
    note = f"{more:,} more keys are not shown here." if more else ""
    columns = ["key", "time steps", "channels", "begins", "ends", "step (s)", "labelled", "missing", "error"]
    title = f"{Path(name).name}: {plural(len(panel), 'series', 'series')} by key"
    return Table(title, columns, rows, note=note), gathered(notes)


def _row_of_key(key: str, data: Recording) -> list[Any]:
    ends = (None, None) if data.timestamps is None or not len(data) else data.times()[[0, -1]]
    labelled = None if data.labels is None else int(np.sum(data.labels))
    step = float(data.step) if np.isfinite(data.step) else None
    missing = int(np.isnan(data.values).sum())
    return [key, len(data), shorten(", ".join(data.channels), 60), *map(_text, ends), step, labelled, missing, ""]


def _text(time: Any) -> str | None:
    return None if time is None else str(time)


def _about(data: Collection | Recording) -> list[tuple[str, str]]:
    missing = int(np.isnan(data.values).sum())
    facts = [("missing values", f"{missing:,} ({percent(missing, data.values.size)})" if missing else "none")]
    if isinstance(data, Collection):
        shape = f"{len(data):,} x {len(data.channels):,} x {data.n_times:,} (series x channels x time steps)"
        labels = plural(len(data.classes), "class", "classes") if data.classes else "none"
        return [("kind", "collection of short series"), ("shape", shape), ("labels", labels), *facts]
    shape = f"{len(data):,} x {len(data.channels):,} (time steps x channels)"
    labels = "none" if data.labels is None else f"{plural(int(np.sum(data.labels)), 'time step')} anomalous"
    return [("kind", "one long recording"), ("shape", shape), *_about_times(data), ("labels", labels), *facts]


def _about_times(data: Recording) -> list[tuple[str, str]]:
    if data.timestamps is None or not len(data):
        return [("times", "none" if data.sampling_rate is None else f"{data.sampling_rate:g} Hz")]
    first, last = data.times()[[0, -1]]
    facts = [("times", f"{first} to {last}"), ("time zone", "none given" if data.zone is None else str(data.zone))]
    if len(data) < 2 or not data.step > 0:
        return facts
    steps = np.diff(data.timestamps) / np.timedelta64(1, "s")
    gaps = int(long_steps(data.timestamps).sum())
    longest = f", the longest {pd.Timedelta(steps.max(), 's')}" if gaps else ""
    usual = str(pd.Timedelta(data.step, "s")).removeprefix("0 days ")
    return [*facts, ("usual step", usual), ("gaps", f"{gaps:,}{longest}" if gaps else "none")]


def _columns(data: Recording) -> Table:
    """Return a row for each column: what it is, and of a channel the range of its values."""
    rows: list[list[Any]] = [[name, role, None, None, None] for name, role in data.columns]
    for name, values in zip(data.channels, data.values.T, strict=True):
        there = values[np.isfinite(values)]
        low, high = (float(there.min()), float(there.max())) if len(there) else (None, None)
        rows.append([name, "channel", low, high, int(np.isnan(values).sum())])
    more = len(rows) - _MOST
    note = f"{more:,} more columns are not shown here." if more > 0 else ""
    return Table("Columns", ["column", "read as", "lowest", "highest", "missing"], rows[:_MOST], note=note)


def draw(data: Collection | Recording, path: Path) -> None:
    """Draw what was read: a recording with its labelled time steps marked, or the first series of a collection.

    Raises
    ------
    ParameterError
        If the path ends in neither .png nor .svg.
    MissingExtraError
        If matplotlib is not installed.
    """
    from offbeat.report import recording_overview
    from offbeat.report.files import check_picture, write_picture

    check_picture(path)
    drawn = data if isinstance(data, Recording) else _first_series(data)
    known = [] if drawn.labels is None else labels_to_windows(drawn.labels)
    figure = recording_overview(drawn, known=known)
    figure.suptitle(f"{data.name or 'data'}: {plain_size(data)}", x=0.01, ha="left")
    write_picture(figure, path)


def plain_size(data: Collection | Recording) -> str:
    """Return what was read in a few words."""
    channels = plural(len(data.channels), "channel")
    if isinstance(data, Recording):
        return f"one recording of {len(data):,} time steps with {channels}"
    return f"{plural(len(data), 'series', 'series')} of {data.n_times:,} time steps with {channels}"


def _first_series(data: Collection) -> Recording:
    """Return the first channel of the first series side by side, so that they can be drawn as channels."""
    first = data.values[:_DRAWN, 0].T
    labels = [""] * first.shape[1] if data.labels is None else [f": {label}" for label in data.labels[:_DRAWN]]
    return Recording(first, channels=tuple(f"series {i}{label}" for i, label in enumerate(labels)))

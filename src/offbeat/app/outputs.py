"""Scores and events as frames and tables, for files and terminals."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.pages.collection import rate_table
from offbeat.atomic import writing_file
from offbeat.detectors.base import Detector
from offbeat.ecg.beat_series import TIME
from offbeat.events import Event, events_to_frame, write_events
from offbeat.events.severity import Severity
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table

__all__ = ["event_rows", "event_table", "fit_tables", "score_frame", "score_summary", "write_found"]


def score_frame(detector: Detector, data: Collection | Recording) -> pd.DataFrame:
    """Return one row a series, or a time step: its number or time, score, flag (0/1), tier, and label if there is one.

    Beats of a record have their sample and time (s) and the RR intervals beside them (s), too. What has
    no score has an empty score, flag and tier.
    """
    scores = detector.decision_function(data)
    scored = np.isfinite(scores)
    flags = pd.array(detector.threshold_.predict(scores), dtype="Int64")
    tiers = np.array([Severity(int(tier)).label for tier in detector.tiers_.predict(scores)], dtype=object)
    flags[~scored], tiers[~scored] = pd.NA, ""
    frame = pd.DataFrame({**_places(data), "score": scores, "flag": flags, "tier": tiers})
    return frame if data.labels is None else frame.assign(label=data.labels)


def score_summary(detector: Detector, frame: pd.DataFrame) -> dict[str, Any]:
    """Return what a run of scoring found, for JSON."""
    return {
        "detector": detector.name,
        "n_series" if "series" in frame else "n_times": len(frame),
        "n_flagged": int(frame["flag"].sum()),
        "n_without_score": int(frame["score"].isna().sum()),
        "tiers": {tier.label: int((frame["tier"] == tier.label).sum()) for tier in Severity},
        "threshold": finite(detector.threshold_.report()),
        "scores": [None if np.isnan(score) else score for score in frame["score"]],
    }


def event_table(events: Sequence[Event], top: int, data: Collection | Recording | None = None) -> Table:
    """Return the events of highest score.

    Parameters
    ----------
    events : sequence of Event
        In any order.
    top : int
        How many of them.
    data : Collection or Recording, optional
        What they were found in. Of beats the table then says when each was, and its class where that is known; of a
        recording whose sampling rate is known, when time steps were.
    """
    worst = sorted(events, key=lambda event: -event.score)[:top]
    if isinstance(data, Collection) and TIME in data.feature_names:
        return _beat_table(worst, data, len(events))
    of_series = any(event.series is not None for event in events)
    rate = data.sampling_rate if isinstance(data, Recording) else None
    rows = [
        [event.series, event.score, event.severity.label, event.peak, _cause(event)]
        if of_series
        else [
            _when(event, "start", rate),
            len(event),
            event.score,
            event.severity.label,
            _when(event, "peak", rate),
            _cause(event),
        ]
        for event in worst
    ]
    more = len(events) - len(worst)
    note = f"{more:,} more events are not shown here." if more else ""
    columns = ["series"] if of_series else ["begins", "time steps"]
    columns += ["score", "tier", "peaks at step" if of_series else "peaks", "channels"]
    return Table("Events, highest score first", columns, rows, note=note)


def event_rows(events: Sequence[Event], data: Collection | Recording) -> list[dict[str, Any]]:
    """Return events for JSON; of beats with the features of each (its sample, its time in seconds …) and its class."""
    rows = [event.to_dict() for event in events]
    if not isinstance(data, Collection) or TIME not in data.feature_names:
        return rows
    labels = {} if data.labels is None else {"label": data.labels}
    columns = {**_features(data), **labels}
    told = [{name: column[row["series"]] for name, column in columns.items()} for row in rows]
    plain = [finite({name: _python(cell) for name, cell in more.items()}) for more in told]
    return [row | more for row, more in zip(rows, plain, strict=True)]


def write_found(events: Sequence[Event], data: Collection | Recording, path: Path) -> Path:
    """Write events, see :func:`offbeat.events.write_events`; of beats with what :func:`event_rows` tells of each.

    A Parquet file has the events alone.

    Raises
    ------
    ParameterError
        If the path has another ending than ``.csv``, ``.json``, ``.jsonl`` or ``.parquet``.
    """
    rows, ending = event_rows(events, data), path.suffix.lower()
    told = [name for name in (rows[0] if rows else {}) if name not in Event.__dataclass_fields__]
    if not told or ending not in (".csv", ".json", ".jsonl"):
        return write_events(events, path)
    with writing_file(path) as beside:
        if ending == ".csv":
            frame = events_to_frame(events).assign(**{name: [row[name] for row in rows] for name in told})
            frame.to_csv(beside, index=False)
        else:
            text = "".join(f"{dumps(row)}\n" for row in rows) if ending == ".jsonl" else dumps(rows, indent=2) + "\n"
            beside.write_text(text, encoding="utf-8")
    return path


def fit_tables(detector: Detector, seconds: float) -> list[Table]:
    """Return what was learned and what the threshold aims at and achieves."""
    n, kind = len(detector.channels_), "series" if detector.window is None else "windows"
    rows: list[list[Any]] = [
        ["detector", detector.name],
        [kind, f"{len(detector.train_scores_):,} learned from, {len(detector.held_out_scores_):,} held out"],
        ["shape", f"{n} channel{'s'[: n != 1]} x {detector.n_times_} time steps"],
        ["time", f"{seconds:.1f} s"],
    ]
    if detector.trains:
        history = detector.history_
        best = int(history["best_epoch"][0])
        rows.append(
            ["best epoch", f"{best + 1} of {len(history['loss'])}: held-out loss {history['val_loss'][best]:.4f}"]
        )
    return [Table("Fit", ["", "what"], rows), rate_table(detector)]


def finite(report: Any) -> Any:
    """Return a report with what is not finite as None, as JSON wants it."""
    if isinstance(report, dict):
        return {key: finite(value) for key, value in report.items()}
    return None if isinstance(report, float) and not np.isfinite(report) else report


def _beat_table(worst: Sequence[Event], data: Collection, n_events: int) -> Table:
    assert data.features is not None
    times = data.features[:, data.feature_names.index(TIME)]
    rows = []
    for event in worst:
        assert event.series is not None
        label = [] if data.labels is None else [data.class_name(str(data.labels[event.series]))]
        rows.append([event.series, _clock(times[event.series]), event.score, event.severity.label, *label])
    more = n_events - len(worst)
    columns = ["beat", "at (h:mm:ss)", "score", "tier", *([] if data.labels is None else ["annotated"])]
    note = f"{more:,} more beats are not shown here." if more else ""
    return Table("Beats that are off, highest score first", columns, rows, note=note)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _features(data: Collection) -> dict[str, npt.NDArray[Any]]:
    """Return the features of a collection by name, each of shape ``(n_series,)``; whole numbers where all are."""
    if data.features is None:
        return {}
    return {name: _whole(column) for name, column in zip(data.feature_names, data.features.T, strict=True)}


def _whole(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    is_whole = bool(np.isfinite(column).all() and (column == np.rint(column)).all())
    return column.astype(np.int64) if is_whole else column


def _python(cell: Any) -> Any:
    return cell.item() if isinstance(cell, np.generic) else cell


def _cause(event: Event) -> str:
    worst = sorted(event.channels, key=lambda pair: -pair[1])[:3]
    return ", ".join(f"{name} {share:.0%}" for name, share in worst)


def _places(data: Collection | Recording) -> dict[str, Any]:
    """Return the column that says which series or time step a row is about."""
    if isinstance(data, Collection):
        return {"series": np.arange(len(data)), **(_features(data) if TIME in data.feature_names else {})}
    return {"step": np.arange(len(data))} if data.timestamps is None else {"time": data.timestamps}


def _when(event: Event, what: str, rate: float | None) -> Any:
    step, time = getattr(event, what), getattr(event, f"{what}_time")
    if time is not None:
        return str(pd.Timestamp(time))
    return step if rate is None else f"{step} ({_clock(step / rate)})"

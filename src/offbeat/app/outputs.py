"""Scores and events as frames and files."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.scales import score_column
from offbeat.atomic import writing_file
from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.views import Scores
from offbeat.ecg.beat_series import TIME
from offbeat.events import Event, events_to_frame, write_events
from offbeat.events.files import check_ending, event_columns
from offbeat.events.severity import Severity
from offbeat.series.recording import Collection, Recording
from offbeat.tables import json_ready
from offbeat.words import notice_for

__all__ = [
    "check_event_file",
    "event_rows",
    "events_to_json",
    "score_frame",
    "score_summary",
    "write_found",
]


def score_frame(
    detector: Detector, data: Collection | Recording, scale: str = "raw", scores: Scores | None = None
) -> pd.DataFrame:
    """Return one row a series, or a time step: its number or time, score, flag (0/1), tier, and label if there is one.

    Beats of a record have their sample and time (s) and the RR intervals beside them (s), too. What has
    no score has an empty score, flag and tier. On the scale ``"surprise"`` the column of scores has that name.
    Scores that are at hand, as of ``unseen_scores``, save scoring again.

    Raises
    ------
    ParameterError
        If there is no such scale.
    DataError
        If there are too few held-out scores for a surprise.
    """
    column = score_column(scale)
    scores = detector.unseen_scores(data) if scores is None else scores
    scored = np.isfinite(scores)
    shown = scores if column == "score" else detector.normal_tail().neg_log10_p(scores)
    flags = pd.array(detector.threshold_.predict(scores), dtype="Int64")
    tiers = np.array([tier.label for tier in Severity], dtype=object)[detector.tiers_.predict(scores)]
    flags[~scored], tiers[~scored] = pd.NA, ""
    frame = pd.DataFrame({**_places(data), column: shown, "flag": flags, "tier": tiers})
    return frame if data.labels is None else frame.assign(label=data.labels)


def score_summary(detector: Detector, frame: pd.DataFrame) -> dict[str, Any]:
    """Return what a run of scoring found, for JSON."""
    column = "score" if "score" in frame else "surprise"
    return {
        "detector": detector.name,
        "n_series" if "series" in frame else "n_times": len(frame),
        "n_flagged": int(frame["flag"].sum()),
        "n_without_score": int(frame[column].isna().sum()),
        "tiers": {tier.label: int((frame["tier"] == tier.label).sum()) for tier in Severity},
        "threshold": json_ready(detector.threshold_.report()),
        f"{column}s": json_ready(frame[column].tolist()),
    }


def event_rows(events: Sequence[Event], data: Collection | Recording) -> list[dict[str, Any]]:
    """Return events for JSON; for beats with the features of each (sample, time in seconds …) and its class."""
    rows = [event.to_dict() for event in events]
    cells = {name: json_ready(column.tolist()) for name, column in _of_beats(data).items()}
    return [row | {name: column[row["series"]] for name, column in cells.items()} for row in rows]


def _of_beats(data: Collection | Recording) -> dict[str, npt.NDArray[Any]]:
    """Return what each beat has beside its values, by name; nothing where the data are no beats."""
    if not isinstance(data, Collection) or TIME not in data.feature_names:
        return {}
    return {**_features(data), **({} if data.labels is None else {"label": data.labels})}


def events_to_json(events: Sequence[Event], data: Collection | Recording, detector: Detector) -> dict[str, Any]:
    """Return what was detected, for JSON."""
    size = "n_series" if isinstance(data, Collection) else "n_times"
    notice = notice_for(data.domain, detector.domain_)
    return {"notice": notice, size: len(data), "events": event_rows(events, data)}


def check_event_file(path: Path | None) -> None:
    """Raise ParameterError for a file that events cannot be written to; see :func:`offbeat.events.write_events`."""
    if path is not None:
        check_ending(path)


def write_found(events: Sequence[Event], data: Collection | Recording, path: Path | None) -> None:
    """Write events where a file is named; for beats with the columns that :func:`event_rows` adds.

    See :func:`offbeat.events.write_events`. A Parquet file has the events alone.

    Raises
    ------
    ParameterError
        If the path has another ending than ``.csv``, ``.json``, ``.jsonl`` or ``.parquet``.
    """
    if path is None:
        return
    rows, ending = event_rows(events, data), path.suffix.lower()
    added, columns = list(_of_beats(data)), event_columns(data)
    if not added or ending not in (".csv", ".json", ".jsonl"):
        write_events(events, path, columns)
        return
    with writing_file(path) as beside:
        if ending == ".csv":
            frame = events_to_frame(events, columns).assign(**{name: [row[name] for row in rows] for name in added})
            frame.to_csv(beside, index=False)
        else:
            text = "".join(f"{dumps(row)}\n" for row in rows) if ending == ".jsonl" else dumps(rows, indent=2) + "\n"
            beside.write_text(text, encoding="utf-8")


def _features(data: Collection) -> dict[str, npt.NDArray[Any]]:
    """Return the features of a collection by name, each of shape ``(n_series,)``; whole numbers where all are."""
    if data.features is None:
        return {}
    return {name: _whole(column) for name, column in zip(data.feature_names, data.features.T, strict=True)}


def _whole(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    is_whole = bool(np.isfinite(column).all() and (column == np.rint(column)).all())
    return column.astype(np.int64) if is_whole else column


def _places(data: Collection | Recording) -> dict[str, Any]:
    """Return the column that says which series or time step a row is about."""
    if isinstance(data, Collection):
        return {"series": np.arange(len(data)), **(_features(data) if TIME in data.feature_names else {})}
    return {"step": np.arange(len(data))} if data.timestamps is None else {"time": data.times()}

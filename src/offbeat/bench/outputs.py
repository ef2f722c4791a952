"""Scores and events as frames and tables, for files and terminals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from offbeat.bench.pages import rate_table
from offbeat.detectors.base import Detector
from offbeat.events import Event
from offbeat.recording import Collection, Recording
from offbeat.severity import Severity
from offbeat.tables import Table

__all__ = ["event_table", "fit_tables", "score_frame", "score_summary"]


def score_frame(detector: Detector, data: Collection | Recording) -> pd.DataFrame:
    """Return one row a series, or a time step: its number or time, score, flag (0/1), tier, and label if there is one.

    What has no score has an empty score, flag and tier.
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


def event_table(events: Sequence[Event], top: int) -> Table:
    """Return the events of highest score."""
    worst = sorted(events, key=lambda event: -event.score)[:top]
    of_series = any(event.series is not None for event in events)
    rows = [
        [event.series, event.score, event.severity.label, event.peak, _cause(event)]
        if of_series
        else [_when(event, "start"), len(event), event.score, event.severity.label, _when(event, "peak"), _cause(event)]
        for event in worst
    ]
    more = len(events) - len(worst)
    note = f"{more:,} more events are not shown here." if more else ""
    columns = ["series"] if of_series else ["begins", "time steps"]
    columns += ["score", "tier", "peaks at step" if of_series else "peaks", "channels"]
    return Table("Events, highest score first", columns, rows, note=note)


def fit_tables(detector: Detector, seconds: float) -> list[Table]:
    """Return what was learned and what the threshold aims at and achieves."""
    n, noun = len(detector.channels_), "series" if detector.window is None else "windows"
    rows: list[list[Any]] = [
        ["detector", detector.name],
        [noun, f"{len(detector.train_scores_):,} learned from, {len(detector.held_out_scores_):,} held out"],
        ["shape", f"{n} channel{'s'[: n != 1]} x {detector.n_times_} time steps"],
        ["time", f"{seconds:.1f} s"],
    ]
    history = getattr(detector, "history_", None)
    if history:
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


def _cause(event: Event) -> str:
    worst = sorted(event.channels, key=lambda pair: -pair[1])[:3]
    return ", ".join(f"{name} {share:.0%}" for name, share in worst)


def _places(data: Collection | Recording) -> dict[str, Any]:
    """Return the column that says which series or time step a row is about."""
    if isinstance(data, Collection):
        return {"series": np.arange(len(data))}
    return {"step": np.arange(len(data))} if data.timestamps is None else {"time": data.timestamps}


def _when(event: Event, what: str) -> Any:
    time = getattr(event, f"{what}_time")
    return getattr(event, what) if time is None else str(pd.Timestamp(time))

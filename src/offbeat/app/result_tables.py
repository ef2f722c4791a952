"""Tables of what was fitted and found, for terminals and pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from offbeat.app.runs import Run
from offbeat.detectors.base import Detector
from offbeat.ecg.beat_series import TIME
from offbeat.events import Event
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table
from offbeat.words import clock, plural

__all__ = ["event_table", "fit_tables", "history_of", "rate_table", "timing_table"]


def fit_tables(detector: Detector, seconds: float) -> list[Table]:
    """Return what a detector was fitted on, and what its threshold aims at and achieves."""
    kind = "series" if detector.window is None else "windows"
    rows: list[list[Any]] = [
        ["detector", detector.name],
        [kind, f"{len(detector.train_scores_):,} learned from, {len(detector.held_out_scores_):,} held out"],
        ["shape", f"{plural(len(detector.channels_), 'channel')} x {detector.n_times_} time steps"],
        ["time", f"{seconds:.1f} s"],
    ]
    history = history_of(detector)
    if history:
        best = int(history["best_epoch"][0])
        rows.append(
            ["best epoch", f"{best + 1} of {len(history['loss'])}: held-out loss {history['val_loss'][best]:.4f}"]
        )
    return [Table("Fit", ["", "what"], rows), rate_table(detector)]


def history_of(detector: Detector) -> Mapping[str, Any]:
    """Return the losses of a training by epoch; empty for detectors that do not train."""
    history: Mapping[str, Any] = detector.history_ if detector.trains else {}
    return history


def rate_table(detector: Detector, normal_scores: Any = None) -> Table:
    """Return what the threshold and the tiers aim at, and what they achieve on normal data."""
    tiers = detector.tiers_.report(normal_scores)
    reports = [("threshold", detector.threshold_.report(normal_scores))]
    reports += [(f"tier {tier}", tiers[tier]) for tier in ("watch", "alarm")]
    rows = [
        [what, r["rule"], r["value"], r["target"], r["achieved"], r.get("achieved_elsewhere")] for what, r in reports
    ]
    columns = ["decision", "rule", "threshold", "target", "held-out", "unseen normal"]
    return Table(
        "False alarms: aimed at, and achieved on normal data",
        columns if normal_scores is not None else columns[:-1],
        rows if normal_scores is not None else [row[:-1] for row in rows],
        ["", "", ".4g", ".2%", ".2%", ".2%"],
    )


def timing_table(runs: Sequence[Run]) -> Table:
    """Return how long each fit took."""
    return Table("Time", ["detector", "fit (s)"], [[run.name, run.seconds] for run in runs], ["", ".1f"])


def event_table(events: Sequence[Event], top: int, data: Collection | Recording | None = None) -> Table:
    """Return the events of highest score.

    Parameters
    ----------
    events : sequence of Event
        In any order.
    top : int
        How many of them.
    data : Collection or Recording, optional
        What they were found in. For beats the table then says when each was, and its class where that is known; for a
        recording whose sampling rate is known, when its time steps were.
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


def _beat_table(worst: Sequence[Event], data: Collection, n_events: int) -> Table:
    assert data.features is not None
    times = data.features[:, data.feature_names.index(TIME)]
    rows = []
    for event in worst:
        assert event.series is not None
        label = [] if data.labels is None else [data.class_name(str(data.labels[event.series]))]
        rows.append([event.series, clock(times[event.series]), event.score, event.severity.label, *label])
    more = n_events - len(worst)
    columns = ["beat", "at (h:mm:ss)", "score", "tier", *([] if data.labels is None else ["annotated"])]
    note = f"{more:,} more beats are not shown here." if more else ""
    return Table("Beats that are off, highest score first", columns, rows, note=note)


def _when(event: Event, what: str, rate: float | None) -> Any:
    step, time = getattr(event, what), getattr(event, f"{what}_time")
    if time is not None:
        return str(pd.Timestamp(time))
    return step if rate is None else f"{step} ({clock(step / rate)})"


def _cause(event: Event) -> str:
    worst = sorted(event.channels, key=lambda pair: -pair[1])[:3]
    return ", ".join(f"{name} {share:.0%}" for name, share in worst)

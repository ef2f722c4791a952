"""Tables of what was fitted and found, for terminals and pages alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.runs import Run
from offbeat.detectors.base import Detector
from offbeat.ecg.beat_series import TIME
from offbeat.events import Event
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table
from offbeat.thresholds.base import describe
from offbeat.thresholds.evidence import independent
from offbeat.words import clock, plural

__all__ = ["event_table", "fit_tables", "history_of", "promise", "rate_table", "timing_table"]


def fit_tables(detector: Detector, seconds: float) -> list[Table]:
    """Return what a detector was fitted on, and what its threshold aims at and achieves."""
    kind = "series" if detector.window is None else "windows"
    rows: list[list[Any]] = [
        ["detector", detector.name],
        [kind, f"{_known(detector.train_scores_)} learned from, {_known(detector.held_out_scores_)} set the threshold"],
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


def _known(scores: npt.NDArray[np.float64]) -> str:
    return f"{np.sum(~np.isnan(scores)):,}"


def history_of(detector: Detector) -> Mapping[str, Any]:
    """Return the losses of a training by epoch; empty for detectors that do not train."""
    history: Mapping[str, Any] = detector.history_ if detector.trains else {}
    return history


def rate_table(detector: Detector, normal_scores: Any = None) -> Table:
    """Return what the threshold and the tiers aim at, and what they achieve on normal data."""
    watch, alarm = detector.tiers_.thresholds_
    rules = {"threshold": detector.threshold_, "tier watch": watch, "tier alarm": alarm}
    columns = ["decision", "rule", "threshold", "aims at", "held-out data"]
    rows = [[name, describe(rule), rule.value_, rule.aim, rule.achieved_words()] for name, rule in rules.items()]
    if normal_scores is not None:
        columns.append("unseen normal data")
        rows = [[*row, rule.achieved_words(normal_scores)] for row, rule in zip(rows, rules.values(), strict=True)]
    return Table("False alarms: aimed at, and achieved on normal data", columns, rows, ["", "", ".4g", "", "", ""])


def promise(detector: Detector) -> str:
    """Return in a sentence what the threshold aims at, and what that is learned from.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> promise(PCADetector().fit(voltage_curves(200, 0, 0)))
    'the threshold aims at 5% of normal series, by 200 series'
    """
    rule = detector.threshold_
    if not rule.aim:
        return f"the threshold is {rule.value_:.4g}"
    evidence = independent(rule.n_independent_, rule.window_)
    return f"the threshold aims at {rule.aim}, by {evidence}"


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

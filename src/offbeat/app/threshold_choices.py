"""Other thresholds for a saved model: what they aim at, and what each would have raised on some data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.app.evaluation import evaluated_from
from offbeat.app.loading import RecordingSource, Source, load_source, readable
from offbeat.app.request import Request
from offbeat.app.result_tables import learned_note, promise, rule_words
from offbeat.app.runs import Log
from offbeat.app.series_runs import unseen
from offbeat.detectors.base import Detector
from offbeat.errors import DataError, ignoring
from offbeat.events import mask_to_events
from offbeat.metrics import event_overlap, labels_to_windows
from offbeat.tables import Table
from offbeat.thresholds import Budget, FewScoresWarning, Quantile, Threshold, Tiers
from offbeat.thresholds.budget import WEEK

__all__ = ["Trial", "choice_table", "choose", "trial_on"]

_MUCH = 0.25
"""Share of the time from which on events run together."""
_DAY, _MONTH = 86_400.0, 30 * 86_400.0


class Trial(Protocol):
    """Scores of data that thresholds are tried on."""

    formats: ClassVar[Mapping[str, str]]
    """How floats are shown, by column."""

    def outcome(self, rule: Threshold) -> dict[str, Any]:
        """Return what a fitted threshold would have raised, by column."""


@dataclass(frozen=True, eq=False)
class _RecordingTrial:
    """Scores of a recording, NaN up to where the detector has learned from it."""

    scores: npt.NDArray[np.float64]
    start: int
    known: Sequence[tuple[int, int]] | None
    overlap: int
    """Time steps that a score is about: flagged steps no further apart are one event."""
    step: float | None

    formats: ClassVar[Mapping[str, str]] = {"alarms a week": ".2f", "time flagged": ".2%"}

    def outcome(self, rule: Threshold) -> dict[str, Any]:
        flags = rule.predict(self.scores)
        events = mask_to_events(flags, self.scores, merge_gap=self.overlap)
        n = int(np.sum(np.isfinite(self.scores)))
        step = rule.step_ if self.step is None else self.step
        found: dict[str, Any] = {
            "events": len(events),
            "alarms a week": len(events) * WEEK / (n * step) if n and step else None,
            "time flagged": float(flags.sum() / n) if n else None,
        }
        if self.known is not None:
            met = event_overlap(events, self.known, ignore_before=self.start, margin=self.overlap - 1)
            found |= {"windows met": f"{met.n_hit} of {met.n_known}", "false events": met.n_false}
        return found


@dataclass(frozen=True, eq=False)
class _SeriesTrial:
    """Scores of series that the detector has not seen."""

    scores: npt.NDArray[np.float64]
    is_normal: npt.NDArray[np.bool_] | None

    formats: ClassVar[Mapping[str, str]] = {"share": ".2%", "false-alarm rate": ".2%"}

    def outcome(self, rule: Threshold) -> dict[str, Any]:
        flags = rule.predict(self.scores) == 1
        found: dict[str, Any] = {"flagged": int(flags.sum()), "share": float(flags.mean()) if len(flags) else None}
        if self.is_normal is not None:
            normal, other = flags[self.is_normal], flags[~self.is_normal]
            found["anomalies flagged"] = f"{other.sum()} of {len(other)}"
            found["false-alarm rate"] = float(normal.mean()) if len(normal) else None
        return found


def trial_on(detector: Detector, request: Request, log: Log) -> Trial:
    """Load data and score what the detector has not learned from, to try thresholds on.

    Parameters
    ----------
    detector : Detector
        Fitted.
    request : Request
        Which data.
    log : callable
        Gets lines on what is counted.

    Raises
    ------
    DataError
        If the data cannot be read, or there is nothing in it that the detector has not seen.
    """
    source = load_source(request, need_normal=False)
    data: Any = readable(source.data, detector, log)
    if isinstance(source, Source):
        return _on_series(detector, replace(source, data=data), log)
    return _on_recording(detector, replace(source, data=data), log)


def _on_recording(detector: Detector, source: RecordingSource, log: Log) -> _RecordingTrial:
    data, scores = source.data, detector.unseen_scores(source.data)
    try:
        start, note = evaluated_from(detector, source, None, log)
    except DataError:
        start, note = 0, "what the model has learned from was not found in the data: all of it counts"
    if start >= len(data):
        start, note = 0, " ".join(learned_note(detector, data)) or "the model has learned from all of this data"
    if note or start:
        log(note or f"only time steps from {start:,} on count: the model has learned from those before")
    scores[:start] = np.nan
    known = None if data.labels is None else labels_to_windows(data.labels)
    return _RecordingTrial(scores, start, known, detector.scorer_.view.overlap(detector.n_times_), detector.step_)


def _on_series(detector: Detector, source: Source, log: Log) -> _SeriesTrial:
    fresh = unseen(detector, source.data)
    if not fresh.any():
        raise DataError("the model has learned from or held out every series of this data: give other data")
    if not fresh.all():
        log(f"{np.sum(~fresh):,} series that the model has learned from or held out are left out")
    new = source.data[fresh & source.has_class()]
    is_normal = None if source.normal is None or new.labels is None else np.asarray(new.labels == source.normal)
    return _SeriesTrial(detector.decision_function(new), is_normal)


def choose(
    detector: Detector, threshold: Threshold | None, tiers: Tiers | None, trial: Trial | None = None
) -> tuple[Table, str]:
    """Set what was asked for, and return it in a table beside the present threshold and some usual ones.

    Parameters
    ----------
    detector : Detector
        Fitted; it decides by the new threshold and tiers afterwards.
    threshold, tiers : Threshold, Tiers, optional
        Unfitted; None to keep what is there.
    trial : Trial, optional
        Data to try all of them on.

    Returns
    -------
    tuple of Table and str
        The table, and the promise of the detector in a sentence.
    """
    now = detector.threshold_
    # Warnings about rates that nobody asked for would only be in the way.
    with ignoring(FewScoresWarning):
        usual = [detector.set_threshold(rule).threshold_ for rule in _usual(detector, threshold)]
    detector.set_threshold(threshold or clone(now), tiers)
    rules = {"now": now}
    if threshold is not None:
        rules["new"] = detector.threshold_
    taken = {(type(rule), rule.aim) for rule in rules.values()}
    others = [("", rule) for rule in usual if (type(rule), rule.aim) not in taken]
    return choice_table([*rules.items(), *others], trial), promise(detector)


def _usual(detector: Detector, asked: Threshold | None) -> list[Threshold]:
    """Return thresholds to choose from: a ladder of budgets for recordings, of rates for series."""
    if detector.kind == "collections":
        return [Quantile(rate) for rate in (0.1, 0.05, 0.01)]
    steps = [rule.step for rule in (asked, detector.threshold_) if isinstance(rule, Budget)]
    step = next((step for step in steps if step is not None), None)
    return [Budget(1, period=period, step=step) for period in (_DAY, WEEK, _MONTH)]


def choice_table(rules: Sequence[tuple[str, Threshold]], trial: Trial | None = None) -> Table:
    """Return fitted thresholds side by side.

    Parameters
    ----------
    rules : sequence of (str, Threshold)
        What to call each, and the rule.
    trial : Trial, optional
        Data to try them on.
    """
    rows, formats = [], {"threshold": ".4g"}
    for name, rule in rules:
        row: dict[str, Any] = {
            "choice": name,
            "rule": rule_words(rule),
            "aims at": rule.aim or None,
            "threshold": rule.value_,
            "held-out data": rule.achieved_words(),
        }
        rows.append(row if trial is None else row | trial.outcome(rule))
    if trial is not None:
        formats |= trial.formats
    columns = list(rows[0])
    where = "" if trial is None else ", and what each would have raised on this data"
    much = any((row.get("time flagged") or 0) > _MUCH for row in rows)
    return Table(
        f"Thresholds to choose from{where}",
        columns,
        [list(row.values()) for row in rows],
        [formats.get(column, "") for column in columns],
        "Where much of the time is flagged, events run together: few of them say nothing good." if much else "",
    )

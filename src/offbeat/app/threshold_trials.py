"""Data to try the thresholds of a saved model on: what each of them would have raised there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from offbeat.app.evaluation import evaluated_from
from offbeat.app.loading import RecordingSource, Source, readable
from offbeat.app.result_tables import event_table, learned_note
from offbeat.app.runs import Log
from offbeat.app.series_runs import unseen
from offbeat.detectors.base import Detector
from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.metrics import event_overlap, labels_to_windows
from offbeat.metrics.previews import Clock, Preview, Week
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table
from offbeat.thresholds import Threshold
from offbeat.thresholds.budget import WEEK
from offbeat.words import duration, plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Choice", "RecordingTrial", "SeriesTrial", "Trial", "Tried", "trials_of"]

_MOST_WEEKS = 26
"""Weeks that a table shows, the newest ones; JSON has all."""


@dataclass(frozen=True, eq=False)
class Tried:
    """What a threshold raised on the data.

    Parameters
    ----------
    row : mapping
        Cells of a table, by column.
    events : sequence of Event
        All of them.
    told : str
        How many there are, in words.
    facts : mapping
        The same for JSON, with every event.
    weeks : sequence of Week
        Of a recording, with the events in each.
    """

    row: Mapping[str, Any]
    events: Sequence[Event]
    told: str
    facts: Mapping[str, Any]
    weeks: Sequence[Week] = ()


@dataclass(frozen=True, eq=False)
class Choice:
    """A fitted threshold to choose, and what it raised on the data, if there is any."""

    name: str
    rule: Threshold
    tried: Tried | None = None


class Trial(ABC):
    """Scores of data that thresholds are tried on."""

    formats: ClassVar[Mapping[str, str]]
    """How floats are shown, by column."""

    @property
    def step(self) -> float | None:
        """Seconds between two time steps; None where there are none, or the data does not say."""
        return None

    @abstractmethod
    def tried(self, detector: Detector) -> Tried:
        """Return what the present threshold of the detector raises."""

    @abstractmethod
    def tables(self, choices: Sequence[Choice]) -> list[Table]:
        """Return tables of what was raised when."""

    @abstractmethod
    def event_table(self, chosen: Choice, top: int) -> Table:
        """Return the highest events by a threshold that was tried."""

    @abstractmethod
    def cautions(self) -> list[str]:
        """Return in sentences what this data cannot show."""

    @abstractmethod
    def figure(self, choices: Sequence[Choice], chosen: Choice) -> Figure:
        """Draw the scores with all thresholds."""


@dataclass(frozen=True, eq=False)
class RecordingTrial(Trial):
    """A recording.

    Parameters
    ----------
    data : Recording
        As the detector reads it.
    scores : array of shape (n_times,)
        NaN up to where the detector has learned from it.
    start : int
        Where that ends.
    """

    data: Recording
    scores: npt.NDArray[np.float64]
    start: int

    formats: ClassVar[Mapping[str, str]] = {"alarms a week": ".2f", "time in events": ".2%"}

    @property
    def step(self) -> float | None:
        """Seconds between two time steps; None where the data does not say."""
        return float(self.data.step) if self.data.step > 0 else None

    @property
    def known(self) -> list[tuple[int, int]]:
        """The labelled windows; none where nothing is labelled."""
        return [] if self.data.labels is None else labels_to_windows(self.data.labels)

    def tried(self, detector: Detector) -> Tried:
        """Return what the present threshold of the detector raises."""
        rule = detector.threshold_
        events = detector.detect(self.data, scores=self.scores, start=self.start)
        clock = Clock(self.step or rule.step_, self.data.timestamps, self.data.zone)
        preview = Preview.of_events(rule, events, self.scores, clock)
        facts: dict[str, Any] = preview.to_dict()
        row: dict[str, Any] = {
            "events": len(events),
            "alarms a week": preview.a_week,
            "95%": _range(*preview.interval()),
            "time in events": preview.share,
        }
        told = plural(len(events), "event") + (f" ({preview.a_week:.3g} a week)" if preview.weeks else "")
        if self.data.labels is not None:
            met = event_overlap(events, self.known, ignore_before=self.start)
            row |= {"windows met": f"{met.n_hit} of {met.n_known}", "false events": met.n_false}
            facts |= {"known_windows": met.n_known, "windows_met": met.n_hit, "false_events": met.n_false}
        return Tried(row, events, told, facts, preview.weeks)

    def tables(self, choices: Sequence[Choice]) -> list[Table]:
        """Return the events by week."""
        return [self._by_week(choices)]

    def event_table(self, chosen: Choice, top: int) -> Table:
        """Return the highest events by a threshold that was tried."""
        assert chosen.tried is not None
        by_rule = f"Events by the threshold {chosen.rule.value_:.4g}, highest score first"
        return replace(event_table(chosen.tried.events, top, self.data), title=by_rule)

    def cautions(self) -> list[str]:
        """Return in sentences what this data cannot show."""
        n = int(np.sum(np.isfinite(self.scores)))
        if self.step is None or not n:
            return []
        seconds = n * self.step
        return [f"the data tried on is {duration(seconds)} long: a rate a week is extrapolated"] * (seconds < WEEK)

    def figure(self, choices: Sequence[Choice], chosen: Choice) -> Figure:
        """Draw the scores with all thresholds, and what each raised."""
        from offbeat.report.figures.thresholds import threshold_previews

        found = {each.name: (each.rule.value_, each.tried.events) for each in choices if each.tried is not None}
        return threshold_previews(
            self.data, self.scores, found, chosen=chosen.name, known=self.known, train_end=self.start
        )

    def _by_week(self, choices: Sequence[Choice]) -> Table:
        by_choice = {each.name: each.tried.weeks for each in choices if each.tried}
        weeks = list(zip(*by_choice.values(), strict=True))
        rows = [
            [
                week[0].start_time[:10] if week[0].start_time else f"step {week[0].start:,}",
                week[0].seconds / 86_400.0,
                *(each.n_events for each in week),
            ]
            for week in weeks
        ]
        more = len(rows) - _MOST_WEEKS
        note = f"{more:,} earlier weeks are not shown here." if more > 0 else ""
        columns = ["week from", "days with scores", *by_choice]
        return Table("Events by week", columns, rows[-_MOST_WEEKS:], ["", ".1f"], note)


@dataclass(frozen=True, eq=False)
class SeriesTrial(Trial):
    """Series that the detector has not seen.

    Parameters
    ----------
    data : Collection
        The series.
    scores : array of shape (n_series,)
        Of each.
    is_normal : array of shape (n_series,), optional
        Where the class of each is known.
    """

    data: Collection
    scores: npt.NDArray[np.float64]
    is_normal: npt.NDArray[np.bool_] | None

    formats: ClassVar[Mapping[str, str]] = {"share": ".2%", "false-alarm rate": ".2%"}

    def tried(self, detector: Detector) -> Tried:
        """Return what the present threshold of the detector flags."""
        flags = detector.threshold_.predict(self.scores) == 1
        row: dict[str, Any] = {"flagged": int(flags.sum()), "share": float(flags.mean()) if len(flags) else None}
        if self.is_normal is not None:
            normal, other = flags[self.is_normal], flags[~self.is_normal]
            row["anomalies flagged"] = f"{other.sum()} of {len(other)}"
            row["false-alarm rate"] = float(normal.mean()) if len(normal) else None
        events = detector.detect(self.data, scores=self.scores)
        told = f"{len(events):,} of {plural(len(self.data), 'series', 'series')}"
        return Tried(row, events, told, {**row, "events": [event.to_dict() for event in events]})

    def tables(self, choices: Sequence[Choice]) -> list[Table]:
        """Return nothing: series have no time."""
        return []

    def event_table(self, chosen: Choice, top: int) -> Table:
        """Return the series that a threshold flags."""
        assert chosen.tried is not None
        by_rule = f"Series above the threshold {chosen.rule.value_:.4g}, highest score first"
        return replace(event_table(chosen.tried.events, top, self.data), title=by_rule)

    def cautions(self) -> list[str]:
        """Return in sentences what this data cannot show."""
        return []

    def figure(self, choices: Sequence[Choice], chosen: Choice) -> Figure:
        """Draw the scores of normal and other series, with the chosen threshold."""
        from offbeat.report import score_histograms

        if self.is_normal is None:
            parts = {"series": self.scores}
        else:
            parts = {"normal": self.scores[self.is_normal], "anomalies": self.scores[~self.is_normal]}
        return score_histograms({name: part for name, part in parts.items() if len(part)}, threshold=chosen.rule.value_)


def trials_of(
    detectors: Mapping[str, Detector], source: Source | RecordingSource, log: Log
) -> Mapping[str, RecordingTrial | SeriesTrial]:
    """Score what a model has not learned from, to try thresholds on.

    Parameters
    ----------
    detectors : mapping of str to Detector
        Forms of one fitted detector, by name.
    source : Source or RecordingSource
        The data.
    log : callable
        Gets lines on what is counted.

    Returns
    -------
    mapping of str to Trial
        By the names of the forms.

    Raises
    ------
    DataError
        If there is nothing in it that the detector has not seen.
    """
    detector = next(iter(detectors.values()))
    data: Any = readable(source.data, detector, log)
    if isinstance(source, Source):
        trial = _on_series(detector, replace(source, data=data), log)
        return dict.fromkeys(detectors, trial)
    start = _start(detector, replace(source, data=data), log)
    return {name: _on_recording(each, data, start) for name, each in detectors.items()}


def _on_recording(detector: Detector, data: Recording, start: int) -> RecordingTrial:
    scores = detector.unseen_scores(data)
    scores[:start] = np.nan
    return RecordingTrial(data, scores, start)


def _start(detector: Detector, source: RecordingSource, log: Log) -> int:
    """Return from which time step on data counts."""
    data = source.data
    try:
        start, note = evaluated_from(detector, source, None, log)
    except DataError:
        start, note = 0, "what the model has learned from was not found in the data: all of it counts"
    if start >= len(data):
        start, note = 0, " ".join(learned_note(detector, data)) or "the model has learned from all of this data"
    if note or start:
        log(note or f"only time steps from {start:,} on count: the model has learned from those before")
    return start


def _on_series(detector: Detector, source: Source, log: Log) -> SeriesTrial:
    fresh = unseen(detector, source.data)
    if not fresh.any():
        raise DataError("the model has learned from or held out every series of this data: give other data")
    if not fresh.all():
        log(f"{np.sum(~fresh):,} series that the model has learned from or held out are left out")
    new = source.data[fresh & source.has_class()]
    is_normal = None if source.normal is None or new.labels is None else np.asarray(new.labels == source.normal)
    return SeriesTrial(new, detector.decision_function(new), is_normal)


def _range(low: float, high: float) -> str | None:
    return None if np.isnan(low) else f"{low:.2g} to {high:.2g}"

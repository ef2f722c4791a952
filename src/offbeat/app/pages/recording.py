"""Results of detectors on a recording: tables, figures, page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.app.recording_runs import RecordingRun, comparison_of_runs
from offbeat.app.result_tables import (
    Raised,
    event_table,
    history_of,
    most_like,
    placement,
    rate_table,
    rule_words,
    threshold_fact,
)
from offbeat.detectors.scoring.explanation import Explanation
from offbeat.events import Event
from offbeat.report import (
    Fact,
    Picture,
    Section,
    event_zooms,
    forecast_against_truth,
    interactive_recording,
    loss_curves,
    recording_overview,
    score_histograms,
)
from offbeat.report.drawing.marks import counted, worst_first
from offbeat.report.drawing.times import Timeline
from offbeat.report.figures.zooms import DRAWN
from offbeat.series.recording import Recording
from offbeat.tables import Table
from offbeat.words import plural

__all__ = ["RecordingResults"]

_MUCH = 0.25
"""Share of the time from which on events meet labelled windows by chance."""
_ROWS = 20
"""Rows of the table of events."""
_POINTS = 10_000
"""Points of a line that can be zoomed into: with the figures beside it the page stays below 5 MB."""


@dataclass(frozen=True, eq=False)
class RecordingResults(ResultPage):
    """The runs on one recording, first the one that matters most.

    Parameters
    ----------
    title : str
        Heading of the page.
    recording : Recording
        What was evaluated.
    runs : sequence of RecordingRun
        The first is shown in full.
    extra : sequence of Table
        Further tables to show first.
    notes : sequence of str
        Sentences on the part that was evaluated.
    """

    title: str
    recording: Recording
    runs: Sequence[RecordingRun]
    extra: Sequence[Table] = ()
    notes: Sequence[str] = ()

    @property
    def domain(self) -> str:
        """What the recording is about, or else what the model has learned from."""
        return self.recording.domain or self.main.detector.domain_

    @property
    def main(self) -> RecordingRun:
        """The run shown in full."""
        return self.runs[0]

    @cached_property
    def explanation(self) -> Explanation:
        """What the main detector expected, and which channel caused what."""
        return self.main.detector.explain(self.recording)

    @cached_property
    def _most_like(self) -> dict[int, str]:
        """When it was most like each event."""
        return most_like(self.main.detector, self.recording, self.events)

    @property
    def events(self) -> list[Event]:
        """The events of the main run."""
        return self.main.events

    def tables(self) -> list[Table]:
        """Return all tables, for a terminal, a page and JSON alike."""
        return [
            *self.extra,
            comparison_of_runs(self.runs),
            rate_table(self.main.detector),
            event_table(self.events, _ROWS, self.recording, self._most_like),
        ]

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        main, seen = self.main, self._shown()
        drawings: Drawings = {
            "overview": Drawing(
                lambda: recording_overview(
                    self.recording, main.scores, self.events, train_end=main.start or None, **seen
                ),
                "The recording with what was found, and below it the score with the threshold and the tiers. Each time "
                f"step is scored by {placement(main.detector)}.",
            )
        }
        if self.events:
            drawings["events"] = Drawing(
                lambda: event_zooms(
                    self.recording, main.scores, self.events, expected=self.explanation.expected, **seen
                ),
                "The events of highest score with their surroundings, and what was expected there.",
            )
        drawings["forecast"] = Drawing(
            lambda: forecast_against_truth(self.recording, self.explanation.expected),
            "The recording and what was expected, around the largest error.",
        )
        drawings["score-histograms"] = Drawing(
            lambda: score_histograms(self._scores_by_part(), threshold=seen["threshold"], tiers=seen["tiers"]),
            "Scores by part, with a density curve, the threshold and the tiers.",
        )
        history = history_of(main.detector)
        if history:
            drawings["loss-curves"] = Drawing(
                lambda: loss_curves(history),
                "Loss of the training and of the held-out windows by epoch. The weights of the marked epoch are kept.",
            )
        return drawings

    def _heading(self) -> str:
        return self.title

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        zoomable = interactive_recording(
            self.recording,
            self.main.scores,
            self.events,
            expected=self.explanation.expected,
            train_end=self.main.start or None,
            max_points=_POINTS,
            **self._shown(),
        )
        return [
            Section("The recording", interactive=[zoomable]),
            Section("Events", tables=[self._numbered_events()] * bool(self.events), figures=pick("events")),
            Section("Detectors beside each other", tables=[*self.extra, comparison_of_runs(self.runs)]),
            Section("Scores", figures=pick("score-histograms", "forecast")),
            Section("Threshold", tables=[rate_table(self.main.detector)]),
            Section("Training", figures=pick("loss-curves")),
        ]

    def _numbered_events(self) -> Table:
        """Return the events with the numbers that they bear in the pictures; those that are drawn lead there."""
        table = event_table(worst_first(self.events)[:_ROWS], _ROWS, self.recording, self._most_like)
        rows = [[number, *row] for number, row in enumerate(table.rows, 1)]
        more = len(self.events) - len(rows)
        return replace(
            table,
            title="Events, gravest first",
            columns=["no.", *table.columns],
            rows=rows,
            note=f"{more:,} more events are not shown here." if more else "",
            links=["events"] * min(DRAWN, len(rows)),
        )

    def _story(self) -> str:
        rule, span = self.main.detector.threshold_, self._raised().span
        if not self.events:
            decided = rule_words(rule) + f", which aims at {rule.aim}" * bool(rule.aim)
            return f"Nothing was flagged in {span}: no score is above the threshold of {rule.value_:.4g} ({decided})."
        worst, timeline = worst_first(self.events)[0], Timeline.of(self.recording)
        by = f", {worst.cause}" * (len(self.recording.channels) > 1 and bool(worst.channels))
        above = worst.score / rule.value_ if rule.value_ > 0 else math.nan
        height = f"{above:.3g} times as high as the threshold" if above > 1 else "above the threshold"
        return (
            f"{counted(self.events)} in {span}; the score of the gravest, at {timeline.written(worst.peak)}{by}, is "
            f"{height}. Look at it first: it is number 1 in the picture and in the list."
        )

    def summary(self) -> list[str]:
        """Return the main results in sentences."""
        main, n = self.main, len(self.recording) - self.main.start
        what = f"{main.name} finds {self._raised()}"
        if main.known is None:
            return [what + "; the recording has no labels, so nothing says how many of them are right.", *self.notes]
        found = main.overlap
        right = found.n_predicted - found.n_false
        sentences = [
            f"{what}, of which {right:,} meet{'s' * (right == 1)} a labelled window; {found.n_hit:,} of "
            f"{plural(found.n_known, 'labelled window')} {'is' if found.n_hit == 1 else 'are'} met."
        ]
        flagged = sum(map(len, main.events)) / n
        if flagged > _MUCH:
            sentences.append(
                f"It flags {flagged:.0%} of the time: events as long as that meet windows by chance, so that precision "
                "and recall say little; time precision and F1 count their length, too, and a higher threshold "
                "(offbeat threshold) says more."
            )
        baselines = [run for run in self.runs[1:] if run.detector.is_baseline]
        if baselines and not math.isnan(found.f1):
            best = max(baselines, key=lambda run: run.overlap.f1)
            if found.f1 == best.overlap.f1 == 0:
                sentences.append(
                    "Neither it nor any baseline has an event that meets a labelled window: event F1 says nothing here."
                )
                return [*sentences, *self.notes]
            verdict = "above" if found.f1 > best.overlap.f1 else "below" if found.f1 < best.overlap.f1 else "level with"
            sentences.append(
                f"Its event F1 is {found.f1:.3f}, {verdict} the best baseline ({best.name}, {best.overlap.f1:.3f})."
            )
        return [*sentences, *self.notes]

    def _raised(self) -> Raised:
        main, n_flagged = self.main, sum(map(len, self.main.events))
        known = self.recording.timestamps
        times = None if known is None else known[main.start :]
        return Raised.by(main.detector.threshold_, len(main.events), n_flagged, main.scores[main.start :], times)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "title": self.title,
            "notice": self.notice,
            "notes": list(self.notes),
            "events": [event.to_dict() for event in self.events],
            "tables": [table.to_dict() for table in self.tables()],
        }

    def _shown(self) -> dict[str, Any]:
        watch, alarm = self.main.detector.tiers_.values_
        return {
            "threshold": self.main.detector.threshold_.value_,
            "tiers": {"watch": watch, "alarm": alarm},
            "known": self.main.known or (),
        }

    def _scores_by_part(self) -> dict[str, Any]:
        main, inside = self.main, np.zeros(len(self.recording), dtype=bool)
        for first, end in main.known or ():
            inside[first:end] = True
        rest, usual = np.arange(len(self.recording)) >= main.start, "rest" if main.known is None else "rest, normal"
        parts = {"train": main.detector.train_scores_, usual: main.scores[rest & ~inside]}
        parts |= {"time in labelled windows": main.scores[rest & inside]} if (rest & inside).any() else {}
        return {name: scores[np.isfinite(scores)] for name, scores in parts.items() if np.isfinite(scores).any()}

    def _facts(self) -> list[Fact]:
        main, raised = self.main, self._raised()
        facts = [
            Fact("events", f"{len(main.events):,}", f"in {raised.span}: {raised.rate}"),
            Fact("threshold", *threshold_fact(main.detector)),
            Fact(
                "learned from",
                f"{len(main.detector.train_scores_):,}",
                f"windows, and held out {len(main.detector.held_out_scores_):,}",
            ),
        ]
        if main.known is not None:
            found = main.overlap
            facts.insert(1, Fact("labelled windows met", f"{found.n_hit} of {found.n_known}", f"F1 {found.f1:.3f}"))
        return facts

"""Detectors evaluated on a recording, from the end of the part that they were fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from offbeat.app.runs import EvaluationData, Run, TrainingData, Trial
from offbeat.detectors.base import Detector
from offbeat.errors import DataError
from offbeat.events import Event
from offbeat.metrics import EventOverlap, auroc, average_precision, event_overlap, labels_to_windows
from offbeat.series.recording import Recording
from offbeat.tables import Table

__all__ = ["OVERLAP_NOTE", "RecordingPart", "RecordingRun", "comparison_of_runs", "trial_of_leading"]

OVERLAP_NOTE = (
    "Precision: events that meet a labelled window; time precision: time in events that lies in a labelled window, or "
    "no further from it than a window of the detector is long; recall: labelled windows that an event meets; F1: of "
    "recall and the lower precision, as one long event meets every window."
)


@dataclass(frozen=True, eq=False)
class RecordingRun(Run):
    """One fitted detector and what it found in a recording.

    Parameters
    ----------
    name, detector, scores, seconds
        See :class:`~offbeat.app.runs.Run`; scores are of the whole recording.
    events : sequence of Event
        Found from ``start`` on.
    start : int
        First time step that is evaluated.
    known : sequence of (start, end)
        The labelled windows; None where there are no labels.
    """

    events: list[Event]
    start: int
    known: list[tuple[int, int]] | None

    @property
    def overlap(self) -> EventOverlap:
        """How the events and the labelled windows meet, after ``start``."""
        assert self.known is not None
        # What was not fitted, on a constant series, has no events either.
        margin = getattr(self.detector, "n_times_", 1) - 1
        return event_overlap(self.events, self.known, ignore_before=self.start, margin=margin)

    def ranking(self) -> tuple[float, float]:
        """Return AUROC and average precision of the scored time steps after ``start``; NaN where they are undefined."""
        assert self.known is not None
        labels = np.zeros(len(self.scores), dtype=int)
        for first, end in self.known:
            labels[first:end] = 1
        counted = np.isfinite(self.scores) & (np.arange(len(self.scores)) >= self.start)
        labels, scores = labels[counted], self.scores[counted]
        if not labels.any() or labels.all():
            return float("nan"), float("nan")
        return auroc(labels, scores), average_precision(labels, scores)


@dataclass(frozen=True, eq=False)
class RecordingPart(EvaluationData[RecordingRun]):
    """The time steps of a recording from ``start`` on, with the earlier ones as context.

    Parameters
    ----------
    recording : Recording
        All of it.
    start : int
        First time step that is evaluated.
    merge_gap : int, optional
        Events that so many time steps keep apart, or fewer, are joined; a window of the detector where None.
    """

    recording: Recording
    start: int
    merge_gap: int | None = None

    def evaluate(self, detector: Detector, *, name: str = "", seconds: float = float("nan")) -> RecordingRun:
        """Evaluate a fitted detector, see :meth:`offbeat.app.runs.EvaluationData.evaluate`.

        Raises
        ------
        DataError
            If nothing is left to evaluate.
        """
        recording, start = self.recording, self.start
        if start >= len(recording):
            raise DataError(
                f"the recording has {len(recording):,} time steps and is evaluated from step {start:,} on: nothing is "
                "left"
            )
        scores = detector.decision_function(recording)
        events = detector.detect(recording, merge_gap=self.merge_gap, start=start, scores=scores)
        known = None if recording.labels is None else labels_to_windows(recording.labels)
        return RecordingRun(name or detector.name, detector, scores, seconds, events, start, known)


def trial_of_leading(
    recording: Recording, start: int, *, leading: Recording | None = None, merge_gap: int | None = None
) -> Trial[RecordingRun]:
    """Return a trial that fits on the time steps before ``start``, and evaluates those from there on.

    Parameters
    ----------
    recording : Recording
        What to evaluate.
    start : int
        First time step that is evaluated.
    leading : Recording, optional
        What to fit on in place of the time steps before ``start``.
    merge_gap : int, optional
        See :class:`RecordingPart`.
    """
    training = TrainingData(recording[:start] if leading is None else leading)
    return Trial(training, RecordingPart(recording, start, merge_gap))


def comparison_of_runs(runs: Sequence[RecordingRun]) -> Table:
    """Return the runs side by side: with labels how well they rank and find, without how much they flag."""
    rows = []
    for run in runs:
        flagged = float(np.mean(run.detector.threshold_.predict(run.scores[run.start :])))
        row = [run.name, len(run.events), flagged]
        if run.known is not None:
            found = run.overlap
            row += [f"{found.n_hit} of {found.n_known}", found.precision, found.time_precision, found.recall, found.f1]
            row += run.ranking()
        rows.append([*row, run.seconds])
    columns, formats = ["detector", "events", "time flagged"], ["", "", ".2%"]
    if rows and len(rows[0]) > 4:
        columns += ["windows hit", "precision", "time precision", "recall", "F1", "AUROC", "AP"]
        formats += ["", ".2f", ".2f", ".2f", ".3f", ".4f", ".4f"]
    return Table(
        "Detectors and baselines",
        [*columns, "fit (s)"],
        rows,
        [*formats, ".1f"],
        (f"{OVERLAP_NOTE} " if len(columns) > 4 else "") + _on_thresholds(runs),
    )


def _on_thresholds(runs: Sequence[RecordingRun]) -> str:
    """Return where the thresholds come from."""
    given = [run.name for run in runs if run.detector.threshold_.is_given]
    learned = "Each threshold is set on held-out data of the training part"
    return f"{learned}, but for those given by hand: {', '.join(given)}." if given else f"{learned}."

"""Fit detectors on the leading part of a recording, judge them on the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import baselines
from offbeat.errors import DataError
from offbeat.events import Event, mask_to_events
from offbeat.metrics import EventOverlap, auroc, average_precision, event_overlap, labels_to_windows
from offbeat.series.recording import Recording
from offbeat.tables import Table

__all__ = [
    "OVERLAP_NOTE",
    "RecordingRun",
    "comparison_of_runs",
    "evaluate_recording",
    "fit_and_evaluate_recording",
    "recording_baselines",
]

Say = Callable[[str], None]

OVERLAP_NOTE = (
    "Precision: events that meet a labelled window; time precision: time in events that lies in a labelled window, or "
    "no further from it than a window of the detector is long; recall: labelled windows that an event meets; F1: of "
    "recall and the lower precision, as one long event meets every window."
)


@dataclass(frozen=True, eq=False)
class RecordingRun:
    """One fitted detector and what it found in a recording.

    Parameters
    ----------
    name : str
        What to call it in tables.
    detector : Detector
        Fitted.
    scores : array of shape (n_times,)
        Of the whole recording.
    events : sequence of Event
        Found from ``start`` on.
    start : int
        First time step that is judged.
    known : sequence of (start, end)
        The labelled windows; None where there are no labels.
    seconds : float
        Time of the fit; NaN where it was fitted elsewhere.
    """

    name: str
    detector: Detector
    scores: npt.NDArray[np.float64]
    events: list[Event]
    start: int
    known: list[tuple[int, int]] | None
    seconds: float = float("nan")

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
        judged = np.isfinite(self.scores) & (np.arange(len(self.scores)) >= self.start)
        labels, scores = labels[judged], self.scores[judged]
        if not labels.any() or labels.all():
            return float("nan"), float("nan")
        return auroc(labels, scores), average_precision(labels, scores)


def fit_and_evaluate_recording(
    detector: Detector,
    recording: Recording,
    start: int,
    *,
    leading: Recording | None = None,
    name: str = "",
    merge_gap: int = 0,
) -> RecordingRun:
    """Fit a detector on the time steps before ``start``, or on another recording, and judge it on those from there on.

    Known anomalies are left out of the training.
    """
    leading = recording[:start] if leading is None else leading
    began = time.perf_counter()
    detector.fit(leading, leading.labels)
    seconds = time.perf_counter() - began
    return evaluate_recording(detector, recording, start, name=name, seconds=seconds, merge_gap=merge_gap)


def evaluate_recording(
    detector: Detector,
    recording: Recording,
    start: int,
    *,
    name: str = "",
    seconds: float = float("nan"),
    merge_gap: int = 0,
) -> RecordingRun:
    """Judge a fitted detector on the time steps from ``start`` on.

    Raises
    ------
    DataError
        If nothing is left to judge.
    """
    if start >= len(recording):
        raise DataError(
            f"the recording has {len(recording):,} time steps and is judged from step {start:,} on: nothing is left"
        )
    scores = detector.decision_function(recording)
    flags = detector.threshold_.predict(scores)
    flags[:start] = 0
    events = mask_to_events(flags, scores, tiers=detector.tiers_, merge_gap=merge_gap, timestamps=recording.timestamps)
    known = None if recording.labels is None else labels_to_windows(recording.labels)
    return RecordingRun(name or detector.name, detector, scores, events, start, known, seconds)


def recording_baselines(
    recording: Recording,
    start: int,
    window: int,
    say: Say = lambda _: None,
    *,
    leading: Recording | None = None,
    without: Iterable[str] = (),
) -> list[RecordingRun]:
    """Fit and judge the baselines, those that need one through windows of the given length.

    They learn from ``leading``, or from the time steps before ``start``.
    """
    runs, learned = [], recording[:start] if leading is None else leading
    for cls in baselines("recordings"):
        if cls.name in without:
            continue
        detector = cls() if cls.reads == ("recordings",) else cls(window=window)
        say(f"fitting {cls.name} on {len(learned):,} time steps")
        runs.append(fit_and_evaluate_recording(detector, recording, start, leading=learned))
    return runs


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

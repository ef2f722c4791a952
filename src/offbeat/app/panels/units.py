"""The work on one key: a plain function of plain arguments, which any process can run and any run can repeat.

It reads the recording, writes what is to be written about it in one step, and returns its row. Whatever fails stands in
the row as ``error``, so that the other keys go on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from offbeat.app.aftermath import aftermath, away, lasting
from offbeat.app.evaluation import evaluated_from
from offbeat.app.loading import RecordingSource, readable, since
from offbeat.app.outputs import score_frame, write_found
from offbeat.app.pages.recording import RecordingResults
from offbeat.app.panels.aims import aim_of
from offbeat.app.panels.listed import events_of_key
from offbeat.app.panels.models import Models
from offbeat.app.panels.results import Results
from offbeat.app.panels.rows import failed_row, fitted_row, scored_row
from offbeat.app.recording_runs import RecordingPart, RecordingRun
from offbeat.app.request import DetectorRequest, ThresholdRequest
from offbeat.app.result_tables import learned_note
from offbeat.app.runs import TrainingData
from offbeat.app.training_data import to_fit
from offbeat.atomic import writing_file
from offbeat.detectors.base import Detector
from offbeat.detectors.store import ModelStore
from offbeat.errors import OffbeatWarning, ParameterError, SampledDataWarning
from offbeat.report.figures.small_multiples import small_picture
from offbeat.series.panel import Panel
from offbeat.series.recording import Recording
from offbeat.thresholds.base import describe
from offbeat.words import as_options

__all__ = ["FitOptions", "Said", "ScoreOptions", "cautions", "fit_key", "score_key"]

_WRITTEN = ("ending", "events", "pages")
"""Options that say which files are written."""
_NOTES = (SampledDataWarning,)
"""Warnings that say how a model was made, and call for nothing."""


@dataclass(frozen=True)
class FitOptions:
    """How to fit the model of each key.

    Parameters
    ----------
    wanted, decisions : DetectorRequest, ThresholdRequest
        Which detector, and what raises an alarm.
    until : str, optional
        Where the part of a recording to fit on ends.
    detector : Detector, optional
        An unfitted detector, in place of what ``wanted`` and ``decisions`` say.
    """

    wanted: DetectorRequest = DetectorRequest()  # noqa: RUF009 - frozen
    decisions: ThresholdRequest = ThresholdRequest()  # noqa: RUF009 - frozen
    until: str | None = None
    detector: Detector | None = None

    def to_plain(self) -> dict[str, Any]:
        """Return what results depend on."""
        if self.detector is not None:
            return {"detector": describe(self.detector), "until": self.until}
        return {"wanted": asdict(self.wanted), "decisions": asdict(self.decisions), "until": self.until}

    def fitted_on(self, recording: Recording) -> Detector:
        """Return the detector, fitted on a recording without what its labels call anomalous."""
        source = RecordingSource(recording)
        if self.detector is None:
            chosen = to_fit(source, self.wanted, self.decisions, self.until, _quiet)
            chosen.training.fit(chosen.detector)
            return chosen.detector
        leading = recording[: source.start(self.until)]
        unfitted: Detector = clone(self.detector)
        TrainingData(leading).fit(unfitted)
        return unfitted


@dataclass(frozen=True)
class ScoreOptions:
    """What to find out and to write about each key.

    Parameters
    ----------
    ending : str
        ``.csv`` or ``.parquet``: write the scores of each time step, too; nothing where empty.
    events : bool
        Write the events of each key, too.
    pages : bool
        Write a page for each key, too.
    evaluates : bool
        Compare with labels what the model has not seen of a recording.
    until : str, optional
        From where on a recording is evaluated.
    since : str, optional
        From where on a recording is reported on; a share, a row or a date.
    scale : str
        See :func:`offbeat.app.outputs.score_frame`.
    min_length, merge_gap, low
        See :meth:`offbeat.detectors.base.Detector.detect`.
    """

    ending: str = ""
    events: bool = False
    pages: bool = False
    evaluates: bool = False
    until: str | None = None
    since: str | None = None
    scale: str = "raw"
    min_length: int = 1
    merge_gap: int | None = None
    low: float | None = None

    def __post_init__(self) -> None:
        if self.ending not in ("", ".csv", ".parquet"):
            raise ParameterError(f"expected scores as .csv or .parquet, got {self.ending!r}: choose one of them")

    def to_plain(self) -> dict[str, Any]:
        """Return what results depend on: what is not the default, so that what is added later changes nothing.

        Which files are written changes no result: see :meth:`endings`.
        """
        told = [each for each in fields(self) if each.name not in _WRITTEN and getattr(self, each.name) != each.default]
        return {each.name: getattr(self, each.name) for each in told}

    def endings(self) -> list[str]:
        """Return the endings of the files that are written about each key, beside its summary."""
        scores = [f".scores{self.ending}"] * bool(self.ending)
        return [*scores, *[".events.csv"] * self.events, *[".html"] * self.pages]


def fit_key(key: str, source: Panel, folder: Path, options: FitOptions, made_from: dict[str, Any]) -> dict[str, Any]:
    """Fit the model of a key into a folder of models, and return its summary, which has its row."""
    try:
        with cautions() as said:
            recording = source[key]
            detector = options.fitted_on(recording)
        row = fitted_row(key, recording, detector, said)
        notes = [*recording.notes, *said.notes]
        summary = {"row": row, "domain": recording.domain, "notes": list(map(as_options, notes))}
        with Results(folder).writing(key, summary, made_from):
            ModelStore(folder).save(key, detector)
    except Exception as error:
        return {"row": failed_row(key, error)}
    return summary


def score_key(
    key: str, source: Panel, models: Models, folder: Path | None, options: ScoreOptions, made_from: dict[str, Any]
) -> dict[str, Any]:
    """Score the recording of a key, write what is asked for, and return its summary: its row, and a small picture."""
    try:
        with cautions() as said:
            detector = models.load(key)
            recording = readable(source[key], detector, said.append)
            run = _run_on(detector, recording, options, said)
        notes = [*recording.notes, *said.notes, *learned_note(detector, recording, run.start)]
        after = aftermath(recording, detector, run.events, run.start)
        summary: dict[str, Any] = {
            "row": scored_row(key, recording, run, [*lasting(recording, after), *said]),
            "picture": small_picture(recording, run.events, away(run.events, after), detector.threshold_.value_),
            "notes": list(map(as_options, notes)),
            "aim": aim_of(detector, int(np.sum(~np.isnan(run.scores[run.start :])))),
            **events_of_key(run.events, detector.threshold_.value_, after, recording),
        }
        summary["domain"] = recording.domain or detector.domain_
        if folder is not None:
            results = Results(folder)
            with results.writing(key, summary, made_from):
                _write(results, key, recording, run, options)
    except Exception as error:
        return {"row": failed_row(key, error)}
    return summary


def _run_on(detector: Detector, recording: Recording, options: ScoreOptions, said: list[str]) -> RecordingRun:
    """Score a recording: all of it, or what the model has not seen where it is evaluated."""
    if options.evaluates:
        start, _ = evaluated_from(detector, RecordingSource(recording), options.until, said.append)
        return RecordingPart(recording, start).evaluate(detector)
    start = since(recording, options.since)
    if start and start == len(recording):
        said.append(f"it ends before {options.since}")
    scores = detector.unseen_scores(recording)
    events = detector.detect(
        recording,
        min_length=options.min_length,
        merge_gap=options.merge_gap,
        low=options.low,
        start=start,
        scores=scores,
    )
    return RecordingRun(detector.name, detector, scores, float("nan"), events, start, None)


def _write(results: Results, key: str, recording: Recording, run: RecordingRun, options: ScoreOptions) -> None:
    """Write what is asked for about a key, beside its summary."""
    if options.ending:
        frame = score_frame(run.detector, recording, options.scale, run.scores)
        frame = frame if options.since is None else frame.iloc[run.start :]
        with writing_file(results.place(key, f".scores{options.ending}")) as beside:
            frame.to_parquet(beside, index=False) if options.ending == ".parquet" else frame.to_csv(beside, index=False)
    if options.events:
        write_found(run.events, recording, results.place(key, ".events.csv"))
    if options.pages:
        RecordingResults(f"{run.detector.name} on {key}", recording, [run]).write_page(results.place(key, ".html"))


def _quiet(line: str) -> None:
    """Leave out lines of progress: thousands of keys would each have theirs."""


class Said(list[str]):
    """What is to be known before the results on a key are used; beside it, in ``notes``, what needs no action."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []


@contextmanager
def cautions() -> Iterator[Said]:
    """Collect the warnings of a key as sentences."""
    said = Said()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
        ours = {str(each.message): each.category for each in caught if issubclass(each.category, OffbeatWarning)}
        said.notes += [text for text, kind in ours.items() if issubclass(kind, _NOTES)]
        said += [text for text, kind in ours.items() if not issubclass(kind, _NOTES)]

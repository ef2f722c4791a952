"""A saved model and a data set: how good the model is there, with the baselines beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from offbeat.app.learned import learned_part
from offbeat.app.loading import RecordingSource, Source, load_collection, load_recording, load_source, readable
from offbeat.app.pages.recording import RecordingResults
from offbeat.app.pages.series import SeriesResults
from offbeat.app.recording_runs import RecordingPart, RecordingRun, trial_of_leading
from offbeat.app.request import Request
from offbeat.app.runs import Log, TrainingData, Trial, with_baselines
from offbeat.app.series_runs import LabelledSeries, data_seen_by, unseen
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.errors import DataError
from offbeat.series.recording import Collection, Recording

__all__ = ["evaluate_model", "evaluated_from"]


def evaluate_model(
    model: Path, request: Request, *, baselines: bool = True, log: Log = lambda _: None
) -> SeriesResults | RecordingResults:
    """Evaluate a saved model on what it has not seen of some data, with the baselines beside it.

    Of a collection these are the series that it has neither learned from nor held out, wherever they come from; of a
    recording the time steps after the part that it was fitted on, or all of them where it was fitted on none.

    Parameters
    ----------
    model : Path
        A model folder.
    request : Request
        Which data. Short series need labels. ``train`` names the data that the model was fitted on, where ``data`` does
        not hold them. ``until`` says from where on a recording is evaluated: never before the end of the part that the
        model was fitted on, which is the default.
    baselines : bool
        Whether to fit and evaluate the baselines, on what the model was fitted on.
    log : callable
        Gets lines of progress.

    Raises
    ------
    DataError
        If the data has no labels or one class only, if nothing is left that the model has not seen, or if there is
        nothing to fit the baselines on.
    """
    detector, source = load(model), load_source(request, need_normal=False)
    if isinstance(source, RecordingSource):
        return _evaluate_on_recording(detector, source, request, baselines, log)
    return _evaluate_on_series(detector, source, request, baselines, log)


def _evaluate_on_series(
    detector: Detector, source: Source, request: Request, baselines: bool, log: Log
) -> SeriesResults:
    if source.normal is None and detector.normal_class_ in source.data.classes:
        source = replace(source, normal=detector.normal_class_)
        log(f"normal is the class {source.normal!r}, of which the model has learned (--normal names another)")
    normal = source.need_normal()
    data = readable(source.data, detector, log)
    if source.note:
        log(source.note)
    test = LabelledSeries(_new_series(detector, replace(source, data=data), normal, log), normal)
    training = _training_data(detector, data, request, log) if baselines else None
    runs = [test.evaluate(detector)]
    if training is not None:
        runs += with_baselines([], Trial(training, test), log, without=[detector.name])
    return SeriesResults(f"{detector.name} on {Path(request.data).name}", data, test.data, normal, runs)


def _training_data(detector: Detector, data: Collection, request: Request, log: Log) -> TrainingData:
    """Return the series that a model has seen, of the training data where they are given apart."""
    apart = request.for_training_data()
    seen = data if apart is None else readable(load_collection(apart, need_normal=False).data, detector, log)
    return data_seen_by(detector, seen)


def _new_series(detector: Detector, source: Source, normal: str, log: Log) -> Collection:
    """Return the series that a detector has not seen and whose class is known, of both kinds."""
    fresh, known = unseen(detector, source.data), source.has_class()
    if not known.all():
        log(f"{np.sum(~known):,} beats that were found and no annotation names are left out")
    if not fresh.all():
        log(f"{np.sum(~fresh):,} series that the model has learned from or held out are left out")
    else:
        log(
            "no series is one that the model has learned from or held out, by its values: if these are such series in "
            "other numbers, perhaps rounded, the figures are too good"
        )
    new = source.data[fresh & known]
    is_normal = np.asarray(new.labels) == normal
    if is_normal.all() or not is_normal.any():
        kind = "normal" if is_normal.all() else "anomalous"
        raise DataError(
            f"evaluating a model needs normal series and anomalies that it has not seen, but all {len(is_normal):,} "
            f"left are {kind}: give other data"
        )
    return new


def _evaluate_on_recording(
    detector: Detector, source: RecordingSource, request: Request, baselines: bool, log: Log
) -> RecordingResults:
    apart = request.for_training_data()
    train = None if apart is None else load_recording(apart).data
    recording = readable(source.data, detector, log)
    start, note = evaluated_from(detector, replace(source, data=recording), request.until, log)
    runs = [RecordingPart(recording, start).evaluate(detector)]
    if baselines:
        leading = recording[:start] if train is None else _learned_of(detector, train, log)
        runs += _baselines_beside(detector, recording, start, leading, log)
    title = f"{detector.name} on {recording.name or Path(request.data).name}"
    return RecordingResults(title, recording, runs, notes=[note] * bool(note))


def evaluated_from(detector: Detector, source: RecordingSource, until: str | None, log: Log) -> tuple[int, str]:
    """Return the first time step to evaluate, and what a reader should know of it."""
    is_given = until is not None or source.data.train_end is not None
    asked = source.start(until, may_be_first=True) if is_given else 0
    try:
        learned, note = learned_part(detector, source.data)
    except DataError:
        if not is_given:
            raise
        return asked, "The part that the model was fitted on was not found: evaluated from the given place on."
    if asked < learned and until is not None:
        log(f"the model has learned from the first {learned:,} time steps: evaluated from there on")
    if learned:
        return (learned if until is None else max(learned, asked)), note
    return asked, note + (f" Evaluated from time step {asked:,} on." if asked else " Evaluated as a whole.")


def _learned_of(detector: Detector, recording: Recording, log: Log) -> Recording:
    """Return the part of a recording that a detector has learned from."""
    recording = readable(recording, detector, log)
    return recording[: learned_part(detector, recording).until]


def _baselines_beside(
    detector: Detector, recording: Recording, start: int, leading: Recording, log: Log
) -> list[RecordingRun]:
    if not len(leading):
        log("there is nothing here to fit the baselines on: give the recording that the model was fitted on (--train)")
        return []
    trial = trial_of_leading(recording, start, leading=leading)
    return with_baselines([], trial, log, window=detector.n_times_, without=[detector.name])

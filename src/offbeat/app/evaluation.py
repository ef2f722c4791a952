"""A saved model and a data set: what it is worth there, beside the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from offbeat.app.learned import learned_part
from offbeat.app.loading import RecordingSource, load_collection, load_recording, load_source, readable
from offbeat.app.pages.collection import Findings
from offbeat.app.pages.recording import RecordingFindings
from offbeat.app.recording_runs import RecordingRun, evaluate_recording, recording_baselines
from offbeat.app.runs import Say, judge, seen_as_trial, unseen, with_baselines
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.errors import DataError
from offbeat.series.recording import Recording

__all__ = ["findings_of_model"]


def findings_of_model(
    model: Path,
    data: str,
    *,
    baselines: bool = True,
    train: str | None = None,
    label: str | None = None,
    normal: str | None = None,
    time: str | None = None,
    kind: str | None = None,
    read: Sequence[str] | None = None,
    until: str | None = None,
    data_dir: Path | None = None,
    say: Say = lambda _: None,
) -> Findings | RecordingFindings:
    """Judge a saved model on what it has not seen of ``data``, with the baselines beside it.

    Of a collection these are the series that it has neither learned from nor held out, wherever they come from; of a
    recording the time steps after the part that it has learned from; all of it, where it has learned nothing from it.

    Parameters
    ----------
    model : Path
        A model folder.
    data : str
        A name of the catalogue, or a path. Short series need labels.
    baselines : bool
        Whether to fit and judge the simple methods, on what the model learned from.
    train : str, optional
        Where the series are that the model learned from, or the recording, if ``data`` does not hold them.
    label, normal, time, kind, read, data_dir
        See :func:`offbeat.app.loading.load_source`.
    until : str, optional
        From where on a recording is judged: a share, a row or a date. Not before the end of what the model has
        learned from, which is where it begins if nothing is said.
    say : callable
        Is told what begins.

    Raises
    ------
    DataError
        If the data has no labels or one class only, if nothing is left that the model has not seen, or if the baselines
        have nothing to learn from.
    """
    detector = load(model)
    source = load_source(
        data, label=label, normal=normal, time=time, kind=kind, read=read, data_dir=data_dir, need_normal=False
    )
    if isinstance(source, RecordingSource):
        how = {"label": label, "time": time, "read": read, "data_dir": data_dir}
        known = None if train is None else load_recording(train, **how)
        return _findings_of_recording(detector, source, known, baselines, Path(data).name, until, say)
    source = replace(source, data=readable(source.data, detector, say))
    if source.note:
        say(source.note)
    normal = source.evaluated()
    fresh, named = unseen(detector, source.data), source.named()
    test = source.data[fresh & named]
    if not named.all():
        say(f"{np.sum(~named):,} beats that were found and no annotation names are left out")
    if not fresh.all():
        say(f"{np.sum(~fresh):,} series that the model has learned from or held out are left out")
    else:
        say(
            "no series is one that the model has learned from or held out, by its values: if these are such series in "
            "other numbers, rounded perhaps, the figures are too kind"
        )
    _both_kinds(test.labels, normal)
    runs = [judge(detector, test, normal)]
    if baselines:
        reading = {"kind": kind, "read": read} if kind == "beats" else {}
        of_series = (
            source
            if train is None
            else load_collection(train, label=label, data_dir=data_dir, need_normal=False, **reading)
        )
        trial = seen_as_trial(detector, readable(of_series.data, detector, say), test, normal)
        runs += with_baselines([], trial, say, without=[detector.name])
    return Findings(f"{detector.name} on {Path(data).name}", source.data, test, normal, runs)


def _findings_of_recording(
    detector: Detector,
    source: RecordingSource,
    train: RecordingSource | None,
    baselines: bool,
    name: str,
    until: str | None,
    say: Say,
) -> RecordingFindings:
    recording = readable(source.data, detector, say)
    start, note = _evaluated_from(detector, replace(source, data=recording), until, say)
    runs = [evaluate_recording(detector, recording, start)]
    if baselines:
        leading = recording[:start] if train is None else _learned_of(detector, train.data, say)
        runs += _baselines_beside(detector, recording, start, leading, say)
    return RecordingFindings(f"{detector.name} on {recording.name or name}", recording, runs, notes=[note] * bool(note))


def _evaluated_from(detector: Detector, source: RecordingSource, until: str | None, say: Say) -> tuple[int, str]:
    """Return the first time step to judge, and what a reader should know of it."""
    told = until is not None or source.data.train_end is not None
    asked = source.start(until, judged=True) if told else 0
    try:
        learned, note = learned_part(detector, source.data)
    except DataError:
        if not told:
            raise
        return asked, "Where the model has learned from it was not found: judged from where it was told."
    if asked < learned and until is not None:
        say(f"the model has learned from the first {learned:,} time steps: judged from there on")
    if learned:
        return (learned if until is None else max(learned, asked)), note
    return asked, note + (f" Judged from time step {asked:,} on." if asked else " Judged as a whole.")


def _learned_of(detector: Detector, recording: Recording, say: Say) -> Recording:
    """Return the part of a recording that a detector has learned from."""
    recording = readable(recording, detector, say)
    return recording[: learned_part(detector, recording).until]


def _baselines_beside(
    detector: Detector, recording: Recording, start: int, leading: Recording, say: Say
) -> list[RecordingRun]:
    if not len(leading):
        say(
            "the simple methods beside it have nothing to learn from here: give the recording that the model has "
            "learned from (--train)"
        )
        return []
    return recording_baselines(recording, start, detector.n_times_, say, leading=leading, without=[detector.name])


def _both_kinds(labels: object, normal: str) -> None:
    is_normal = np.asarray(labels) == normal
    if is_normal.all() or not is_normal.any():
        kind = "normal" if is_normal.all() else "anomalous"
        raise DataError(
            f"judging a model needs normal series and anomalies that it has not seen, but all {len(is_normal):,} left "
            f"are {kind}: give other data"
        )

"""Which detector is to be fitted, and on what, out of what was asked for and loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from offbeat.app.loading import RecordingSource, Source
from offbeat.app.request import DetectorRequest, ThresholdRequest
from offbeat.app.runs import Log, TrainingData
from offbeat.app.settings import (
    AUTO,
    detector_settings,
    parse_settings,
    requested_detector,
    requested_rules,
)
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import default_detector, detector_class
from offbeat.errors import DataError, ParameterError
from offbeat.series.periods import find_period, suggest_window
from offbeat.series.recording import Recording
from offbeat.tables import Table
from offbeat.tuning.choice import suggest_detector
from offbeat.words import plural

__all__ = ["ToFit", "to_fit", "training_data"]

_CHOSEN = ("detector", "settings", "train", "checkpoints", "logger")
"""Fields of a request that say which detector to fit, or how: what ``--tune`` chooses."""


@dataclass(frozen=True, eq=False)
class ToFit:
    """What is to be fitted.

    Parameters
    ----------
    training : TrainingData
        What to fit on.
    detector : Detector
        Unfitted.
    tables : sequence of Table
        How it was chosen; none where the user named it, or took the default.
    """

    training: TrainingData
    detector: Detector
    tables: Sequence[Table] = ()


def to_fit(
    source: Source | RecordingSource, wanted: DetectorRequest, decisions: ThresholdRequest, until: str | None, log: Log
) -> ToFit:
    """Return the detector that was asked for, or is chosen without labels, and what to fit it on.

    Parameters
    ----------
    source : Source or RecordingSource
        What was loaded.
    wanted, decisions : DetectorRequest, ThresholdRequest
        What was asked for.
    until : str, optional
        Where the part of a recording to fit on ends.
    log : callable
        Gets a line for each choice that the user did not make.

    Raises
    ------
    DataError
        If the detector does not read such data.
    ParameterError
        If a setting is unknown, ``until`` is given for short series, or a detector is named that is to be chosen.
    """
    default = default_detector("collections" if isinstance(source, Source) else "recordings")
    if wanted.tune:
        return _tuned(source, default, wanted, decisions, until, log)
    name = default if wanted.detector == AUTO else wanted.detector
    training, settings = training_data(source, name, wanted.settings, until, log)
    return ToFit(training, requested_detector(replace(wanted, detector=name, settings=settings), decisions))


def _tuned(
    source: Source | RecordingSource,
    default: str,
    wanted: DetectorRequest,
    decisions: ThresholdRequest,
    until: str | None,
    log: Log,
) -> ToFit:
    if given := [name for name in _CHOSEN if getattr(wanted, name) != getattr(DetectorRequest(), name)]:
        options = ", ".join("--" + ("set" if name == "settings" else name) for name in given)
        raise ParameterError(f"--tune chooses the detector and its settings: leave {options} out, or --tune")
    # What cannot be is said before anything is tried.
    requested_detector(replace(wanted, detector=default), decisions)
    training, _ = training_data(source, default, (), until, log)
    suggestion = suggest_detector(training.data, random_state=wanted.seed)
    threshold, tiers = requested_rules(decisions)
    detector = suggestion.detector.set_params(threshold=threshold, tiers=tiers, random_state=wanted.seed)
    log(f"chosen without labels: {_as_options(detector)}")
    return ToFit(training, detector, [suggestion.table()])


def _as_options(detector: Detector) -> str:
    """Return the options that name a detector with the settings that are not its defaults."""
    defaults, taken = detector.setting_defaults(), ("threshold", "tiers", "random_state")
    chosen = {name: value for name, value in detector.get_params(deep=False).items() if name not in taken}
    settings = [f"--set {name}={value}" for name, value in chosen.items() if value != defaults[name]]
    return " ".join([f"--detector {detector.name}", *settings])


def training_data(
    source: Source | RecordingSource, detector: str, settings: Sequence[str], until: str | None, log: Log
) -> tuple[TrainingData, tuple[str, ...]]:
    """Return what to fit a detector on, and the settings to do it with.

    Parameters
    ----------
    source : Source or RecordingSource
        What was loaded.
    detector : str
        The detector's name.
    settings : sequence of str
        ``NAME=VALUE`` each. A window that suits the data is added where they name none.
    until : str, optional
        Where the part of a recording to fit on ends.
    log : callable
        Gets a line for each choice that the user did not make.

    Raises
    ------
    DataError
        If the detector does not read such data.
    ParameterError
        If ``until`` is given for short series.
    """
    if isinstance(source, Source):
        return _of_series(source, detector, tuple(settings), until, log)
    return _of_recording(source, detector, tuple(settings), until, log)


def _of_series(
    source: Source, detector: str, settings: tuple[str, ...], until: str | None, log: Log
) -> tuple[TrainingData, tuple[str, ...]]:
    if "collections" not in detector_class(detector).reads:
        raise DataError(f"{detector} reads one long recording, but {source.data.name} holds many short series")
    if until is not None:
        raise ParameterError("--until is for recordings, but this data holds short series")
    if source.note:
        log(source.note)
    if "window" not in parse_settings(settings) and _has_window(detector):
        settings = (*settings, "window=None")
    return TrainingData(*source.to_learn()), settings


def _of_recording(
    source: RecordingSource, detector: str, settings: tuple[str, ...], until: str | None, log: Log
) -> tuple[TrainingData, tuple[str, ...]]:
    start = source.start(until)
    leading = _without_empty(source.data if start == len(source.data) else source.data[:start], log)
    whole = len(leading) == len(source.data) and not source.is_part
    if leading.labels is not None and leading.labels.any():
        log(
            f"fitting on {'the whole recording' if whole else 'its leading part'} without the "
            f"{plural(int(leading.labels.sum()), 'time step')} that its labels call anomalous"
        )
    elif whole and leading.labels is None:
        log("fitting on the whole recording: anomalies in it are taken for normal (--until fits on a part)")
    reads_both = "collections" in detector_class(detector).reads
    if reads_both and "window" not in parse_settings(settings) and not _has_window(detector):
        settings = (*settings, f"window={_suggested_window(leading, log)}")
    return TrainingData(leading), settings


def _without_empty(leading: Recording, log: Log) -> Recording:
    """Return a recording without channels that hold no value, from which nothing can be learned."""
    empty = np.all(np.isnan(leading.values), axis=0, keepdims=True)[0]
    if not empty.any() or empty.all() or not len(leading):
        return leading
    names = [name for name, is_empty in zip(leading.channels, empty, strict=True) if is_empty]
    log(f"left out as they hold no value: {', '.join(names)}")
    return leading.select([name for name in leading.channels if name not in names])


_DAY = 86_400.0


def _suggested_window(leading: Recording, log: Log) -> int:
    """Return the length of window that suits a recording, and say why."""
    window, period = suggest_window(leading), find_period(leading)
    if period is None:
        why = "it has no period"
    elif period == window:
        why = "its period"
    elif window == len(leading) // 10:
        why = "a tenth of it"
    else:
        what = "a day" if window * leading.step == _DAY else "a shape"
        why = f"{what}, as its period of {period:,} is too long"
    log(f"a window of {window} time steps for the part to fit on: {why} (--set window=… chooses another)")
    return window


def _has_window(detector: str) -> bool:
    """Whether a detector has a window by default."""
    return isinstance(detector_settings(detector)["window"].default, int)

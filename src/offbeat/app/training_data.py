"""What a detector is to be fitted on, out of what was loaded."""

from __future__ import annotations

from collections.abc import Sequence

from offbeat.app.loading import RecordingSource, Source
from offbeat.app.runs import Log, TrainingData
from offbeat.app.settings import AUTO, DEFAULTS, detector_settings, parse_settings
from offbeat.detectors.registry import detector_class
from offbeat.errors import DataError, ParameterError
from offbeat.series.periods import find_period, suggest_window
from offbeat.series.recording import Recording

__all__ = ["chosen_detector", "training_data"]


def chosen_detector(name: str, source: Source | RecordingSource) -> str:
    """Return the name of the detector that was asked for; for ``"auto"`` the one that suits the kind of data."""
    if name != AUTO:
        return name
    return DEFAULTS["collections" if isinstance(source, Source) else "recordings"]


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
    leading = source.data[: source.start(until)]
    if len(leading) == len(source.data):
        log("fitting on the whole recording: anomalies in it are taken for normal (--until fits on a part)")
    reads_both = "collections" in detector_class(detector).reads
    if reads_both and "window" not in parse_settings(settings) and not _has_window(detector):
        settings = (*settings, f"window={_suggested_window(leading, log)}")
    return TrainingData(leading), settings


def _suggested_window(leading: Recording, log: Log) -> int:
    """Return the length of window that suits a recording, and say why."""
    window, period = suggest_window(leading), find_period(leading)
    if period is None:
        why = "it has no period"
    elif period == window:
        why = "its period"
    else:
        why = "a tenth of it" if window == len(leading) // 10 else f"a day, as its period of {period:,} is too long"
    log(f"a window of {window} time steps for the part to fit on: {why} (--set window=… chooses another)")
    return window


def _has_window(detector: str) -> bool:
    """Whether a detector has a window by default."""
    return isinstance(detector_settings(detector)["window"].default, int)

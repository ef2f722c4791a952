"""What a detector is to learn from, out of what was loaded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from offbeat.app.loading import RecordingSource, Source
from offbeat.app.runs import Say
from offbeat.app.settings import parse_settings
from offbeat.detectors.registry import detector_class
from offbeat.errors import DataError, ParameterError
from offbeat.series.periods import find_period, suggest_window
from offbeat.series.recording import Collection, Recording

__all__ = ["what_to_learn"]

Known = npt.NDArray[np.integer] | None


def what_to_learn(
    source: Source | RecordingSource, detector: str, settings: Sequence[str] | None, until: str | None, say: Say
) -> tuple[Collection | Recording, Collection | None, Known, list[str]]:
    """Return what to learn from, what to hold out, what is known to be anomalous, and the settings to do it with.

    Parameters
    ----------
    source : Source or RecordingSource
        What was loaded.
    detector : str
        The detector's name.
    settings : sequence of str, optional
        ``NAME=VALUE`` each.
    until : str, optional
        Where the part of a recording to learn from ends.
    say : callable
        Is told of choices that nobody made.

    Raises
    ------
    DataError
        If the detector does not read such data.
    """
    chosen, reads = list(settings or ()), detector_class(detector).reads
    if isinstance(source, Source):
        if "collections" not in reads:
            raise DataError(f"{detector} reads one long recording, but {source.data.name} holds many short series")
        if until is not None:
            raise ParameterError("--until is for recordings, but this data holds short series")
        if source.note:
            say(source.note)
        learned, held_out = source.to_learn()
        return learned, held_out, None, _without_window(chosen, detector)
    leading = source.data[: source.start(until)]
    if len(leading) == len(source.data):
        say("learning from the whole recording: anomalies in it are taken for normal (--until learns from a part)")
    if "collections" in reads and "window" not in parse_settings(chosen) and not _has_window(detector):
        window = suggest_window(leading)
        period = find_period(leading)
        why = "its rhythm" if period == window else "a tenth of it" if period else "it has no rhythm"
        say(f"a window of {window} time steps for the part to learn from: {why} (--set window=… chooses another)")
        chosen.append(f"window={window}")
    return leading, None, leading.labels, chosen


def _has_window(detector: str) -> bool:
    """Whether a detector has a window unless told otherwise."""
    return detector_class(detector).setting_defaults().get("window") is not None


def _without_window(chosen: list[str], detector: str) -> list[str]:
    """Return settings for short series: a detector that has a window unless told otherwise is told otherwise."""
    set_by_user = "window" in parse_settings(chosen)
    return chosen if set_by_user or not _has_window(detector) else [*chosen, "window=None"]

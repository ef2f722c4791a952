"""The beats of an ECG record as short series: for detectors, which learn a patient's normal beats and find the others.

The windows are plain, in millivolts: a detector scales them by what it has learned from. Relative to the usual beat of
half an hour, as classifiers see them, the same beats are ranked no better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from offbeat.bench.ecg.records import EXTENSION, open_any
from offbeat.bench.settings import known_settings
from offbeat.collection import Collection
from offbeat.data import names
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.ec57.pairing import NONE, pair_beats
from offbeat.ecg.rpeaks import Method
from offbeat.ecg.shape import BEAT_RATE
from offbeat.errors import DataError
from offbeat.files import is_file
from offbeat.hints import judge_types
from offbeat.waveforms import Annotations, Record, read_annotations
from offbeat.waveforms.aami import CLASS_NAMES, beat_classes

__all__ = ["NORMAL", "TIME", "UNNAMED", "BeatSeries", "beat_series", "load_beats", "name_beats_by"]

NORMAL = "N"
"""The class of normal beats."""
UNNAMED = "O"
"""The class of a beat that no annotation names."""
TIME = "time_s"
"""The feature that says when a beat was: seconds since the beginning of the record."""

_FEATURES = ("sample", TIME, "rr_pre_s", "rr_post_s")
_REACH = 0.15  # seconds within which a beat found and an annotated one are the same (EC57)
_DIGITS = 4  # of seconds: no record has more than 1000 samples in one
_REFERENCE = ".atr"
_SETTINGS = {"lead": str | int, "sampling_rate": float, "units": str, "method": str}


@dataclass(frozen=True)
class BeatSeries:
    """The beats of a record, and where their classes come from.

    Parameters
    ----------
    data : Collection
        (n_beats, 1, 114), in mV at 120 Hz, with the features ``sample``, ``time_s``, ``rr_pre_s`` and ``rr_post_s``.
    note : str
        One sentence on the classes, or on what it means that there are none.
    """

    data: Collection
    note: str


def beat_series(beats: Beats, classes: npt.ArrayLike | None = None, lead: int = 0) -> Collection:
    """Return beats as series of one lead.

    Parameters
    ----------
    beats : Beats
        As :func:`offbeat.ecg.beats.find_beats` gives them.
    classes : array of str, shape (n_beats,), optional
        The class of each.
    lead : int
        Which of the leads.

    Returns
    -------
    Collection
        (n_beats, 1, 114), in mV at 120 Hz, with the features ``sample``, ``time_s``, ``rr_pre_s`` and ``rr_post_s``.
        Detectors do not read features; tables show them.
    """
    times, (before, after) = beats.samples / beats.sampling_rate, beats.rr()
    return Collection(
        beats.windows[:, lead : lead + 1],
        labels=None if classes is None else np.asarray(classes, dtype=str),
        channels=(beats.leads[lead],),
        class_names={} if classes is None else {**CLASS_NAMES, UNNAMED: "not annotated"},
        sampling_rate=BEAT_RATE,
        groups=np.full(len(beats), beats.name),
        features=np.column_stack([beats.samples, *(np.round(part, _DIGITS) for part in (times, before, after))]),
        feature_names=_FEATURES,
        name=beats.name,
        domain="ecg",
    )


def name_beats_by(annotations: Annotations, beats: Beats) -> npt.NDArray[np.str_]:
    """Return what annotations say that the beats found are.

    Parameters
    ----------
    annotations : Annotations
        Of the same record; what is no beat is passed over.
    beats : Beats
        As found.

    Returns
    -------
    array of str, shape (n_beats,)
        N, S, V, F or Q by the annotation within 150 ms, each of them for one beat; O where there is none.
    """
    named = beat_classes(annotations.symbols)
    rate = annotations.sampling_rate or beats.sampling_rate
    places = np.rint(annotations.samples[named != ""] * (beats.sampling_rate / rate)).astype(np.int64)
    of_annotation, of_beat = pair_beats(places, beats.samples, int(_REACH * beats.sampling_rate))
    both = (of_annotation != NONE) & (of_beat != NONE)
    classes = np.full(len(beats), UNNAMED)
    classes[of_beat[both]] = named[named != ""][of_annotation[both]]
    return classes


def load_beats(
    name_or_path: str,
    *,
    label: str | None = None,
    settings: Mapping[str, Any] | None = None,
    data_dir: str | Path | None = None,
) -> BeatSeries:
    """Find the beats of a record, and name them by the annotation file beside it.

    Parameters
    ----------
    name_or_path : str
        A record, see :func:`offbeat.bench.ecg.records.open_any`.
    label : str, optional
        The ending of the annotation file, such as ``"atr"``, or ``"none"``. Where it is not given: ``.atr``, what
        experts wrote; else ``.ofb``, what ``offbeat classify`` wrote; else none.
    settings : mapping, optional
        ``lead``: a name or number, the first one if not given; ``sampling_rate`` (Hz) and
        ``units`` (mV, uV or V), where the file does not say them; ``method``, see :func:`offbeat.ecg.beats.find_beats`.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.

    Raises
    ------
    DataError
        If there is no such record or annotation file, or no beats are found.
    ParameterError
        If a setting is unknown, or out of its range.
    """
    chosen = known_settings(dict(settings or {}), tuple(_SETTINGS), "reading beats")
    judge_types(chosen, _SETTINGS)
    lead = chosen.get("lead")
    record = open_any(
        name_or_path,
        leads=None if lead is None else [str(lead)],
        sampling_rate=chosen.get("sampling_rate"),
        units=chosen.get("units"),
        data_dir=data_dir,
    )
    file = _annotation_file(record, name_or_path, label)
    beats = find_beats(record, method=cast(Method, chosen.get("method", "fast")))
    if not len(beats):
        raise DataError(
            f"no beats were found in {record.channels[0]} of {record.name} ({record.duration:g} s): expected a "
            "readable ECG; another lead may be one (--read lead=NAME)"
        )
    classes = None if file is None else name_beats_by(read_annotations(file), beats)
    return BeatSeries(beat_series(beats, classes), _note(beats, file))


def _annotation_file(record: Record, asked: str, label: str | None) -> Path | None:
    """Return the annotation file to go by; None if there is none, or none is wanted."""
    if label == "none":
        return None
    folders = [record.path.parent, *([Path()] if asked in names() else [])]
    endings = [_REFERENCE, EXTENSION] if label is None else [f".{label.lstrip('.')}"]
    files = [folder / f"{record.name}{ending}" for ending in endings for folder in folders]
    found = next((file for file in files if is_file(file)), None)
    if found is None and label is not None:
        raise DataError(f"there is no annotation file {files[0]}: for beats, --label names its ending, or none")
    return found


def _note(beats: Beats, file: Path | None) -> str:
    found = f"{len(beats):,} beats in {beats.leads[0]} of {beats.name}"
    if file is None:
        return f"{found}; no annotations name them: all are taken for normal, which is fair where most of them are"
    by = f"{found}, named by {file.name}"
    return by if file.suffix != EXTENSION else f"{by}, which a program wrote: nobody has checked these classes"

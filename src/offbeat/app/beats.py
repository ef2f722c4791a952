"""The beats of an ECG record, loaded and named as a command asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from offbeat.app.records import EXTENSION, open_any
from offbeat.app.settings import known_settings
from offbeat.data import names
from offbeat.ecg.beat_series import beat_series, name_beats_by
from offbeat.ecg.beats import Beats, find_beats
from offbeat.ecg.rpeaks import Method
from offbeat.errors import DataError
from offbeat.estimators.hints import validate_types
from offbeat.files.regular import is_file
from offbeat.records import Record, read_annotations
from offbeat.series.collection import Collection

__all__ = ["BeatSeries", "load_beats"]

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
        A record, see :func:`offbeat.app.records.open_any`.
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
    validate_types(chosen, _SETTINGS)
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

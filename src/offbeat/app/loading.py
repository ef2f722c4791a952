"""Loaded data, and what in it is normal: by the catalogue, by the caller's word, or all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat import data as data_room
from offbeat.app.settings import known_settings, parse_settings
from offbeat.data import names, normal_split
from offbeat.data.readers.options import options_from
from offbeat.detectors.base import Detector
from offbeat.ecg.beat_series import NORMAL, TIME, UNNAMED
from offbeat.ecg.loading import BeatOptions, load_beats
from offbeat.errors import DataError, ParameterError
from offbeat.records import EXTENSION
from offbeat.series.arrays import channel_names
from offbeat.series.recording import Collection, Recording
from offbeat.words import shorten

__all__ = ["RecordingSource", "Source", "load_collection", "load_recording", "load_source", "readable"]

Kind = TypeVar("Kind", bound=Collection | Recording)


@dataclass(frozen=True)
class Source:
    """Loaded data, and the label of its normal class where it has classes.

    Parameters
    ----------
    data : Collection
        All series.
    normal : str or None
        The label of the normal class; None where all series are taken for normal.
    note : str
        What whoever learns from it or judges by it should know; empty where there is nothing to say.
    """

    data: Collection
    normal: str | None
    note: str = ""

    def to_learn(self, seed: int = 42) -> tuple[Collection, Collection | None]:
        """Return what to learn from, and what to hold out (None: a part of the former).

        With anomalies in the data it is the training and validation parts of the normal-only split, so that the rest
        can judge the model; without any it is everything.
        """
        if self.normal is None or self.data.classes == (self.normal,):
            return self.data, None
        split = normal_split(self.data, self.normal, seed=seed)
        return split.train, split.validation

    def evaluated(self) -> str:
        """Return the normal label, or say why nothing can be judged.

        Raises
        ------
        DataError
            If there are no labels, or not both normal series and anomalies.
        """
        if not self.data.classes and self._are_beats:
            raise DataError(
                "judging a detector needs to know what the beats are, but no annotations name them: put an annotation "
                f"file (.atr) beside the record, or let 'offbeat classify' write one ({EXTENSION})"
            )
        if not self.data.classes:
            raise DataError("judging a detector needs labels, but there are none: name the column of them (--label)")
        if self.normal is None:
            raise DataError(
                f"judging a detector needs to know which of the classes {', '.join(self.data.classes)} is normal: "
                "name it (--normal)"
            )
        if len(self.data.classes) < 2:
            raise DataError(
                f"judging a detector needs normal series and anomalies, but all {len(self.data):,} series are of class "
                f"{self.data.classes[0]!r}: give data that holds both"
            )
        return self.normal

    def named(self) -> npt.NDArray[np.bool_]:
        """Return which series something is known of, (n_series,): not a beat that was found and no annotation names."""
        if not self._are_beats or self.data.labels is None:
            return np.ones(len(self.data), bool)
        return np.asarray(self.data.labels != UNNAMED)

    @property
    def _are_beats(self) -> bool:
        return TIME in self.data.feature_names


@dataclass(frozen=True)
class RecordingSource:
    """A loaded recording.

    Parameters
    ----------
    data : Recording
        All of it.
    """

    data: Recording

    def start(self, at: str | None = None, *, judged: bool = False) -> int:
        """Return the time step up to which a detector learns, and from which on it is judged.

        Parameters
        ----------
        at : str, optional
            A share such as ``0.4``, a row such as ``2000`` or a date; where the data set says it, if it is not given.
        judged : bool
            Whether it is to be judged only, which may begin with the first row.
        """
        if at is None and self.data.train_end is None:
            return len(self.data)
        if judged and at is not None and _number(at) == 0:
            return 0
        return len(self.data.split(None if at is None else _number(at))[0])


def readable(data: Kind, detector: Detector, say: Callable[[str], None]) -> Kind:
    """Return data as a fitted detector reads it, its channels picked and put in order by their names.

    Parameters
    ----------
    data : Collection or Recording
        It may have more channels than the detector.
    detector : Detector
        Fitted.
    say : callable
        Is told where channels were picked, or put in another order.

    Raises
    ------
    ShapeError
        If it is of the wrong kind or length, or channels are not there.
    DataError
        If values are infinite.
    """
    channels, left_out = detector.channels_, [name for name in data.channels if name not in detector.channels_]
    are_named = channels != channel_names(None, len(channels))
    if are_named and data.channels != channels and set(channels) <= set(data.channels):
        what = f"{shorten(', '.join(left_out), 80)} left out" if left_out else "put in that order"
        say(f"the model has the channels {shorten(', '.join(channels), 80)}: {what}")
        data = data.select(channels)  # type: ignore[assignment]  # of the same kind
    detector.scorer_.read(data)
    return data


def load_source(
    name_or_path: str,
    *,
    normal: str | None = None,
    label: str | None = None,
    time: str | None = None,
    kind: str | None = None,
    read: Sequence[str] | None = None,
    data_dir: Path | None = None,
    need_normal: bool = True,
) -> Source | RecordingSource:
    """Load a data set of the catalogue or a file, and find out which class is normal.

    Parameters
    ----------
    name_or_path : str
        A name of the catalogue, or a path.
    normal : str, optional
        The label of the normal class; the catalogue knows that of its data sets.
    label, time, kind : str, optional
        Where a file keeps its labels and timestamps, and whether it is a recording or a collection, see
        :func:`offbeat.data.read`. ``kind="beats"`` finds the beats of an ECG record, and ``label`` is then the ending
        of its annotation file, see :func:`offbeat.ecg.loading.load_beats`.
    read : sequence of str, optional
        How to read a recording from a file, ``NAME=VALUE`` each: ``order``, ``duplicates``, ``gaps``,
        ``channels``; of beats ``lead``, ``sampling_rate``, ``units``, ``method``.
    data_dir : Path, optional
        Where to look for data sets first.
    need_normal : bool
        Whether it matters which class is normal.

    Raises
    ------
    DataError
        If the data cannot be read, or has several classes and none is said to be normal.
    """
    if kind == "beats":
        return _beats(name_or_path, normal, label, time, read, data_dir, need_normal)
    how = known_settings(parse_settings(read), ("order", "duplicates", "gaps", "channels"), "reading")
    data = data_room.load(name_or_path, data_dir=data_dir, label=label, time=time, kind=kind, **how)  # type: ignore[arg-type]
    if isinstance(data, Recording):
        if normal is not None:
            raise ParameterError(f"{name_or_path} is a recording, which has no classes: leave --normal out")
        return RecordingSource(data)
    known = name_or_path in names()
    if normal is None and known:
        normal = data_room.find(name_or_path).normal
    if normal is None and len(data.classes) == 1:
        normal = data.classes[0]
    if normal is None and need_normal and data.classes:
        raise DataError(
            f"{name_or_path} has the classes {', '.join(data.classes)}: say which of them is normal (--normal)"
        )
    if normal is not None and normal not in data.classes:
        raise DataError(
            f"no series is of the normal class {normal!r}: the classes are {', '.join(data.classes) or 'none'}"
        )
    return Source(data, normal)


def _beats(
    name_or_path: str,
    normal: str | None,
    label: str | None,
    time: str | None,
    read: Sequence[str] | None,
    data_dir: Path | None,
    need_normal: bool,
) -> Source:
    """Return the beats of an ECG record."""
    if time is not None:
        raise ParameterError("beats have the times of their record: leave --time out")
    settings = parse_settings(read, {"lead": str, "units": str, "method": str})
    settings |= {} if label is None else {"label": label}
    found = load_beats(name_or_path, options_from(BeatOptions, settings, "reading beats"), data_dir=data_dir)
    classes = found.data.classes
    wanted = normal or NORMAL
    if wanted not in classes and (normal is not None or (classes and need_normal)):
        raise DataError(
            f"no beat of {name_or_path} is of the normal class {wanted!r}: the classes are "
            f"{', '.join(classes) or 'none'}; name another (--normal), or learn from all beats (--label none)"
        )
    return Source(found.data, wanted if wanted in classes else None, note=found.note)


def load_collection(name_or_path: str, **options: Any) -> Source:
    """Load short series, see :func:`load_source`.

    Raises
    ------
    DataError
        If it is a recording.
    """
    source = load_source(name_or_path, **options)
    if isinstance(source, RecordingSource):
        raise DataError(f"expected a collection of short series, but {name_or_path} is one long recording")
    return source


def load_recording(name_or_path: str, **options: Any) -> RecordingSource:
    """Load a recording, see :func:`load_source`.

    Raises
    ------
    DataError
        If it is a collection.
    """
    source = load_source(name_or_path, **options)
    if isinstance(source, Source):
        raise DataError(
            f"expected one long recording, but {name_or_path} holds {len(source.data):,} short series: if it is one, "
            "say so (--kind recording)"
        )
    return source


def _number(text: str) -> float | str:
    """Return a row, a share or the text of a date."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text

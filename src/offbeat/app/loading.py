"""Loaded data, and what in it is normal: by the catalogue, by the caller's word, or all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat import data as data_room
from offbeat.app.request import Request
from offbeat.app.settings import known_settings, parse_settings
from offbeat.data import names, normal_split
from offbeat.data.readers.options import ReadOptions, options_from
from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.checks import with_channels
from offbeat.ecg.beat_series import NORMAL, TIME, UNNAMED
from offbeat.ecg.loading import BeatOptions, load_beats
from offbeat.errors import DataError, ParameterError, ReadingWarning, warn
from offbeat.records import EXTENSION
from offbeat.series.arrays import channel_names
from offbeat.series.recording import Collection, Recording
from offbeat.series.timeline import row_at, share_or_row
from offbeat.words import READ_OPTIONS, shorten

__all__ = [
    "RecordingSource",
    "Source",
    "beat_options",
    "load_collection",
    "load_recording",
    "load_source",
    "readable",
    "reading_options",
    "since",
]

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
        What to know before fitting on it or evaluating by it; may be empty.
    """

    data: Collection
    normal: str | None
    note: str = ""

    def to_learn(self, seed: int = 42) -> tuple[Collection, Collection | None]:
        """Return what to learn from, and what to hold out (None: a part of the former).

        With anomalies in the data it is the training and validation parts of the normal-only split, so that the rest
        is left for the evaluation; without any it is everything.
        """
        if self.normal is None or self.data.classes == (self.normal,):
            return self.data, None
        split = normal_split(self.data, self.normal, seed=seed)
        return split.train, split.validation

    def need_normal(self) -> str:
        """Return the label of the normal class, for an evaluation.

        Raises
        ------
        DataError
            If there are no labels, or not both normal series and anomalies.
        """
        if not self.data.classes and self._are_beats:
            raise DataError(
                "evaluating a detector needs to know what the beats are, but no annotations name them: put an "
                f"annotation file (.atr) beside the record, or let 'offbeat classify' write one ({EXTENSION})"
            )
        if not self.data.classes:
            raise DataError("evaluating a detector needs labels, but there are none: name the column of them (--label)")
        if self.normal is None:
            raise DataError(
                f"evaluating a detector needs to know which of the classes {', '.join(self.data.classes)} is normal: "
                "name it (--normal)"
            )
        if len(self.data.classes) < 2:
            raise DataError(
                f"evaluating a detector needs normal series and anomalies, but all {len(self.data):,} series are of "
                f"class {self.data.classes[0]!r}: give data that holds both"
            )
        return self.normal

    def has_class(self) -> npt.NDArray[np.bool_]:
        """Return which series have a class, (n_series,): not a beat that was found and no annotation names."""
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
    note : str
        As of :class:`Source`.
    is_part : bool
        Whether it was cut from what was loaded already.
    """

    data: Recording
    note: str = ""
    is_part: bool = False

    def start(self, at: str | None = None, *, may_be_first: bool = False) -> int:
        """Return the time step up to which a detector is fitted, and from which on it is evaluated.

        Parameters
        ----------
        at : str, optional
            A share such as ``0.4``, a row such as ``2000`` or a date; where the data set says it, if it is not given.
        may_be_first : bool
            Whether it may be the first row, as where a detector is only evaluated.
        """
        if at is None and self.data.train_end is None:
            return len(self.data)
        if may_be_first and at is not None and _number(at) == 0:
            return 0
        return len(self.data.split(None if at is None else _number(at))[0])


def since(data: Collection | Recording, at: str | None) -> int:
    """Return the first time step to report on: 0 where nothing is said, the length where all lies before.

    Parameters
    ----------
    data : Collection or Recording
        What is reported on.
    at : str, optional
        As of :meth:`RecordingSource.start`; a recording may begin after it, or end before it, as one of many may.

    Raises
    ------
    ParameterError
        If it is no share, row or date, or the data are short series.
    DataError
        If it is a date, and the recording has no timestamps.

    Examples
    --------
    >>> since(Recording([0.0] * 10), "0.4"), since(Recording([0.0] * 10), "7"), since(Recording([0.0]), None)
    (4, 7, 0)
    """
    if at is None:
        return 0
    if isinstance(data, Collection):
        raise ParameterError("--since is for recordings, but this data holds short series: leave it out")
    place, n_times = _number(at), len(data)
    if not isinstance(place, str):
        row = share_or_row(place, n_times)
        if row < 0:
            raise ParameterError(f"expected a row of 0 or more, got {at}: count from the beginning")
        return min(row, n_times)
    if data.timestamps is None:
        raise DataError(f"the date {at!r} needs timestamps, but this recording has none: give a share or a row")
    return row_at(data.timestamps, place, data.zone)


def readable(data: Kind, detector: Detector, log: Callable[[str], None]) -> Kind:
    """Return data as a fitted detector reads it, its channels picked and put in order by their names.

    Parameters
    ----------
    data : Collection or Recording
        It may have more channels than the detector.
    detector : Detector
        Fitted.
    log : callable
        Gets a line where channels were picked, or put in another order.

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
        log(f"the model has the channels {shorten(', '.join(channels), 80)}: {what}")
        data = data.select(channels)  # type: ignore[assignment]  # of the same kind
    if isinstance(data, Recording) == (detector.kind == "recordings"):
        advice = "rename the columns in the file, or name the channels if one was read as something else (channels=)"
        data = with_channels(data, channels, advice)
    detector.scorer_.read(data)
    return data


def load_source(request: Request, *, need_normal: bool = True) -> Source | RecordingSource:
    """Load a data set of the catalogue or a file, and find out which class is normal.

    Parameters
    ----------
    request : Request
        Which data, and how to read them. With ``kind="beats"`` the beats of an ECG record are found, see
        :func:`offbeat.ecg.loading.load_beats`; else see :func:`offbeat.data.load`.
    need_normal : bool
        Whether it matters which class is normal.

    Raises
    ------
    DataError
        If the data cannot be read, or has several classes and none is named as normal.
    """
    if request.kind == "beats":
        return _load_beats(request, need_normal)
    data = data_room.load_with(request.data, reading_options(request), request.data_dir)
    for note in data.notes:
        warn(note, ReadingWarning)
    if isinstance(data, Collection):
        return Source(data, _normal_class(data, request, need_normal))
    if request.normal is not None and data.labels is None:
        raise ParameterError(
            f"{request.data} is a recording without labels: leave --normal out, or name them (--label)"
        )
    return RecordingSource(data)


def reading_options(request: Request) -> ReadOptions:
    """Return how to read a file, as was asked for."""
    how: dict[str, Any] = known_settings(parse_settings(request.read), READ_OPTIONS, "reading")
    how |= {name: getattr(request, name) for name in ("label", "time", "time_format", "kind")}
    if request.data not in names():
        how["normal"] = request.normal
    return options_from(ReadOptions, how, "loading data")


def _normal_class(data: Collection, request: Request, need_normal: bool) -> str | None:
    """Return the label of the normal class: as asked for, as the catalogue has it, or the only one."""
    normal = request.normal
    if normal is None and request.data in names():
        normal = data_room.find(request.data).normal
    if normal is None and len(data.classes) == 1:
        normal = data.classes[0]
    if normal is None and need_normal and data.classes:
        raise DataError(
            f"{request.data} has the classes {', '.join(data.classes)}: say which of them is normal (--normal)"
        )
    if normal is not None and normal not in data.classes:
        raise DataError(
            f"no series is of the normal class {normal!r}: the classes are {', '.join(data.classes) or 'none'}"
        )
    return normal


def _load_beats(request: Request, need_normal: bool) -> Source:
    """Return the beats of an ECG record."""
    if request.time is not None:
        raise ParameterError("beats have the times of their record: leave --time out")
    options = beat_options(request)
    found = load_beats(request.data, options, data_dir=request.data_dir)
    classes, wanted = found.data.classes, request.normal or NORMAL
    if wanted not in classes and (request.normal is not None or (classes and need_normal)):
        raise DataError(
            f"no beat of {request.data} is of the normal class {wanted!r}: the classes are "
            f"{', '.join(classes) or 'none'}; name another (--normal), or learn from all beats (--label none)"
        )
    return Source(found.data, wanted if wanted in classes else None, note=found.note)


def beat_options(request: Request) -> BeatOptions:
    """Return how the beats of ECG records are to be read.

    Raises
    ------
    ParameterError
        If there is no such option.
    """
    settings = parse_settings(request.read, {"lead": str, "units": str, "method": str})
    settings |= {} if request.label is None else {"label": request.label}
    return options_from(BeatOptions, settings, "reading beats")


def load_collection(request: Request, *, need_normal: bool = True) -> Source:
    """Load short series, see :func:`load_source`.

    Raises
    ------
    DataError
        If it is a recording.
    """
    source = load_source(request, need_normal=need_normal)
    if isinstance(source, RecordingSource):
        raise DataError(f"expected a collection of short series, but {request.data} is one long recording")
    return source


def load_recording(request: Request) -> RecordingSource:
    """Load a recording, see :func:`load_source`.

    Raises
    ------
    DataError
        If it is a collection.
    """
    source = load_source(request)
    if isinstance(source, Source):
        raise DataError(
            f"expected one long recording, but {request.data} holds {len(source.data):,} short series: if it is one, "
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

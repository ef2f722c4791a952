"""The two nouns that hold data: one long :class:`Recording`, or a :class:`Collection` of many short series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, ShapeError

__all__ = ["Collection", "FloatArray", "Recording"]

FloatArray = npt.NDArray[np.floating[Any]]


def _as_float(values: npt.ArrayLike, noun: str) -> FloatArray:
    """Return ``values`` as a float array (float32 stays float32), or say which kind came instead."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"a {noun} holds numbers in rows of one length, but NumPy says: {error}") from error
    if array.dtype.kind not in "fiub":
        raise DataError(
            f"a {noun} holds numbers, but its values are of type {array.dtype}: "
            "leave text columns out, or name the one that holds the labels"
        )
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def _as_times(timestamps: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    """Return timestamps as ``datetime64``, those with a time zone in UTC."""
    if timestamps.dtype.kind == "M":
        return timestamps
    try:
        if timestamps.dtype.kind in "fiub":
            raise TypeError("these are numbers")
        return pd.to_datetime(timestamps, utc=True).tz_convert(None).to_numpy()
    except (TypeError, ValueError) as error:
        raise DataError(f"timestamps are points in time (datetime64), but what came is not: {error}") from error


def _channel_names(channels: Sequence[str] | None, count: int) -> tuple[str, ...]:
    names = tuple(f"ch{i}" for i in range(count)) if channels is None else tuple(map(str, channels))
    if len(names) != count:
        raise ShapeError(f"expected {count} channel names, one for each channel, but {len(names)} came: {names}")
    if len(set(names)) != len(names):
        raise DataError(f"channel names must differ from each other, but these came: {names}")
    return names


def _pick_channels(wanted: Sequence[str], have: tuple[str, ...]) -> list[int]:
    missing = [name for name in wanted if name not in have]
    if missing:
        raise ShapeError(f"no channel named {missing[0]!r}: the channels are {', '.join(have)}")
    return [have.index(name) for name in wanted]


@dataclass(frozen=True, eq=False)
class Recording:
    """One long series.

    Parameters
    ----------
    values : array of shape (n_times, n_channels) or (n_times,)
        One-dimensional input becomes one channel. NaN marks a missing value.
    sampling_rate : float, optional
        Samples per second (Hz).
    timestamps : array of shape (n_times,), optional
        ``datetime64`` of each time step, never decreasing; time zones become UTC.
    channels : sequence of str, optional
        One name a channel; ``ch0``, ``ch1`` … where none are given.
    labels : array of shape (n_times,), optional
        1 where the time step is known to be anomalous, else 0.
    name : str
        What to call it in tables and pictures.

    Raises
    ------
    ShapeError
        If the lengths do not fit together.
    DataError
        If the values are not numbers, or time runs backwards.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import Recording
    >>> two_leads = Recording(np.zeros((1000, 2)), sampling_rate=250.0, channels=["MLII", "V1"])
    >>> two_leads.select(["V1"])
    Recording(1000 time steps x 1 channel (V1), 250 Hz)
    >>> two_leads.duration
    4.0
    """

    values: FloatArray
    sampling_rate: float | None = None
    timestamps: npt.NDArray[np.datetime64] | None = None
    channels: tuple[str, ...] = None  # type: ignore[assignment]  # filled in by __post_init__
    labels: npt.NDArray[np.integer[Any]] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        values = _as_float(self.values, "recording")
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2:
            raise ShapeError(f"a recording has the shape (n_times, n_channels), but {values.ndim} axes came")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "channels", _channel_names(self.channels, values.shape[1]))
        for what in ("timestamps", "labels"):
            given = getattr(self, what)
            if given is None:
                continue
            given = np.asarray(given)
            if given.shape != (len(values),):
                raise ShapeError(f"expected {len(values)} {what}, one for each time step, but {given.shape} came")
            object.__setattr__(self, what, _as_times(given) if what == "timestamps" else given)
        if self.timestamps is not None and np.any(np.diff(self.timestamps) < np.timedelta64(0)):
            raise DataError("the timestamps of a recording never decrease, but these do: sort the rows first")

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, name: str = "") -> Self:
        """Make a recording of a frame with a datetime index; each column becomes a channel."""
        if not isinstance(frame.index, pd.DatetimeIndex):
            raise DataError("a frame becomes a recording by its datetime index, but this one has none: set_index first")
        return cls(frame.to_numpy(), timestamps=frame.index.to_numpy(), channels=tuple(map(str, frame)), name=name)

    @property
    def duration(self) -> float:
        """Length in seconds, by the sampling rate or else the timestamps; NaN where neither is known."""
        if self.sampling_rate:
            return len(self) / self.sampling_rate
        if self.timestamps is not None and len(self):
            return float((self.timestamps[-1] - self.timestamps[0]) / np.timedelta64(1, "s"))
        return float("nan")

    def select(self, channels: Sequence[str]) -> Self:
        """Return the named channels, in the order given."""
        picked = _pick_channels(channels, self.channels)
        return replace(self, values=self.values[:, picked], channels=tuple(channels))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, times: slice) -> Self:
        return replace(
            self,
            values=self.values[times],
            timestamps=None if self.timestamps is None else self.timestamps[times],
            labels=None if self.labels is None else self.labels[times],
        )

    def __repr__(self) -> str:
        n = len(self.channels)
        rate = f", {self.sampling_rate:g} Hz" if self.sampling_rate else ""
        return f"Recording({len(self)} time steps x {n} channel{'s'[: n != 1]} ({', '.join(self.channels)}){rate})"


@dataclass(frozen=True, eq=False)
class Collection:
    """Many short series of one length.

    Parameters
    ----------
    values : array of shape (n_series, n_channels, n_times) or (n_series, n_times)
        Two-dimensional input becomes one channel. NaN marks a missing value.
    labels : array of shape (n_series,), optional
        The class of each series, kept as text: ``1``, ``1.0`` and ``"1"`` are all the class ``"1"``.
    channels : sequence of str, optional
        One name a channel; ``ch0``, ``ch1`` … where none are given.
    class_names : mapping, optional
        A readable name for each class, by its label.
    sampling_rate : float, optional
        Samples per second (Hz).
    groups : array of shape (n_series,), optional
        Whom or what each series comes from (patient, record, machine), so that splits can keep them apart.
    name : str
        What to call it in tables and pictures.

    Raises
    ------
    ShapeError
        If the lengths do not fit together.
    DataError
        If the values are not numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import Collection
    >>> beats = Collection(np.zeros((5, 140)), labels=[1, 1, 2, 1, 3], class_names={"1": "normal"})
    >>> beats
    Collection(5 series x 1 channel x 140 time steps, 3 classes)
    >>> len(beats.where("1"))
    3
    """

    values: FloatArray
    labels: npt.NDArray[np.str_] | None = None
    channels: tuple[str, ...] = None  # type: ignore[assignment]  # filled in by __post_init__
    class_names: Mapping[str, str] = field(default_factory=dict)
    sampling_rate: float | None = None
    groups: npt.NDArray[Any] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        values = _as_float(self.values, "collection")
        if values.ndim == 2:
            values = values[:, None, :]
        if values.ndim != 3:
            raise ShapeError(f"a collection has the shape (n_series, n_channels, n_times), but {values.ndim} axes came")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "channels", _channel_names(self.channels, values.shape[1]))
        for what in ("labels", "groups"):
            given = getattr(self, what)
            if given is None:
                continue
            given = as_labels(given) if what == "labels" else np.asarray(given)
            if given.shape != (len(values),):
                raise ShapeError(f"expected {len(values)} {what}, one for each series, but {given.shape} came")
            object.__setattr__(self, what, given)

    @property
    def n_times(self) -> int:
        """Time steps of each series."""
        return int(self.values.shape[2])

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that occur, sorted (numbers by value); empty where there are no labels."""
        if self.labels is None:
            return ()
        return tuple(sorted(map(str, np.unique(self.labels)), key=_natural))

    def class_name(self, label: str) -> str:
        """Return the readable name of a class, or the label itself."""
        return self.class_names.get(label, label)

    def counts(self) -> dict[str, int]:
        """Return how many series each class has, by label."""
        return {label: int(np.sum(self.labels == label)) for label in self.classes}

    def where(self, *labels: str) -> Self:
        """Return the series of the named classes, in their order here."""
        if self.labels is None:
            raise DataError("choosing series by class needs labels, but this collection has none")
        unknown = [label for label in labels if label not in self.classes]
        if unknown:
            raise DataError(f"no series of class {unknown[0]!r}: the classes are {', '.join(self.classes)}")
        return self[np.isin(self.labels, labels)]

    def select(self, channels: Sequence[str]) -> Self:
        """Return the named channels, in the order given."""
        picked = _pick_channels(channels, self.channels)
        return replace(self, values=self.values[:, picked], channels=tuple(channels))

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, series: slice | npt.ArrayLike) -> Self:
        rows = series if isinstance(series, slice) else np.atleast_1d(np.asarray(series))
        if not isinstance(rows, slice) and not rows.size:
            rows = rows.astype(np.intp)  # NumPy takes an empty list for floats
        return replace(
            self,
            values=self.values[rows],
            labels=None if self.labels is None else self.labels[rows],
            groups=None if self.groups is None else self.groups[rows],
        )

    def __repr__(self) -> str:
        n, k = len(self.channels), len(self.classes)
        classes = f", {k} class{'es'[: 2 * (k != 1)]}" if k else ""
        return f"Collection({len(self)} series x {n} channel{'s'[: n != 1]} x {self.n_times} time steps{classes})"


def as_labels(labels: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Return class labels as text; whole numbers lose their decimal point.

    Examples
    --------
    >>> as_labels([1.0, 2.0])
    array(['1', '2'], dtype='<U1')
    """
    array = np.asarray(labels)
    if array.dtype.kind == "f" and np.all(array == np.round(array)):
        array = array.astype(np.int64)
    return np.array([str(item) for item in array.tolist()], dtype=np.str_)


def _natural(label: str) -> tuple[int, float, str]:
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)

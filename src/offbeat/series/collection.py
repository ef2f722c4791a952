"""Many short series of one length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError
from offbeat.plotting import drawn
from offbeat.series.arrays import (
    FloatArray,
    as_domain,
    as_float,
    as_labels,
    channel_names,
    natural_order,
    pick_channels,
)
from offbeat.series.channel_table import channel_table, sentences
from offbeat.tables import ShownAsTables, Table
from offbeat.words import notice_for, plural

__all__ = ["Collection"]


@dataclass(frozen=True, eq=False)
class Collection(ShownAsTables):
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
        The patient, record or machine that each series comes from, so that splits can keep groups together.
    features : array of shape (n_series, n_features), optional
        Numbers that stand beside each series, such as the ratios of the RR intervals around a beat. NaN marks a missing
        one. Classifiers use them; detectors do not.
    feature_names : sequence of str, optional
        One name a feature; ``f0``, ``f1`` … where there are features and no names are given.
    name : str
        What to call it in tables and pictures.
    domain : {"", "ecg", "physiology"}
        What the data is about: results on physiological signals carry the notice that this is no medical device.
    notes : tuple of str
        What its reader took for what, where it might have been meant otherwise.

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
    >>> Collection(np.zeros((2, 9)), features=[[0.8], [1.1]], feature_names=["RR ratio"])[1:].features
    array([[1.1]])
    """

    values: FloatArray
    labels: npt.NDArray[np.str_] | None = None
    channels: tuple[str, ...] = None  # type: ignore[assignment]  # filled in by __post_init__
    class_names: Mapping[str, str] = field(default_factory=dict)
    sampling_rate: float | None = None
    groups: npt.NDArray[Any] | None = None
    features: FloatArray | None = None
    feature_names: tuple[str, ...] = ()
    name: str = ""
    domain: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        as_domain(self.domain)
        values = as_float(self.values, "collection")
        if values.ndim == 2:
            values = values[:, None, :]
        if values.ndim != 3:
            raise ShapeError(f"a collection has the shape (n_series, n_channels, n_times), got {values.ndim} axes")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "channels", channel_names(self.channels, values.shape[1]))
        for what in ("labels", "groups"):
            given = getattr(self, what)
            if given is None:
                continue
            given = as_labels(given) if what == "labels" else np.asarray(given)
            if given.shape != (len(values),):
                raise ShapeError(f"expected {len(values)} {what}, one for each series, got {given.shape}")
            object.__setattr__(self, what, given)
        if self.features is not None:
            object.__setattr__(self, "features", _as_features(self.features, len(values)))
        object.__setattr__(self, "feature_names", _feature_names(self.feature_names, self.features))

    @property
    def n_times(self) -> int:
        """Time steps of each series."""
        return int(self.values.shape[2])

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that occur, sorted (numbers by value); empty where there are no labels."""
        if self.labels is None:
            return ()
        return tuple(sorted(map(str, np.unique(self.labels)), key=natural_order))

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

    def plot(self) -> Any:
        """Draw the mean series of each class, with its rolling mean and a band of ± 2 rolling standard deviations.

        Without labels all series are one class.

        Returns
        -------
        matplotlib.figure.Figure
            See :func:`offbeat.class_means`.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> [panel.get_title("left") for panel in Collection(np.ones((30, 50))).plot().axes]
        ['all series (n = 30)']
        """
        return drawn("collection", self)

    def select(self, channels: Sequence[str]) -> Self:
        """Return the named channels, in the order given."""
        picked = pick_channels(channels, self.channels)
        return replace(self, values=self.values[:, picked], channels=tuple(self.channels[i] for i in picked))

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
            features=None if self.features is None else self.features[rows],
        )

    def __repr__(self) -> str:
        n, k = len(self.channels), len(self.classes)
        classes = f", {k} class{'es'[: 2 * (k != 1)]}" if k else ""
        return f"Collection({len(self)} series x {n} channel{'s'[: n != 1]} x {self.n_times} time steps{classes})"

    def _summary(self) -> Iterable[Table]:
        size = f"{plural(len(self), 'series', 'series')} x {plural(len(self.channels), 'channel')} x "
        title = f"{self.name or 'Collection'}: {size}{plural(self.n_times, 'time step')}"
        rate = f"Sampled at {self.sampling_rate:g} Hz." if self.sampling_rate else ""
        notes = (rate, *self.notes, notice_for(self.domain))
        yield channel_table(title, self.channels, self.values.transpose(1, 0, 2), () if self.classes else notes)
        if self.classes:
            rows = [[label, self.class_name(label), n, n / len(self)] for label, n in self.counts().items()]
            heads = ["class", "name", "series", "share"]
            yield Table("Classes", heads, rows, ["", "", "", ".1%"], sentences(*notes))


def _as_features(features: npt.ArrayLike, n_series: int) -> FloatArray:
    array = as_float(features, "table of features")
    if array.ndim != 2 or len(array) != n_series:
        raise ShapeError(
            f"features have the shape (n_series, n_features), here ({n_series}, n_features), got {array.shape}"
        )
    return array


def _feature_names(names: Sequence[str], features: FloatArray | None) -> tuple[str, ...]:
    """Return one name for each feature, all different."""
    count = 0 if features is None else features.shape[1]
    found = tuple(map(str, names)) or tuple(f"f{i}" for i in range(count))
    if len(found) != count:
        raise ShapeError(f"expected {count} feature names, one for each feature, got {len(found)}: {found}")
    if len(set(found)) != len(found):
        raise DataError(f"feature names must differ from each other, got these: {found}")
    return found

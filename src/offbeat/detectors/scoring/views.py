"""How a detector sees its data: a collection as its series, a recording as windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.scoring.checks import require_enough, require_features, require_length, with_channels
from offbeat.detectors.scoring.stages import Stage
from offbeat.errors import DataError, MissingValuesWarning, ShapeError, warn
from offbeat.estimators.scaling import Scaler
from offbeat.events import Event
from offbeat.series.magnitudes import require_size
from offbeat.series.recording import Collection, FloatArray, Recording
from offbeat.thresholds import Threshold, Tiers

__all__ = ["Explained", "Flags", "Found", "Mask", "Rows", "Scores", "View", "Viewed"]

Data = TypeVar("Data", Collection, Recording)

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Flags = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]
Explained = tuple[Rows, FloatArray, FloatArray]
"""Rows of a view, and the expected values and the shares of these series, ``(n_rows, n_channels, n_times)``."""


@dataclass(frozen=True)
class Viewed(Generic[Data]):
    """Data as a view shows it: series of one shape.

    Attributes
    ----------
    data : Collection or Recording
        The data itself; each of its series or time steps gets a score.
    values : array of the shape of the values of the data
        Its values; those of a recording with short gaps bridged, see :func:`offbeat.series.bridging.bridged`.
    series : array of shape (n_series, n_channels, n_times)
        The series of the collection, or the windows of the recording, without a copy.
    complete : array of shape (n_series,)
        True where no value is missing, but for those that are bridged: what can be learned from.
    scored : array of shape (n_series,)
        True for those of them that get a score: a window that ends in a gap has none, as the gap is bridged later.
    score_index : array of shape (n_series,)
        For each of the series, the index of its own score; of a window that of the time step at which it ends.
    """

    data: Data
    values: FloatArray
    series: FloatArray
    complete: Mask
    scored: Mask
    score_index: Rows

    def __len__(self) -> int:
        return len(self.series)

    @property
    def n_scores(self) -> int:
        """How many scores the data gets."""
        return len(self.data)

    def mask(self, rows: Rows) -> Mask:
        """Return True for the given series, else False, ``(n_series,)``."""
        among = np.zeros(len(self), dtype=bool)
        among[rows] = True
        return among


@dataclass(frozen=True)
class Found:
    """What is flagged in data, and how to make events of it.

    Attributes
    ----------
    flags, scores : array of shape (n_scores,)
        1 where a score belongs to an event; the scores.
    tiers : Tiers
        Fitted.
    channels : tuple of str
        The names of the channels.
    after : range
        How many time steps after a time step the windows end that its score comes from.
    start : int
        No event begins before this time step.
    min_length, merge_gap : int
        See :meth:`offbeat.detectors.base.Detector.detect`.
    """

    flags: Flags
    scores: Scores
    tiers: Tiers
    channels: tuple[str, ...]
    after: range = range(1)
    start: int = 0
    min_length: int = 1
    merge_gap: int | None = None

    @property
    def delay(self) -> int:
        """How many time steps after a time step its score is known."""
        return self.after.stop - 1


class View(ABC, Generic[Data]):
    """How a detector sees its data; a subclass for each kind of data.

    Whatever differs between a detector that reads collections and one that reads recordings is a method of these.
    """

    reads: ClassVar[str]
    """The kind of data, as in ``Detector.reads``."""
    shows: ClassVar[str]
    """What the series of a view are called in messages."""
    if_too_few: ClassVar[str] = "give more data"
    """What to do where there are too few of them."""

    def read(self, X: Any, n_times: int | None = None, channels: tuple[str, ...] | None = None) -> Viewed[Data]:
        """Return ``X`` as series, all of whose values are finite or NaN.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            As a caller gave it.
        n_times : int, optional
            Refuse series of another length.
        channels : tuple of str, optional
            Refuse other channels; put those of these names in this order.
        """
        data = self._as_data(X)
        require_features(data)
        if channels is not None:
            data = with_channels(data, channels)
        values = self._filled(data)
        series = self._series(values)
        if n_times is not None:
            require_length(series.shape[2], n_times)
        require_size(data.values)
        missing, unfilled = (
            np.asarray(np.isnan(each).any(axis=tuple(range(1, each.ndim)))) for each in (data.values, values)
        )
        complete, score_index = ~self.containing(unfilled), self._score_index(len(data))
        return Viewed(data, values, series, complete, complete & ~missing[score_index], score_index)

    def labelled(self, y: npt.ArrayLike | None, viewed: Viewed[Data]) -> Mask:
        """Return which series contain a known anomaly, by labels of the data."""
        if y is None:
            return np.zeros(len(viewed), dtype=bool)
        known = np.asarray(y)
        if not np.isin(known, (0, 1)).all():
            raise DataError("y is 1 where an anomaly is known and 0 elsewhere, got other values")
        if known.shape != (viewed.n_scores,):
            raise ShapeError(f"expected {viewed.n_scores} labels in y, got an array of shape {known.shape}")
        return self.containing(known.astype(bool))

    def warn_of_gaps(self, viewed: Viewed[Data], usable: Mask, fate: str) -> None:
        """Warn of series that are not usable for missing values; ``fate`` says what becomes of them."""
        whole = self.whole(viewed)
        missing = np.sum(whole & ~usable)
        if missing:
            message = f"{missing} of {np.sum(whole)} {self.shows} hold missing values and are {fate}"
            warn(message, MissingValuesWarning)

    def whole(self, viewed: Viewed[Data]) -> Mask:
        """Return which series lie in one part of the data: all, unless a recording is joined of several."""
        return np.ones(len(viewed), dtype=bool)

    def located(self, viewed: Viewed[Data], events: list[Event]) -> tuple[list[Event], Sequence[str]]:
        """Return events counted from the beginning of the recording that they lie in, and the names of the recordings.

        Where several are joined, ``series`` of an event is the number of its recording; else there are no names.
        """
        return events, ()

    def require_enough(self, n_train: int, n_held_out: int) -> None:
        """Refuse to learn from too few series."""
        require_enough(n_train, n_held_out, self.described, self.if_too_few)

    @property
    def max_gap(self) -> int:
        """How long a gap of a channel may be to be bridged; 0 where none is."""
        return 0

    @property
    def described(self) -> str:
        """What its series are, in words."""
        return self.shows

    @abstractmethod
    def _as_data(self, X: Any) -> Data:
        """Return the collection or recording that a caller gave, in whatever form."""

    @abstractmethod
    def _filled(self, data: Data) -> FloatArray:
        """Return the values of the data, with short gaps bridged."""

    @abstractmethod
    def _series(self, values: FloatArray) -> FloatArray:
        """Return the series, ``(n_series, n_channels, n_times)``, of the values of the data."""

    @abstractmethod
    def _score_index(self, n_scores: int) -> Rows:
        """Return the index of the score of each series, or of the time step at which each window ends."""

    @abstractmethod
    def containing(self, marked: Mask) -> Mask:
        """Return which series contain a marked one, or a marked time step, of the data."""

    @abstractmethod
    def scaled(self, viewed: Viewed[Data], scaler: Scaler) -> npt.NDArray[np.float32]:
        """Return the scaled series."""

    @abstractmethod
    def hold_out(self, viewed: Viewed[Data], rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
        """Return the rows to learn from, and those kept aside: a share of all, one at least."""

    @abstractmethod
    def folds(self, viewed: Viewed[Data], rows: Rows, n: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Yield the rows to learn from, and those to score, which share nothing with them, for each of ``n`` folds."""

    @abstractmethod
    def kept(self, viewed: Viewed[Data], rows: Rows) -> Rows:
        """Return the indices of the scores of the rows, and of those between them, in order."""

    @abstractmethod
    def groups(self, viewed: Viewed[Data], rows: Rows) -> Rows:
        """Return the number of the group of each row; nothing where no groups are known."""

    @abstractmethod
    def overlap(self, n_times: int) -> int:
        """Return how many time steps a score is about, see :meth:`offbeat.thresholds.Threshold.fit`."""

    @property
    @abstractmethod
    def gap(self) -> int:
        """Time steps between flagged scores up to which they are of one event."""

    @abstractmethod
    def default_threshold(self) -> Threshold:
        """Return the threshold where none is chosen."""

    @abstractmethod
    def default_tiers(self, threshold: Threshold) -> Tiers:
        """Return the tiers beside a threshold where none are chosen; all of them unfitted."""

    @abstractmethod
    def span(self, n_times: int) -> int:
        """Return how many of ``n_times`` time steps one of its series takes."""

    @abstractmethod
    def n_features(self, n_channels: int, n_times: int) -> int:
        """Return how many numbers a row of the data has, as scikit-learn counts them."""

    @abstractmethod
    def stage(self, fold: str) -> Stage:
        """Return what turns the scores of series into scores of the data."""

    @abstractmethod
    def step(self, data: Data) -> float | None:
        """Return the seconds between two time steps; None where they are not known."""

    def spans_gaps(self, data: Data) -> bool:
        """Return whether rows follow each other across gaps in time: only those of a recording can."""
        return False

    @abstractmethod
    def fingerprints(self, train: FloatArray, held_out: FloatArray) -> npt.NDArray[np.uint64]:
        """Return what an evaluation recognises single series by."""

    @abstractmethod
    def stretches(self, *viewed: Viewed[Data]) -> tuple[LearnedFrom, ...]:
        """Return what an evaluation recognises parts of recordings by."""

    @abstractmethod
    def flags(self, scores: Scores, threshold: Threshold, low: float | None) -> Flags:
        """Return 1 for each score that belongs to an event, else 0."""

    @abstractmethod
    def to_explain(self, viewed: Viewed[Data], found: Found) -> Mask:
        """Return which series have to be explained for :meth:`events`, of those that get a score."""

    @abstractmethod
    def explained(
        self, viewed: Viewed[Data], scores: Scores, after: range, explained: Iterable[Explained]
    ) -> tuple[FloatArray, FloatArray]:
        """Return the expected values and the shares of scores, both of the shape of the data; NaN where unknown.

        Parameters
        ----------
        viewed : Viewed
            The data.
        scores : array of shape (n_scores,)
            The scores.
        after : range
            How many time steps after a time step the windows end that its score comes from.
        explained : iterable of (rows, expected, shares)
            The explanations of all series that get a score, in batches.
        """

    @abstractmethod
    def events(
        self,
        viewed: Viewed[Data],
        found: Found,
        explained: Iterable[Explained],
    ) -> list[Event]:
        """Return what is flagged as events, at the time steps to blame.

        Parameters
        ----------
        viewed : Viewed
            The data.
        found : Found
            What is flagged in it, and how to make events of that.
        explained : iterable of (rows, expected, shares)
            The explanations of the series that :meth:`to_explain` names, in batches.
        """


def n_held_out(n: int, share: float) -> int:
    """Return how many of ``n`` series are held out."""
    return max(1, round(n * share))

"""Try detectors on planted anomalies: fit them on one part of normal data, and look for anomalies in another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.errors import DataError, ignoring
from offbeat.series.recording import Collection, FloatArray, Recording
from offbeat.tuning.planting import Planted, kinds_in_turn, plant, plant_series

__all__ = ["Outcome", "RecordingTrial", "SeriesTrial", "Trial", "trial_of"]

_MOST_STEPS, _MOST_SERIES = 6_000, 1_500
"""The newest time steps of a recording, and the series drawn from a collection, that a trial takes."""
_ENOUGH, _MOST_COPIES = 36, 18
"""Anomalies of a trial on a recording, from which on no more copies are made; and copies at most."""
_FEWEST_STEPS, _FEWEST_SERIES = 100, 60
"""The least data that is cut into a part to learn from and one to plant into."""
_OF_NORMAL = 0.95
"""A short series is found where its score is higher than those of this share of normal series."""


class Outcome(NamedTuple):
    """What a detector made of a trial."""

    found: npt.NDArray[np.bool_]
    """For each planted anomaly whether it was found, shape (n_planted,)."""
    scores: npt.NDArray[np.float64]
    """All scores, in an order that is the same for each detector; NaN where there is none."""


class Trial(ABC):
    """Normal data to learn from, and other normal data with anomalies planted into it."""

    @property
    @abstractmethod
    def n_planted(self) -> int:
        """How many anomalies there are."""

    def run(self, detector: Detector) -> Outcome:
        """Fit a detector on the one part, and look for the anomalies in the other.

        Parameters
        ----------
        detector : Detector
            Unfitted; it is fitted here.
        """
        with ignoring(Warning):
            return self._run(detector)

    @abstractmethod
    def _run(self, detector: Detector) -> Outcome: ...


@dataclass(frozen=True, eq=False)
class RecordingTrial(Trial):
    """Anomalies in copies of the last part of a recording.

    One is found where the highest score in it, or within half a window of it, is higher than all scores of the same
    copy that are further than a window from any anomaly.
    """

    learn: Recording
    held_out: Recording
    copies: Sequence[Planted]
    window: int

    @classmethod
    def of(cls, recording: Recording, window: int, rng: np.random.Generator) -> Self:
        """Cut the newest part of a recording in two, and plant anomalies into copies of the second."""
        _require(len(recording), _FEWEST_STEPS, "time steps")
        newest = recording[max(0, len(recording) - _MOST_STEPS) :]
        # A third, or more where that is short for a long window, but no more than half.
        n_held_out = int(np.clip(8 * window, len(newest) // 3, len(newest) // 2))
        learn, held_out = newest[:-n_held_out], newest[-n_held_out:]
        spread, kinds = _spread(learn.values, 0), kinds_in_turn(rng)
        copies: list[Planted] = []
        while len(copies) < _MOST_COPIES and sum(len(copy.kinds) for copy in copies) < _ENOUGH:
            copies.append(plant(held_out.values, spread, window, kinds, rng))
        return cls(learn, held_out, copies, window)

    @property
    def n_planted(self) -> int:
        """How many anomalies there are in all copies."""
        return sum(len(copy.kinds) for copy in self.copies)

    def _run(self, detector: Detector) -> Outcome:
        detector.fit(self.learn)
        found, scores = [], []
        for copy in self.copies:
            scored = np.asarray(detector.decision_function(replace(self.held_out, values=copy.values)))
            found += list(self._found(copy, scored))
            scores.append(scored)
        return Outcome(np.array(found, dtype=bool), np.concatenate(scores))

    def _found(self, copy: Planted, scores: FloatArray) -> Iterator[bool]:
        known = np.where(np.isfinite(scores), scores, -np.inf)
        near = np.zeros(len(scores), dtype=bool)
        for place in copy.places:
            near[max(0, place.start - self.window) : place.stop + self.window] = True
        normal = known[~near].max(initial=-np.inf)
        half = self.window // 2
        for place in copy.places:
            yield bool(known[max(0, place.start - half) : place.stop + half].max() > normal)


@dataclass(frozen=True, eq=False)
class SeriesTrial(Trial):
    """Anomalies in copies of short series, one in each.

    One is found where its score is higher than those of 95 % of the same series as they are.
    """

    learn: Collection
    normal: Collection
    planted: FloatArray

    @classmethod
    def of(cls, collection: Collection, rng: np.random.Generator) -> Self:
        """Draw series to learn from, and a third of them to plant anomalies into."""
        _require(len(collection), _FEWEST_SERIES, "normal series")
        drawn = rng.permutation(len(collection))[:_MOST_SERIES]
        n_normal = len(drawn) // 3
        learn, normal = collection[np.sort(drawn[n_normal:])], collection[np.sort(drawn[:n_normal])]
        return cls(learn, normal, plant_series(normal.values, _spread(learn.values, (0, 2)), rng))

    @property
    def n_planted(self) -> int:
        """How many series have an anomaly."""
        return len(self.planted)

    def _run(self, detector: Detector) -> Outcome:
        detector.fit(self.learn)
        both = replace(self.normal, values=self.planted, labels=None, groups=None, features=None, feature_names=())
        normal, planted = detector.decision_function(self.normal), detector.decision_function(both)
        known = normal[np.isfinite(normal)]
        limit = np.quantile(known, _OF_NORMAL) if len(known) else np.inf
        return Outcome(planted > limit, np.concatenate([normal, planted]))


def trial_of(data: Recording | Collection, window: int, rng: np.random.Generator) -> Trial:
    """Return a trial on normal data.

    Parameters
    ----------
    data : Recording or Collection
        What detectors are to be fitted on.
    window : int
        Time steps that anomalies in a recording are about as long as.
    rng : numpy.random.Generator
        Draws all that is drawn.

    Raises
    ------
    DataError
        If there is too little data, or no anomaly can be planted because all values are the same or missing.
    """
    trial = RecordingTrial.of(data, window, rng) if isinstance(data, Recording) else SeriesTrial.of(data, rng)
    if not trial.n_planted:
        raise DataError(
            "expected normal data that anomalies can be planted into, but its values are missing or all the same: "
            "give other data, or fit a detector by its name"
        )
    return trial


def _require(count: int, least: int, what: str) -> None:
    if count < least:
        raise DataError(
            f"expected at least {least} {what} to learn from and to plant anomalies into, got {count}: give more, or "
            "fit a detector by its name"
        )


def _spread(values: FloatArray, axes: int | tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return the standard deviation of each channel, 0 where it is unknown."""
    with ignoring(RuntimeWarning):
        return np.asarray(np.nan_to_num(np.nanstd(values.astype(np.float64), axis=axes), posinf=0.0))

"""What a profile knows of a channel, and how it scores a whole recording by that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.digits import Digits
from offbeat.detectors.scoring.habit import Habit
from offbeat.detectors.scoring.joins import Distances, look_back_apart, look_elsewhere
from offbeat.detectors.scoring.novelty import Novelty
from offbeat.detectors.scoring.profile_plan import CERTAIN, JUMP, Comparison, Plan, rolling_mean
from offbeat.series.recording import FloatArray

__all__ = ["Channel", "Constant", "Known", "Past", "distances_within", "learn_channel"]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Past:
    """How much of the past counts.

    Attributes
    ----------
    windows : int
        Windows of the past that a window is compared with, besides those of the training part.
    scores : int
        Newest distances that the calibration takes into account, besides those of the training part.
    patience : float
        The share of the newest time steps that must be unlike the training part before the past of a channel counts; 0
        where it counts at once.
    newest : int
        How many time steps these are, at least one.
    unlike : float
        Digits beyond which a time step is unlike the training part.
    """

    windows: int
    scores: int
    patience: float = 0.0
    newest: int = 1
    unlike: float = 1.0

    @property
    def sides(self) -> tuple[Past, ...]:
        """No past and this one, which :meth:`habit` chooses between; or this one alone."""
        return (Past(0, 0), self) if self.patience else (self,)

    def habit(self) -> Habit:
        """Return what chooses, with nothing remembered."""
        return Habit(self.newest, self.patience, self.unlike)


class Channel(ABC):
    """A channel as the training part showed it."""

    known: Values
    plan: Plan

    @abstractmethod
    def features(self, values: FloatArray, past: Past) -> list[Values]:
        """Return what is measured at each time step of a recording, ``(n_features, n_times)``, by each side."""

    @abstractmethod
    def digits(self, past: Past) -> list[Digits]:
        """Return the calibration of each feature, with nothing remembered."""

    @abstractmethod
    def joined(self, digits: Values) -> Values:
        """Return the score, ``(n_times,)``, from the digits of the features."""

    def scores(self, values: FloatArray, whole: npt.NDArray[np.bool_], past: Past) -> Values:
        """Return the score of each time step for which ``whole`` is true, ``(n_times,)``; NaN elsewhere."""
        found = [
            self.rarity(np.where(whole, features, np.nan), side)
            for features, side in zip(self.features(values, past), past.sides, strict=True)
        ]
        return past.habit().of(*found) if past.patience else found[0]

    def rarity(self, features: Values, past: Past) -> Values:
        """Return the score of each time step, ``(n_times,)``, from its features."""
        return self.joined(np.array([one.of(row) for one, row in zip(self.digits(past), features, strict=True)]))


class Known(Channel):
    """A channel with a history to compare with.

    Parameters
    ----------
    known : array of shape (n_known,)
        The training part, NaN where a value is missing.
    samples : sequence of array of shape (n,)
        The features of the training part, each in ascending order.
    plan : Plan
        What is compared.
    """

    def __init__(self, known: Values, samples: Sequence[Values], plan: Plan) -> None:
        self.known, self.samples, self.plan = known, samples, plan
        there = known[~np.isnan(known)]
        self.total, self.count = float(there.sum()), len(there)
        self._shown: dict[int, tuple[bytes, tuple[Distances, Distances] | None]] = {}

    def distances(self, comparison: Comparison, values: FloatArray, memory: int) -> tuple[Distances, Distances]:
        """Return the distances of the windows of a recording to the nearest of the known part, alone and with the past.

        Those of the windows that are shown to people are kept, the last ones for each memory: who scores a recording
        often wants to see next what its windows are most like.
        """
        known = len(self.known)
        series = comparison.series(np.concatenate([self.known, values]), known)
        if comparison != self.plan.shown:
            return look_back_apart(series, comparison.length, known, memory, kinds=comparison.kinds)
        digest, (kept, found) = blake2b(series.tobytes()).digest(), self._shown.get(memory, (b"", None))
        if found is None or kept != digest:
            found = look_back_apart(series, comparison.length, known, memory, kinds=comparison.kinds)
            self._shown[memory] = digest, found
        return found

    def features(self, values: FloatArray, past: Past) -> list[Values]:
        """Return the smoothed distances, the distance from the mean so far, and the size of the jump, by each side."""
        found = [(each, self.distances(each, values, past.windows)) for each in self.plan.comparisons]
        jumps = _jumps(values)

        def measured(side: Past) -> Values:
            curves = [
                _placed(self.plan, each, pair[side.windows > 0].values[kind], len(values), to_the_end=True)
                for each, pair in found
                for kind in each.kinds
            ]
            level = np.abs(values - _means_before(values, self.total, self.count, follow=side.windows > 0))
            return np.array([*curves, level, jumps])

        return [measured(side) for side in past.sides]

    def digits(self, past: Past) -> list[Digits]:
        """Return the calibration of each feature."""
        return [Digits(sample, past.scores) for sample in self.samples]

    def joined(self, digits: Values) -> Values:
        """Return the score."""
        return self.plan.joined(digits)


class Constant(Channel):
    """A channel that was constant in the training part: a value that was never there before is an anomaly for certain.

    Parameters
    ----------
    value : float
        Its value.
    plan : Plan
        What is compared of other channels.
    """

    def __init__(self, value: float, plan: Plan) -> None:
        self.known, self.value, self.plan, self.length = np.array([value]), value, plan, plan.length
        self.behind = self.length // 2 if plan.placement == "centre" else self.length - 1
        """Time steps of a window that lie before the one that it scores."""

    def novelty(self, past: Past) -> Novelty:
        """Return what measures how new values are, with nothing remembered."""
        return Novelty(self.value, self.length, past.windows)

    def features(self, values: FloatArray, past: Past) -> list[Values]:
        """Return how new each value is, from 0 to 1, or those of the window around it in the mean, by each side."""
        return [self._novelties(values, side) for side in past.sides]

    def _novelties(self, values: FloatArray, past: Past) -> Values:
        new, around = self.novelty(past).extend(values), np.full(len(values), np.nan)
        curve = rolling_mean(new, self.length)
        around[self.behind : self.behind + len(curve)] = curve
        around[self.behind + len(curve) :] = curve[-1] if len(curve) else np.nan
        return np.asarray(np.fmax(new, around)[None])

    def digits(self, past: Past) -> list[Digits]:
        """Return nothing: there is no distribution."""
        return []

    def joined(self, digits: Values) -> Values:
        """Return the score."""
        return np.asarray(CERTAIN * digits[0])

    def rarity(self, features: Values, past: Past) -> Values:
        """Return the score of each time step."""
        return self.joined(features)


def distances_within(known: Values, plan: Plan) -> list[Values]:
    """Return the distances of the windows of the training part, as new as others are to it, by comparison.

    Each window is compared with those that share no time step with it: folds of the training part, as many as it has
    windows, in one pass. Where scores are placed does not matter.
    """
    return [look_elsewhere(each.series(known), each.length, kinds=each.kinds).values for each in plan.comparisons]


def learn_channel(known: Values, plan: Plan, distances: Sequence[Values]) -> tuple[Known, Values]:
    """Return a channel, and its features at the time steps of the training part, by :func:`distances_within` it."""
    curves = []
    for each, found in zip(plan.comparisons, distances, strict=True):
        curves += [_placed(plan, each, found[kind], len(known), to_the_end=False) for kind in each.kinds]
    level = np.abs(known - _means_before(known, 0.0, 0, follow=True))
    features = np.array([*curves, level, _jumps(known)])
    return Known(known, [np.sort(row[~np.isnan(row)]) for row in features], plan), features


def _placed(plan: Plan, comparison: Comparison, distances: Values, n_times: int, *, to_the_end: bool) -> Values:
    """Return the mean distances on the time axis; at the end, if wanted, those of the windows that are there."""
    placed, back, ahead = np.full(n_times, np.nan), plan.back(comparison), plan.ahead(comparison)
    curve = rolling_mean(distances, plan.width(comparison))
    placed[back : back + len(curve)] = curve
    if to_the_end and ahead and len(curve):
        last = distances[len(distances) - comparison.length + 1 :]
        rest = np.cumsum(last[::-1])[::-1] / np.arange(len(last), 0, -1)
        # A window that is centred at a time step lies half behind it.
        n_centred = min(ahead, len(rest), ahead - comparison.length // 2 + 1)
        placed[n_times - ahead : n_times - ahead + n_centred] = rest[:n_centred]
        placed[n_times - ahead + n_centred :] = rest[max(0, n_centred - 1)]
    return placed


def _jumps(values: FloatArray) -> Values:
    jumps = np.full(len(values), np.nan)
    jumps[JUMP:] = np.abs(values[JUMP:] - values[:-JUMP])
    return jumps


def _means_before(values: FloatArray, total: float, count: int, *, follow: bool) -> Values:
    """Return the mean of all values before each time step; 0, the mean of what is scaled, where there are none."""
    if not follow:
        return np.full(len(values), total / max(count, 1))
    there = ~np.isnan(values)
    sums = total + np.append(0.0, np.cumsum(np.where(there, values, 0.0)))[:-1]
    return np.asarray(sums / np.maximum(count + np.append(0, np.cumsum(there))[:-1], 1))

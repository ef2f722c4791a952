"""A threshold that moves with scores that drift, so that alarms keep to their budget."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays, array_of
from offbeat.thresholds.budget import WEEK, Budget
from offbeat.thresholds.decider import Decider
from offbeat.thresholds.scores import Scores, as_scores

__all__ = ["Tracking"]

_LARGEST = 700.0
"""The largest logarithm of a threshold value: those of larger floats overflow."""


class Tracking(Budget):
    """A budget of alarms for scores that drift: the threshold rises with each alarm and sinks between alarms.

    The threshold starts at the value of :class:`Budget`. When an alarm begins, its logarithm rises by ``gain_``; with
    each scored time step it sinks by ``gain_`` times the alarms allowed in a time step, so that on average as many
    alarms come as are allowed, whatever the scores do. An alarm begins where a score is above the threshold and none
    was within a window before. Time steps without a score change nothing.

    Parameters
    ----------
    alarms : float
        How many alarms are allowed in a period, above 0.
    period : float
        In seconds, above 0; a week unless given.
    step : float, optional
        Seconds between two time steps; that of the recording unless given, one minute where neither is known.
    floor : bool
        Whether the threshold never sinks below its start, so that quiet times have fewer alarms than allowed.

    Attributes
    ----------
    gain_ : float
        One standard deviation of the logarithms of the normal scores (of the scores, where some are negative).
    logarithmic_ : bool
        Whether the logarithm moves, or the threshold itself.

    References
    ----------
    I. Gibbs and E. Candès, "Adaptive Conformal Inference Under Distribution Shift", NeurIPS, 2021 (the idea).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> tracking = Tracking(alarms=1, period=100.0).fit(rng.exponential(size=1000), step=1.0)
    >>> drifting = rng.exponential(size=5000) * np.linspace(1, 50, 5000)
    >>> int(tracking.predict(drifting).sum()) < 80 < int((drifting > tracking.value_).sum())
    True
    """

    name: ClassVar[str] = "tracking"
    moves: ClassVar[bool] = True

    def __init__(
        self, alarms: float = 1.0, period: float = WEEK, step: float | None = None, floor: bool = False
    ) -> None:
        super().__init__(alarms, period, step)
        self.floor = floor

    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return 1 where a score is above the threshold as it stands then, shape ``(n_scores,)``; NaN is 0.

        Parameters
        ----------
        scores : array of shape (n_scores,)
            In the order of time, from where the threshold starts.
        """
        return self.decider().push_all(as_scores(scores)).astype(np.int64)

    def decider(self) -> Decider:
        """Return a decider whose threshold starts at ``value_``."""
        self._need_fit()
        return _Tracker(self)

    def _value(self, scores: Scores) -> float:
        value = super()._value(scores)
        known = scores[np.isfinite(scores)]
        self.logarithmic_ = bool(known.min() >= 0 and value > 0)
        positive = known[known > 0]
        levels = np.log(np.maximum(known, positive.min())) if self.logarithmic_ else known
        self.gain_ = float(levels.std())
        return value

    def _count(self, scores: Scores) -> int:
        flagged = np.flatnonzero(self.predict(scores))
        return int(np.sum(np.diff(flagged) > self.window_)) + bool(len(flagged))


class _Tracker(Decider):
    """The current threshold, and how many scores ago one was above it."""

    def __init__(self, rule: Tracking) -> None:
        assert rule.step_ is not None
        self._rule = rule
        self._start = math.log(rule.value_) if rule.logarithmic_ else rule.value_
        self._sinks = rule.gain_ * float(rule.alarms) * rule.step_ / float(rule.period)
        self._level, self._since, self._risen = self._start, math.inf, False

    @property
    def value(self) -> float:
        """The current threshold value."""
        return math.exp(min(self._level, _LARGEST)) if self._rule.logarithmic_ else self._level

    def push(self, score: float) -> bool:
        """Return whether the next score is above the threshold, and move the threshold; NaN moves nothing."""
        if math.isnan(score):
            return False
        flagged = score > self.value
        self._since += 1
        if flagged:
            if self._since > self._rule.window_:
                self._level += self._rule.gain_
                self._risen = True
            self._since = 0.0
        self._move_to(self._level - self._sinks)
        return flagged

    def push_all(self, scores: Scores) -> npt.NDArray[np.bool_]:
        """Return what ``push`` would for each of the next scores in turn."""
        return np.array([self.push(score) for score in scores.tolist()], dtype=np.bool_)

    def confirm(self) -> None:
        """Take back the rise of the last alarm, once: a real alarm says nothing about normal scores."""
        if self._risen:
            self._risen = False
            self._move_to(self._level - self._rule.gain_)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the current threshold, the scores since the last one above it, and whether its rise still counts."""
        return {"level": np.array([self._level]), "since": np.array([self._since]), "risen": np.array([self._risen])}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what ``arrays`` returned."""
        level, since = float(array_of(arrays, "level", 1)[0]), float(array_of(arrays, "since", 1, gaps=True)[0])
        risen = bool(array_of(arrays, "risen", 1, kinds="b")[0])
        if not since >= 0 or (self._rule.floor and level < self._start):
            raise ModelError(f"expected a threshold within its bounds, got {level:g}, {since:g} scores after an alarm")
        self._level, self._since, self._risen = level, since, risen

    def _move_to(self, level: float) -> None:
        self._level = max(level, self._start) if self._rule.floor else level

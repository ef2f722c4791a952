"""A threshold that moves with scores that drift, so that alarms keep to their budget all the same."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from offbeat.estimators.folder import Arrays, array_of
from offbeat.thresholds.budget import WEEK, Budget
from offbeat.thresholds.decider import Decider
from offbeat.thresholds.scores import Scores, as_scores

__all__ = ["Tracking"]


class Tracking(Budget):
    """A budget of alarms for scores that drift: the threshold rises with each alarm, and sinks as time goes by.

    No fixed threshold survives a drift. Here the logarithm of the threshold rises by ``gain_`` when an alarm begins and
    sinks by ``gain_`` times the alarms allowed in a time step with each step, so that on average as many come as are
    allowed, whatever the scores do. An alarm begins where a score is above the threshold and none was within a window
    before. It starts where :class:`Budget` is.

    Parameters
    ----------
    alarms : float
        How many alarms are allowed in a period, above 0.
    period : float
        In seconds, above 0; a week unless given.
    step : float, optional
        Seconds between two time steps; that of the recording unless given, one minute where neither is known.
    floor : bool
        Never below the threshold of :class:`Budget`: quiet times raise no alarms then, and may have fewer.

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

    def __init__(
        self, alarms: float = 1.0, period: float = WEEK, step: float | None = None, floor: bool = False
    ) -> None:
        super().__init__(alarms, period, step)
        self.floor = floor

    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return 1 where a score is above the threshold as it stands then, shape ``(n_scores,)``; NaN is 0."""
        self._need_fit()
        decider = self.decider()
        return np.array([decider.push(score) for score in as_scores(scores).tolist()], dtype=np.int64)

    def decider(self) -> Decider:
        """Return what decides one score after the other."""
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
    """Where the threshold stands, and when the last score was above it."""

    def __init__(self, rule: Tracking) -> None:
        assert rule.step_ is not None
        self._rule = rule
        self._start = math.log(rule.value_) if rule.logarithmic_ else rule.value_
        self._sinks = rule.gain_ * float(rule.alarms) * rule.step_ / float(rule.period)
        self._level, self._since = self._start, math.inf

    @property
    def value(self) -> float:
        """The threshold as it stands."""
        return math.exp(min(self._level, 700.0)) if self._rule.logarithmic_ else self._level

    def push(self, score: float) -> bool:
        """Return whether the next score is above the threshold, and move that; without a score nothing moves."""
        if math.isnan(score):
            return False
        flagged = score > self.value
        self._since += 1
        if flagged:
            if self._since > self._rule.window_:
                self._level += self._rule.gain_
            self._since = 0.0
        self._level -= self._sinks
        if self._rule.floor:
            self._level = max(self._level, self._start)
        return flagged

    def confirm(self) -> None:
        """Take back the last rise: the alarm was a real one, and says nothing of normal scores."""
        self._level -= self._rule.gain_

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return where the threshold stands."""
        return {"level": np.array(self._level), "since": np.array(self._since)}

    def restore(self, arrays: Arrays) -> None:
        """Take up what ``arrays`` gave."""
        values = {name: np.ravel(arrays[name]) for name in ("level", "since")}
        self._level = float(array_of(values, "level", 1)[0])
        self._since = float(array_of(values, "since", 1, gaps=True)[0])

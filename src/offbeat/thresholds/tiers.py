"""The traffic light: normal, watch, alarm."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from offbeat.errors import NotFittedError, ParameterError
from offbeat.thresholds.base import Threshold, as_rate, describe
from offbeat.thresholds.rates import Quantile

__all__ = ["Tiers"]


class Tiers(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Two thresholds instead of one: clear normal, look again, clear anomaly.

    Parameters
    ----------
    watch, alarm : float or Threshold
        What scores are at *watch* or above, and what at *alarm*: a false-alarm rate (the :class:`Quantile` for it), or
        a rule such as ``Budget(7)``. The alarm is the rarer one.

    Attributes
    ----------
    thresholds_ : tuple of two Threshold
        The fitted rules for watch and alarm.
    values_ : tuple of two floats
        Scores above the first are at *watch*, above the second at *alarm*.
    achieved_ : tuple of two floats
        Share of the scores seen by ``fit`` above each value.

    Examples
    --------
    >>> import numpy as np
    >>> light = Tiers(watch=0.05, alarm=0.03).fit(np.arange(100.0))
    >>> light.values_, light.achieved_
    ((95.0, 97.0), (0.04, 0.02))
    >>> light.predict([50.0, 96.0, 120.0, np.nan])
    array([0, 1, 2, 0])
    """

    def __init__(self, watch: float | Threshold = 0.05, alarm: float | Threshold = 0.01) -> None:
        self.watch = watch
        self.alarm = alarm

    @property
    def targets(self) -> tuple[float, float]:
        """The false-alarm rates aimed at, for watch and alarm; NaN for rules that aim at none."""
        watch, alarm = self._rules()
        return watch.target, alarm.target

    def fit(
        self,
        normal_scores: npt.ArrayLike,
        *,
        window: int = 1,
        step: float | None = None,
        groups: npt.ArrayLike | None = None,
        digits: bool = False,
    ) -> Self:
        """Learn both thresholds from normal scores; see :meth:`Threshold.fit`.

        Raises
        ------
        ParameterError
            If a rate is out of its range, or the alarm is not rarer than the watch.
        DataError
            If there is no finite score, or a rule cannot work with those there are.
        """
        at_watch, at_alarm = (
            rule.fit(normal_scores, window=window, step=step, groups=groups, digits=digits) for rule in self._rules()
        )
        # Where rules extrapolate from little they may cross: whatever is an alarm is to be watched, too.
        at_watch.value_ = min(at_watch.value_, at_alarm.value_)
        self.thresholds_ = (at_watch, at_alarm)
        self.values_ = (at_watch.value_, at_alarm.value_)
        self.achieved_ = (at_watch.achieved_, at_alarm.achieved_)
        return self

    def _rules(self) -> tuple[Threshold, Threshold]:
        watch, alarm = (
            clone(given) if isinstance(given, Threshold) else Quantile(as_rate(name, given))
            for name, given in (("watch", self.watch), ("alarm", self.alarm))
        )
        if alarm.target >= watch.target:
            raise ParameterError(f"alarm must be rarer than watch, got {alarm.target:g} and {watch.target:g}")
        return watch, alarm

    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the severity of each score as 0, 1 or 2, shape ``(n_scores,)``; NaN is 0."""
        self._need_fit()
        at_watch, at_alarm = self.thresholds_
        severity: npt.NDArray[np.int64] = np.maximum(at_watch.predict(scores), 2 * at_alarm.predict(scores))
        return severity

    def report(self, normal_scores: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Return the settings, and the report of each tier (see :meth:`Threshold.report`)."""
        self._need_fit()
        at_watch, at_alarm = self.thresholds_
        return {
            "rule": describe(self),
            "watch": at_watch.report(normal_scores),
            "alarm": at_alarm.report(normal_scores),
        }

    def _need_fit(self) -> None:
        if not hasattr(self, "thresholds_"):
            raise NotFittedError("these Tiers have no values yet: call fit(normal_scores) first")

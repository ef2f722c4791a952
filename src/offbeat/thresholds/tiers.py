"""The traffic light: normal, watch, alarm."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from offbeat.errors import NotFittedError, ParameterError
from offbeat.thresholds.base import RateThreshold, as_rate, describe
from offbeat.thresholds.rates import Quantile

__all__ = ["Tiers"]


class Tiers(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Two thresholds instead of one: clearly normal, look again, clear anomaly.

    Parameters
    ----------
    watch : float
        Share of normal scores that may be at *watch* or above.
    alarm : float
        Share of normal scores that may be at *alarm*; ``0 < alarm < watch < 1``.
    rule : RateThreshold, optional
        How a threshold value is found for a rate; :class:`Quantile` unless given. Its own rate is not used.

    Attributes
    ----------
    thresholds_ : tuple of two RateThreshold
        The fitted rules for watch and alarm.
    values_ : tuple of two floats
        The threshold values: scores above the first are at *watch*, above the second at *alarm*.
    achieved_ : tuple of two floats
        Share of the scores seen by ``fit`` above each value.

    Examples
    --------
    >>> import numpy as np
    >>> light = Tiers(watch=0.05, alarm=0.01).fit(np.arange(100.0))
    >>> light.values_, light.achieved_
    ((94.0, 98.0), (0.05, 0.01))
    >>> light.predict([50.0, 96.0, 120.0, np.nan])
    array([0, 1, 2, 0])
    """

    def __init__(self, watch: float = 0.05, alarm: float = 0.01, rule: RateThreshold | None = None) -> None:
        self.watch = watch
        self.alarm = alarm
        self.rule = rule

    @property
    def targets(self) -> tuple[float, float]:
        """The false-alarm rates aimed at, for watch and alarm."""
        return self.watch, self.alarm

    def fit(self, normal_scores: npt.ArrayLike) -> Self:
        """Learn both threshold values from held-out normal scores, shape ``(n_scores,)``.

        Raises
        ------
        ParameterError
            If not ``0 < alarm < watch < 1``, or the rule does not aim at a rate.
        DataError
            If there is no finite score, or the rule cannot work with those there are.
        """
        watch, alarm = as_rate("watch", self.watch), as_rate("alarm", self.alarm)
        if alarm >= watch:
            raise ParameterError(f"alarm must be rarer than watch, got {alarm:g} and {watch:g}")
        rule = Quantile() if self.rule is None else self.rule
        if not isinstance(rule, RateThreshold):
            raise ParameterError(
                f"the rule of Tiers must aim at a false-alarm rate, as Quantile and Conformal do, got {rule!r}"
            )
        at_watch, at_alarm = (clone(rule).set_params(false_alarms=r).fit(normal_scores) for r in (watch, alarm))
        self.thresholds_ = (at_watch, at_alarm)
        self.values_ = (at_watch.value_, at_alarm.value_)
        self.achieved_ = (at_watch.achieved_, at_alarm.achieved_)
        return self

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
            raise NotFittedError("these Tiers have no threshold values yet: call fit(normal_scores) first")

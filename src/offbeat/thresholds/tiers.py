"""The traffic light: normal, watch, alarm."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from offbeat.errors import NotFittedError, ParameterError
from offbeat.thresholds.base import Threshold, as_rate, describe
from offbeat.thresholds.rates import Quantile

__all__ = ["Tiers", "grades"]

Flags = npt.NDArray[np.int64]
Grades = TypeVar("Grades", int, Flags)


class Tiers(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Two thresholds instead of one: clear normal, look again, clear anomaly.

    Parameters
    ----------
    watch, alarm : float or Threshold
        What scores are at *watch* or above, and what at *alarm*: a false-alarm rate (the :class:`Quantile` for it), or
        a rule such as ``Budget(7)``. The alarm is the rarer one. Beside a threshold both follow it, see :meth:`fit`.

    Attributes
    ----------
    threshold_ : Threshold or None
        The fitted threshold that they go with.
    thresholds_ : tuple of two Threshold
        The fitted rules for watch and alarm.
    values_ : tuple of two floats
        Scores above the first are at *watch*, above the second at *alarm*; where they start, of rules that move.
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
        threshold: Threshold | None = None,
        window: int = 1,
        step: float | None = None,
        groups: npt.ArrayLike | None = None,
        digits: bool = False,
    ) -> Self:
        """Learn both thresholds from normal scores; see :meth:`Threshold.fit`.

        Parameters
        ----------
        normal_scores, window, step, groups, digits
            As for :meth:`Threshold.fit`.
        threshold : Threshold, optional
            Fitted to the same scores: what flags. The tiers never contradict it: what is at *alarm* is flagged, and
            what is flagged is at *watch* at least. A rule that says otherwise gives way.

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
        # Without a threshold, too, rules may cross where they extrapolate from little.
        flagging = at_alarm if threshold is None else threshold
        self.values_ = min(at_watch.value_, flagging.value_), max(at_alarm.value_, flagging.value_)
        self.threshold_, self.thresholds_ = threshold, (at_watch, at_alarm)
        for rule, value in zip(self.thresholds_, self.values_, strict=True):
            if not rule.moves:  # those that do have no value for long: predict goes by the rule
                rule.move_to(value, normal_scores)
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

    def predict(self, scores: npt.ArrayLike) -> Flags:
        """Return the severity of each score as 0, 1 or 2, shape ``(n_scores,)``; NaN is 0."""
        self._need_fit()
        watch, alarm = (rule.predict(scores) for rule in self.thresholds_)
        return grades(alarm if self.threshold_ is None else self.threshold_.predict(scores), watch, alarm)

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


def grades(flagged: Grades, watch: Grades, alarm: Grades) -> Grades:
    """Return severities as 0, 1 or 2 that do not contradict what is flagged.

    Parameters
    ----------
    flagged, watch, alarm : array of int, shape (n_scores,), or int
        1 for each score above the threshold and above the rules of both tiers, else 0.

    Examples
    --------
    >>> grades(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 1, 0, 1]))
    array([0, 1, 1, 2])
    """
    return (flagged | watch) + (flagged & alarm)

"""The base classes of thresholds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from offbeat.errors import DataError, NotFittedError, ParameterError
from offbeat.estimators.hints import shown, validate_types
from offbeat.thresholds.decider import Decider
from offbeat.thresholds.independence import n_independent
from offbeat.thresholds.scores import Scores, as_scores
from offbeat.words import percent

__all__ = ["RateThreshold", "Threshold"]

RAREST = 1e-12
"""The lowest rate that may be asked for: no data could show a lower one."""


class Threshold(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A rule that learns a threshold value from held-out normal scores; a score above it raises an alarm.

    Subclasses write only ``_value(scores)``, which takes the finite scores as float64 and returns the threshold value.
    With ``_keeps_gaps`` it takes all scores in their order, NaN where there is none. A ``name`` lets
    :func:`~offbeat.thresholds.names.threshold_from_name` find the class.

    Attributes
    ----------
    value_ : float
        The threshold value: a score above it is flagged, a score equal to it is not.
    achieved_ : float
        Share of the finite scores seen by ``fit`` that lie above ``value_``.
    n_fitted_ : int
        How many finite scores ``fit`` saw.
    n_independent_ : float
        As how many independent windows they count, see :func:`n_independent`.
    window_ : int
        Time steps that a score is about; 1 for the series of a collection.
    step_ : float or None
        Seconds between two time steps, where that is known.
    digits_ : bool
        Whether the scores were said to be digits.

    Examples
    --------
    >>> import numpy as np
    >>> class Highest(Threshold):
    ...     def _value(self, scores):
    ...         return scores.max()
    >>> Highest().fit([0.1, 0.4, np.nan]).predict([0.3, 0.5, np.nan])
    array([0, 1, 0])
    """

    name: ClassVar[str] = ""
    is_given: ClassVar[bool] = False
    """Whether the user sets the threshold value, so that it is not learned from held-out scores."""
    moves: ClassVar[bool] = False
    """Whether the threshold value moves with each score that is decided."""
    rate_setting: ClassVar[str] = ""
    """The setting that says how many false alarms are allowed; empty for rules that do not aim at a number."""
    _keeps_gaps: ClassVar[bool] = False

    @abstractmethod
    def _value(self, scores: Scores) -> float:
        """Return the threshold value for these normal scores."""

    @property
    def target(self) -> float:
        """The false-alarm rate aimed at; NaN where the rule does not aim at a rate."""
        return float("nan")

    @property
    def aim(self) -> str:
        """What normal data may raise, in words; empty where the rule does not aim at anything."""
        return ""

    def times(self, factor: float) -> Self | None:
        """Return an unfitted copy that allows so many times as many false alarms.

        Returns
        -------
        Threshold or None
            None where the rule does not aim at a number of false alarms.
        """
        if not self.rate_setting:
            return None
        # Rounded, since 0.05 times 0.2 is not 0.01.
        rate = float(f"{float(getattr(self, self.rate_setting)) * factor:.12g}")
        scaled: Self = clone(self).set_params(**{self.rate_setting: rate})
        return scaled

    def achieved_words(self, normal_scores: npt.ArrayLike | None = None) -> str:
        """Return what normal data raises, in the words of :attr:`aim`: the data it was fitted on, or other data."""
        self._need_fit()
        return percent(self.achieved_ if normal_scores is None else self.false_alarm_rate(normal_scores), 1)

    def fit(
        self,
        normal_scores: npt.ArrayLike,
        *,
        window: int = 1,
        step: float | None = None,
        groups: npt.ArrayLike | None = None,
        digits: bool = False,
    ) -> Self:
        """Learn the value.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,)
            Scores of normal data that the detector was *not* trained on, of a recording in the order of time. NaN and
            infinite ones are left out.
        window : int
            Time steps that a score is about: the scores of overlapping windows are not independent. 1 for the series
            of a collection.
        step : float, optional
            Seconds between two time steps.
        groups : array of shape (n_scores,), optional
            The patient, host, … that each score is of: scores of one group are not independent.
        digits : bool
            Whether scores are −log10 of the probability that a normal time step scores as high. A rule that has to
            extrapolate can make use of that.

        Raises
        ------
        ParameterError
            If a setting is outside its range.
        DataError
            If there is no finite score, or the rule cannot work with those there are.
        """
        scores = as_scores(normal_scores)
        finite = np.isfinite(scores)
        if not finite.any():
            raise DataError(
                f"{type(self).__name__} learns from held-out normal scores, but none of those given is finite: "
                "hold out normal data that is long enough to be scored"
            )
        self.window_, self.step_, self.digits_ = window, step, digits
        self.n_independent_ = n_independent(scores, window=window, groups=groups)
        self.n_fitted_ = int(finite.sum())
        value = float(self._value(np.where(finite, scores, np.nan) if self._keeps_gaps else scores[finite]))
        return self.move_to(value, scores)

    def move_to(self, value: float, normal_scores: npt.ArrayLike) -> Self:
        """Use another threshold value, and measure what it achieves on the scores that were given to ``fit``."""
        scores = as_scores(normal_scores)
        self.value_ = value
        self.achieved_ = float(np.mean(scores[np.isfinite(scores)] > value))
        return self

    def predict(self, scores: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return 1 where a score is above the threshold value, else 0 (NaN included), shape ``(n_scores,)``."""
        self._need_fit()
        return (as_scores(scores) > self.value_).astype(np.int64)

    def decider(self) -> Decider:
        """Return what decides one score after the other, as ``predict`` does all of them."""
        self._need_fit()
        return Decider(self.value_)

    def false_alarm_rate(self, normal_scores: npt.ArrayLike) -> float:
        """Return the share of other normal scores above the threshold value; NaN scores are left out.

        Raises
        ------
        DataError
            If all of them are NaN.
        """
        self._need_fit()
        scores = as_scores(normal_scores)
        known = ~np.isnan(scores)
        if not known.any():
            raise DataError("a false-alarm rate needs at least one normal score, got only NaN")
        return float(np.mean(self.predict(scores)[known]))

    def report(self, normal_scores: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Return the rule, its threshold value, and the false-alarm rates aimed at and achieved.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,), optional
            Normal scores that it was not fitted on; adds ``achieved_elsewhere`` and ``n_elsewhere``.
        """
        self._need_fit()
        found = {
            "rule": describe(self),
            "value": self.value_,
            "target": self.target,
            "achieved": self.achieved_,
            "n_fitted": self.n_fitted_,
            "n_independent": self.n_independent_,
        }
        if normal_scores is not None:
            found["achieved_elsewhere"] = self.false_alarm_rate(normal_scores)
            found["n_elsewhere"] = int(np.sum(~np.isnan(as_scores(normal_scores))))
        return found

    def _need_fit(self) -> None:
        if not hasattr(self, "value_"):
            raise NotFittedError(
                f"this {type(self).__name__} has no threshold value yet: call fit(normal_scores) first"
            )


class RateThreshold(Threshold):
    """A threshold that aims at a false-alarm rate.

    Parameters
    ----------
    false_alarms : float
        Share of normal scores that may lie above the threshold value, between 0 and 1.
    """

    rate_setting: ClassVar[str] = "false_alarms"

    def __init__(self, false_alarms: float = 0.05) -> None:
        self.false_alarms = false_alarms

    @property
    def target(self) -> float:
        """The false-alarm rate aimed at."""
        return self.false_alarms

    @property
    def aim(self) -> str:
        """What normal data may raise, in words."""
        what = "series" if getattr(self, "window_", 1) <= 1 else "time steps"
        return f"{percent(self.false_alarms, 1)} of normal {what}"


def describe(estimator: BaseEstimator) -> str:
    """Return the class and *all* its settings; the repr of scikit-learn hides the defaults."""
    settings = ", ".join(f"{key}={value!r}" for key, value in estimator.get_params(deep=False).items())
    return f"{type(estimator).__name__}({settings})"


def as_number(name: str, value: Any) -> float:
    """Return a setting as a float, or raise ParameterError if it is not a finite number."""
    try:
        validate_types({name: value}, {name: float})
    except ParameterError as error:
        raise ParameterError(f"{name} must be a finite number, got {shown(value)}") from error
    return float(value)


def as_rate(name: str, value: Any) -> float:
    """Return a setting as a float strictly between 0 and 1, or raise ParameterError."""
    rate = as_number(name, value)
    if not RAREST <= rate < 1:
        raise ParameterError(
            f"{name} must lie between 0 and 1, got {value!r}: 0.05 means 5 in 100, and the lowest rate is {RAREST:g}"
        )
    return rate

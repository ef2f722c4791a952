"""A threshold that keeps to a number of alarms a week, day or hour."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d
from sklearn.base import clone

from offbeat.errors import OffbeatWarning, ParameterError
from offbeat.estimators.hints import Range, validate_types
from offbeat.thresholds.base import FewScoresWarning, Scores, Threshold, as_number, as_scores
from offbeat.thresholds.rates import most_within

__all__ = ["Budget", "LooseBudgetWarning"]

WEEK = 604_800.0
_RANGE = Range(1e-9, 1e15)


class LooseBudgetWarning(OffbeatWarning):
    """A budget of alarms is so large, or joins so much, that most of the normal time is inside an alarm."""


class Budget(Threshold):
    """The lowest normal score at which normal data has no more than a number of alarms in a period.

    An alarm is an event: a run of time steps above the threshold value. A lower value may have fewer alarms, because
    they merge; so the value chosen is the lowest for which every higher value keeps to the budget, too. It is meant for
    recordings, whose scores are in the order of time.

    Too little normal data for a single alarm cannot show such a budget: the value is then the highest normal score, and
    a :class:`FewScoresWarning` says how much data is needed. Where alarms merge so much that more than half of the
    normal time is inside them, a :class:`LooseBudgetWarning` is given.

    Parameters
    ----------
    alarms : float
        How many alarms are allowed in a period, above 0.
    period : float
        In seconds, above 0; a week unless given.
    step : float, optional
        Seconds between two time steps. Detectors fill it in where the recording has a sampling rate or timestamps.
        With 1.0 the period is in time steps.
    merge_gap : int
        Runs with at most this many time steps between them are one alarm, as in
        :func:`offbeat.events.mask_to_events`.

    Attributes
    ----------
    allowed_ : int
        How many alarms the budget allows in the scores seen by ``fit``.
    n_alarms_ : int
        How many alarms there are above the threshold value.
    step_ : float
        Seconds between two time steps. Time without a score does not count as normal time.

    Raises
    ------
    ParameterError
        From ``fit``, if a setting is out of its range, or the step is not known.

    Examples
    --------
    >>> import numpy as np
    >>> one_hour = np.array([0.1, 0.2, 0.9, 0.8, 0.2, 0.1, 0.5, 0.1, 0.7, 0.1])
    >>> hourly = Budget(alarms=2, period=3600, step=360).fit(one_hour)
    >>> hourly.value_, hourly.n_alarms_, hourly.allowed_
    (0.5, 2, 2)
    """

    name: ClassVar[str] = "budget"
    needs_step: ClassVar[bool] = True
    _keeps_gaps: ClassVar[bool] = True

    def __init__(
        self, alarms: float = 1.0, period: float = WEEK, step: float | None = None, merge_gap: int = 0
    ) -> None:
        self.alarms = alarms
        self.period = period
        self.step = step
        self.merge_gap = merge_gap

    def with_step(self, step: float | None) -> Self:
        """Return an unfitted copy for time steps of ``step`` seconds; the rule itself, if its step is set already."""
        if self.step is not None:
            return self
        rule: Self = clone(self).set_params(step=step)
        return rule

    def alarm_rate(self, normal_scores: npt.ArrayLike) -> float:
        """Return the alarms a period in other normal scores; NaN scores count neither as alarm nor as time.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,)
            In the order of time.

        Returns
        -------
        float
            NaN if all scores are NaN.
        """
        flagged = self.predict(normal_scores) == 1
        n = int(np.sum(~np.isnan(as_scores(normal_scores))))
        return self._count(flagged) / self._periods(n) if n else float("nan")

    def report(self, normal_scores: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Return what every threshold reports, and the alarms a period: ``alarms_target``, ``alarms_achieved``.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,)
            Normal scores that it was not fitted on, in the order of time; adds ``alarms_elsewhere``, too.
        """
        found = super().report(normal_scores)
        found |= {
            "period": self.period,
            "alarms_target": self.alarms,
            "alarms_achieved": self.n_alarms_ / self._periods(self.n_fitted_),
        }
        if normal_scores is not None:
            found["alarms_elsewhere"] = self.alarm_rate(normal_scores)
        return found

    def _value(self, scores: Scores) -> float:
        self.step_ = self._known_step()
        n = int(np.isfinite(scores).sum())
        self.allowed_ = most_within(float(self.alarms), self._periods(n))
        if self.allowed_ == 0:
            self._warn_few(n)
        value = lowest_value(scores, self.allowed_, int(self.merge_gap))
        flagged = scores > value
        self.n_alarms_ = self._count(flagged)
        if 2 * flagged.sum() > n:
            self._warn_loose(float(flagged.sum() / n))
        return value

    def _known_step(self) -> float:
        """Return the step after all settings have been checked."""
        if self.step is None:
            raise ParameterError(
                "Budget counts alarms in a period, but the length of a time step is not known: give step=, the seconds "
                "between two time steps, or a recording with a sampling rate or timestamps"
            )
        for name in ("alarms", "period", "step"):
            if not _RANGE.holds(as_number(name, getattr(self, name))):
                raise ParameterError(f"{name} must be {_RANGE.words('a number')}, got {getattr(self, name)!r}")
        validate_types({"merge_gap": self.merge_gap}, {"merge_gap": Annotated[int, Range(0, 2**31)]})
        return float(self.step)

    def _periods(self, n: int) -> float:
        return n * self.step_ / float(self.period)

    def _count(self, flagged: npt.NDArray[np.bool_]) -> int:
        steps = np.flatnonzero(flagged)
        return int(np.sum(np.diff(steps) > self.merge_gap + 1)) + bool(len(steps))

    def _warn_few(self, n: int) -> None:
        one_alarm = float(self.period) / float(self.alarms)
        warnings.warn(
            f"a budget of {self.alarms:g} in {_words(float(self.period))} cannot be shown by {n} normal scores, which "
            f"last {_words(n * self.step_)}: the threshold value is the highest of them; hold out at least "
            f"{math.ceil(one_alarm / self.step_)} ({_words(one_alarm)}), or allow more alarms",
            FewScoresWarning,
            stacklevel=4,
        )

    def _warn_loose(self, share: float) -> None:
        warnings.warn(
            f"{self.n_alarms_} of the {self.allowed_} alarms that the budget allows take up {share:.0%} of the normal "
            "time, because runs above the threshold value merge: allow fewer alarms, or a smaller merge_gap",
            LooseBudgetWarning,
            stacklevel=4,
        )


def lowest_value(scores: Scores, allowed: int, merge_gap: int) -> float:
    """Return the lowest score such that, for it and every higher value, at most ``allowed`` merged runs lie above.

    A run begins at a step above the value with none above it in the ``merge_gap + 1`` steps before. So a step begins a
    run for values from the highest score just before it up to its own, and counting these spans takes only sorting.

    Parameters
    ----------
    scores : array of shape (n_scores,)
        In the order of time, NaN where there is no score; at least one is finite.
    allowed : int
        The number of runs allowed.
    merge_gap : int
        The most time steps between two runs that are merged.

    Examples
    --------
    >>> lowest_value(np.array([3.0, 1.0, 2.0, 1.0, 5.0]), allowed=2, merge_gap=0)
    2.0
    >>> lowest_value(np.array([3.0, 1.0, 2.0, 1.0, 5.0]), allowed=2, merge_gap=1)
    1.0
    """
    filled = np.where(np.isnan(scores), -np.inf, scores)
    before = _highest_before(filled, min(merge_gap + 1, len(filled)))
    begins = filled > before
    values = np.unique(filled[np.isfinite(filled)])
    opened = np.searchsorted(np.sort(before[begins]), values, side="right")
    closed = np.searchsorted(np.sort(filled[begins]), values, side="right")
    too_many = np.flatnonzero(opened - closed > allowed)
    return float(values[too_many[-1] + 1] if len(too_many) else values[0])


def _highest_before(scores: Scores, n: int) -> Scores:
    """Return the highest of the ``n`` scores before each; -inf before the first."""
    padded = np.concatenate([np.full(n, -np.inf), scores])
    # This origin makes the filter look ahead only: at n scores from each place on.
    highest: Scores = maximum_filter1d(padded, n, mode="nearest", origin=-(n // 2))
    return highest[: len(scores)]


def _words(seconds: float) -> str:
    """Return a length of time in words, in the largest unit that fits.

    Examples
    --------
    >>> _words(604_800.0), _words(90.0)
    ('7 days', '1.5 minutes')
    """
    for unit, length in (("days", 86_400.0), ("hours", 3_600.0), ("minutes", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} seconds"

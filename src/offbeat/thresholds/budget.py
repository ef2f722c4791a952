"""A threshold that keeps to a number of alarms a week, day or hour: people count alarms, not time steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, warn
from offbeat.estimators.hints import Range, shown
from offbeat.series.timeline import seconds_of
from offbeat.thresholds.base import Threshold, as_number
from offbeat.thresholds.evidence import FewScoresWarning, poisson_interval
from offbeat.thresholds.extrapolation import beyond, separate_peaks
from offbeat.thresholds.scores import Scores, as_scores
from offbeat.words import duration

__all__ = ["WEEK", "Budget"]

WEEK = 604_800.0
ASSUMED_STEP = 60.0
"""Seconds of a time step where nobody knows: a week then has 10,080 of them."""
_RANGE = Range(1e-9, 1e15)
_ENOUGH = 6
"""Alarms that the normal data would hold, for the threshold to be read off its peaks."""

_NEARLY_ALL = 0.9
"""Share of the time steps with a score from which on the rest is not spoken of."""

_BEYOND = 1.0
"""Digits by which new data scores higher than normal data by which it was calibrated, chosen on half of two suites."""


_PERIODS = {"minute": 60.0, "hour": 3_600.0, "day": 86_400.0, "week": WEEK}


class Budget(Threshold):
    """The threshold that normal data exceeds so many times in a period, such as one alarm a week.

    An alarm is a peak of the scores that no higher one stands near to, within a window: what lies closer together is
    one event. As much new data is expected to raise ``k`` alarms above the ``k``-th highest peak. So normal data that
    would hold 6 alarms or more shows the threshold itself: the peak of that rank. From less it is extrapolated, by a
    heavy tail from the sixth peak on (see :func:`~offbeat.thresholds.extrapolation.beyond`); a
    :class:`FewScoresWarning` says so where the data is shorter than two periods.

    Where scores are digits, what is extrapolated is the median of three estimates: that one; the peak of the rank that
    is allowed, or the highest and as many digits more as a single alarm would have to be rarer; and the digits of so
    many alarms in all time steps, plus one, since new data is never quite like the normal data at hand.

    Parameters
    ----------
    alarms : float
        How many alarms are allowed in a period, above 0.
    period : float, str or timedelta
        In seconds, above 0, or a length of time: ``"day"`` (or week, hour, minute), ``"1D"``, a ``Timedelta``; a week
        unless given. It is kept in seconds.
    step : float, optional
        Seconds between two time steps; that of the recording unless given, one minute where neither is known.

    Attributes
    ----------
    allowed_ : float
        How many alarms the budget allows in the scores seen by ``fit``.
    n_alarms_ : int
        How many of them there are above the value.
    step_ : float
        Seconds between two time steps. Time without a score does not count as normal time.
    step_is_assumed_ : bool
        Whether nobody said how long a time step is.

    Raises
    ------
    ParameterError
        If a period is no length of time; and from ``fit``, if a setting is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> one_hour = np.array([0.1, 0.2, 0.9, 0.1, 0.8, 0.1, 0.5, 0.1, 0.7, 0.1, 0.4, 0.1])
    >>> hourly = Budget(alarms=6, period=3600).fit(one_hour, step=300.0)
    >>> hourly.value_, hourly.n_alarms_, hourly.allowed_
    (0.1, 5, 6.0)
    """

    name: ClassVar[str] = "budget"
    rate_setting: ClassVar[str] = "alarms"
    _keeps_gaps: ClassVar[bool] = True

    def __init__(self, alarms: float = 1.0, period: float | str | timedelta = WEEK, step: float | None = None) -> None:
        self.alarms = alarms
        self.period = _seconds(period)
        self.step = step

    def set_params(self, **settings: Any) -> Self:
        """Set settings, a period in any form that ``Budget`` takes.

        Examples
        --------
        >>> Budget().set_params(period="hour").period
        3600.0
        """
        if "period" in settings:
            settings["period"] = _seconds(settings["period"])
        found: Self = super().set_params(**settings)
        return found

    @property
    def aim(self) -> str:
        """The budget in words.

        Examples
        --------
        >>> Budget().aim, Budget(2, period="day").aim
        ('1 alarm a week', '2 alarms a day')
        """
        return self.in_words(as_number("alarms", self.alarms))

    def achieved_words(self, normal_scores: npt.ArrayLike | None = None) -> str:
        """Return how many alarms normal data raises, in the words of :attr:`aim`."""
        self._need_fit()
        rate = (
            self.n_alarms_ / self.n_periods(self.n_fitted_) if normal_scores is None else self.alarm_rate(normal_scores)
        )
        return self.in_words(rate)

    def move_to(self, value: float, normal_scores: npt.ArrayLike) -> Self:
        """Use another threshold value, and count the alarms that it raises in the scores that were given to ``fit``."""
        super().move_to(value, normal_scores)
        scores = as_scores(normal_scores)
        self.n_alarms_ = len(separate_peaks(np.where(scores > value, scores, np.nan), self.window_))
        return self

    @property
    def normal_seconds(self) -> float:
        """Length of the normal data seen by ``fit``, in seconds of time with a score."""
        self._need_fit()
        return self.n_periods(self.n_fitted_) * float(self.period)

    @property
    def is_extrapolated(self) -> bool:
        """Whether the normal data would hold too few alarms to show the threshold."""
        return self.allowed_ < _ENOUGH

    def alarm_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the rates a period that the alarms in the normal data are compatible with.

        By the Poisson distribution, see :func:`~offbeat.thresholds.evidence.poisson_interval`: alarms that come in
        bursts, or normal data that changes, leave more open.

        Parameters
        ----------
        level : float
            Confidence, between 0 and 1.
        """
        n_periods = self.normal_seconds / float(self.period)
        low, high = poisson_interval(self.n_alarms_, level)
        return low / n_periods, high / n_periods

    def n_periods(self, n_times: int) -> float:
        """Return how many periods so many time steps are."""
        assert self.step_ is not None
        return n_times * self.step_ / float(self.period)

    def in_words(self, count: float) -> str:
        """Return a number of alarms in a period as the budget is said, such as ``"1.5 alarms a week"``."""
        periods = {WEEK: "a week", 86_400.0: "a day", 3_600.0: "an hour"}
        when = periods.get(float(self.period)) or f"in {duration(float(self.period))}"
        return f"{count:.3g} alarm{'s' * (count != 1)} {when}"

    def alarm_rate(self, normal_scores: npt.ArrayLike) -> float:
        """Return how many alarms a period other normal scores bring; NaN scores count neither as alarm nor as time.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,)
            In the order of time.

        Returns
        -------
        float
            NaN where all scores are.
        """
        self._need_fit()
        scores = as_scores(normal_scores)
        n = int(np.sum(~np.isnan(scores)))
        return self._count(scores) / self.n_periods(n) if n else float("nan")

    def report(self, normal_scores: npt.ArrayLike | None = None) -> dict[str, Any]:
        """Return what every threshold reports, and the alarms a period: aimed at, and in the normal data.

        ``alarms_interval_95`` holds the rates that the latter are compatible with, ``normal_days`` the length of the
        normal data.

        Parameters
        ----------
        normal_scores : array of shape (n_scores,)
            Normal scores other than those it was fitted on, in the order of time; adds ``alarms_elsewhere``, too.
        """
        found = super().report(normal_scores)
        found |= {
            "period": self.period,
            "alarms_target": self.alarms,
            "alarms_achieved": self.n_alarms_ / self.n_periods(self.n_fitted_),
            "alarms_interval_95": self.alarm_interval(),
            "normal_days": self.normal_seconds / 86_400.0,
        }
        if normal_scores is not None:
            found["alarms_elsewhere"] = self.alarm_rate(normal_scores)
        return found

    def _value(self, scores: Scores) -> float:
        self._settle_step()
        n_periods = self.n_periods(self.n_fitted_)
        self.allowed_ = float(self.alarms) * n_periods
        if n_periods < 2:
            self._warn_short(n_periods, self.n_fitted_ / len(scores))
        enough = not self.is_extrapolated
        peaks = scores[separate_peaks(scores, self.window_, int(self.allowed_) if enough else _ENOUGH)]
        start, above = float(peaks[-1]), peaks[:-1]
        if not enough and len(above):
            start = beyond(start, above - start, share=len(peaks), rate=self.allowed_, n=len(above))
        if not enough and self.digits_:
            start = float(np.median([start, self._ranked(peaks), self._digits()]))
        return start

    def _ranked(self, peaks: Scores) -> float:
        """Return the peak whose rank the budget allows; the highest and as many digits more as it allows less."""
        rank = min(max(int(self.allowed_), 1), len(peaks))
        return float(peaks[rank - 1] + max(0.0, -np.log10(self.allowed_)))

    def _digits(self) -> float:
        """Return the digits of so many alarms in all time steps, and what new data has beyond the normal one."""
        return float(np.log10(self.n_fitted_ / self.allowed_)) + _BEYOND

    def _settle_step(self) -> None:
        for name in ("alarms", "period", *(("step",) if self.step is not None else ())):
            if not _RANGE.holds(as_number(name, getattr(self, name))):
                raise ParameterError(f"{name} must be {_RANGE.words('a number')}, got {getattr(self, name)!r}")
        known = self.step_ if self.step is None else float(self.step)
        self.step_is_assumed_ = known is None
        self.step_ = ASSUMED_STEP if known is None else known
        if not self.step_ > 0:
            raise DataError(
                f"{self.aim} needs the time between two rows, but it is usually {self.step_:g} s, as times repeat: "
                "read one row for each (duplicates='mean'), or state the step of the threshold"
            )

    def _count(self, scores: Scores) -> int:
        return len(separate_peaks(np.where(scores > self.value_, scores, np.nan), self.window_))

    def _warn_short(self, n_periods: float, scored: float) -> None:
        # What is missing or was passed over shows nothing, however much of it there is.
        of_all = "" if scored > _NEARLY_ALL else f" with a score ({scored:.0%} of what there is)"
        warn(
            f"{self.aim} is hard to tell from {duration(n_periods * float(self.period))} of normal data{of_all}: the "
            f"threshold is extrapolated; {duration((2 - n_periods) * float(self.period))} more"
            f"{' with a score' * bool(of_all)} would show it",
            FewScoresWarning,
        )


def _seconds(period: Any) -> Any:
    """Return a length of time in seconds; numbers as they are, which ``fit`` checks with the other settings."""
    if not isinstance(period, str | timedelta | np.timedelta64):
        return period
    try:
        return _PERIODS[period] if isinstance(period, str) and period in _PERIODS else seconds_of(period)
    except ParameterError as error:
        raise ParameterError(
            f"period is a number of seconds, a length of time such as '1D', or one of {', '.join(_PERIODS)}, got "
            f"{shown(period)}"
        ) from error

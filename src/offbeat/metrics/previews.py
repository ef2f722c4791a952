"""What a threshold would have raised on scores that are at hand: the events, and how many of them in each week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.events import Event, mask_to_events
from offbeat.metrics._checks import Scores
from offbeat.series.timeline import usual_step
from offbeat.series.zones import Zone, stamp_of, stamp_text
from offbeat.thresholds import Threshold, Tiers
from offbeat.thresholds.budget import WEEK
from offbeat.thresholds.evidence import poisson_interval
from offbeat.thresholds.scores import as_scores

__all__ = ["Clock", "Preview", "Week", "preview_thresholds"]

Steps = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Week:
    """Seven days of scores and the events that began in them.

    Parameters
    ----------
    start : int
        First time step.
    seconds : float
        Time with a score in it; the last week may be short, and any may have gaps.
    n_events : int
        How many events began in it.
    start_time : str, optional
        Time stamp of the first time step, ISO 8601, where there are times.
    """

    start: int
    seconds: float
    n_events: int
    start_time: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the week for JSON."""
        when = {} if self.start_time is None else {"start_time": self.start_time}
        return {"start": self.start, **when, "days_scored": self.seconds / 86_400.0, "events": self.n_events}


@dataclass(frozen=True, eq=False)
class Clock:
    """When time steps are, so that events can be counted by week.

    Parameters
    ----------
    step : float or None
        Seconds between two time steps; None where that is not known.
    times : array of shape (n_times,), optional
        ``datetime64`` of each time step, in UTC where there is a zone.
    zone : Zone, optional
        The time zone that stamps are shown in.
    """

    step: float | None
    times: npt.NDArray[np.datetime64] | None = None
    zone: Zone | None = None

    def weeks(self, scores: Scores, events: Iterable[Event]) -> tuple[Week, ...]:
        """Return the weeks from the first score to the last; none where a time step is longer, or of unknown length."""
        scored = np.flatnonzero(np.isfinite(scores))
        if not len(scored) or not self.step or self.step > WEEK:
            return ()
        first = int(scored[0])
        of = self._week_of(len(scores), first)
        n = int(of[scored[-1]]) + 1
        steps = np.bincount(of[scored], minlength=n)
        begins = np.searchsorted(of, np.arange(n))
        starts = np.array([max(event.start, first) for event in events], dtype=np.intp)
        counts = np.bincount(np.minimum(of[starts], n - 1), minlength=n)
        return tuple(
            Week(int(begin), float(n_steps * self.step), int(count), self._stamp(begin))
            for begin, n_steps, count in zip(np.maximum(begins, first), steps, counts, strict=True)
        )

    def _week_of(self, n: int, first: int) -> Steps:
        """Return the number of the week of each time step, counted from the first that has a score."""
        if self.times is None:
            since = (np.arange(n) - first) * (self.step or 0.0)
        else:
            since = (self.times - self.times[first]) / np.timedelta64(1, "s")
        weeks: Steps = (since // WEEK).astype(np.int64).clip(0)
        return weeks

    def _stamp(self, at: int) -> str | None:
        return None if self.times is None else stamp_text(stamp_of(self.times[at], self.zone))


@dataclass(frozen=True, eq=False)
class Preview:
    """What one threshold would have raised.

    Parameters
    ----------
    threshold : float
        The threshold value; where it moves, the one that it starts from.
    events : tuple of Event
        In the order of time.
    weeks : tuple of Week
        Every week from the first score to the last; none where nothing says how long a time step is.
    share : float
        Share of the time steps with a score that events cover.

    Examples
    --------
    >>> from offbeat.thresholds import Fixed
    >>> scores = np.zeros(28)
    >>> scores[[3, 4, 20]] = 2.0
    >>> (found,) = preview_thresholds(scores, [Fixed(1.0).fit(scores)], step=43_200.0)
    >>> len(found.events), [week.n_events for week in found.weeks], found.a_week
    (2, [1, 1], 1.0)
    >>> low, high = found.interval()
    >>> print(f"between {low:.2f} and {high:.2f} a week")
    between 0.12 and 3.61 a week
    """

    threshold: float
    events: tuple[Event, ...]
    weeks: tuple[Week, ...]
    share: float

    @classmethod
    def of_events(cls, rule: Threshold, events: Sequence[Event], scores: Scores, clock: Clock) -> Self:
        """Count the events that a rule raised on scores of shape ``(n_times,)``, NaN where there is none."""
        n = int(np.sum(np.isfinite(scores)))
        share = min(sum(map(len, events)) / n, 1.0) if n else float("nan")
        return cls(rule.value_, tuple(events), clock.weeks(scores, events), share)

    @property
    def seconds(self) -> float:
        """Time with a score; 0 where nothing says how long a time step is."""
        return sum(week.seconds for week in self.weeks)

    @property
    def a_week(self) -> float:
        """Events in a week of time with a score; NaN where nothing says how long a time step is."""
        return len(self.events) * WEEK / self.seconds if self.weeks else float("nan")

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return what rates a week the number of events is compatible with, if they come independently (Poisson)."""
        if not self.weeks:
            return float("nan"), float("nan")
        low, high = (bound * WEEK / self.seconds for bound in poisson_interval(len(self.events), level))
        return low, high

    def to_dict(self) -> dict[str, Any]:
        """Return the preview for JSON; unknown numbers as None."""
        rates = None if not self.weeks else {"a_week": self.a_week, "interval_95": list(self.interval())}
        return {
            "threshold": self.threshold if np.isfinite(self.threshold) else str(self.threshold),
            "n_events": len(self.events),
            **(rates or {"a_week": None, "interval_95": None}),
            "share_of_time": None if np.isnan(self.share) else self.share,
            "weeks": [week.to_dict() for week in self.weeks],
            "events": [event.to_dict() for event in self.events],
        }


def preview_thresholds(
    scores: npt.ArrayLike,
    rules: Iterable[Threshold],
    *,
    times: npt.NDArray[np.datetime64] | None = None,
    step: float | None = None,
    window: int = 1,
    tiers: Tiers | None = None,
) -> list[Preview]:
    """Return what thresholds would have raised on scores that are at hand, such as those of the last month.

    Nothing is scored or learned: rules come fitted, for example by ``detector.fitted_rule(Budget(2))``, which
    leaves the detector as it is.

    Parameters
    ----------
    scores : array of shape (n_times,)
        In the order of time; NaN where there is none, which is no time that could have raised anything.
    rules : iterable of Threshold
        Fitted.
    times : array of shape (n_times,), optional
        ``datetime64`` of each time step, in order.
    step : float, optional
        Seconds between two time steps; the usual one of ``times`` unless given.
    window : int
        Time steps that a score is about: flagged ones no further apart are one event.
    tiers : Tiers, optional
        Fitted; give each event its severity. All are alarms without.

    Returns
    -------
    list of Preview
        One for each rule.

    Raises
    ------
    DataError
        If there are not as many times as scores, or they are not in order.

    Examples
    --------
    >>> from offbeat.thresholds import Budget
    >>> month = np.random.default_rng(0).exponential(size=4 * 168)
    >>> rules = [Budget(alarms).fit(month, step=3600.0) for alarms in (3, 6)]
    >>> [len(found.events) for found in preview_thresholds(month, rules, step=3600.0)]
    [11, 22]
    """
    values, seconds = as_scores(scores), step
    if times is not None:
        times = np.asarray(times, dtype="datetime64[ns]")
        if times.shape != values.shape:
            raise DataError(f"expected a time for each of {len(values):,} scores, got {len(times):,}")
        if np.isnat(times).any() or (np.diff(times) < np.timedelta64(0)).any():
            raise DataError("expected times in order, got some that go back or are missing: sort the scores by time")
        seconds = usual_step(times) if step is None else step
    clock = Clock(seconds if seconds and np.isfinite(seconds) else None, times)
    found = []
    for rule in rules:
        flags = rule.predict(values)
        events = mask_to_events(flags, values, tiers=tiers, merge_gap=window, timestamps=times)
        found.append(Preview.of_events(rule, events, values, clock))
    return found

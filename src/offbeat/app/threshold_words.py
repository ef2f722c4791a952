"""Sentences on how sure a threshold is."""

from __future__ import annotations

from offbeat.detectors.base import Detector
from offbeat.thresholds import Budget, Threshold
from offbeat.words import duration, plural

__all__ = ["cautions_on", "crowding_of", "evidence_of", "fixed_note", "flagging_words"]

_CROWDED = 0.25
"""Share of the most alarms that there can be from which on a caution says so."""
_CAREFUL = (
    "so little normal data gives a careful threshold: on 23 public recordings 0.5 alarms came for each that was asked "
    "for (0.2 to 0.9, 95%)"
)
"""See docs/thresholds.md and benchmarks/alarm_budgets.py."""


def cautions_on(rule: Threshold) -> list[str]:
    """Return in sentences how sure the aim of a fitted threshold is; nothing where it aims at no alarms in a time."""
    if not isinstance(rule, Budget):
        return []
    return [evidence_of(rule), *[_CAREFUL] * rule.is_extrapolated, *crowding_of(rule)]


def fixed_note(detector: Detector) -> list[str]:
    """Return a sentence where one value by hand is used for scores of two kinds; nothing else."""
    rule, live = detector.threshold_, detector.live()
    if not rule.is_given or live is detector:
        return []
    batch, stream = rule.achieved_words(), live.threshold_.achieved_words()
    return [
        f"the value {rule.value_:.4g} is used for finished recordings and for streams, whose scores differ: {batch} of "
        f"normal scores lie above it in recordings, {stream} in streams"
    ]


def flagging_words(rule: Threshold) -> str:
    """Return in a part of a sentence from where on scores are flagged, and how often normal data is expected to be.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat.errors import ignoring
    >>> from offbeat.thresholds import FewScoresWarning, Fixed
    >>> two_days = np.random.default_rng(0).exponential(size=576)
    >>> flagging_words(Fixed(3.0).fit(two_days))
    'flagged above 3, as 4.9% of held-out normal scores are'
    >>> with ignoring(FewScoresWarning):
    ...     flagging_words(Budget(1).fit(two_days, step=300.0))
    'flagged above 11.8, to raise 1 alarm a week (0 to 13 are compatible with the 2 days of normal data behind it)'
    """
    above = f"flagged above {rule.value_:.3g}"
    if not isinstance(rule, Budget):
        aim = f"to flag {rule.aim}" if rule.aim else f"as {rule.achieved_words()} of held-out normal scores are"
        return f"{above}, {aim}"
    low, high = (f"{bound:.2g}" for bound in rule.alarm_interval())
    if_so = ", if a time step is a minute" * rule.step_is_assumed_
    seen = f"the {duration(rule.normal_seconds)} of normal data behind it"
    return f"{above}, to raise {rule.aim}{if_so} ({low} to {high} are compatible with {seen})"


def evidence_of(rule: Budget) -> str:
    r"""Return in a sentence which rates the normal data behind a budget is compatible with.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat.errors import ignoring
    >>> from offbeat.thresholds import FewScoresWarning
    >>> two_days = np.random.default_rng(0).exponential(size=576)
    >>> with ignoring(FewScoresWarning):
    ...     said = evidence_of(Budget(1).fit(two_days, step=300.0))
    >>> print(said.replace(": ", ":\n"))
    the threshold for 1 alarm a week rests on 2 days of normal data with 0 alarms:
    0 to 13 alarms a week are compatible with that (95%)
    """
    low, high = (float(f"{bound:.2g}") for bound in rule.alarm_interval())
    seen = f"{duration(rule.normal_seconds)} of normal data with {plural(rule.n_alarms_, 'alarm')}"
    return (
        f"the threshold for {rule.aim} rests on {seen}: {low:g} to {rule.in_words(high)} are compatible with that (95%)"
    )


def crowding_of(rule: Budget) -> list[str]:
    """Return a sentence where so many alarms are allowed that they run together; nothing else.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat.errors import ignoring
    >>> from offbeat.thresholds import FewScoresWarning
    >>> with ignoring(FewScoresWarning):
    ...     hourly = Budget(3).fit(np.random.default_rng(0).exponential(size=2000), step=3600.0, window=24)
    >>> crowding_of(hourly)
    ['a score is about 1 day, and peaks within it are one event: there cannot be more than 7 alarms a week']
    """
    assert rule.step_ is not None
    length = rule.window_ * rule.step_
    most = float(rule.period) / length
    if rule.alarms <= most * _CROWDED:
        return []
    return [
        f"a score is about {duration(length)}, and peaks within it are one event: there cannot be more than "
        f"{rule.in_words(most)}"
    ]

"""Other thresholds for a saved model: what they aim at, on what evidence, and what each would have raised."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from offbeat.app.request import ThresholdRequest
from offbeat.app.result_tables import promise, rule_words
from offbeat.app.settings import check_rule, requested_rules
from offbeat.app.threshold_trials import Choice, RecordingTrial, SeriesTrial
from offbeat.detectors.base import Detector
from offbeat.errors import ParameterError, ignoring
from offbeat.tables import Table, json_ready
from offbeat.thresholds import Budget, FewScoresWarning, Threshold, Tiers
from offbeat.thresholds.evidence import duration
from offbeat.words import plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Choices", "asked_rules", "choose"]

Trial = RecordingTrial | SeriesTrial

_CROWDED = 0.25
"""Share of the most alarms that there can be from which on a caution says so."""
_MUCH = 0.25
"""Share of the time from which on events run together."""
_CAREFUL = (
    "so little normal data gives a careful threshold: on 23 public recordings 0.5 alarms came for each that was asked "
    "for (0.2 to 0.9, 95%)"
)
"""See docs/thresholds.md and benchmarks/alarm_budgets.py."""
_NEIGHBOURS = {"half": 0.5, "twice": 2.0}
"""Rates to show beside the one that was asked for, in multiples of it."""


def asked_rules(
    request: ThresholdRequest, detector: Detector, trial: Trial | None = None, step: float | None = None
) -> tuple[Threshold | None, Tiers | None]:
    """Return the unfitted threshold and tiers that were asked for; None for those that stay as they are.

    Parameters
    ----------
    request : ThresholdRequest
        What was asked for.
    detector : Detector
        Fitted.
    trial : Trial, optional
        Data that may say how long a time step is.
    step : float, optional
        Seconds between two time steps, where the user says it.

    Raises
    ------
    ParameterError
        If the rule or a setting is unknown, or alarms are to be counted by time and nothing says how long a step is.
    """
    rule, tiers = requested_rules(request)
    if not isinstance(rule, Budget):
        if step is not None:
            raise ParameterError("--step is about alarms in a time: give --alarms-per-week, too")
        return rule, tiers
    check_rule(detector, rule if step is None else clone(rule).set_params(step=step))
    if step is None and rule.step is None and detector.step_ is None:
        step = None if trial is None else trial.step
        if step is None:
            raise ParameterError(
                f"{rule.aim} needs to know how long a time step is, and neither the model nor the data says it: give "
                "--step SECONDS"
            )
    if step is None:
        return rule, tiers
    return requested_rules(replace(request, threshold_settings=(*request.threshold_settings, f"step={step!r}")))


@dataclass(frozen=True, eq=False)
class Choices:
    """Fitted thresholds side by side.

    Parameters
    ----------
    choices : sequence of Choice
        The present threshold, the one asked for if there is one, and its neighbours.
    chosen : Choice
        The one asked for, else the present one.
    trial : Trial, optional
        The data that all were tried on.
    promise : str
        What the chosen threshold aims at, in a sentence.
    """

    choices: Sequence[Choice]
    chosen: Choice
    trial: Trial | None
    promise: str

    def tables(self, top: int) -> list[Table]:
        """Return the thresholds, the events by week, and the highest events by the chosen threshold."""
        more = [] if self.trial is None else self.trial.tables(self.choices, self.chosen, top)
        return [self._table(), *more]

    def cautions(self) -> list[str]:
        """Return in sentences how sure the aim of the chosen threshold is, and what the data cannot show."""
        rule = self.chosen.rule
        found = [evidence_of(rule)] if isinstance(rule, Budget) else []
        if isinstance(rule, Budget):
            found += [_CAREFUL] * rule.is_extrapolated + crowding_of(rule)
        return found + ([] if self.trial is None else self.trial.cautions())

    def figure(self) -> Figure:
        """Draw what all thresholds raised; there must be a trial."""
        assert self.trial is not None
        return self.trial.figure(self.choices, self.chosen)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON: each threshold with its report, and with every event and week."""
        found: dict[str, Any] = json_ready(
            {
                "chosen": self.chosen.name,
                "cautions": self.cautions(),
                "choices": [
                    {
                        "choice": each.name,
                        "rule": rule_words(each.rule),
                        "aims at": each.rule.aim or None,
                        "held_out": each.rule.report(),
                        "data": each.tried and each.tried.facts,
                    }
                    for each in self.choices
                ],
            }
        )
        return found

    def _table(self) -> Table:
        rows = [
            {
                "choice": each.name,
                "rule": rule_words(each.rule),
                "aims at": each.rule.aim or None,
                "threshold": each.rule.value_,
                "held-out data": each.rule.achieved_words(),
                **(each.tried.row if each.tried else {}),
            }
            for each in self.choices
        ]
        formats = {"threshold": ".4g", **(self.trial.formats if self.trial else {})}
        columns = list(rows[0])
        where = "" if self.trial is None else ", and what each would have raised on this data"
        much = any((row.get("time in events") or 0) > _MUCH for row in rows)
        return Table(
            f"Thresholds to choose from{where}",
            columns,
            [list(row.values()) for row in rows],
            [formats.get(column, "") for column in columns],
            "Where events cover much of the time they run together: few of them say nothing good." if much else "",
        )


def choose(detector: Detector, threshold: Threshold | None, tiers: Tiers | None, trial: Trial | None = None) -> Choices:
    """Set what was asked for, and return it beside the present threshold, half the rate and twice the rate.

    Parameters
    ----------
    detector : Detector
        Fitted; it decides by the new threshold and tiers afterwards.
    threshold, tiers : Threshold, Tiers, optional
        Unfitted; None to keep what is there.
    trial : Trial, optional
        Data to try all of them on.
    """
    now = detector.threshold_

    def tried(name: str) -> Choice:
        return Choice(name, detector.threshold_, None if trial is None else trial.tried(detector))

    choices = [tried("now")]
    neighbours = []
    # Warnings about rates that nobody asked for would only be in the way.
    with ignoring(FewScoresWarning):
        for name, rule in _neighbours(threshold or now).items():
            with suppress(ParameterError):  # a rate that the rule cannot have
                detector.set_threshold(rule, tiers)
                neighbours.append(tried(name))
    detector.set_threshold(threshold or clone(now), tiers)
    if threshold is not None:
        choices.append(tried("new"))
    settings = [each.rule.get_params() for each in choices]
    choices += [each for each in neighbours if each.rule.get_params() not in settings]
    return Choices(choices, choices[len(settings) - 1], trial, promise(detector))


def _neighbours(rule: Threshold) -> dict[str, Threshold]:
    """Return the same rule for half and for twice the rate; none where it aims at no rate."""
    setting = next((name for name in ("alarms", "false_alarms") if name in rule.get_params(deep=False)), None)
    if setting is None:
        return {}
    rate = getattr(rule, setting)
    return {name: clone(rule).set_params(**{setting: rate * factor}) for name, factor in _NEIGHBOURS.items()}


def evidence_of(rule: Budget) -> str:
    r"""Return in a sentence which rates the normal data behind a budget is compatible with.

    Examples
    --------
    >>> import numpy as np
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

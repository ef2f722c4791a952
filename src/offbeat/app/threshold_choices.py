"""Other thresholds for a saved model: what they aim at, on what evidence, and what each would have raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from offbeat.app.request import ThresholdRequest
from offbeat.app.result_tables import promise, rule_words
from offbeat.app.settings import check_rule, requested_rules
from offbeat.app.threshold_trials import Choice, Trial
from offbeat.app.threshold_words import cautions_on, fixed_note
from offbeat.detectors.base import Detector
from offbeat.errors import ParameterError, ignoring
from offbeat.tables import Table, json_ready
from offbeat.thresholds import Budget, FewScoresWarning, Threshold, Tiers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Choices", "Form", "FormChoices", "asked_rules", "choose", "forms_of"]

_MUCH = 0.25
"""Share of the time from which events run together."""
_NEIGHBOURS = {"half": 0.5, "twice": 2.0}
"""Rates to show beside the one that was asked for, in multiples of it."""


@dataclass(frozen=True)
class Form:
    """One of the two ways in which a detector scores, each with a threshold of its own.

    Parameters
    ----------
    name : str
        ``batch``: finished recordings, or collections. ``live``: streams, where these are scored otherwise.
    used_by : str
        The commands that score so.
    of : callable
        Returns a detector in this form.
    """

    name: str
    used_by: str
    of: Callable[[Detector], Detector]


_BATCH = Form("batch", "score, detect", lambda detector: detector)
_LIVE = Form("live", "serve, watch", lambda detector: detector.live())


def forms_of(detector: Detector, live: bool | None = None) -> list[Form]:
    """Return the forms of a detector to show: both where they differ, unless one is asked for.

    Parameters
    ----------
    detector : Detector
        Fitted.
    live : bool, optional
        Only that of streams (True), or of finished recordings (False).
    """
    differ = detector.live() is not detector
    return [
        form for form, wanted in ((_BATCH, not differ or not live), (_LIVE, differ and live is not False)) if wanted
    ]


def asked_rules(
    request: ThresholdRequest, detector: Detector, known_step: float | None = None, step: float | None = None
) -> tuple[Threshold | None, Tiers | None]:
    """Return the unfitted threshold and tiers that were asked for; None for those that stay as they are.

    Parameters
    ----------
    request : ThresholdRequest
        What was asked for.
    detector : Detector
        Fitted.
    known_step : float, optional
        Seconds between two time steps of the data to try thresholds on.
    step : float, optional
        The same, where the user says it.

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
        step = known_step
        if step is None:
            raise ParameterError(
                f"{rule.aim} needs to know how long a time step is, and neither the model nor the data says it: give "
                "--step SECONDS"
            )
    return rule if step is None else clone(rule).set_params(step=step), tiers


@dataclass(frozen=True, eq=False)
class FormChoices:
    """Fitted thresholds side by side, for one form of a detector.

    Parameters
    ----------
    form : Form
        Which.
    choices : sequence of Choice
        The present threshold, the one asked for if there is one, and its neighbours.
    chosen : Choice
        The one asked for, else the present one.
    promise : str
        What the chosen threshold aims at, in a sentence.
    """

    form: Form
    choices: Sequence[Choice]
    chosen: Choice
    promise: str

    def rows(self) -> list[dict[str, Any]]:
        """Return a row of the table of thresholds for each choice."""
        return [
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

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each choice for JSON, with its report, and with every event and week."""
        return [
            {
                "choice": each.name,
                "form": self.form.name,
                "rule": rule_words(each.rule),
                "aims at": each.rule.aim or None,
                "held_out": each.rule.report(),
                "data": each.tried and each.tried.facts,
            }
            for each in self.choices
        ]


@dataclass(frozen=True, eq=False)
class Choices:
    """Thresholds to choose from, in each form that is shown.

    Parameters
    ----------
    detector : Detector
        With the threshold and tiers that were asked for.
    forms : sequence of FormChoices
        At least one.
    trials : mapping of str to Trial
        The data that all were tried on, by the name of the form; empty where there is none.
    """

    detector: Detector
    forms: Sequence[FormChoices]
    trials: Mapping[str, Trial]

    def sentences(self) -> list[str]:
        """Return what the chosen threshold aims at and raises, in each form."""
        found = []
        for each in self.forms:
            tried = each.chosen.tried
            raised = "" if tried is None else f"; on this data it raises {tried.told}"
            found.append(f"{each.form.used_by}: " * (len(self.forms) > 1) + each.promise + raised)
        return found

    def cautions(self) -> list[str]:
        """Return in sentences how sure the aim of the chosen threshold is, and what the data cannot show.

        Of streams where these are shown.
        """
        last = self.forms[-1]  # both rest on the same normal data
        trial = self.trials[last.form.name].cautions() if self.trials else []
        return [*cautions_on(last.chosen.rule), *fixed_note(self.detector), *trial]

    def tables(self, top: int) -> list[Table]:
        """Return the thresholds, the events by week, and the highest events; of streams where these are shown."""
        last, found = self.forms[-1], [self._table()]
        for each in self.forms if self.trials else ():
            by_time = self.trials[each.form.name].tables(each.choices)
            found += [replace(table, title=f"{table.title}{self._used_by(each)}") for table in by_time]
        if self.trials:
            events = self.trials[last.form.name].event_table(last.chosen, top)
            found.append(replace(events, title=f"{events.title}{self._used_by(last)}"))
        return found

    def figure(self) -> Figure:
        """Draw what all thresholds raised, in streams where these are shown; there must be data."""
        last = self.forms[-1]
        return self.trials[last.form.name].figure(last.choices, last.chosen)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        found: dict[str, Any] = json_ready(
            {
                "chosen": self.forms[0].chosen.name,
                "cautions": self.cautions(),
                "choices": [choice for each in self.forms for choice in each.to_dicts()],
            }
        )
        return found

    def _used_by(self, each: FormChoices) -> str:
        return f" ({each.form.used_by})" * (len(self.forms) > 1)

    def _table(self) -> Table:
        rows = [
            ({"used by": each.form.used_by} if len(self.forms) > 1 else {}) | row
            for each in self.forms
            for row in each.rows()
        ]
        trial = next(iter(self.trials.values()), None)
        formats = {"threshold": ".4g", **(trial.formats if trial else {})}
        columns = list(rows[0])
        where = "" if trial is None else ", and what each would have raised on this data"
        much = any((row.get("time in events") or 0) > _MUCH for row in rows)
        return Table(
            f"Thresholds to choose from{where}",
            columns,
            [list(row.values()) for row in rows],
            [formats.get(column, "") for column in columns],
            "Where events cover much of the time they run together: few of them say nothing good." if much else "",
        )


def choose(
    detector: Detector,
    threshold: Threshold | None,
    tiers: Tiers | None,
    trials: Mapping[str, Trial] | None = None,
    live: bool | None = None,
) -> Choices:
    """Return what was asked for beside the present threshold, half the rate and twice the rate.

    Parameters
    ----------
    detector : Detector
        Fitted; it stays as it is.
    threshold, tiers : Threshold, Tiers, optional
        Unfitted; None to keep what is there.
    trials : mapping of str to Trial, optional
        Data to try all of them on, by the name of the form.
    live : bool, optional
        See :func:`forms_of`.
    """
    is_asked = threshold is not None or tiers is not None
    # How few normal scores there are is said with the evidence of a budget.
    with ignoring(*[FewScoresWarning][: isinstance(threshold, Budget)]):
        chosen = copy(detector).set_threshold(threshold, tiers) if is_asked else detector
    named = {"now": detector} | ({"new": chosen} if threshold is not None else {})
    settings = [each.threshold_.get_params() for each in named.values()]
    # Warnings about rates that nobody asked for would only be in the way.
    with ignoring(FewScoresWarning):
        for name, factor in _NEIGHBOURS.items():
            rule = (threshold or detector.threshold_).times(factor)
            with suppress(ParameterError):  # a rate that the rule cannot have
                if rule is not None and rule.get_params() not in settings:
                    named[name] = copy(detector).set_threshold(rule, tiers)
    forms = [_in_form(form, named, chosen, (trials or {}).get(form.name)) for form in forms_of(detector, live)]
    return Choices(chosen, forms, trials or {})


def _in_form(form: Form, named: Mapping[str, Detector], chosen: Detector, trial: Trial | None) -> FormChoices:
    """Return the thresholds of some detectors in one form, by name."""
    found = {name: form.of(detector) for name, detector in named.items()}
    choices = {
        name: Choice(name, each.threshold_, None if trial is None else trial.tried(each))
        for name, each in found.items()
    }
    return FormChoices(
        form, list(choices.values()), choices["new" if "new" in choices else "now"], promise(form.of(chosen))
    )

"""Another threshold for the model of one key of many: a plain function of plain arguments, with a row as its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from offbeat.app.loading import RecordingSource
from offbeat.app.panels.models import Models
from offbeat.app.panels.rows import BETWEEN, failed_row
from offbeat.app.panels.units import cautions
from offbeat.app.request import ThresholdRequest
from offbeat.app.threshold_choices import FormChoices, asked_rules, choose, forms_of
from offbeat.app.threshold_trials import trials_of
from offbeat.detectors.store import ModelStore
from offbeat.series.panel import Panel
from offbeat.words import plural

__all__ = ["KeyOptions", "preview_key", "sum_of"]

_SHOWN = ("now", "new")


@dataclass(frozen=True)
class KeyOptions:
    """What to do with the model of each key; the fields of :class:`~offbeat.app.threshold_runs.ThresholdRun`.

    Parameters
    ----------
    wanted, step, live
        Which threshold, and which form of it is shown: that of streams unless the other one is asked for.
    store : Path, optional
        Where the models go that have it; nothing is written where None.
    """

    wanted: ThresholdRequest
    step: float | None
    live: bool | None
    store: Path | None


def preview_key(key: str, source: Panel | None, models: Models, options: KeyOptions) -> dict[str, Any]:
    """Return the thresholds of a key, now and as asked for, and what each raises on its series; write the new one.

    Parameters
    ----------
    key : str
        The key.
    source : Panel, optional
        Its series, to try thresholds on.
    models : Models
        One for all keys, or one for each.
    options : KeyOptions
        What to do.

    Returns
    -------
    dict
        ``row``: a row of the table.
    """
    try:
        with cautions() as said:
            detector, live = models.load(key), options.live is not False
            trials = None
            if source is not None:
                forms = {form.name: form.of(detector) for form in forms_of(detector, live)}
                trials = trials_of(forms, RecordingSource(source[key]), _quiet)
            known = next(iter(trials.values())).step if trials else None
            found = choose(detector, *asked_rules(options.wanted, detector, known, options.step), trials, live)
        row = {"key": key, "error": "", **_cells(found.forms[0]), "cautions": BETWEEN.join(said)}
        if options.store is not None:
            ModelStore(options.store).save(key, found.detector)
    except Exception as error:
        return {"row": failed_row(key, error)}
    return {"row": row, "domain": detector.domain_}


def _quiet(line: str) -> None:
    """Leave out what counts of each series: the rates say how much it is."""


def _cells(found: FormChoices) -> dict[str, Any]:
    shown = [each for each in found.choices if each.name in _SHOWN]
    cells: dict[str, Any] = {each.name: float(f"{each.rule.value_:.4g}") for each in shown}
    for what, column in (("events", "events"), ("alarms a week", "a week")):
        for each in shown:
            value = None if each.tried is None else each.tried.row.get(what)
            if value is not None:
                cells[f"{column} {each.name}"] = float(f"{value:.3g}") if isinstance(value, float) else value
    return cells


def sum_of(table: pd.DataFrame) -> Sequence[str]:
    """Return in a sentence what all keys together raise, now and by the new threshold; nothing without data.

    Examples
    --------
    >>> sum_of(pd.DataFrame({"events now": [4, 6], "a week now": [2.0, 3.0], "events new": [1, 0]}))
    ['events of 2 keys in all: 10 now (5 a week), 1 by the new threshold']
    """
    said = []
    for name, words in (("now", "now"), ("new", "by the new threshold")):
        if f"events {name}" in table:
            n_events, rates = int(table[f"events {name}"].sum()), table.get(f"a week {name}")
            said.append(f"{n_events:,} {words}" + ("" if rates is None else f" ({rates.sum():.3g} a week)"))
    return [f"events of {plural(len(table), 'key')} in all: {', '.join(said)}"] if said else []

"""How many alarms many series raised, beside how many were aimed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from offbeat.detectors.base import Detector
from offbeat.thresholds import Budget
from offbeat.words import duration, plural

__all__ = ["aim_of", "raised_beside_aim"]

_DAY = 86_400.0


def aim_of(detector: Detector, n_scored: int) -> dict[str, Any]:
    """Return for JSON how many alarms a budget aims at in scored time; empty by another rule, or without such time.

    Parameters
    ----------
    detector : Detector
        Fitted.
    n_scored : int
        Time steps with a score.

    Returns
    -------
    dict
        ``aimed`` (alarms in that time), ``rate`` (the aim in words), ``days`` and ``extrapolated`` (whether the normal
        data was too short to show the threshold).
    """
    rule = detector.threshold_
    if not isinstance(rule, Budget) or not n_scored:
        return {}
    assert rule.step_ is not None
    return {
        "aimed": float(rule.alarms) * rule.n_periods(n_scored),
        "rate": rule.aim,
        "days": n_scored * rule.step_ / _DAY,
        "extrapolated": rule.is_extrapolated,
    }


def raised_beside_aim(events: pd.DataFrame, aims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return in a sentence how many events were raised, how many are aimed at, and by what; nothing without an aim.

    Parameters
    ----------
    events : DataFrame
        Those of all series, see :func:`offbeat.app.panels.listed.list_of_events`.
    aims : sequence of mapping
        Of each series what :func:`aim_of` returned.

    Examples
    --------
    >>> aims = [{"aimed": 1.43, "rate": "1 alarm a week", "days": 10.0, "extrapolated": True}] * 20
    >>> events = pd.DataFrame({"start": [5, 9], "change_from": [5, 5]})
    >>> for sentence in raised_beside_aim(events, aims):
    ...     print(sentence)
    2 events raised, 28.6 aimed at (1 alarm a week for each of 20 series on normal data, 10 days each).
    1 of them came while an earlier change lasted.
    The thresholds of 20 of 20 series are extrapolated: what was learned from is too short to show them.
    """
    if not aims or not all(aims):
        return []
    rates, days = {aim["rate"] for aim in aims}, [aim["days"] for aim in aims]
    rate = f"{min(rates)} for each of" if len(rates) == 1 else "the aims of"
    long = duration(sum(days) / len(days) * _DAY)
    aimed = f"{sum(aim['aimed'] for aim in aims):.3g} aimed at"
    series = plural(len(aims), "series", "series")
    said = [f"{plural(len(events), 'event')} raised, {aimed} ({rate} {series} on normal data, {long} each)."]
    if later := int((events["change_from"].notna() & (events["change_from"] != events["start"])).sum()):
        said.append(f"{later:,} of them came while an earlier change lasted.")
    if unsure := sum(aim["extrapolated"] for aim in aims):
        why = "what was learned from is too short to show them"
        said.append(f"The thresholds of {unsure:,} of {series} are extrapolated: {why}.")
    return said

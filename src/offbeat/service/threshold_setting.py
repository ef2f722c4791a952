"""The thresholds of models in service: what they are, what is asked for instead, and setting it."""

from __future__ import annotations

import math
import threading
from typing import Any

from offbeat.app.request import ThresholdRequest
from offbeat.app.settings import check_rule, requested_rules
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.errors import DataError, ParameterError, ignoring
from offbeat.service.columns import number_of
from offbeat.service.month import month_of
from offbeat.service.served import Served
from offbeat.service.service import Service
from offbeat.thresholds import Budget, FewScoresWarning, Threshold
from offbeat.thresholds.base import describe
from offbeat.thresholds.budget import WEEK

__all__ = ["asked_rule", "rule_facts", "set_alarms", "stream_facts"]

_ONE_AT_A_TIME = threading.Lock()


def rule_facts(detector: Detector) -> dict[str, Any]:
    """Return the threshold and the tiers of a detector as plain values."""
    rule, tiers = detector.threshold_, detector.tiers_
    return {
        "rule": describe(rule),
        "aim": rule.aim,
        "alarms_per_week": float(rule.alarms) * WEEK / float(rule.period) if isinstance(rule, Budget) else None,
        "threshold": number_of(rule.value_),
        "watch": number_of(tiers.values_[0]),
        "alarm": number_of(tiers.values_[1]),
        "moves": rule.moves,
    }


def stream_facts(service: Service, model: str | None, key: str) -> dict[str, Any]:
    """Return what is shown of a stream at a glance, and the threshold that it has now.

    Raises
    ------
    UnknownError
        If there is no such stream.
    """
    found = service.reader.stream(model, key)
    detector = service.models[found["model"]].live(key)
    return found | rule_facts(detector)


def asked_rule(detector: Detector, alarms: float, step: float | None) -> Threshold:
    """Return the unfitted rule for so many alarms a week, as ``offbeat threshold --alarms-per-week`` sets it.

    Parameters
    ----------
    detector : Detector
        Fitted.
    alarms : float
        A week and a stream.
    step : float or None
        Seconds between two points, where the model does not know it.

    Raises
    ------
    ParameterError, DataError
        If the number is out of its range, the model has no clock, or nothing says how long a time step is.
    """
    if not (math.isfinite(alarms) and alarms > 0):
        raise ParameterError(f"expected a number of alarms a week above 0, got {alarms:g}: give one such as 1")
    settings: tuple[str, ...] = ()
    if detector.step_ is None and detector.kind == "recordings":
        if step is None:
            raise DataError(
                "expected a model or a stream that shows how long a time step is, got neither: push points first"
            )
        settings = (f"step={step!r}",)
    rule, _ = requested_rules(ThresholdRequest(alarms_per_week=alarms, threshold_settings=settings))
    check_rule(detector, rule)
    assert rule is not None
    return rule


def set_alarms(service: Service, model: str | None, alarms: float, key: str | None = None) -> dict[str, Any]:
    """Write a threshold to a model on disk, as ``offbeat threshold --write`` does, and use it.

    Streams go on with their next points. A model is replaced whole or not at all.

    Parameters
    ----------
    service : Service
        Started.
    model : str or None
        The model.
    alarms : float
        A week and a stream.
    key : str, optional
        Where each key has a model of its own: whose. All of them where it is not given.

    Returns
    -------
    dict
        ``model``, ``n_models``: how many were written, and ``before`` and ``now``: the rule and the threshold values of
        the first.

    Raises
    ------
    UnknownModelError
        If there is no such model.
    ParameterError, DataError
        As :func:`asked_rule`.
    OutputError
        If a model cannot be written.
    """
    served = service.models.named(model)
    keys = [key or ""] if key is not None or not served.by_key else served.keys()
    with _ONE_AT_A_TIME:
        before = served.live(keys[0])
        for each in keys:
            _set(served, each, alarms, _step(service, served, each))
        service.reload()
    now = served.live(keys[0])
    return {
        "model": served.name,
        "n_models": len(keys),
        "before": rule_facts(before),
        "now": rule_facts(now),
    }


def _set(served: Served, key: str, alarms: float, step: float | None) -> None:
    place = served.place(key)
    saved = load(place)
    with ignoring(FewScoresWarning):
        saved.set_threshold(asked_rule(saved, alarms, step)).save(place)


def _step(service: Service, served: Served, key: str) -> float | None:
    """Return the seconds between points of a stream of a model that does not know it itself."""
    if served.live(key).step_ is not None:
        return None
    with service.engine.streams.lock:
        streams = [
            each for each in service.engine.streams.by_id.values() if each.model == served.name and each.n_points
        ]
    found = next((each for each in streams if not served.by_key or each.key == key), None)
    return None if found is None else month_of(service, found).step

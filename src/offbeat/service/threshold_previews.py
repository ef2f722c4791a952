"""What other thresholds would have raised in the last month of a stream."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from typing import Any

import numpy as np

from offbeat.app.threshold_words import evidence_of
from offbeat.detectors.base import Detector
from offbeat.errors import ParameterError, ignoring
from offbeat.metrics import Preview, event_overlap, preview_thresholds
from offbeat.service.columns import number_of
from offbeat.service.month import Month, events_said, month_of
from offbeat.service.points import text_of_micros
from offbeat.service.service import Service
from offbeat.service.stream import Stream
from offbeat.service.threshold_setting import asked_rule, rule_facts
from offbeat.thresholds import Budget, FewScoresWarning, Threshold
from offbeat.thresholds.budget import WEEK
from offbeat.words import duration

__all__ = ["preview_alarms"]

_FACTORS = {"half": 0.5, "asked": 1.0, "twice": 2.0}
_MOST_EVENTS = 500
"""Events of a threshold that are listed, the newest ones; all are counted."""
_MOST_STREAMS, _MOST_POINTS = 200, 4_000_000
"""Other streams that alarms are counted on, and their points."""
_ALIKE = 1.5
"""Ratio of two steps up to which they count as the same."""


def preview_alarms(service: Service, model: str | None, key: str, alarms: float) -> dict[str, Any]:
    """Return what so many alarms a week, half and twice as many would have raised, beside the present threshold.

    The events are those of one stream in the 30 days before its newest point, by the scores that the present model gave
    it. Nothing is changed.

    Parameters
    ----------
    service : Service
        Started.
    model, key : str
        The stream.
    alarms : float
        A week and a stream.

    Returns
    -------
    dict
        ``choices`` (``now``, ``half``, ``asked``, ``twice``), each with the facts of
        :func:`~offbeat.service.threshold_setting.rule_facts` and of :class:`~offbeat.metrics.Preview`;
        ``normal_raised`` and ``real_raised``: how many of the events that somebody said to be normal or real it would
        raise, of ``n_normal`` and ``n_real``; ``a_week_all``: the mean of the streams of the model that were counted,
        ``n_counted`` of ``n_streams``; ``cautions`` in sentences.

    Raises
    ------
    UnknownError
        If there is no such stream.
    ParameterError, DataError
        As :func:`~offbeat.service.threshold_setting.asked_rule`.
    """
    stream = service.reader.found(model, key)
    detector, month = service.models[stream.model].live(key), month_of(service, stream)
    choices = _choices(detector, alarms, month.step)
    others, n_streams = _others(service, stream)
    months = [month_of(service, each) for each in others]
    said = events_said(service, stream, month)
    return {
        "model": stream.model,
        "key": key,
        "n_streams": n_streams,
        "n_counted": 1 + len(others),
        **{f"n_{verdict}": len(windows) for verdict, windows in said.items()},
        "choices": [_choice(name, each, month, months, said) for name, each in choices.items()],
        "cautions": _cautions(detector, choices["asked"].threshold_, month),
    }


def _choices(detector: Detector, alarms: float, step: float | None) -> dict[str, Detector]:
    """Return the detector, which stays as it is, and copies with the thresholds to choose from."""
    found = {"now": detector}
    for name, factor in _FACTORS.items():
        # A rate that nobody asked for may be out of range, and warnings about it would only be in the way.
        with ignoring(FewScoresWarning), suppress(*[ParameterError][: factor != 1]):
            found[name] = copy(detector).set_threshold(asked_rule(detector, alarms * factor, step))
    return found


def _others(service: Service, stream: Stream) -> tuple[list[Stream], int]:
    """Return other streams of the same model, as many as can be counted on, and the number of all with this one."""
    if service.models[stream.model].by_key:
        return [], 1
    with service.engine.streams.lock:
        streams = service.engine.streams.by_id.values()
        others = [each for each in streams if each.model == stream.model and each.n_points and each is not stream]
    spread = others[:: -(-len(others) // _MOST_STREAMS) or 1]
    points = np.cumsum([each.n_points for each in spread])
    return spread[: int(np.searchsorted(points, _MOST_POINTS, "right"))], 1 + len(others)


def _choice(
    name: str,
    detector: Detector,
    month: Month,
    others: Sequence[Month],
    said: Mapping[str, Sequence[tuple[int, int]]],
) -> dict[str, Any]:
    found = _previewed(detector, month)
    rates = [found.a_week, *(_previewed(detector, each).a_week for each in others)]
    known = [rate for rate in rates if math.isfinite(rate)]
    return {
        "choice": name,
        **rule_facts(detector),
        **_preview_facts(found, month),
        **{f"{verdict}_raised": event_overlap(found.events, windows).n_hit for verdict, windows in said.items()},
        "a_week_all": sum(known) / len(known) if known else None,
    }


def _previewed(detector: Detector, month: Month) -> Preview:
    (found,) = preview_thresholds(
        month.scores,
        [detector.threshold_],
        times=month.times,
        step=month.step,
        window=detector.scorer_.view.overlap(detector.n_times_),
        tiers=detector.tiers_,
    )
    return found


def _preview_facts(preview: Preview, month: Month) -> dict[str, Any]:
    """Return a preview for JSON, all times with the sign of UTC."""

    def when(step: int) -> str | None:
        return text_of_micros(int(month.times[step].astype(np.int64)))

    facts = preview.to_dict()
    del facts["threshold"]
    facts["weeks"] = [{**week.to_dict(), "start_time": when(week.start)} for week in preview.weeks]
    facts["events"] = [
        {
            **{"start_time": when(event.start), "end_time": when(event.end - 1), "peak_time": when(event.peak)},
            "severity": event.severity.label,
            "score": number_of(event.score),
        }
        for event in preview.events[-_MOST_EVENTS:]
    ]
    return facts


def _cautions(detector: Detector, rule: Threshold, month: Month) -> list[str]:
    found = [evidence_of(rule)] if isinstance(rule, Budget) else []
    if month.step is not None and month.seconds < WEEK:
        found.append(f"the stream has {duration(month.seconds)} of scores: a rate a week is extrapolated")
    known, step = detector.step_, month.step
    if step is not None and known and not 1 / _ALIKE < step / known < _ALIKE:
        found.append(
            f"the model learned from a value every {duration(known)}, but the stream has one every {duration(step)}: "
            "its threshold counts alarms a week by the step of the model"
        )
    return found

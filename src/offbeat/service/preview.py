"""What other thresholds would have raised on the scores that are kept, and how one is set."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.errors import DataError, ParameterError, ignoring
from offbeat.events import mask_to_events
from offbeat.service.blocks import Block
from offbeat.service.points import MICRO
from offbeat.thresholds import Budget, FewScoresWarning, Threshold, Tiers
from offbeat.thresholds.budget import WEEK

__all__ = ["MOST_STREAMS", "Outcome", "preview", "with_budget"]

MOST_STREAMS = 50
"""Streams that a preview looks at, evenly spread over all keys."""
_WATCH = 7
"""How many times as often a stream may be at watch as it may alarm."""


@dataclass
class Outcome:
    """What a threshold would have raised."""

    threshold: float
    n_events: int = 0
    n_scores: int = 0
    n_flagged: int = 0
    weeks: float = 0.0

    def add(self, rule: Threshold, block: Block, overlap: int) -> None:
        """Count what it raises in the scores of a stream."""
        flags = rule.predict(block.score)
        self.n_events += len(mask_to_events(flags, block.score, merge_gap=overlap))
        self.n_scores += int(np.isfinite(block.score).sum())
        self.n_flagged += int(flags.sum())
        self.weeks += float(block.time[-1] - block.time[0]) / MICRO / WEEK

    def facts(self) -> dict[str, Any]:
        """Return it as plain values; alarms a week are those of one stream."""
        return {
            "threshold": self.threshold if math.isfinite(self.threshold) else None,
            "events": self.n_events,
            "alarms_per_week": self.n_events / self.weeks if self.weeks else None,
            "time_flagged": self.n_flagged / self.n_scores if self.n_scores else None,
        }


def with_budget(detector: Detector, alarms_per_week: float) -> Detector:
    """Return a detector with other thresholds: so many alarms a week, and seven times as often at watch.

    Raises
    ------
    ParameterError
        If the number is not above 0.
    """
    if not 0 < alarms_per_week < 1e6:
        raise ParameterError(f"expected a number of alarms a week above 0, got {alarms_per_week:g}")
    if detector.kind != "recordings":
        raise DataError("expected a model of recordings, got one of whole series, which has no alarms a week")
    alarm = Budget(alarms_per_week)
    with ignoring(FewScoresWarning):
        # What was learned is shared; only the rules are fitted again, to the held-out scores.
        return copy.copy(detector).set_threshold(
            alarm, Tiers(Budget(_WATCH * alarms_per_week), Budget(alarms_per_week))
        )


def preview(streams: Iterable[tuple[Detector, Block]], alarms_per_week: float) -> dict[str, Any]:
    """Return what a budget of alarms would have raised in kept scores, beside what the present thresholds raise.

    Parameters
    ----------
    streams : iterable of (Detector, Block)
        The model of each stream as streams use it, and its points.
    alarms_per_week : float
        The budget.
    """
    now, then, n = Outcome(float("nan")), Outcome(float("nan")), 0
    rules: dict[int, Sequence[Threshold]] = {}
    for detector, block in streams:
        if not len(block):
            continue
        if id(detector) not in rules:
            rules[id(detector)] = (detector.threshold_, with_budget(detector, alarms_per_week).threshold_)
        overlap = detector.scorer_.view.overlap(detector.n_times_)
        for outcome, rule in zip((now, then), rules[id(detector)], strict=True):
            outcome.threshold = rule.value_
            outcome.add(rule, block, overlap)
        n += 1
    return {
        "alarms_per_week": alarms_per_week,
        "n_streams": n,
        "weeks": then.weeks,
        "now": now.facts(),
        "then": then.facts(),
    }

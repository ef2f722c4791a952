"""How good the scores of one case are: the measures that a row of results holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.bench.suites.cases import Part, Scored
from offbeat.metrics import (
    EventOverlap,
    auroc,
    average_precision,
    event_overlap,
    labels_to_windows,
    pooled,
    ucr_located,
)

__all__ = [
    "event_measures",
    "located",
    "pooled_events",
    "rank_measures",
    "series_measures",
    "unscored",
]

Measures = dict[str, Any]
_NEAR = 100
"""Time steps beside a short anomaly of the UCR archive that count as the anomaly, too."""


def unscored(part: Part) -> Scored:
    """Return what a case is counted as where a contender failed on it: no scores, and so nothing found."""
    n = len(part.labels)
    return Scored(np.full(n, np.nan), np.zeros(n, dtype=bool), [], 1, 0, np.nan, np.nan)


def event_measures(part: Part, scored: Scored) -> Measures:
    """Return the counts of events and labelled windows after the start, and their F1; nothing without a threshold."""
    if scored.events is None:
        return {}
    known = labels_to_windows(part.labels)
    found = event_overlap(scored.events, known, ignore_before=part.start, margin=scored.window - 1)
    counts = {name: getattr(found, name) for name in _COUNTS}
    return {**counts, "event_f1": found.f1}


def pooled_events(rows: pd.DataFrame) -> EventOverlap | None:
    """Return the overlap of all cases together, from their counts; None where no case has any."""
    if "n_known" not in rows:
        return None
    counted = rows[list(_COUNTS)].dropna().astype(int)
    if not len(counted):
        return None
    return pooled(_overlap(**dict(zip(_COUNTS, row, strict=True))) for row in counted.to_numpy())


def rank_measures(labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float64], start: int = 0) -> Measures:
    """Return AUROC and average precision of the scored rows after the start; NaN where they are undefined."""
    counted = np.isfinite(scores)
    counted[:start] = False
    labels, scores = labels[counted], scores[counted]
    if not labels.any() or labels.all():
        return {"auroc": np.nan, "ap": np.nan}
    return {"auroc": auroc(labels, scores), "ap": average_precision(labels, scores)}


def located(part: Part, scored: Scored) -> Measures:
    """Return whether the highest score lies at the anomaly, and which events at the own threshold do.

    A time step counts as at the anomaly within as many time steps of it as it is long, 100 at least.
    """
    scores = scored.scores.copy()
    scores[: part.start] = np.nan
    found = {"located": float(np.isfinite(scores).any() and ucr_located(part.labels, scores))}
    if scored.events is None:
        return found
    near = _near(part)
    hits = [bool(near[event.start : event.end].any()) for event in scored.events]
    return {**found, "met": float(any(hits)), "false_events": float(hits.count(False))}


def series_measures(part: Part, scored: Scored) -> Measures:
    """Return how well a collection is ranked, and how much of it the own threshold flags."""
    found = rank_measures(part.labels, scored.scores)
    if scored.flags is None:
        return found
    anomalous = part.labels == 1
    return {
        **found,
        "sensitivity": float(scored.flags[anomalous].mean()) if anomalous.any() else np.nan,
        "specificity": float((~scored.flags[~anomalous]).mean()) if not anomalous.all() else np.nan,
    }


_COUNTS = ("n_predicted", "n_known", "n_hit", "n_false", "n_steps", "n_steps_right")


def _overlap(**counts: int) -> EventOverlap:
    return EventOverlap(np.nan, np.nan, np.nan, time_precision=np.nan, **counts)


def _near(part: Part) -> npt.NDArray[np.bool_]:
    near = np.zeros(len(part.labels), dtype=bool)
    for first, end in labels_to_windows(part.labels):
        margin = max(_NEAR, end - first)
        near[max(0, first - margin) : end + margin] = True
    return near

"""Scores of what a detector has learned from, by models that had not seen it."""

from __future__ import annotations

import numpy as np

from offbeat.detectors.learning import Learning
from offbeat.detectors.scoring.views import Scores
from offbeat.series.joined import BREAK
from offbeat.series.recording import Recording

__all__ = ["begun", "held_out_of"]


def begun(detector: Learning, recording: Recording) -> int | None:
    """Return which of the stretches that a detector has learned from a recording begins with.

    None where it begins with none of them, or their held-out scores are not known in the order of time.
    """
    stretches = detector.learned_from_ if detector.held_out_from_ >= 0 else ()
    return next((number for number, stretch in enumerate(stretches) if stretch.begins(recording)), None)


def held_out_of(detector: Learning, number: int) -> Scores:
    """Return the held-out scores of a stretch that a detector has learned from, ``(n_times,)``; NaN where none is."""
    lengths = [stretch.n_times for stretch in detector.learned_from_]
    begin = sum(lengths[:number]) + number * BREAK
    found = np.full(begin + lengths[number], np.nan)
    known = detector.held_out_scores_[: max(0, len(found) - detector.held_out_from_)]
    found[detector.held_out_from_ : detector.held_out_from_ + len(known)] = known
    return found[begin:]

"""What a notebook shows of a detector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.tables import Table
from offbeat.words import notice_for, plural

if TYPE_CHECKING:
    from offbeat.detectors.learning import Learning

__all__ = ["detector_tables"]

_LONG = 80


def detector_tables(detector: Learning) -> list[Table]:
    """Return what a detector has learned from, and what its decisions aim at; before ``fit`` that it is unfitted."""
    if "scaler_" not in vars(detector):
        return [Table(_title(detector), ["name", "fitted"], [[detector.name, "not yet: call fit"]])]
    counts = [int(np.sum(~np.isnan(scores))) for scores in (detector.train_scores_, detector.held_out_scores_)]
    kind = "series" if detector.kind == "collections" else "windows"
    shape = f"{plural(len(detector.channels_), 'channel')} x {plural(detector.n_times_, 'time step')}"
    note = (
        f"Learned from {counts[0]:,} {kind} of {shape}; {counts[1]:,} that it had not learned from set the "
        f"threshold. {notice_for(detector.domain_)}"
    )
    watch, alarm = detector.tiers_.thresholds_
    rules = {"flagged": detector.threshold_, "tier watch": watch, "tier alarm": alarm}
    rows: list[list[Any]] = [[name, rule.value_, rule.aim, rule.achieved_words()] for name, rule in rules.items()]
    heads = ["decision", "above", "aims at", "on held-out data"]
    return [Table(_title(detector), heads, rows, ["", ".4g"], note.strip())]


def _title(detector: Learning) -> str:
    """Return the detector with the settings that are not the usual ones, where these are few."""
    words = " ".join(repr(detector).split())
    return words if len(words) <= _LONG else f"{type(detector).__name__}(…)"

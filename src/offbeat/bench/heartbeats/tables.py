"""Tables of how well beats are named, for both protocols alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.bench.heartbeats.between_patients import STANDARD, WHOLE
from offbeat.bench.heartbeats.outcomes import Outcome
from offbeat.ecg.ec57 import BeatComparison
from offbeat.records.aami import CLASSES
from offbeat.tables import Table

__all__ = [
    "CONFIDENCES",
    "SURE",
    "by_class",
    "by_confidence",
    "by_reading",
    "ectopic",
    "gross",
    "outcome_row",
    "published_row",
    "true_by_predicted",
]

CONFIDENCES = (0.0, 0.5, 0.7, 0.9, 0.95, 1.0)
"""Edges of the confidences that are told apart."""
SURE = 0.9
"""The confidence from which a class ought to be trusted."""

_NAN = float("nan")
_HEADS = ("QRS", "VEB", "SVEB")
_FIGURES = [f"{head.lower()}_{what}" for head in _HEADS for what in ("sensitivity", "positive_predictivity")]


def ectopic(found: Outcome) -> list[float]:
    """Return sensitivity and positive predictivity of S and of V, as EC57 counts them."""
    supraventricular, ventricular = found.quality("S"), found.quality("V").sensitivity
    return [*supraventricular[3:5], ventricular, found.veb_positive_predictivity]


def published_row(entry: Mapping[str, Any], label: str) -> list[Any]:
    """Return a published system as a row of :meth:`HeartbeatResults.side_by_side`, NaN where nothing was published."""
    figures = [entry.get("accuracy", _NAN), entry.get("macro_f1", _NAN), _NAN]
    return [label, entry["name"], *figures, *entry.get("S", [_NAN, _NAN]), *entry.get("V", [_NAN, _NAN]), _NAN, _NAN]


def outcome_row(found: Outcome, label: str) -> list[Any]:
    """Return an outcome as a row of the same table."""
    figures = [found.accuracy(), found.macro_f1(), found.macro_f1("NSVF"), *ectopic(found)]
    return [label, found.name, *figures, found.calibration_error, found.calibration_error_before]


def by_class(found: Outcome, label: str) -> Table:
    """Return sensitivity, positive predictivity and F1 of each class."""
    rows = [list(found.quality(name)) for name in CLASSES]
    return Table(
        f"{found.name}, {label}, by class",
        ["class", "beats", "named so", "sensitivity", "positive predictivity", "F1"],
        rows,
        ["", "", "", ".2%", ".2%", ".4f"],
        f"{found.missed:,} beats were missed and count as wrong; {found.extra:,} were named that are none.",
    )


def true_by_predicted(found: Outcome, label: str) -> Table:
    """Return the counts, with a column of beats missed and a row of what is no beat where there are any."""
    rows = [[name, *line] for name, line in zip([*CLASSES, "extra"], found.matrix.tolist(), strict=True)]
    if not found.missed + found.extra:
        rows = [row[:-1] for row in rows[:-1]]
    columns = ["true", *(f"as {name}" for name in CLASSES), "missed"][: len(rows[0])]
    return Table(f"{found.name}, {label}: true class by predicted class", columns, rows)


def by_confidence(beats: pd.DataFrame, title: str) -> Table:
    """Return the precision of what is named N, S and V by confidence, and the expected calibration error of each class.

    Parameters
    ----------
    beats : DataFrame
        ``class``, ``confidence`` and ``truth`` of each beat, see :class:`~offbeat.bench.heartbeats.outcomes.Outcome`.
    title : str
        Of the table.

    Examples
    --------
    >>> beats = pd.DataFrame({"class": ["N", "N"], "confidence": [0.8, 0.6], "truth": ["N", "V"]})
    >>> by_confidence(beats, "Precision").cells()[0]
    ['N', '–', '0.0% (1)', '100.0% (1)', '–', '–', '–', '40.0%']
    """
    bins = list(pairwise(CONFIDENCES))
    rows = []
    for name in "NSV":
        named = beats[beats["class"] == name]
        right, confidence = (named["truth"] == name).to_numpy(), named["confidence"].to_numpy(np.float64)
        bin_of = np.clip(np.digitize(confidence, CONFIDENCES) - 1, 0, len(bins) - 1)
        parts = [bin_of == number for number in range(len(bins))]
        gaps = [abs(right[part].sum() - confidence[part].sum()) for part in parts]
        cells = [_precision(right[part]) for part in [*parts, confidence >= SURE]]
        rows.append([name, *cells, sum(gaps) / len(named) if len(named) else _NAN])
    return Table(
        title,
        ["class", *(f"{low:g} to {high:g}" for low, high in bins), f"{SURE:g} and more", "calibration error"],
        rows,
        [*[""] * (len(bins) + 2), ".1%"],
        "Precision, and in brackets the beats, of what is named with a confidence in that range.",
    )


def _precision(right: npt.NDArray[np.bool_]) -> str | None:
    return f"{right.mean():.1%} ({right.size:,})" if right.size else None


def gross(outcomes: Sequence[Outcome], title: str, note: str = "") -> Table:
    """Return the gross figures of whole records, a row an outcome, with how many V and S there are."""
    rows = []
    for found in outcomes:
        records = found.comparisons[WHOLE]
        every = BeatComparison("gross", np.sum([record.matrix for record in records], axis=0))
        counts = [every.count(name, "nsvfqox") for name in "VS"]
        rows.append([found.name, len(records), *(getattr(every, name) for name in _FIGURES), *counts])
    heads = [f"{head} {what}" for head in _HEADS for what in ("Se", "+P")]
    return Table(title, ["part", "records", *heads, "V", "S"], rows, ["", "", *[".1%"] * len(heads)], note)


def by_reading(outcomes: Sequence[Outcome]) -> Table:
    """Return gross and average figures of each way to count."""
    rows = []
    for found in outcomes:
        for reading, records in found.comparisons.items():
            every = BeatComparison("gross", np.sum([record.matrix for record in records], axis=0))
            rows.append([found.name, reading, "gross", *(getattr(every, name) for name in _FIGURES)])
            each = np.array([[getattr(record, name) for name in _FIGURES] for record in records])
            rows.append([found.name, reading, "average", *(_mean(column) for column in each.T)])
    return Table(
        "Other patients, by the ways to count",
        ["system", "part", "beats together or mean of records", *(f"{h} {w}" for h in _HEADS for w in ("Se", "+P"))],
        rows,
        ["", "", "", *[".2%"] * 6],
        f"In {WHOLE!r} escape beats from above the ventricles are N, as in papers; {STANDARD} takes them for S and "
        "leaves out five minutes.",
    )


def _mean(values: npt.NDArray[np.float64]) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else _NAN

"""Tables of how well beats are named, for both protocols alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.bench.heartbeats.between_patients import STANDARD, WHOLE
from offbeat.bench.heartbeats.outcomes import Outcome
from offbeat.ecg.ec57 import BeatComparison
from offbeat.records.aami import CLASSES
from offbeat.tables import Table

__all__ = ["by_class", "by_reading", "ectopic", "outcome_row", "published_row", "true_by_predicted"]

_NAN = float("nan")


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


def by_reading(outcomes: Sequence[Outcome]) -> Table:
    """Return gross and average figures of each way to count."""
    heads = {"QRS": "qrs", "VEB": "veb", "SVEB": "sveb"}
    names = [f"{key}_{what}" for key in heads.values() for what in ("sensitivity", "positive_predictivity")]
    rows = []
    for found in outcomes:
        for reading, records in found.comparisons.items():
            gross = BeatComparison("gross", np.sum([record.matrix for record in records], axis=0))
            rows.append([found.name, reading, "gross", *(getattr(gross, name) for name in names)])
            each = np.array([[getattr(record, name) for name in names] for record in records])
            rows.append([found.name, reading, "average", *(_mean(column) for column in each.T)])
    return Table(
        "Other patients, by the ways to count",
        ["system", "part", "beats together or mean of records", *(f"{h} {w}" for h in heads for w in ("Se", "+P"))],
        rows,
        ["", "", "", *[".2%"] * 6],
        f"In {WHOLE!r} escape beats from above the ventricles are N, as in papers; {STANDARD} takes them for S and "
        "leaves out five minutes.",
    )


def _mean(values: npt.NDArray[np.float64]) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else _NAN

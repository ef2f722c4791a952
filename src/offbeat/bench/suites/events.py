"""Columns for suites that are evaluated by events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from offbeat.bench.suites.measures import pooled_events
from offbeat.bench.suites.suite import Column, mean_of
from offbeat.metrics import EventOverlap

__all__ = ["EVENT_COLUMNS"]


def _pooled(title: str, of: Callable[[EventOverlap], Any], form: str = ".3f") -> Column:
    """Return a column of a figure of the events of all cases together."""

    def figure(rows: pd.DataFrame) -> Any:
        found = pooled_events(rows)
        return float("nan") if found is None else of(found)

    return Column(title, figure, form)


EVENT_COLUMNS = (
    _pooled("event F1", lambda found: found.f1),
    _pooled("windows met", lambda found: f"{found.n_hit} of {found.n_known}"),
    _pooled("precision", lambda found: found.precision, ".2f"),
    _pooled("time precision", lambda found: found.time_precision, ".2f"),
    Column("false events a series", mean_of("n_false"), ".2f"),
    Column("AUROC", mean_of("auroc")),
    Column("AP", mean_of("ap")),
)
"""Counts are added over the series, AUROC and AP are means."""

"""The suites by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from offbeat.bench.suites.beats import BEATS
from offbeat.bench.suites.cases import Part, Scored
from offbeat.bench.suites.events import EVENT_COLUMNS
from offbeat.bench.suites.found import ecg5000_cases, family_cases
from offbeat.bench.suites.measures import (
    event_measures,
    located,
    rank_measures,
    series_measures,
)
from offbeat.bench.suites.numenta import NAB
from offbeat.bench.suites.suite import Column, Suite, mean_of, median_of, values_of
from offbeat.bench.suites.tsb_ad import TSB_AD

__all__ = ["ALIASES", "COLLECTIONS", "RECORDINGS", "SUITES"]

_LEARNS = "Detectors learn from the part before the one that is evaluated, and are given no labels."
_OWN = "Events are those at each detector's own threshold, which has seen no label."


def _events_and_ranks(part: Part, scored: Scored) -> dict[str, Any]:
    return event_measures(part, scored) | rank_measures(part.labels, scored.scores, part.start)


_BY_EVENTS = (
    f"{_LEARNS} {_OWN} Precision: events that meet a labelled window; time precision: time in events that lies in a "
    "labelled window, or no further from it than a window of the detector is long; event F1: of the share of windows "
    "met and the lower precision. Counts are added over the series, AUROC and AP (average precision) are means."
)

_SERIES_COLUMNS = (
    Column("AUROC", mean_of("auroc"), ".4f"),
    Column("AP", mean_of("ap"), ".4f"),
    Column("sensitivity", mean_of("sensitivity"), ".1%"),
    Column("specificity", mean_of("specificity"), ".1%"),
)

SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        NAB,
        Suite(
            "ucr",
            "UCR Time Series Anomaly Archive: one anomaly a series, to be located",
            partial(family_cases, "ucr", ["ucr"]),
            located,
            (
                Column("located", mean_of("located"), ".1%"),
                Column("met by an event", mean_of("met"), ".1%"),
                Column("false events, median", median_of("false_events"), ".1f"),
                Column("false events, mean", mean_of("false_events"), ".1f"),
            ),
            values_of("located"),
            f"{_LEARNS} Located: the highest score after the training part lies at the anomaly, or no further from it "
            f"than it is long (100 time steps at least). {_OWN} They meet the anomaly within the same distance.",
            n_series=250,
        ),
        Suite(
            "smap-msl",
            "NASA SMAP and MSL telemetry with its commands",
            partial(family_cases, "smap-msl", ["smap-msl"]),
            _events_and_ranks,
            EVENT_COLUMNS,
            values_of("event_f1"),
            _BY_EVENTS,
            n_series=82,
        ),
        Suite(
            "smd",
            "Server Machine Dataset, 38 metrics a machine",
            partial(family_cases, "smd", ["smd"]),
            _events_and_ranks,
            EVENT_COLUMNS,
            values_of("event_f1"),
            _BY_EVENTS,
            n_series=28,
        ),
        *TSB_AD,
        Suite(
            "ecg5000",
            "ECG5000: single heartbeats, normal and not",
            ecg5000_cases,
            series_measures,
            _SERIES_COLUMNS,
            values_of("auroc"),
            "Detectors learn from 2,481 normal beats; 219 others set the threshold, and 219 more and all 2,081 beats "
            "of other classes are evaluated. Sensitivity and specificity are at that threshold.",
            n_series=1,
            default="pca,knn",
            events=False,
        ),
        *BEATS,
    )
}
"""The public benchmarks."""

ALIASES: Mapping[str, tuple[str, ...]] = {"tsb-ad": ("tsb-ad-u", "tsb-ad-m"), "beats": ("beats-n", "beats-all")}
"""Names for several suites together."""

RECORDINGS = Suite(
    "recordings",
    "Recordings with labels",
    lambda data_dir: [],
    _events_and_ranks,
    EVENT_COLUMNS,
    values_of("event_f1"),
    _BY_EVENTS,
)
COLLECTIONS = Suite(
    "collections",
    "Short series with labels",
    lambda data_dir: [],
    series_measures,
    _SERIES_COLUMNS,
    values_of("auroc"),
    "Detectors learn from a part of the normal series; others of them set the threshold, and the rest of them and all "
    "anomalies are evaluated. Sensitivity and specificity are at that threshold.",
    default="pca,knn",
    events=False,
)
"""What other data are evaluated by."""

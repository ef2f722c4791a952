"""The Numenta benchmark as a suite: one threshold for all series, and what such a threshold is worth on others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.resources import files as package_files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.bench.suites.cases import Part, Scored
from offbeat.bench.suites.events import EVENT_COLUMNS
from offbeat.bench.suites.found import family_cases
from offbeat.bench.suites.measures import event_measures, pooled_events, rank_measures
from offbeat.bench.suites.suite import Column, Suite
from offbeat.metrics import NAB_PROFILES, NABResult, labels_to_windows, nab_normalised, nab_score, nab_threshold
from offbeat.tables import Table

__all__ = ["NAB"]

_ALL_SERIES = 58
_TITLES = {"standard": "standard", "reward_low_FP_rate": "low FP", "reward_low_FN_rate": "low FN"}
_RULE = (
    "Detectors learn from the probation of each series (the first 15 %, 750 rows at most), are given no labels, and "
    "then score it without looking ahead. NAB scores: 0 flags nothing, 100 is perfect; one threshold for all "
    "series and a profile, the best one, chosen by the labels, as the benchmark does. Crossed: each half at the "
    "threshold chosen on the other half. At own threshold, event F1, windows met and precisions: each detector's own "
    "threshold, which has seen no label. Precision: events that meet a labelled window; time precision: time in events "
    "that lies in one, or no further from it than a window of the detector is long; AUROC and AP are means over series."
)

Series = list[tuple[Any, list[tuple[int, int]]]]


def _measure(part: Part, scored: Scored) -> dict[str, Any]:
    """Return all scores and labelled windows, by which the threshold is chosen, and measures of events and ranks."""
    windows = labels_to_windows(part.labels)
    own = {} if scored.flags is None else _own_threshold(nab_score(scored.flags.astype(float), windows, 0.5))
    ranks = rank_measures(part.labels, scored.scores, part.start)
    for_all = {"scores": scored.scores, "windows": np.array(windows, dtype=np.int64).ravel()}
    return {**for_all, **own, **event_measures(part, scored), **ranks}


def _own_threshold(result: NABResult) -> dict[str, Any]:
    return {"own_score": result.score, "own_windows": result.n_windows}


def _series(rows: pd.DataFrame) -> Series:
    """Return scores and windows of the cases that could be read."""
    read = rows[_could_be_read(rows)]
    if not len(read):
        return []
    pairs = zip(read["scores"], read["windows"], strict=True)
    return [(scores, [(int(a), int(b)) for a, b in np.reshape(windows, (-1, 2))]) for scores, windows in pairs]


def _could_be_read(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    scores = rows["scores"] if "scores" in rows else [None] * len(rows)
    return np.array([isinstance(each, np.ndarray) for each in scores], dtype=bool)


def _scored(series: Series, threshold: float, profile: str) -> NABResult:
    results = [nab_score(scores, windows, threshold, profile) for scores, windows in series]
    return sum(results[1:], start=results[0])


def _at_the_best(profile: str, rows: pd.DataFrame) -> float:
    series = _series(rows)
    return nab_normalised(nab_threshold(series, profile), profile) if series else float("nan")


def _crossed_halves(rows: pd.DataFrame) -> list[NABResult]:
    """Return the scores of the even and the odd series, each at the threshold that was chosen on the others."""
    series = _series(rows)
    halves = series[::2], series[1::2]
    if not all(halves):
        return []
    chosen = [nab_threshold(half).threshold for half in halves]
    return [_scored(half, value, "standard") for half, value in zip(halves, chosen[::-1], strict=True)]


def _crossed(rows: pd.DataFrame) -> float:
    halves = _crossed_halves(rows)
    return nab_normalised(halves[0] + halves[1]) if halves else float("nan")


def _at_own(rows: pd.DataFrame) -> float:
    """Return the standard score at the detector's own threshold."""
    if "own_score" not in rows or not (known := rows.dropna(subset=["own_score"]))["own_windows"].sum():
        return float("nan")
    total = NABResult(float(known["own_score"].sum()), float("nan"), 0, 0, 0, 0, int(known["own_windows"].sum()))
    return nab_normalised(total)


def _by_series(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    series, values = _series(rows), np.full(len(rows), np.nan)
    if series:
        threshold = nab_threshold(series).threshold
        scored = [nab_normalised(nab_score(scores, windows, threshold)) for scores, windows in series]
        values[_could_be_read(rows)] = scored
    return values


def _groups(rows: pd.DataFrame) -> list[Table]:
    """Return the tables of the groups of series, at the thresholds of all of them, and of published figures."""
    table = []
    for detector, own in rows[_could_be_read(rows)].groupby("detector", sort=False):
        thresholds = {profile: nab_threshold(_series(own), profile).threshold for profile in NAB_PROFILES}
        for group, part in own.groupby(own["case"].str.partition("/")[0]):
            series = _series(part)
            if any(windows for _, windows in series):
                at_all = [nab_normalised(_scored(series, thresholds[p], p), p) for p in NAB_PROFILES]
                found = pooled_events(part)
                met = ["", float("nan")] if found is None else [f"{found.n_hit} of {found.n_known}", found.f1]
                table.append([detector, group, len(part), *at_all, _at_the_best("standard", part), *met])
    columns = ["detector", "group", "series", *_TITLES.values(), "standard, threshold of the group"]
    columns += ["windows met", "event F1"]
    note = "One threshold for all series, but for the last column. Groups without windows have no score."
    groups = Table("NAB scores by group", columns, table, ["", "", "", *[".2f"] * 4, "", ".3f"], note)
    return [groups, _halves(rows), _published(rows["case"].nunique())]


def _halves(rows: pd.DataFrame) -> Table:
    table = []
    for detector, own in rows.groupby("detector", sort=False):
        crossed = [nab_normalised(half) for half in _crossed_halves(own.sort_values("case"))] or [float("nan")] * 2
        best = [_at_the_best("standard", own.sort_values("case")[first::2]) for first in (0, 1)]
        table.append([detector, best[0], crossed[0], best[1], crossed[1]])
    return Table(
        "NAB standard scores by halves",
        ["detector", "even series", "at the odd ones' threshold", "odd series", "at the even ones' threshold"],
        table,
        ["", *[".2f"] * 4],
        "Every second series by name, the first one on, and the others; each half at its own best threshold, and at "
        "the best one of the other half.",
    )


def _published(n_series: int) -> Table:
    with package_files("offbeat.bench").joinpath("published", "nab.csv").open(encoding="utf-8") as lines:
        figures = pd.read_csv(lines, keep_default_na=False)
    unlike = f" With {n_series} of them the figures above do not compare with these." * (n_series < _ALL_SERIES)
    return Table(
        "Published NAB scores",
        ["detector", *_TITLES.values()],
        figures.values.tolist(),
        ["", ".2f", ".2f", ".2f"],
        f"One threshold for all {_ALL_SERIES} series of the benchmark and a profile, chosen by the labels.{unlike}",
    )


def _column(profile: str) -> Column:
    of: Callable[[pd.DataFrame], Any] = partial(_at_the_best, profile)
    return Column(_TITLES[profile], of, ".2f")


NAB = Suite(
    "nab",
    "Numenta Anomaly Benchmark, scored as it comes",
    partial(family_cases, "nab", ["nab"]),
    _measure,
    (
        *map(_column, NAB_PROFILES),
        Column("crossed", _crossed, ".2f"),
        Column("at own threshold", _at_own, ".2f"),
        *EVENT_COLUMNS,
    ),
    _by_series,
    _RULE,
    n_series=_ALL_SERIES,
    live=True,
    default="profile:refractory=0.3,nab-online",
    tables=_groups,
)
"""The benchmark."""

"""A recording in one row: what a table of many says of each key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.app.panels.aims import aim_of
from offbeat.app.panels.drift import drift_of
from offbeat.app.panels.notes import kinds_of
from offbeat.app.recording_runs import RecordingRun
from offbeat.detectors.base import Detector
from offbeat.errors import OffbeatError, ignoring
from offbeat.events.severity import Severity
from offbeat.series.recording import Recording
from offbeat.tables import Table, json_ready
from offbeat.words import as_options, shorten

__all__ = [
    "BETWEEN",
    "failed_row",
    "fitted_row",
    "joined_row",
    "scored_row",
    "shown_tables",
    "still_since",
    "table_of",
    "with_spreads",
    "worst_first",
]

Scores = npt.NDArray[np.float64]

_TEXTS = ("key", "error", "worst", "begins", "ends", "cautions")
_USUAL, _UNUSUAL = 0.9, 0.5
"""A tenth of normal scores lies above this quantile; where half of all do, the model does not fit."""
_LONGEST = 500
_FEWEST_ENDS = 3
_FEW = 0.5
BETWEEN = " | "
"""What stands between the cautions on a key, each of which may have a semicolon."""
_MEANINGS = {
    "learned": "windows learned from",
    "incidents": "stretches of these that look like incidents, and set no threshold",
    "spread": "how much it varies, as a multiple of the usual key",
    "aimed": "events that normal data may raise in that time",
    "flagged": "share of the time above the threshold",
    "peak": "highest score in thresholds",
    "unusual": "share of scores as high as a tenth of normal ones",
    "drift": "how far the level has moved, in standard deviations of what was learned from",
}
_TIERS = {tier.label: int(tier) for tier in Severity}


def fitted_row(key: str, recording: Recording, detector: Detector, cautions: Sequence[str]) -> dict[str, Any]:
    """Return the row of a key whose model was fitted."""
    return _rounded(
        {
            **_about(key, recording),
            "learned": int(np.sum(~np.isnan(detector.train_scores_))),
            "threshold": detector.threshold_.value_,
            "incidents": len(detector.incidents_),
            "cautions": BETWEEN.join(cautions),
        }
    )


def joined_row(key: str, recording: Recording, cautions: Sequence[str]) -> dict[str, Any]:
    """Return the row of a key that one model of all learns from."""
    return _rounded({**_about(key, recording), "cautions": BETWEEN.join(cautions)})


def with_spreads(rows: Iterable[dict[str, Any]], recordings: Sequence[Recording]) -> list[dict[str, Any]]:
    """Return rows with ``spread``: how much a key varies, as a multiple of the usual key.

    The standard deviation of a channel is divided by the median of that of all keys, so that channels of any unit
    compare; of several channels the one counts that is furthest from usual.

    Parameters
    ----------
    rows : iterable of dict
        Of all keys; those that failed have no recording.
    recordings : sequence of Recording
        Of the others, in the same order. Nothing is said where their channels differ.

    Examples
    --------
    >>> waves = [Recording([[0.0, 0.0], [scale, 900.0]], channels=["load", "bytes"]) for scale in (1.0, 1.0, 5.0)]
    >>> [row["spread"] for row in with_spreads([{"error": ""} for _ in waves], waves)]
    [1.0, 1.0, 5.0]
    """
    if len({recording.channels for recording in recordings}) != 1:
        return list(rows)
    found = iter(_spreads(recordings))
    return [row if row["error"] else _rounded(row | {"spread": next(found)}) for row in rows]


def _spreads(recordings: Sequence[Recording]) -> list[float]:
    with ignoring(RuntimeWarning), np.errstate(all="ignore"):
        own = np.array([np.nanstd(recording.values.astype(np.float64), axis=0) for recording in recordings])
        usual = np.nanmedian(own, axis=0)
        ratios = own / np.where(usual > 0, usual, np.nan)
        far = np.abs(np.log(ratios))
    far[np.isnan(far)] = -1.0
    return [float(row[at]) for row, at in zip(ratios, far.argmax(axis=1), strict=True)]


def scored_row(key: str, recording: Recording, run: RecordingRun, cautions: Sequence[str]) -> dict[str, Any]:
    """Return the row of a key whose recording was scored; with how its events meet labels, where it was evaluated.

    ``flagged`` is the share of its scored time steps above the threshold, ``peak`` the highest score in thresholds,
    ``unusual`` the share of scores above the 90th percentile of held-out normal scores (a tenth of normal data is), and
    ``drift`` how far its level has moved, see :func:`~offbeat.app.panels.drift.drift_of`.
    """
    detector, scores, events = run.detector, run.scores[run.start :], run.events
    known = scores[~np.isnan(scores)]
    normal = detector.held_out_scores_[~np.isnan(detector.held_out_scores_)]
    value = detector.threshold_.value_
    unusual = float(np.mean(known > np.quantile(normal, _USUAL))) if len(known) else float("nan")
    drift, moved = drift_of(recording[run.start :], detector)
    since = still_since(recording, detector.n_times_)
    said = [*[since] * bool(since), *cautions, *moved]
    if unusual > _UNUSUAL:
        said.append(f"{unusual:.0%} of its scores are as high as a tenth of normal ones: the model may not fit it")
    if len(known) < _FEW * len(scores):
        said.append(f"{len(known):,} of {len(scores):,} time steps have a score")
    return _rounded(
        {
            **_about(key, recording[run.start :]),
            "events": len(events),
            **({"aimed": aim["aimed"]} if (aim := aim_of(detector, len(known))) else {}),
            "worst": max((event.severity for event in events), default=Severity.NORMAL).label,
            "flagged": float(np.mean(detector.threshold_.predict(known))) if len(known) else float("nan"),
            "peak": float(known.max() / value) if len(known) and value > 0 else float("nan"),
            "unusual": unusual,
            "drift": drift,
            **(_figures(run) if run.known is not None else {}),
            "cautions": BETWEEN.join(said),
        }
    )


def _figures(run: RecordingRun) -> dict[str, Any]:
    found, (area, _) = run.overlap, run.ranking()
    return {
        "windows": found.n_known,
        "hit": found.n_hit,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
        "auroc": area,
    }


def failed_row(key: str, error: Exception) -> dict[str, Any]:
    """Return the row of a key that could not be worked on, with the reason in a line."""
    return {"key": key, "error": shorten(told(error), _LONGEST)}


def told(error: Exception) -> str:
    """Return what an error says in a line, with its kind where it is none of ours."""
    said = str(error) if isinstance(error, OffbeatError) else f"{type(error).__name__}: {error}"
    return as_options(" ".join(said.split()))


def still_since(recording: Recording, least: int) -> str:
    """Return a sentence on a channel that stands still at the end, as that of a host that has died; else nothing.

    It has stood still for ``least`` time steps at least, and for three times as long as ever before.

    Examples
    --------
    >>> still_since(Recording(np.append(np.sin(np.arange(90.0)), np.zeros(30)), channels=["cpu"]), 20)
    'cpu stands still at 0 since time step 90'
    """
    for name, column in zip(recording.channels, recording.values.T, strict=True):
        changes = np.flatnonzero(np.diff(column) != 0) + 1
        if not len(changes) or np.isnan(column[-1]):
            continue
        runs, last = np.diff(np.append(0, changes)), len(column) - int(changes[-1])
        if last >= max(least, 2) and last > 3 * runs.max():
            start = int(changes[-1])
            when = f"time step {start:,}" if recording.timestamps is None else str(recording.times()[start])
            return f"{name} stands still at {column[-1]:.4g} since {when}"
    return ""


def table_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table, with the columns of all of them; a key that ends before the others is told."""
    found = _with_ends(list(rows))
    columns = dict.fromkeys(["key", "error", *(name for row in found for name in row if name != "cautions")])
    table = pd.DataFrame(found, columns=[*columns, "cautions"])
    for name in table:
        if name in _TEXTS:
            table[name] = table[name].fillna("")
        elif _counts(found, str(name)):
            table[name] = table[name].astype("Int64")
    return table


def shown_tables(table: pd.DataFrame, what: str, most: int = 20, *, whole: bool = False) -> list[Table]:
    """Return what to print of a table: the keys to look at first, and those that failed.

    Parameters
    ----------
    table : DataFrame
        See :func:`table_of`.
    what : str
        What the first table is about.
    most : int
        Keys shown.
    whole : bool
        Whether cautions are given as they are. Else they have a table of their own, in which each kind stands once, and
        a key has their numbers.
    """
    done, failed = worst_first(table[table["error"] == ""]), table[table["error"] != ""]
    columns = [str(name) for name in done if name not in ("error", "begins")]
    formats = {"flagged": ".1%", "unusual": ".1%", "peak": ".2f", "precision": ".2f", "recall": ".2f"}
    shown = done[columns].head(most).astype(object)
    kinds = [] if whole else kinds_of({row["key"]: _apart(row["cautions"]) for row in done.to_dict("records")})
    if not whole:
        shown["cautions"] = [_numbers(key, kinds) for key in shown["key"]]
    rows = shown.where(shown.notna(), None).to_numpy().tolist()
    note = f"{most} of {len(done):,} keys. " * (len(done) > most) + _meanings(columns) * (not whole)
    wrong = failed[["key", "error"]].head(most).to_numpy().tolist()
    more = f"{most} of {len(failed):,}." if len(failed) > most else ""
    return [
        Table(what, columns, rows, [formats.get(name, "") for name in columns], note=note),
        Table("Failed", ["key", "why"], wrong, note=more),
        *([] if whole else [_caution_table(kinds)]),
    ]


def _meanings(columns: Sequence[str]) -> str:
    """Return what the columns of a table mean whose names do not say it."""
    return "; ".join(f"{name}: {meaning}" for name, meaning in _MEANINGS.items() if name in columns)


def _apart(cautions: str) -> list[str]:
    return cautions.split(BETWEEN) if cautions else []


def _numbers(key: str, kinds: Sequence[tuple[list[str], str]]) -> str:
    return ", ".join(str(number) for number, (keys, _) in enumerate(kinds, start=1) if key in keys)


def _caution_table(kinds: Sequence[tuple[list[str], str]]) -> Table:
    """Return each kind of caution once, whole, with how many keys have it."""
    rows = [
        [str(number), keys[0] if len(keys) == 1 else f"{len(keys):,}, such as {keys[0]}", caution]
        for number, (keys, caution) in enumerate(kinds, start=1)
    ]
    return Table("Cautions", ["no.", "keys", "caution"], rows)


def worst_first(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows by the gravest tier, then by the highest score in thresholds, then by the share of time flagged.

    Where a threshold value is not above 0 no score is a multiple of it: such keys follow the others of their tier.
    """
    if "worst" not in table:
        return table
    order = table[["peak", "flagged"]].astype(float).assign(tier=table["worst"].map(_TIERS))
    return table.loc[order.sort_values(["tier", "peak", "flagged"], ascending=False, kind="stable").index]


def _about(key: str, recording: Recording) -> dict[str, Any]:
    times = None if recording.timestamps is None or not len(recording) else recording.times()[[0, -1]]
    ends = {} if times is None else {"begins": str(times[0]), "ends": str(times[1])}
    return {"key": key, "error": "", "steps": len(recording), **ends}


def _with_ends(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add a caution to keys that end far before the others: by 1.5 times the range of the middle half of all ends."""
    texts = pd.Series([row.get("ends") for row in rows], dtype=object)
    ends = pd.DatetimeIndex(pd.to_datetime(texts, utc=True, format="ISO8601"))
    known = ends.dropna().sort_values()
    if len(known) < _FEWEST_ENDS:
        return rows
    low, high = np.quantile(known.asi8, [0.25, 0.75])
    of_most = rows[int(np.flatnonzero(ends == known[len(known) // 2])[0])]["ends"]
    is_early = ends.notna() & (ends.asi8 < low - 1.5 * (high - low))
    told = f"ends before the others ({of_most})"
    return [
        row | {"cautions": BETWEEN.join(filter(None, [told, row["cautions"]]))} if early else row
        for row, early in zip(rows, is_early.tolist(), strict=True)
    ]


def _counts(rows: Sequence[dict[str, Any]], name: str) -> bool:
    values = [row[name] for row in rows if row.get(name) is not None]
    return bool(values) and all(isinstance(value, int) for value in values)


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json_ready(row)
    return {name: float(f"{value:.4g}") if isinstance(value, float) else value for name, value in plain.items()}

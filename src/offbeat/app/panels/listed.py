"""The events of many keys in one list, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from offbeat.app.aftermath import Aftermath
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.series.recording import Recording
from offbeat.tables import Table, json_ready

__all__ = ["EVENTS", "events_of_key", "gravest", "list_of_events", "shown_events"]

EVENTS = "events.csv"
"""The list of the events of all keys, in the folder that results go to."""
_COLUMNS = (
    *("key", "start_time", "end_time", "severity", "ratio", "score", "channels"),
    *("peak_time", "start", "end", "peak", "known_at", "after", "change_from"),
)
_TOLD = tuple(name for name in _COLUMNS if name not in ("key", "ratio", "channels", "after", "change_from"))
_TIERS = {tier.label: int(tier) for tier in Severity}


def events_of_key(
    events: Iterable[Event], threshold: float, after: Mapping[int, Aftermath], recording: Recording
) -> dict[str, Any]:
    """Return the events of a key with what came after them, and the threshold value that they lie above, for JSON."""
    rows = []
    for event in events:
        told = event.to_dict()
        later = after[event.start]
        rows.append(
            {
                **{name: told[name] for name in _TOLD},
                "channels": event.cause,
                "after": later.words(event, recording),
                "change_from": later.since,
            }
        )
    return {"threshold": json_ready(float(threshold)), "events": rows}


def list_of_events(found: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return the events of all keys, the gravest first: by tier, then by the score as a multiple of the threshold.

    Parameters
    ----------
    found : mapping
        By key what :func:`events_of_key` returned.

    Returns
    -------
    DataFrame
        ``key``, the fields of :class:`offbeat.Event`, ``ratio`` (the score as a multiple of the threshold value; NaN
        where that is not above 0), ``channels`` (the three that caused it most), ``after`` and ``change_from`` (the
        words of :class:`~offbeat.app.aftermath.Aftermath`, and its ``since``).

    Examples
    --------
    >>> low, high = Event(1, 3, 2, score=3.0), Event(5, 6, 5, score=8.0)
    >>> data, back = Recording(np.zeros(9)), {1: Aftermath(9), 5: Aftermath(9)}
    >>> found = list_of_events(
    ...     {"web1": events_of_key([low], 1.0, back, data), "web2": events_of_key([high], 2.0, back, data)}
    ... )
    >>> found[["key", "ratio"]].to_numpy().tolist()
    [['web2', 4.0], ['web1', 3.0]]
    """
    rows = [
        {"key": key, "threshold": told["threshold"], **event} for key, told in found.items() for event in told["events"]
    ]
    table = pd.DataFrame(rows, columns=[*_COLUMNS, "threshold"])
    for name in ("score", "threshold"):
        table[name] = pd.to_numeric(table[name])  # infinity is text in JSON
    for name in ("start", "end", "peak", "known_at", "change_from"):
        table[name] = table[name].astype("Int64")
    table["ratio"] = (table["score"] / table["threshold"].where(table["threshold"] > 0)).map(_rounded).astype(float)
    order = pd.DataFrame({"tier": table["severity"].map(_TIERS), "ratio": table["ratio"], "score": table["score"]})
    ordered = order.sort_values(["tier", "ratio", "score"], ascending=False, kind="stable")
    return table.loc[ordered.index, list(_COLUMNS)].reset_index(drop=True)


def shown_events(events: pd.DataFrame, most: int) -> Table:
    """Return the gravest of the events of many keys as a table: key, time, channels.

    Parameters
    ----------
    events : DataFrame
        See :func:`list_of_events`.
    most : int
        Events shown.
    """
    rows = [
        [row["key"], *_when(row), row["severity"], row["ratio"], row["channels"], row["after"]]
        for row in events.head(most).to_dict("records")
    ]
    note = f"{most} of {len(events):,} events." if len(events) > most else ""
    columns = ["key", "begins", "ends", "tier", "score / threshold", "channels", "after it"]
    return Table("Events, gravest first", columns, rows, ["", "", "", "", ".3g"], note=note)


def gravest(events: pd.DataFrame, most: int) -> list[str]:
    """Return in a sentence each what the gravest event of the gravest keys was.

    Parameters
    ----------
    events : DataFrame
        See :func:`list_of_events`.
    most : int
        Keys named.

    Examples
    --------
    >>> data, event = Recording(np.zeros(9)), Event(1, 3, 2, score=3.0, channels=(("cpu", 0.9), ("net", 0.1)))
    >>> gravest(list_of_events({"web1": events_of_key([event], 1.0, {1: Aftermath(9)}, data)}), 3)
    ['Gravest: web1, 90% by cpu, 10% by net, time step 1 to time step 2, 3 times the threshold.']
    """
    sentences: list[str] = []
    for row in events.drop_duplicates("key").head(most).to_dict("records"):
        begins, ends = _when(row)
        high = [f"{row['ratio']:.3g} times the threshold"] * bool(np.isfinite(row["ratio"]))
        told = ", ".join(filter(None, [row["key"], row["channels"], f"{begins} to {ends}", *high, row["after"]]))
        sentences.append(f"{'Then' if sentences else 'Gravest'}: {told}.")
    return sentences


def _when(row: Mapping[Any, Any]) -> Sequence[str]:
    """Return the first and the last time step of an event: their times, or their numbers where these are not known."""
    if row["start_time"] is None:
        return [f"time step {row['start']:,}", f"time step {row['end'] - 1:,}"]
    return [str(pd.Timestamp(row[name])) for name in ("start_time", "end_time")]


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.4g}") if np.isfinite(ratio) else ratio

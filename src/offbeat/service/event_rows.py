"""Events as rows, and as the API shows them."""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.service.blocks import Block
from offbeat.service.database import Database
from offbeat.service.evidence import evidence_of
from offbeat.service.points import text_of_micros
from offbeat.service.stream import EventChange, LastFlagged, Stream

__all__ = ["SELECT_EVENTS", "close_events", "event_facts", "newest_shares", "store_change", "store_verdict"]

SELECT_EVENTS = "SELECT events.*, streams.model, streams.key FROM events JOIN streams ON streams.id = events.stream"

_NOTHING: Mapping[str, Any] = MappingProxyType({})
# By indices, and one row of each stream: there may be thousands of events.
_WORST_OPEN = (
    "SELECT channels FROM events WHERE stream = streams.id AND status = 'open' "
    "ORDER BY severity DESC, known_at DESC LIMIT 1"
)
_NEWEST = "SELECT channels FROM events WHERE stream = streams.id AND status != 'merged' ORDER BY known_at DESC LIMIT 1"
_PLACED = ("stored", "status", "severity", "score", "start_time", "end_time", "peak_time", "n_points", "channels")
_COLUMNS = ("stream", "known_at", "known_time", *_PLACED)
_STORE = (
    f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' for _ in _COLUMNS)}) "
    f"ON CONFLICT (stream, known_at) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _PLACED)}"
)
_PROLONG = (
    "UPDATE events SET end_time = max(end_time, ?), n_points = max(n_points, ?), "
    "score = max(coalesce(score, -1e308), ?), severity = max(severity, ?) WHERE stream = ? AND known_at = ?"
)


def event_facts(row: sqlite3.Row) -> dict[str, Any]:
    """Return a row of ``SELECT_EVENTS`` as plain values: times as text, severity as a word."""
    return {
        "id": row["id"],
        "model": row["model"],
        "key": row["key"],
        "status": row["status"],
        "severity": Severity(row["severity"]).label,
        "score": row["score"],
        **{name: text_of_micros(row[name]) for name in ("start_time", "end_time", "peak_time", "known_time")},
        "n_points": row["n_points"],
        "channels": json.loads(row["channels"]),
        "verdict": row["verdict"],
        "note": row["note"],
        "acknowledged": text_of_micros(row["acknowledged"]),
    }


def newest_shares(database: Database, streams: Sequence[int]) -> dict[int, dict[str, float]]:
    """Return the share of each channel in the score of an event, by the id of the stream.

    Of the open event that is most severe, else of the newest one; nothing of streams without events.
    """
    marks = ", ".join("?" * len(streams))
    rows = database.read(
        f"SELECT id, coalesce(({_WORST_OPEN}), ({_NEWEST})) AS shares FROM streams WHERE id IN ({marks})", *streams
    )
    return {row["id"]: json.loads(row["shares"]) for row in rows if row["shares"] is not None}


def store_change(writer: sqlite3.Connection, stream: Stream, change: EventChange, block: Block | None = None) -> None:
    """Write what is known of an event now, and the change for whoever follows them.

    Parameters
    ----------
    writer : Connection
        Within a transaction.
    stream : Stream
        Whose event it is.
    change : EventChange
        What has changed.
    block : Block, optional
        The new points of the stream; what was seen in them is told with the change.
    """
    where, seen = (stream.id, change.known_at), {"level": change.level} if change.level else {}
    if change.event is None or isinstance(change.event, LastFlagged):
        updated = "UPDATE events SET status = ?, stored = ? WHERE stream = ? AND known_at = ?"
        writer.execute(updated, (change.status, int(time.time()), *where))
        if change.event is not None:
            writer.execute(_PROLONG, (*change.event, *where))
    else:
        writer.execute(_STORE, (stream.id, change.known_at, *_placed(stream, change, change.event)))
        if block is not None and change.status == "open" and change.what != "quieted":
            seen |= evidence_of(stream, change.event, block)
    _tell(writer, change.what, "stream = ? AND known_at = ?", where, seen)


def close_events(writer: sqlite3.Connection, number: int) -> None:
    """Close what is open of the events of a stream, by its id, and write the changes for whoever follows them."""
    opened = "SELECT known_at FROM events WHERE stream = ? AND status = 'open'"
    for (known_at,) in writer.execute(opened, (number,)).fetchall():
        where = (number, known_at)
        closed = "UPDATE events SET status = 'closed', stored = ? WHERE stream = ? AND known_at = ?"
        writer.execute(closed, (int(time.time()), *where))
        _tell(writer, "closed", "stream = ? AND known_at = ?", where)


def store_verdict(writer: sqlite3.Connection, number: int, verdict: str | None, note: str, when: int | None) -> None:
    """Write what somebody says of an event, and the change for whoever follows them."""
    updated = "UPDATE events SET verdict = ?, note = ?, acknowledged = ? WHERE id = ?"
    writer.execute(updated, (verdict, note, when, number))
    _tell(writer, "acknowledged", "events.id = ?", (number,))


def _tell(
    writer: sqlite3.Connection, what: str, where: str, values: tuple[int, ...], seen: Mapping[str, Any] = _NOTHING
) -> None:
    for row in writer.execute(f"{SELECT_EVENTS} WHERE {where}", values).fetchall():
        body = json.dumps({**event_facts(row), **seen})
        writer.execute(
            "INSERT INTO changes (event, what, stored, body) VALUES (?, ?, ?, ?)",
            (row["id"], what, int(time.time()), body),
        )


def _placed(stream: Stream, change: EventChange, event: Event) -> tuple[Any, ...]:
    newest = stream.newest.time if change.known_time is None else change.known_time
    times = [_micros(time, newest) for time in (event.start_time, event.end_time, event.peak_time)]
    score = event.score if math.isfinite(event.score) else None
    channels = json.dumps({name: share for name, share in event.channels if math.isfinite(share)})
    return (newest, int(time.time()), change.status, int(event.severity), score, *times, len(event), channels)


def _micros(time: Any, unknown: int) -> int:
    return unknown if time is None or np.isnat(time) else int(time.astype("datetime64[us]").astype(np.int64))

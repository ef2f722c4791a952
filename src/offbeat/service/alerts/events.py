"""What a receiver knows of each event, and what it is to be told: a few rows in the database of the service.

An event has a row for each receiver from the change that makes it worth telling to the message that tells its end. The
row holds the newest facts, the tier that was told, and ``ready``: from when on there is something to tell, NULL where
there is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Literal

from offbeat.events.severity import Severity
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.receiver import Receiver

__all__ = [
    "EVENT_TABLES",
    "Told",
    "Untold",
    "due_groups",
    "forget_others",
    "n_open",
    "next_due",
    "open_alerts",
    "open_of_kind",
    "take",
    "tell",
]

EVENT_TABLES = """
CREATE TABLE IF NOT EXISTS alert_events (
    receiver TEXT NOT NULL, event TEXT NOT NULL, kind TEXT NOT NULL, grouping TEXT NOT NULL, facts TEXT NOT NULL,
    severity INTEGER NOT NULL, told INTEGER NOT NULL, opened REAL NOT NULL, closed REAL, ready REAL,
    PRIMARY KEY (receiver, event)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_events_ready ON alert_events (receiver, grouping, ready) WHERE ready IS NOT NULL;
CREATE INDEX IF NOT EXISTS alert_events_open ON alert_events (receiver, kind) WHERE closed IS NULL;
CREATE TABLE IF NOT EXISTS alert_cooldowns (
    receiver TEXT NOT NULL, model TEXT NOT NULL, stream TEXT NOT NULL, kind TEXT NOT NULL, told REAL NOT NULL,
    severity INTEGER NOT NULL, PRIMARY KEY (receiver, model, stream, kind)
) WITHOUT ROWID;
"""


_READY = "(CASE WHEN ready > ? THEN 0 ELSE ready END)"
"""When something is to be told: now, if the clock was set back since that was noted."""


Untold = Literal["suppressed", "history"]
"""Why a receiver will never be told of an event: it was over within the cooldown of its stream, or long ago."""


@dataclass(frozen=True)
class Told:
    """What a message says: the events of one group, the most severe first."""

    grouping: dict[str, str]
    alerts: list[dict[str, Any]]


def take(connection: Connection, receiver: Receiver, change: Change, now: float) -> Untold | None:
    """Note a change for a receiver, within the transaction of the caller; return why it will never be told, if so."""
    if not receiver.concerns(change.model, change.stream):
        return None
    row = connection.execute(
        "SELECT told, ready, opened FROM alert_events WHERE receiver = ? AND event = ?",
        (receiver.name, change.event_id),
    ).fetchone()
    told, ready, opened = row or (0, None, now)
    if change.closed:
        is_told = row is None or _close(connection, receiver, change, now, told, ready)
        return None if is_told else "suppressed"
    news = change.severity >= receiver.tier and change.severity > told
    if row is None and not news:
        return None
    if row is None and receiver.is_history(change.last_time, now):
        return "history"
    if news:
        cooled = 0.0 if told else _cooled(connection, receiver, change)
        ready = max(now, cooled) if ready is None else min(ready, max(now, cooled))
    facts = change.facts()
    connection.execute(
        "INSERT OR REPLACE INTO alert_events VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
        (
            receiver.name,
            change.event_id,
            change.kind,
            _grouping(receiver, facts),
            json.dumps(facts),
            int(change.severity),
            told,
            opened,
            ready,
        ),
    )
    return None


def due_groups(connection: Connection, receiver: Receiver, now: float) -> list[Told]:
    """Return what is to be told now, a group each; nothing is changed by it."""
    due = connection.execute(
        f"SELECT grouping FROM alert_events WHERE receiver = ? AND ready IS NOT NULL GROUP BY grouping "
        f"HAVING MIN({_READY}) <= ? ORDER BY MIN({_READY})",
        (receiver.name, _latest(receiver, now), now - (receiver.group_wait or 0.0), _latest(receiver, now)),
    ).fetchall()
    return [Told(json.loads(text), _alerts(connection, receiver, text, now)) for (text,) in due]


def tell(connection: Connection, receiver: Receiver, told: Told, now: float) -> None:
    """Note that a message tells what :func:`due_groups` returned."""
    for alert in told.alerts:
        key = (receiver.name, alert["event"])
        if alert["status"] == "resolved":
            connection.execute("DELETE FROM alert_events WHERE receiver = ? AND event = ?", key)
        else:
            connection.execute(
                "UPDATE alert_events SET told = severity, ready = NULL WHERE receiver = ? AND event = ?", key
            )
        if alert["is_new"]:
            connection.execute(
                "INSERT OR REPLACE INTO alert_cooldowns VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(receiver.name, alert["model"], alert["stream"], alert["kind"]),
                    *(now, int(Severity[alert["severity"].upper()])),
                ),
            )
    ended = now - (receiver.cooldown or 0.0)
    connection.execute("DELETE FROM alert_cooldowns WHERE receiver = ? AND told <= ?", (receiver.name, ended))


def next_due(connection: Connection, receiver: Receiver, now: float) -> float | None:
    """Return when there is something to tell next; None where nothing waits."""
    (first,) = connection.execute(
        f"SELECT MIN({_READY}) FROM alert_events WHERE receiver = ? AND ready IS NOT NULL",
        (_latest(receiver, now), receiver.name),
    ).fetchone()
    return None if first is None else float(first) + (receiver.group_wait or 0.0)


def open_alerts(connection: Connection, receiver: Receiver) -> list[dict[str, Any]]:
    """Return what the receiver was told of and is still open."""
    rows = connection.execute(
        "SELECT facts, told, opened, closed FROM alert_events WHERE receiver = ? AND told > 0 AND closed IS NULL "
        "ORDER BY severity DESC, event",
        (receiver.name,),
    )
    return [_alert(*row) | {"severity": Severity(row[1]).label, "before": None, "is_new": False} for row in rows]


def open_of_kind(connection: Connection, receiver: Receiver, kind: str) -> list[tuple[dict[str, Any], float]]:
    """Return the facts of the open events of a kind that the receiver was told of or will be, and since when."""
    rows = connection.execute(
        "SELECT facts, opened FROM alert_events WHERE receiver = ? AND kind = ? AND closed IS NULL",
        (receiver.name, kind),
    )
    return [(json.loads(facts), float(opened)) for facts, opened in rows]


def n_open(connection: Connection, receiver: Receiver) -> int:
    """Return how many events are open that the receiver was told of, or will be."""
    (count,) = connection.execute(
        "SELECT COUNT(*) FROM alert_events WHERE receiver = ? AND closed IS NULL", (receiver.name,)
    ).fetchone()
    return int(count)


def forget_others(connection: Connection, names: Iterable[str]) -> None:
    """Remove what is known of receivers with other names."""
    known = list(names)
    marks = ", ".join("?" * len(known))
    for table in ("alert_events", "alert_cooldowns"):
        connection.execute(f"DELETE FROM {table} WHERE receiver NOT IN ({marks})", known)


def _close(
    connection: Connection, receiver: Receiver, change: Change, now: float, told: int, ready: float | None
) -> bool:
    key = (receiver.name, change.event_id)
    # An event that ends while it waits for others of its group is told as one that was; one that ends in a cooldown is
    # not told.
    waits = ready is not None and ready <= now
    if waits or (told and receiver.resolve):
        connection.execute(
            "UPDATE alert_events SET facts = ?, severity = ?, closed = ?, ready = ? WHERE receiver = ? AND event = ?",
            (json.dumps(change.facts()), int(change.severity), now, ready if waits else now, *key),
        )
        return True
    connection.execute("DELETE FROM alert_events WHERE receiver = ? AND event = ?", key)
    return bool(told)


def _cooled(connection: Connection, receiver: Receiver, change: Change) -> float:
    """Return from when on another event of a stream may be told; a more severe one than the last need not wait."""
    row = connection.execute(
        "SELECT told FROM alert_cooldowns WHERE receiver = ? AND model = ? AND stream = ? AND kind = ? "
        "AND severity >= ?",
        (receiver.name, change.model, change.stream, change.kind, int(change.severity)),
    ).fetchone()
    return 0.0 if row is None else float(row[0]) + (receiver.cooldown or 0.0)


def _latest(receiver: Receiver, now: float) -> float:
    """Return the latest time from which on something that was noted by now may be told."""
    return now + (receiver.cooldown or 0.0)


def _grouping(receiver: Receiver, facts: dict[str, Any]) -> str:
    known = {**facts["labels"], "model": facts["model"], "stream": facts["stream"], "severity": facts["severity"]}
    return json.dumps({name: known.get(name, "") for name in receiver.group_by})


def _alerts(connection: Connection, receiver: Receiver, grouping: str, now: float) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"SELECT facts, told, opened, closed FROM alert_events WHERE receiver = ? AND grouping = ? AND {_READY} <= ? "
        "ORDER BY closed IS NOT NULL, severity DESC, opened, event",
        (receiver.name, grouping, _latest(receiver, now), now),
    )
    return [_alert(*row) for row in rows]


def _alert(facts: str, told: int, opened: float, closed: float | None) -> dict[str, Any]:
    return {
        "status": "firing" if closed is None else "resolved",
        **json.loads(facts),
        "before": Severity(told).label if told else None,
        "is_new": not told,
        "opened_at": opened,
        "closed_at": closed,
    }

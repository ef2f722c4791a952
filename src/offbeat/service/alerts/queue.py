"""Messages that wait on disk to be delivered, in the order in which they were made; and those that were given up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from sqlite3 import Connection
from typing import Any, NamedTuple
from uuid import uuid4

__all__ = ["MESSAGE_TABLES", "Waiting", "add", "dead", "done", "failed", "first", "give_up", "lengths", "revive"]

MESSAGE_TABLES = """
CREATE TABLE IF NOT EXISTS alert_messages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, receiver TEXT NOT NULL, made REAL NOT NULL,
    content TEXT NOT NULL, tries INTEGER NOT NULL, error TEXT NOT NULL,
    given_up REAL
);
CREATE INDEX IF NOT EXISTS alert_messages_of ON alert_messages (receiver, given_up, number);
"""
LONGEST = 10_000
"""Messages that wait for a receiver, at most; the oldest are given up beyond."""
MOST_DEAD = 1_000
"""Messages that were given up and are kept, at most: the newest."""


class Waiting(NamedTuple):
    """A message that waits."""

    id: str
    made: float
    content: dict[str, Any]
    tries: int


def add(
    connection: Connection, receiver: str, contents: Sequence[Mapping[str, Any]], now: float, *, is_repeat: bool = False
) -> None:
    """Add messages. Those that only repeat are left out while others wait for the receiver."""
    n_waiting = lengths(connection).get(receiver, 0)
    if not contents or (is_repeat and n_waiting):
        return
    connection.executemany(
        "INSERT INTO alert_messages (id, receiver, made, content, tries, error) VALUES (?, ?, ?, ?, 0, '')",
        [(str(uuid4()), receiver, now, json.dumps(content)) for content in contents],
    )
    for _ in range(n_waiting + len(contents) - LONGEST):
        oldest = first(connection, receiver)
        assert oldest is not None
        give_up(connection, oldest.id, f"more than {LONGEST:,} messages waited", now)


def first(connection: Connection, receiver: str) -> Waiting | None:
    """Return the oldest message that waits for a receiver."""
    row = connection.execute(
        "SELECT id, made, content, tries FROM alert_messages WHERE receiver = ? AND given_up IS NULL "
        "ORDER BY number LIMIT 1",
        (receiver,),
    ).fetchone()
    return None if row is None else Waiting(row[0], row[1], json.loads(row[2]), row[3])


def done(connection: Connection, message: str) -> None:
    """Remove a message that was delivered."""
    connection.execute("DELETE FROM alert_messages WHERE id = ?", (message,))


def failed(connection: Connection, message: str, error: str) -> None:
    """Count a try that failed."""
    connection.execute("UPDATE alert_messages SET tries = tries + 1, error = ? WHERE id = ?", (error, message))


def give_up(connection: Connection, message: str, error: str, now: float) -> None:
    """Put a message among those that were given up."""
    connection.execute("UPDATE alert_messages SET given_up = ?, error = ? WHERE id = ?", (now, error, message))
    connection.execute(
        "DELETE FROM alert_messages WHERE given_up IS NOT NULL AND number NOT IN "
        "(SELECT number FROM alert_messages WHERE given_up IS NOT NULL ORDER BY given_up DESC, number DESC LIMIT ?)",
        (MOST_DEAD,),
    )


def revive(connection: Connection, messages: Iterable[str] | None = None) -> int:
    """Let messages that were given up wait again, all where none are named; return how many these are."""
    again = "UPDATE alert_messages SET given_up = NULL, tries = 0 WHERE given_up IS NOT NULL"
    if messages is None:
        return connection.execute(again).rowcount
    return sum(connection.execute(f"{again} AND id = ?", (message,)).rowcount for message in messages)


def lengths(connection: Connection, *, given_up: bool = False) -> dict[str, int]:
    """Return how many messages wait, or were given up, by receiver."""
    state = "IS NOT NULL" if given_up else "IS NULL"
    rows = connection.execute(f"SELECT receiver, COUNT(*) FROM alert_messages WHERE given_up {state} GROUP BY receiver")
    return dict(rows.fetchall())


def dead(connection: Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Return the newest messages that were given up: their ids, receivers, times (epoch), tries, errors and titles."""
    rows = connection.execute(
        "SELECT id, receiver, made, given_up, tries, error, content FROM alert_messages WHERE given_up IS NOT NULL "
        "ORDER BY given_up DESC, number DESC LIMIT ?",
        (limit,),
    )
    names = ("id", "receiver", "made", "given_up", "tries", "error")
    return [dict(zip(names, row[:-1], strict=True)) | {"title": json.loads(row[-1])["title"]} for row in rows]

"""What is deleted, so that the database does not grow without end: the oldest points, and old closed events."""

from __future__ import annotations

import time
from dataclasses import dataclass

from offbeat.service.database import Database

__all__ = ["Keep", "prune"]

_DAY = 86_400
_AT_ONCE = 2000
"""Rows of a table that are deleted in one transaction, so that none takes long."""
_CHANGES_DAYS = 7


@dataclass(frozen=True)
class Keep:
    """How much is kept.

    Parameters
    ----------
    days : float
        Points and scores that came longer ago are deleted.
    event_days : float
        So are events that are closed, with what was said of them.
    n_bytes : int
        Where the database has more, the oldest points go first.
    """

    days: float = 35.0
    event_days: float = 400.0
    n_bytes: int = 20 << 30


def prune(database: Database, keep: Keep, now: float | None = None) -> int:
    """Delete what is too old or too much, a part at a time; return how many chunks of points were deleted.

    Points and events are as old as their arrival, so that a recording of last year may be sent today.
    """
    now = time.time() if now is None else now
    with database.transaction() as writer:
        writer.execute(
            "DELETE FROM changes WHERE id IN (SELECT id FROM changes WHERE stored < ? LIMIT ?)",
            (now - _CHANGES_DAYS * _DAY, _AT_ONCE),
        )
        writer.execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE status != 'open' AND stored < ? LIMIT ?)",
            (now - keep.event_days * _DAY, _AT_ONCE),
        )
        oldest = "SELECT id FROM chunks {} ORDER BY stored LIMIT ?"
        n = writer.execute(
            f"DELETE FROM chunks WHERE id IN ({oldest.format('WHERE stored < ?')})", (now - keep.days * _DAY, _AT_ONCE)
        ).rowcount
        if n < _AT_ONCE and database.size() > keep.n_bytes:
            n += writer.execute(f"DELETE FROM chunks WHERE id IN ({oldest.format('')})", (_AT_ONCE,)).rowcount
    return int(n)

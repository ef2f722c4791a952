"""The changes of events, in order, for whoever tells people of them."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from offbeat.service.database import Database

__all__ = ["CHANGES", "Change", "Feed"]

CHANGES = ("opened", "worsened", "grew", "quieted", "again", "closed", "acknowledged")


@dataclass(frozen=True)
class Change:
    """Something that became known of an event.

    Parameters
    ----------
    id : int
        Its place in the feed; ids rise.
    what : str
        ``opened``; ``worsened``, from watch to alarm; ``grew``, to twice its length; ``quieted``, as scores have been
        normal for a while, and ``again``, as one is not any more; ``closed``, as nothing comes
        after it or it turned out to be part of an earlier event (``status`` is ``merged`` then);
        ``acknowledged``, when somebody said what it was, or took that back.
    event : dict
        The event as the API shows it, as it was then: ``id``, ``model``, ``key``, ``status``, ``severity``, ``score``,
        ``start_time``, ``end_time``, ``peak_time``, ``known_time``, ``n_points``, ``channels`` (share of the score by
        name); while it is open also ``threshold``, and ``values`` and ``usual`` of the channels to blame.
    """

    id: int
    what: str
    event: dict[str, Any]


class Feed:
    """Reads changes as they are committed.

    Parameters
    ----------
    database : Database
        Has them.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._more = database, threading.Condition()
        self._n = 0

    def after(self, position: int, limit: int = 1000) -> list[Change]:
        """Return the changes after a position, oldest first."""
        rows = self._database.read(
            "SELECT id, what, body FROM changes WHERE id > ? ORDER BY id LIMIT ?", position, limit
        )
        return [Change(row["id"], row["what"], json.loads(row["body"])) for row in rows]

    def newest(self) -> int:
        """Return the position of the newest change; 0 where there is none."""
        return int(self._database.read("SELECT coalesce(max(id), 0) FROM changes")[0][0])

    def wait(self, timeout: float) -> bool:
        """Wait until changes are committed, and return whether some were."""
        with self._more:
            before = self._n
            return self._more.wait_for(lambda: self._n != before, timeout)

    def notify(self) -> None:
        """Wake those who wait."""
        with self._more:
            self._n += 1
            self._more.notify_all()

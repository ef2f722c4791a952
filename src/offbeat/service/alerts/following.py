"""Reports the changes of a service to its alerts, from where it stopped the last time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from logging import ERROR, getLogger
from typing import Any, Protocol, Self

from offbeat.events.severity import Severity
from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.silence import Silence
from offbeat.service.outage import Outage
from offbeat.service.points import MICRO, micros_of

__all__ = ["Following", "change_of"]

_log = getLogger(__name__)
_TICK = 0.5
"""Seconds after which it is looked whether to stop."""
_AFTER_ERROR = 1.0
_BATCH = 1_000
_OWN = ("id", "model", "key", "severity", "status", "verdict", "note", "acknowledged")


class Entry(Protocol):
    """A change of an event, as a feed has it."""

    @property
    def id(self) -> int:
        """Its place in the feed."""
        ...

    @property
    def what(self) -> str:
        """``opened``, ``worsened``, ``grew``, ``quieted``, ``again``, ``closed`` or ``acknowledged``."""
        ...

    @property
    def event(self) -> dict[str, Any]:
        """The event, as it was then."""
        ...


class Feed(Protocol):
    """The changes of a service, in order."""

    def after(self, position: int, limit: int = ...) -> Sequence[Entry]:
        """Return the changes after a position."""
        ...

    def newest(self) -> int:
        """Return the position of the newest change."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait until there are more."""
        ...


class Following:
    """Follows a feed in a thread of its own.

    Parameters
    ----------
    feed : Feed
        What happens. Alerts that never followed it begin with what is new.
    alerts : Alerts
        Gets it.
    silence : Silence, optional
        Looked after by the same thread: what no change tells.
    """

    def __init__(self, feed: Feed, alerts: Alerts, silence: Silence | None = None) -> None:
        self._feed, self._alerts, self._silence = feed, alerts, silence
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts-feed", daemon=True)

    def __enter__(self) -> Self:
        position, newest = self._alerts.position(), self._feed.newest()
        # A position beyond the newest change is that of another database, or of changes that were deleted since.
        if position is None or position > newest:
            self._alerts.report([], newest)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def step(self) -> int:
        """Report what is new, and return how many changes these were."""
        entries = self._feed.after(self._alerts.position() or 0, _BATCH)
        if entries:
            self._alerts.report([change_of(entry) for entry in entries], entries[-1].id)
        return len(entries)

    def _run(self) -> None:
        failing = Outage(_log, "alerts cannot follow the service", "alerts follow the service again", ERROR)
        while not self._stopped.is_set():
            try:
                if self._silence is not None:
                    self._silence.step()
                n_new = self.step()
            except Exception as error:
                # Whatever fails here must not end the alerts of a service that goes on.
                failing.failed(str(error), error)
                self._stopped.wait(_AFTER_ERROR)
                continue
            failing.ended()
            if not n_new:
                self._feed.wait(_TICK)


def change_of(entry: Entry) -> Change:
    """Return a change as alerts take it."""
    event = entry.event
    end = _end(entry)
    details = {name: value for name, value in event.items() if name not in _OWN}
    return Change(
        stream=event["key"],
        event_id=str(event["id"]),
        severity=Severity[str(event["severity"]).upper()],
        # Once somebody has said what an event was, there is nothing to tell of it; to take that back opens none that is
        # over.
        closed=end is not None,
        model=event["model"],
        details={**details, "is_again": entry.what == "again", "end": end},
        last_time=micros_of(last) / MICRO if (last := event.get("end_time")) else None,
    )


def _end(entry: Entry) -> str | None:
    """Return why there is nothing more to tell of an event; None where it goes on.

    One that is quiet is over for those who are told: if it goes on after all, it is told again.
    """
    if entry.event.get("verdict") is not None:
        return "acknowledged"
    if entry.event["status"] != "open":
        return "over"
    return "quiet" if entry.what == "quieted" else None

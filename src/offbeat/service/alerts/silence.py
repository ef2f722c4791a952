"""Streams that fall silent: no new point comes, which no score can tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import SILENT, Change
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.points import MICRO, text_of_micros

__all__ = ["Heard", "Silence"]

_SHARE = 0.05
"""How often it is looked, as a share of the shortest silence that somebody is told of."""
_MOST_OFTEN, _LEAST_OFTEN = 1.0, 30.0
_JUMP = 5.0
"""Seconds by which the clock goes on beside the steady one where it was set, or the machine slept."""


class Heard(NamedTuple):
    """What is known of the newest point of a stream."""

    model: str
    key: str
    arrived: float
    """When it came, in seconds from 1970."""
    time: int
    """Its own time, in microseconds from 1970."""
    is_silent: bool
    """Whether the next one is overdue, by how often points of the stream come."""


class Silence:
    """Reports streams that are silent for as long as a receiver wants to know, and those that send again.

    A silence is over with the next point of the stream, also across restarts, or when the stream counts as gone. Where
    nothing could come, before the start or while the machine slept, nothing is missed.

    Parameters
    ----------
    streams : callable
        Returns a :class:`Heard` for each stream.
    alerts : Alerts
        Gets the changes.
    clock : callable
        Returns the seconds from 1970.
    steady : callable
        Returns seconds that never go back.
    """

    def __init__(
        self,
        streams: Callable[[], Iterable[Heard]],
        alerts: Alerts,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._streams, self._alerts, self._clock, self._steady = streams, alerts, clock, steady
        self._asking = [receiver for receiver in alerts.receivers if receiver.silent_after]
        shortest = min((receiver.silent_after for receiver in self._asking), default=0.0)
        self._pause = min(max(_SHARE * shortest, _MOST_OFTEN), _LEAST_OFTEN)
        self._since, self._next = clock(), steady()
        self._ahead = self._since - self._next

    def step(self) -> int:
        """Look whether it is time to, report what has changed, and return how many changes these were."""
        now, steady = self._clock(), self._steady()
        if not self._asking or steady < self._next:
            return 0
        self._next = steady + self._pause
        if abs(now - steady - self._ahead) > _JUMP:
            self._since = now
        self._ahead = now - steady
        heard, n_changes = list(self._streams()), 0
        for receiver in self._asking:
            if changes := self._changes(receiver, heard, now):
                self._alerts.report(changes, only=receiver)
                n_changes += len(changes)
        return n_changes

    def _changes(self, receiver: Receiver, heard: Sequence[Heard], now: float) -> list[Change]:
        told = {(facts["model"], facts["stream"]): (facts, since) for facts, since in self._alerts.silences(receiver)}
        changes = []
        for each in heard:
            if not receiver.concerns(each.model, each.key):
                continue
            known = told.pop((each.model, each.key), None)
            is_gone = now - each.arrived >= receiver.gone_after
            is_long = now - max(each.arrived, self._since) >= receiver.silent_after
            if known is not None and (is_gone or known[0]["event"] != _name(each)):
                changes.append(_closed(*known, now, "gone" if is_gone else "back"))
            elif known is None and each.is_silent and is_long and not is_gone:
                changes.append(_opened(each, now))
        # Those that are left were deleted, or their model was.
        return changes + [_closed(*known, now, "gone") for known in told.values()]


def _name(heard: Heard) -> str:
    """Return the name of a silence: there is none but one after a point."""
    return f"silent-{heard.model}-{heard.key}-{heard.arrived:.3f}"


def _opened(heard: Heard, now: float) -> Change:
    details = {
        "silent_since": text_of_micros(int(heard.arrived) * MICRO),
        "silent_for": round(now - heard.arrived),
        "last_time": text_of_micros(heard.time),
        "end": None,
    }
    return Change(heard.key, _name(heard), model=heard.model, details=details, kind=SILENT)


def _closed(facts: dict[str, Any], since: float, now: float, end: str) -> Change:
    silent_for = facts["details"]["silent_for"] + max(0, round(now - since))
    details = {**facts["details"], "silent_for": silent_for, "end": end}
    return Change(facts["stream"], facts["event"], closed=True, model=facts["model"], details=details, kind=SILENT)

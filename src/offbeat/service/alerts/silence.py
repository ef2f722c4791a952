"""Streams that fall silent: no new point comes, which no score can tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import SILENT, Change
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.points import MICRO, text_of_micros

__all__ = ["Heard", "Silence"]

_SHARE = 0.05
"""How often it is looked, as a share of the shortest silence that somebody is told of."""
_MOST_OFTEN, _LEAST_OFTEN = 0.2, 30.0
_Name = tuple[str, str]


class Heard(NamedTuple):
    """What has come of a stream so far."""

    model: str
    key: str
    n_points: int
    newest: float
    """The time of its newest point, seconds from 1970."""


@dataclass
class _State:
    n_points: int
    at: float | None
    """When its newest point came, on the steady clock; None for a stream of which none has come since the start."""


class Silence:
    """Reports streams that have sent nothing for as long as a receiver wants to know, and those that send again.

    A stream that was there before the start has as long from there on. Its silence is over with its next point, also
    across restarts, or when it counts as gone.

    Parameters
    ----------
    streams : callable
        Returns a :class:`Heard` for each stream.
    alerts : Alerts
        Gets the changes.
    clock : callable
        Returns the seconds from 1970, as points have them.
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
        self._states: dict[_Name, _State] = {}
        self._began = self._next = steady()
        self._is_first = True

    def step(self) -> int:
        """Look whether it is time to, report what has changed, and return how many changes these were."""
        now = self._steady()
        if not self._asking or now < self._next:
            return 0
        self._next = now + self._pause
        heard = list(self._streams())
        for each in heard:
            self._note(each, now)
        self._is_first = False
        n_changes = 0
        for receiver in self._asking:
            if changes := self._changes(receiver, heard, now):
                self._alerts.report(changes, only=receiver)
                n_changes += len(changes)
        return n_changes

    def _note(self, heard: Heard, now: float) -> None:
        """Note whether points have come. While streams are read from disk again, fewer are there for a moment."""
        state = self._states.setdefault((heard.model, heard.key), _State(0, None))
        if heard.n_points > state.n_points:
            state.n_points, state.at = heard.n_points, None if self._is_first else now

    def _changes(self, receiver: Receiver, heard: Sequence[Heard], now: float) -> list[Change]:
        told = {(facts["model"], facts["stream"]): (facts, since) for facts, since in self._alerts.silences(receiver)}
        changes = []
        for each in heard:
            if not receiver.concerns(each.model, each.key):
                continue
            at = self._states[each.model, each.key].at
            quiet = now - (self._began if at is None else at)
            # Of a stream that has sent nothing since the start, only its newest point says for how long.
            silent_for = max(quiet, self._clock() - each.newest) if at is None else quiet
            is_gone = silent_for >= receiver.gone_after
            known = told.pop((each.model, each.key), None)
            if known is None:
                if quiet >= receiver.silent_after and not is_gone:
                    changes.append(_opened(each, silent_for))
            elif is_gone or (at is not None and quiet < receiver.silent_after):
                changes.append(self._closed(*known, "gone" if is_gone else "back"))
        # Of streams that there are no more, as those of a model that was removed, nothing will come.
        return changes + [
            self._closed(facts, since, "gone")
            for facts, since in told.values()
            if self._clock() - since >= receiver.gone_after
        ]

    def _closed(self, facts: dict[str, Any], since: float, end: str) -> Change:
        silent_for = facts["details"]["silent_for"] + max(0, round(self._clock() - since))
        details = {**facts["details"], "silent_for": silent_for, "end": end}
        return Change(facts["stream"], facts["event"], closed=True, model=facts["model"], details=details, kind=SILENT)


def _opened(heard: Heard, silent_for: float) -> Change:
    details = {"last_time": text_of_micros(round(heard.newest * MICRO)), "silent_for": round(silent_for), "end": None}
    # No two silences of a stream come after the same point.
    name = f"silent-{heard.model}-{heard.key}-{heard.n_points}"
    return Change(heard.key, name, model=heard.model, details=details, kind=SILENT)

"""Streams that fall silent or blind: no new point comes, or none has a score, which no score can tell."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from offbeat.service.alerts.alerts import Alerts
from offbeat.service.alerts.change import BLIND, SILENT, Change
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.points import MICRO, text_of_micros

__all__ = ["Heard", "Silence", "Unscored"]

Kind = Literal["silent", "blind"]
_KINDS: tuple[Kind, ...] = (SILENT, BLIND)
_BACK = {SILENT: "back", BLIND: "scored"}
"""How each of them ends, unless the stream is gone."""

_SHARE = 0.05
"""How often it is looked, as a share of the shortest silence that somebody is told of."""
_MOST_OFTEN, _LEAST_OFTEN = 1.0, 30.0
_JUMP = 5.0
"""Seconds by which the clock goes on beside the steady one where it was set, or the machine slept."""


class Unscored(NamedTuple):
    """What is known of a stream whose points have no scores."""

    is_blind: bool = False
    """Whether this lasts longer than it takes to warm up."""
    arrived: float = 0.0
    """When the newest point with a score came, in seconds from 1970; the first point where none had one."""
    time: int | None = None
    """The time of the newest point with a score, in microseconds from 1970; None where there is none."""
    n_values: int = 0
    """Values without a gap that it has."""
    n_needed: int = 0
    """How many of them a score needs."""
    missing: str | None = None
    """The channel that was missing last; None for all."""
    missing_time: int | None = None
    """When that was missing, in microseconds from 1970; None where it is not known."""


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
    unscored: Unscored = Unscored()


class Silence:
    """Reports streams that send nothing, or no point that has a score, for as long as a receiver wants, and their end.

    A silence is over with the next point of the stream, blindness with the next score, also across restarts, or when
    the stream counts as gone. Nothing is missed while the machine slept.

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
        # What came before a restart counts; how long streams have after it, ``is_silent`` knows.
        self._since, self._next = -math.inf, steady()
        self._ahead = clock() - self._next

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
            changes = [change for kind in _KINDS for change in self._changes(receiver, heard, now, kind)]
            if changes:
                self._alerts.report(changes, only=receiver)
                n_changes += len(changes)
        return n_changes

    def _changes(self, receiver: Receiver, heard: Sequence[Heard], now: float, kind: Kind) -> list[Change]:
        known = self._alerts.open_of_kind(receiver, kind)
        told = {(facts["model"], facts["stream"]): (facts, since) for facts, since in known}
        changes = []
        for each in heard:
            if not receiver.concerns(each.model, each.key):
                continue
            before = told.pop((each.model, each.key), None)
            is_lacking, began = _lack(each, kind)
            is_gone = now - each.arrived >= receiver.gone_after
            is_long = now - max(began, self._since) >= receiver.silent_after
            if before is not None and (is_gone or before[0]["event"] != _name(each, kind)):
                changes.append(_closed(*before, now, "gone" if is_gone else _BACK[kind]))
            elif before is None and is_lacking and is_long and not is_gone:
                details = _silent(each, now) if kind == SILENT else _blind(each, now)
                changes.append(Change(each.key, _name(each, kind), model=each.model, details=details, kind=kind))
        # Those that are left were deleted, or their model was.
        return changes + [_closed(*before, now, "gone") for before in told.values()]


def _lack(heard: Heard, kind: Kind) -> tuple[bool, float]:
    """Return whether a stream lacks points, or scores, and when the last one came."""
    if kind == SILENT:
        return heard.is_silent, heard.arrived
    return heard.unscored.is_blind, heard.unscored.arrived


def _name(heard: Heard, kind: Kind) -> str:
    """Return the name of a silence or a blindness: there is none but one after a point or a score."""
    return f"{kind}-{heard.model}-{heard.key}-{_lack(heard, kind)[1]:.3f}"


def _silent(heard: Heard, now: float) -> dict[str, Any]:
    return {
        "silent_since": text_of_micros(int(heard.arrived) * MICRO),
        "silent_for": round(now - heard.arrived),
        "last_time": text_of_micros(heard.time),
        "end": None,
    }


def _blind(heard: Heard, now: float) -> dict[str, Any]:
    unscored = heard.unscored
    return {
        "unscored_since": text_of_micros(unscored.time),
        "unscored_for": round(now - unscored.arrived),
        "n_values": unscored.n_values,
        "n_needed": unscored.n_needed,
        "missing": unscored.missing,
        "missing_time": text_of_micros(unscored.missing_time),
        "end": None,
    }


def _closed(facts: dict[str, Any], since: float, now: float, end: str) -> Change:
    kind = facts["kind"]
    lasted = "silent_for" if kind == SILENT else "unscored_for"
    whole = facts["details"][lasted] + max(0, round(now - since))
    details = {**facts["details"], lasted: whole, "end": end}
    return Change(facts["stream"], facts["event"], closed=True, model=facts["model"], details=details, kind=kind)

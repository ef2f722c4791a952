"""One stream of a service: a detector that goes on, and the newest points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector
from offbeat.detectors.online_events import FlaggedRun
from offbeat.events import Event
from offbeat.service.blocks import Block, Floats, Ints, Tail

__all__ = ["Announced", "EventChange", "Newest", "Stream"]


class Newest(NamedTuple):
    """What is shown of a stream at a glance."""

    at: int = -(2**63)
    time: int = 0
    score: float = float("nan")
    level: int = 0


_NOTHING = Newest()


class Announced(NamedTuple):
    """How an open event was told of last."""

    n_steps: int
    severity: int


class EventChange(NamedTuple):
    """A change of an event, to be stored."""

    what: str
    known_at: int
    """The number of the point of the stream."""
    known_time: int | None
    """Microseconds; None where the event was known before."""
    status: str
    event: Event | None
    """None where an event turned out to be part of another."""


@dataclass(eq=False)
class Stream:
    """A stream.

    Parameters
    ----------
    id : int
        In the database.
    model, key : str
        What it is called.
    clock : {"time", "seq"}
        What the places of its points are.
    online : OnlineDetector
        Scores it.
    fingerprint : str
        Of its model; a state belongs to it, whatever the thresholds are.
    first : int
        The number of the point at which ``online`` began.
    n_points : int
        Points so far.
    newest : Newest
        Of its points.
    announced : dict
        The open events by the number of the point at which they were known.
    logged : int or None
        The oldest row of the log that its tail is in.
    is_stored : bool
        Whether the database knows it.
    """

    id: int
    model: str
    key: str
    clock: str
    online: OnlineDetector
    fingerprint: str
    first: int = 0
    n_points: int = 0
    newest: Newest = _NOTHING
    announced: dict[int, Announced] = field(default_factory=dict)
    logged: int | None = None
    is_stored: bool = False

    def __post_init__(self) -> None:
        self.tail = Tail(len(self.channels))

    @property
    def detector(self) -> Detector:
        """The model as streams use it."""
        return self.online.detector

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the values."""
        return self.online.detector.channels_

    @property
    def tier(self) -> int:
        """The severity of the newest score, or of an open event if that is worse."""
        return max([self.newest.level & 3, *(each.severity for each in self.announced.values())])

    def scored(self, at: Ints, time: Ints, values: Floats, scores: Floats) -> Block:
        """Return points as they are stored, after the detector has taken them."""
        flags, severities = self.online.flags, self.online.severities
        return Block(at, time, scores, (severities + 4 * flags).astype(np.uint8), values)

    def accept(self, block: Block) -> None:
        """Count points that are on disk."""
        self.tail.extend(block)
        self.n_points += len(block)
        self.newest = Newest(int(block.at[-1]), int(block.time[-1]), float(block.score[-1]), int(block.level[-1]))

    def flushed(self) -> None:
        """Forget the tail, which is on disk as a chunk."""
        self.tail, self.logged = Tail(len(self.channels)), None

    def changes(self, time: Ints, n_before: int) -> list[EventChange]:
        """Return what the newest points have changed of events, and note it.

        Parameters
        ----------
        time : array of shape (n,)
            Of the newest points, microseconds.
        n_before : int
            The number of points before them.
        """
        online, found, announced = self.online, [], dict(self.announced)
        if not announced and online.run is None and not online.settled:
            return []

        def known_time(known_at: int) -> int | None:
            return int(time[known_at - n_before]) if known_at >= n_before else None

        for event in online.settled:
            known_at = int(event.known_at or 0) + self.first
            if announced.pop(known_at, None) is None:
                found.append(EventChange("opened", known_at, known_time(known_at), "open", event))
            found.append(EventChange("closed", known_at, None, "closed", event))
        for event in online.closing:
            known_at = int(event.known_at or 0) + self.first
            if known_at not in announced:
                found.append(EventChange("opened", known_at, known_time(known_at), "open", event))
                announced[known_at] = Announced(len(event), int(event.severity))
        current = {int(event.known_at or 0) + self.first for event in online.closing}
        if (run := online.run) is not None:
            known_at = run.known_at + self.first
            current.add(known_at)
            if what := _news(announced.get(known_at), run):
                found.append(EventChange(what, known_at, known_time(known_at), "open", online.open_event))
                announced[known_at] = Announced(run.n_steps, run.severity)
        for known_at in announced.keys() - current:
            del announced[known_at]
            status = "merged" if known_at >= self.first else "closed"
            found.append(EventChange("closed", known_at, None, status, None))
        # Readers in other threads see the one dict or the other.
        self.announced = announced
        return found


def _news(before: Announced | None, run: FlaggedRun) -> str:
    """Return what there is to say of an open event, if anything."""
    if before is None:
        return "opened"
    if run.severity > before.severity:
        return "worsened"
    return "grew" if run.n_steps >= 2 * before.n_steps else ""

"""One stream of a service: a detector that goes on, and the newest points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from offbeat.app.aftermath import level_away, usual_levels
from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector
from offbeat.detectors.online_events import FlaggedRun
from offbeat.events import Event
from offbeat.service.blocks import Block, Floats, Ints, Tail, levels_of
from offbeat.service.newest import NOTHING, Newest

__all__ = ["Announced", "EventChange", "LastFlagged", "Stream"]


class Announced(NamedTuple):
    """How an open event was told of last."""

    n_steps: int
    severity: int


class LastFlagged(NamedTuple):
    """Where an event ends that no detector can place any more: at the last of its points that was flagged."""

    time: int
    n_points: int
    score: float
    severity: int


class EventChange(NamedTuple):
    """A change of an event, to be stored."""

    what: str
    known_at: int
    """The number of the point of the stream."""
    known_time: int | None
    """Microseconds; None where the event was known before."""
    status: str
    event: Event | LastFlagged | None
    """None where an event turned out to be part of another, or nothing more is known of it."""
    level: str = ""
    """The level that the newest values have after its end, beside the usual one; empty where that is usual too."""


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
    ended : list of EventChange
        The ends of events of an earlier model, which are told with the next points.
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
    newest: Newest = NOTHING
    announced: dict[int, Announced] = field(default_factory=dict)
    ended: Sequence[EventChange] = ()
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
    def tier(self) -> int | None:
        """The severity of the newest score, or of an open event if that is worse; None where there is neither.

        Events that are quiet do not count.
        """
        newest = self.newest
        known = [] if math.isnan(newest.score) else [newest.level & 3]
        open_now = () if newest.is_quiet else self.announced.values()
        return max([*known, *(each.severity for each in open_now)], default=None)

    @property
    def quiet_since(self) -> int | None:
        """Since when its open events are quiet, in microseconds; None where there is none, or where they go on."""
        return self.newest.flagged if self.announced and self.newest.is_quiet else None

    @property
    def n_needed(self) -> int:
        """How many values without a gap a score needs: those of a window."""
        return self.online.detector.n_times_

    @property
    def n_until_scored(self) -> int:
        """How many more values it takes until there are scores; 0 while there are."""
        return self.online.n_until_scored if math.isnan(self.newest.score) else 0

    @property
    def is_blind(self) -> bool:
        """Whether there has been no score for more points than warming up takes: values are missing all the time."""
        return self.newest.n_unscored > self.n_needed + self.online.delay

    def scored(self, at: Ints, time: Ints, values: Floats, filled: Sequence[bool], scores: Floats) -> Block:
        """Return points as they are stored, after the detector has taken them; none is filled where nothing is said."""
        return Block(at, time, scores, levels_of(self.online.severities, self.online.flags, filled), values)

    def accept(self, block: Block, arrived: float) -> None:
        """Count points that are on disk, which arrived together at a time in seconds from 1970."""
        self.tail.extend(block)
        self.count(block, arrived)

    def count(self, block: Block, arrived: float) -> None:
        """Count points that are in chunks."""
        self.n_points += len(block)
        self.newest = self.newest.after(block, arrived)

    def flushed(self) -> None:
        """Forget the tail, which is on disk as a chunk."""
        self.tail, self.logged = Tail(len(self.channels)), None

    def take_over(self, online: OnlineDetector, first: int) -> None:
        """Go on with a detector of another model, which was shown the points from a number on.

        The events of the earlier one end. What the new one has found in points of before is not told, as the earlier
        one has scored these.
        """
        if online is not self.online:
            self.ended = [*self.ended, *self.finish()]
        online.finish()
        self.online, self.first = online, first

    def finish(self) -> list[EventChange]:
        """Return the ends of all events that go on, and note that there are none."""
        announced = dict(self.announced)
        found = [change for event in self.online.finish() for change in self._settled(event, announced, {})]
        found += [EventChange("closed", known_at, None, "merged", None) for known_at in announced]
        self.announced = {}
        return found

    def endings(self) -> list[EventChange]:
        """Return the ends of events of an earlier model that are not told yet, and note that they are."""
        found, self.ended = list(self.ended), ()
        return found

    def changes(self, block: Block, n_before: int, *, is_anew: bool = False) -> list[EventChange]:
        """Return what the newest points have changed of events, and note it.

        Parameters
        ----------
        block : Block
            The newest points, which are not counted yet unless they were scored before.
        n_before : int
            The number of points before them.
        is_anew : bool
            Whether these points were scored before: an event that is gone now became part of no other then, but the
            threshold is another one.
        """
        online, found, announced = self.online, self.endings(), dict(self.announced)
        if not announced and online.run is None and not online.settled:
            return found
        times = dict(enumerate(block.time.tolist(), n_before))
        for event in online.settled:
            found += self._settled(event, announced, times)
        for event in online.closing:
            known_at = self._number(event)
            if known_at not in announced:
                found.append(EventChange("opened", known_at, times.get(known_at), "open", event))
                announced[known_at] = Announced(len(event), int(event.severity))
        current = {self._number(event) for event in online.closing}
        if (run := online.run) is not None:
            known_at = run.known_at + self.first
            current.add(known_at)
            if what := _news(announced.get(known_at), run):
                # The length that was stored is that of the placed event, which is no measure of growth.
                if not (is_anew and what == "grew"):
                    found.append(EventChange(what, known_at, times.get(known_at), "open", online.open_event))
                announced[known_at] = Announced(run.n_steps, run.severity)
        for known_at in announced.keys() - current:
            del announced[known_at]
            found.append(EventChange("closed", known_at, None, "closed" if is_anew else "merged", None))
        if not is_anew:
            found += self._quieted(block, announced)
        # Readers in other threads see the one dict or the other.
        self.announced = announced
        return found

    def _quieted(self, block: Block, announced: Mapping[int, Announced]) -> list[EventChange]:
        """Return which of the open events are quiet with these points, and which one goes on again."""
        was, online = self.newest.is_quiet, self.online
        events = {self._number(event): event for event in online.closing}
        going_on = None if online.run is None else online.run.known_at + self.first
        if self.newest.after(block, 0.0).is_quiet:
            what, known = "quieted", [each for each in announced if not was or each not in self.announced]
        else:
            what, known = "again", [each for each in self.announced if was and each == going_on]
        if going_on in known and online.open_event is not None:
            events[going_on] = online.open_event
        ended = what == "quieted"
        return [
            EventChange(what, each, None, "open", events[each], self._level_after(events[each]) if ended else "")
            for each in known
            if each in events
        ]

    def _settled(self, event: Event, announced: dict[int, Announced], times: Mapping[int, int]) -> list[EventChange]:
        """Return that an event is over, and before it that it was, where that was not told."""
        known_at = self._number(event)
        closed = EventChange("closed", known_at, None, "closed", event, self._level_after(event))
        if announced.pop(known_at, None) is not None:
            return [closed]
        return [EventChange("opened", known_at, times.get(known_at), "open", event), closed]

    def _level_after(self, event: Event) -> str:
        n_after = self.online.n_seen - event.end
        if n_after < 1:
            return ""
        newest = self.online.recent[-n_after:].astype(np.float64)
        return level_away(newest, *usual_levels(self.detector, self.key), self.channels)

    def _number(self, event: Event) -> int:
        return int(event.known_at or 0) + self.first


def _news(before: Announced | None, run: FlaggedRun) -> str:
    """Return what there is to say of an open event, if anything."""
    if before is None:
        return "opened"
    if run.severity > before.severity:
        return "worsened"
    return "grew" if run.n_steps >= 2 * before.n_steps else ""

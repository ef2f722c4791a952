"""Brings the messages of one receiver to it, one after the other, through failures."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging import ERROR, getLogger
from sqlite3 import Connection

from offbeat.service.alerts import events, queue
from offbeat.service.alerts.events import Told
from offbeat.service.alerts.formats import Request, request_of
from offbeat.service.alerts.messages import messages_of
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.alerts.sending import Answer
from offbeat.service.outage import Outage

__all__ = ["Counts", "Courier", "Send"]

Send = Callable[[Request, float, float], Awaitable[Answer]]
"""Posts a request within some seconds, at a time."""
_log = getLogger(__name__)


@dataclass
class Counts:
    """What became of messages since the start, for metrics."""

    sent: int = 0
    failed_tries: int = 0
    given_up: int = 0
    last_sent: float | None = None
    last_error: str = ""


class Courier:
    """Makes messages of what a receiver is to be told, and delivers them in order.

    A receiver that fails is left alone for longer each time, with all that waits for it: what is newer would fail as
    well, and must not come before what is older.

    Parameters
    ----------
    receiver : Receiver
        Its settings.
    connection : Connection
        To the database; of the thread that delivers.
    clock : callable
        Returns the seconds from 1970.
    send : callable
        Posts a request.
    chance : Random, optional
        For the waits between tries.
    steady : callable
        Returns seconds that never go back, for waits.
    names_model : callable
        Returns whether titles name the model.
    """

    def __init__(
        self,
        receiver: Receiver,
        connection: Connection,
        clock: Callable[[], float],
        send: Send,
        chance: random.Random | None = None,
        steady: Callable[[], float] = time.monotonic,
        names_model: Callable[[], bool] = lambda: True,
    ) -> None:
        self.receiver, self.counts = receiver, Counts()
        self._connection, self._clock, self._send = connection, clock, send
        self._chance, self._steady, self._names_model = chance or random.Random(), steady, names_model
        self._n_failures, self._next_try = 0, steady()
        self._next_repeat = steady() + (receiver.repeat or 0.0)
        name = f"receiver {receiver.name}"
        self._failing = Outage(_log, f"{name} does not take messages", f"{name} takes messages again", clock=steady)
        self._losing = Outage(_log, f"{name}: a message was given up", "", ERROR, steady)

    async def step(self) -> float | None:
        """Make the messages that are due and try the first that waits.

        Returns
        -------
        float or None
            Seconds after which there is something to do; None where nothing is known to come.
        """
        self._make()
        waiting = queue.first(self._connection, self.receiver.name)
        if waiting is not None and self._steady() >= self._next_try:
            await self._try(waiting)
            waiting = queue.first(self._connection, self.receiver.name)
        return self._patience(waiting is not None)

    def _make(self) -> None:
        """Turn what is due into messages, in one transaction."""
        receiver, now = self.receiver, self._clock()
        due = events.next_due(self._connection, receiver, now)
        repeats = bool(receiver.repeat) and self._steady() >= self._next_repeat
        if (due is None or due > now) and not repeats:
            return
        with self._connection as connection:
            # Another thread must not change an event between what is read of it and what is noted about it.
            connection.execute("BEGIN IMMEDIATE")
            due_now = events.due_groups(connection, receiver, now)
            for told in due_now:
                events.tell(connection, receiver, told, now)
            names_model = self._names_model()
            made = [each for told in due_now for each in messages_of(receiver, told, names_model=names_model)]
            queue.add(connection, receiver.name, made, now)
            if repeats:
                self._next_repeat = self._steady() + (receiver.repeat or 0.0)
                still_open = Told({}, events.open_alerts(connection, receiver))
                again = messages_of(receiver, still_open, is_repeat=True, names_model=names_model)
                queue.add(connection, receiver.name, again, now, is_repeat=True)

    async def _try(self, message: queue.Waiting) -> None:
        receiver, now = self.receiver, self._clock()
        answer = await self._send(request_of(receiver, message, now), receiver.timeout, now)
        now = self._clock()
        with self._connection as connection:
            if not answer.error:
                queue.done(connection, message.id)
            elif answer.is_final or message.tries + 1 >= receiver.tries:
                queue.failed(connection, message.id, answer.error)
                queue.give_up(connection, message.id, answer.error, now)
            else:
                queue.failed(connection, message.id, answer.error)
        self._count(message, answer, now)

    def _count(self, message: queue.Waiting, answer: Answer, now: float) -> None:
        counts = self.counts
        if not answer.error:
            counts.sent, counts.last_sent, counts.last_error = counts.sent + 1, now, ""
            self._n_failures, self._next_try = 0, self._steady()
            self._losing.ended()
            self._failing.ended()
            return
        counts.failed_tries, counts.last_error = counts.failed_tries + 1, answer.error
        self._failing.failed(answer.error)
        if answer.is_final or message.tries + 1 >= self.receiver.tries:
            counts.given_up += 1
            self._losing.failed(f"{answer.error} (GET /v1/receivers/dead lists what was given up)")
        if not answer.is_final:
            self._next_try = self._steady() + max(self._wait(), answer.wait or 0.0)
            self._n_failures += 1

    def _wait(self) -> float:
        """Return how long to wait after a failure; many that failed at one time are not to come back at one time."""
        # No power of two beyond what a float holds.
        longest = min(self.receiver.longest_wait, self.receiver.wait * 2.0 ** min(self._n_failures, 60))
        return longest * self._chance.uniform(0.5, 1.0)

    def _patience(self, is_waiting: bool) -> float | None:
        now, steady = self._clock(), self._steady()
        due = events.next_due(self._connection, self.receiver, now)
        waits = [] if due is None else [due - now]
        if is_waiting:
            waits.append(self._next_try - steady)
        if self.receiver.repeat:
            waits.append(self._next_repeat - steady)
        return max(0.0, min(waits)) if waits else None

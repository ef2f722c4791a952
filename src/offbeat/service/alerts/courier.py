"""Brings the messages of one receiver to it, one after the other, through failures."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from logging import getLogger
from sqlite3 import Connection

from offbeat.service.alerts import events, queue
from offbeat.service.alerts.events import Told
from offbeat.service.alerts.formats import Request, request_of
from offbeat.service.alerts.messages import messages_of
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.alerts.sending import Answer

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
    """

    def __init__(
        self,
        receiver: Receiver,
        connection: Connection,
        clock: Callable[[], float],
        send: Send,
        chance: random.Random | None = None,
    ) -> None:
        self.receiver, self.counts = receiver, Counts()
        self._connection, self._clock, self._send = connection, clock, send
        self._chance = chance or random.Random()
        self._n_failures, self._next_try = 0, 0.0
        self._next_repeat = clock() + (receiver.repeat or 0.0)

    async def step(self) -> float | None:
        """Make the messages that are due and try the first that waits.

        Returns
        -------
        float or None
            Seconds after which there is something to do; None where nothing is known to come.
        """
        self._make()
        waiting = queue.first(self._connection, self.receiver.name)
        if waiting is not None and self._clock() >= self._next_try:
            await self._try(waiting)
            waiting = queue.first(self._connection, self.receiver.name)
        return self._patience(waiting is not None)

    def _make(self) -> None:
        """Turn what is due into messages, in one transaction."""
        receiver, now = self.receiver, self._clock()
        due = events.next_due(self._connection, receiver)
        if (due is None or due > now) and not (receiver.repeat and now >= self._next_repeat):
            return
        with self._connection as connection:
            # Another thread must not change an event between what is read of it and what is noted about it.
            connection.execute("BEGIN IMMEDIATE")
            due_now = events.due_groups(connection, receiver, now)
            for told in due_now:
                events.tell(connection, receiver, told, now)
            queue.add(
                connection, receiver.name, [each for told in due_now for each in messages_of(receiver, told)], now
            )
            if receiver.repeat and now >= self._next_repeat:
                self._next_repeat = now + receiver.repeat
                still_open = Told({}, events.open_alerts(connection, receiver))
                again = messages_of(receiver, still_open, is_repeat=True)
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
        counts, name = self.counts, self.receiver.name
        if not answer.error:
            counts.sent, counts.last_sent, counts.last_error = counts.sent + 1, now, ""
            self._n_failures, self._next_try = 0, 0.0
            return
        counts.failed_tries, counts.last_error = counts.failed_tries + 1, answer.error
        if answer.is_final or message.tries + 1 >= self.receiver.tries:
            counts.given_up += 1
            _log.error("receiver %s: gave up message %s: %s", name, message.id, answer.error)
        else:
            _log.warning("receiver %s: message %s was not taken: %s", name, message.id, answer.error)
        if not answer.is_final:
            self._next_try = now + max(self._wait(), answer.wait or 0.0)
            self._n_failures += 1

    def _wait(self) -> float:
        """Return how long to wait after a failure; many that failed at one time are not to come back at one time."""
        # No power of two beyond what a float holds.
        longest = min(self.receiver.longest_wait, self.receiver.wait * 2.0 ** min(self._n_failures, 60))
        return longest * self._chance.uniform(0.5, 1.0)

    def _patience(self, is_waiting: bool) -> float | None:
        due = [events.next_due(self._connection, self.receiver)]
        if is_waiting:
            due.append(self._next_try)
        if self.receiver.repeat:
            due.append(self._next_repeat)
        known = [time for time in due if time is not None]
        return max(0.0, min(known) - self._clock()) if known else None

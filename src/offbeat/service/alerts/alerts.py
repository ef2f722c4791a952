"""Alerts of all receivers: changes are put on disk, a thread of their own delivers them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import asdict
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any, Self

from offbeat.errors import OutputError
from offbeat.service.alerts import events, queue
from offbeat.service.alerts.change import Change
from offbeat.service.alerts.courier import Counts, Courier
from offbeat.service.alerts.formats import Request
from offbeat.service.alerts.messages import test_messages
from offbeat.service.alerts.receiver import Receiver
from offbeat.service.alerts.sending import Answer, client, post
from offbeat.service.outage import Outage

__all__ = ["Alerts"]

_log = getLogger(__name__)
_POSITION = "CREATE TABLE IF NOT EXISTS alert_position (only INTEGER PRIMARY KEY, position INTEGER NOT NULL);"
_BUSY = 30.0
"""Seconds to wait for another transaction on the database."""
_TICK = 0.02
_AFTER_ERROR = 1.0
"""Seconds after which what failed is tried again."""


class Alerts:
    """Tells receivers of events, through failures and restarts, without holding up whoever reports the events.

    What is to be told waits in the database. A message is removed once its receiver took it, so that it comes at least
    once; if it comes again, it has the same id, in the body and as ``Idempotency-Key``.

    Parameters
    ----------
    path : Path
        The database, a SQLite file of its own: whoever writes other data waits for no alert.
    receivers : sequence of Receiver
        Who is told.
    clock : callable
        Returns the seconds from 1970.
    names_model : callable
        Returns whether messages name the model in their title: where there is only one, it says nothing.

    Raises
    ------
    OutputError
        If the file cannot be written, or is something else.

    Examples
    --------
    >>> import tempfile
    >>> from offbeat.service.alerts import Change, Receiver
    >>> path = Path(tempfile.mkdtemp(), "service.db")
    >>> alerts = Alerts(path, [Receiver(name="ops", url="http://localhost:9/hook")])
    >>> alerts.report([Change("web1", "web1-7")])
    >>> alerts.status()["ops"]["open"]
    1
    """

    def __init__(
        self,
        path: Path,
        receivers: Sequence[Receiver],
        clock: Callable[[], float] = time.time,
        names_model: Callable[[], bool] = lambda: True,
    ) -> None:
        self.path, self.receivers, self._clock, self._names_model = path, tuple(receivers), clock, names_model
        self._counts = {receiver.name: Counts() for receiver in self.receivers}
        self._untold = {name: Counter[events.Untold]() for name in self._counts}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news: list[asyncio.Event] = []
        self._stopped = threading.Event()
        self._tasks: list[asyncio.Future[None]] = []
        try:
            with closing(self._connect()) as connection:
                connection.executescript(events.EVENT_TABLES + queue.MESSAGE_TABLES + _POSITION)
                self._forget_others(connection)
        except sqlite3.Error as error:
            raise OutputError(
                f"expected {path} as the file in which alerts wait, got: {error}: move it away"
            ) from error

    def report(self, changes: Iterable[Change], position: int | None = None, *, only: Receiver | None = None) -> None:
        """Note changes in one transaction, and wake the thread that delivers.

        Parameters
        ----------
        changes : iterable of Change
            In their order.
        position : int, optional
            How far the changes reach in whatever they come from; stored with them, so that none is noted twice.
        only : Receiver, optional
            Whom they concern; all receivers where None.
        """
        now, receivers = self._clock(), self.receivers if only is None else (only,)
        with closing(self._connect()) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                for receiver in receivers:
                    if why := events.take(connection, receiver, change, now):
                        self._count_untold(receiver, why)
            if position is not None:
                connection.execute("INSERT OR REPLACE INTO alert_position VALUES (0, ?)", (position,))
        self.wake()

    def _count_untold(self, receiver: Receiver, why: events.Untold) -> None:
        untold = self._untold[receiver.name]
        untold[why] += 1
        if why == "history" and untold[why] == 1:
            _log.info("receiver %s: events of a history that was pushed are not sent (history_after)", receiver.name)

    def position(self) -> int | None:
        """Return the position that was reported last; None where there is none."""
        with closing(self._connect()) as connection:
            row = connection.execute("SELECT position FROM alert_position").fetchone()
            return None if row is None else int(row[0])

    def open_of_kind(self, receiver: Receiver, kind: str) -> list[tuple[dict[str, Any], float]]:
        """Return the facts of the open events of a kind that a receiver was told of or will be, and since when."""
        with closing(self._connect()) as connection:
            return events.open_of_kind(connection, receiver, kind)

    def wake(self) -> None:
        """Let the thread look for news; returns at once."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):  # it has just ended
                loop.call_soon_threadsafe(self._wake_all)

    def start(self) -> Self:
        """Deliver from now on, in a thread.

        Raises
        ------
        MissingExtraError
            If httpx is not installed.
        """
        if self._thread is None and self.receivers:
            session = client()
            begun = threading.Event()
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, args=(session, begun), name="alerts", daemon=True)
            self._thread.start()
            begun.wait()
        return self

    def stop(self, patience: float = 5.0) -> None:
        """End the thread, after ``patience`` seconds at the latest. What was not delivered stays on disk."""
        thread, loop = self._thread, self._loop
        if thread is None or loop is None:
            return
        self._stopped.set()
        self.wake()
        thread.join(patience)
        if thread.is_alive():
            loop.call_soon_threadsafe(self._cancel)
            thread.join()
        self._thread = self._loop = None

    def drain(self, patience: float) -> int:
        """Wait until what is known is told, or for so many seconds; return how many messages wait even then."""
        ends = time.monotonic() + patience
        while True:
            with closing(self._connect()) as connection:
                n_waiting = sum(queue.lengths(connection).values())
                due = [events.next_due(connection, receiver, self._clock()) for receiver in self.receivers]
            soon = [at for at in due if at is not None and at <= self._clock() + ends - time.monotonic()]
            if not (n_waiting or soon) or time.monotonic() >= ends:
                return n_waiting
            time.sleep(_TICK)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def status(self) -> dict[str, dict[str, Any]]:
        """Return for each receiver what was sent, failed, was given up and waits, for pages and metrics."""
        with closing(self._connect()) as connection:
            waiting, given_up = queue.lengths(connection), queue.lengths(connection, given_up=True)
            return {
                receiver.name: {
                    "format": receiver.format,
                    "open": events.n_open(connection, receiver),
                    "waiting": waiting.get(receiver.name, 0),
                    "dead": given_up.get(receiver.name, 0),
                    "suppressed": self._untold[receiver.name]["suppressed"],
                    "history": self._untold[receiver.name]["history"],
                    **asdict(self._counts[receiver.name]),
                }
                for receiver in self.receivers
            }

    def send_test(self, receiver: Receiver) -> None:
        """Send one of the receivers messages that say that they are a test: an event, and its end."""
        now = self._clock()
        with closing(self._connect()) as connection, connection:
            queue.add(connection, receiver.name, test_messages(receiver, now), now)
        self.wake()

    def dead(self, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest messages that were given up: ids, receivers, times (epoch), tries, errors and titles."""
        with closing(self._connect()) as connection:
            return queue.dead(connection, limit)

    def revive(self, messages: Iterable[str] | None = None) -> int:
        """Let messages that were given up be tried again, all where none are named; return how many these are."""
        with closing(self._connect()) as connection, connection:
            n_revived = queue.revive(connection, messages)
        self.wake()
        return n_revived

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY)
        connection.execute("PRAGMA journal_mode=WAL")
        return connection

    def _forget_others(self, connection: sqlite3.Connection) -> None:
        """Give up what waits for receivers that are no more."""
        with connection:
            events.forget_others(connection, self._counts)
            for name in set(queue.lengths(connection)) - set(self._counts):
                while (message := queue.first(connection, name)) is not None:
                    queue.give_up(connection, message.id, "there is no such receiver any more", self._clock())

    def _run(self, session: Any, begun: threading.Event) -> None:
        try:
            with closing(self._connect()) as connection:
                asyncio.run(self._deliver_all(connection, session, begun))
        finally:
            begun.set()

    async def _deliver_all(self, connection: sqlite3.Connection, session: Any, begun: threading.Event) -> None:
        async def send(request: Request, timeout: float, now: float) -> Answer:
            return await post(session, request, timeout, now)

        self._loop, self._news = asyncio.get_running_loop(), [asyncio.Event() for _ in self.receivers]
        couriers = [
            Courier(receiver, connection, self._clock, send, names_model=self._names_model)
            for receiver in self.receivers
        ]
        self._counts = {courier.receiver.name: courier.counts for courier in couriers}
        async with AsyncExitStack() as held:
            await held.enter_async_context(session)
            self._tasks = [
                asyncio.ensure_future(self._deliver(courier, news))
                for courier, news in zip(couriers, self._news, strict=True)
            ]
            begun.set()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, courier: Courier, news: asyncio.Event) -> None:
        """Deliver the messages of one receiver until the end; no other waits for it."""
        what = f"alerts to {courier.receiver.name}"
        failing = Outage(_log, f"{what} cannot be looked after", f"{what} are looked after again", ERROR)
        while not self._stopped.is_set():
            news.clear()
            try:
                patience = await courier.step()
            except Exception as error:
                # Whatever fails here, a full disk among it, must not end the alerts of a service that goes on.
                failing.failed(str(error), error)
                patience = _AFTER_ERROR
            else:
                failing.ended()
            if self._stopped.is_set():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await news.wait()

    def _wake_all(self) -> None:
        for news in self._news:
            news.set()

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

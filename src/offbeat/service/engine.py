"""The one thread that scores and writes: it takes the pushes that wait, and answers once they are on disk."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence

from offbeat.errors import OffbeatError, OutputError
from offbeat.service.database import Database
from offbeat.service.feed import Feed
from offbeat.service.models import Models
from offbeat.service.placing import Placing
from offbeat.service.points import Answer, Push
from offbeat.service.streams import Streams
from offbeat.service.writing import Commit, Writing

__all__ = ["Engine", "NotStoredError", "QueueFullError"]

_logger = logging.getLogger("offbeat.service")
_TICK = 1.0  # seconds after which streams are looked after while nothing comes


class QueueFullError(OffbeatError):
    """No more points can wait: send them again later."""


class NotStoredError(OutputError):
    """Points could not be stored: none of the push is, and it can be sent again."""


class Engine:
    """Takes pushes one group after the other: all that wait are placed, scored and committed together.

    Parameters
    ----------
    database : Database
        Where all goes to.
    models : Models
        What scores.
    room : int
        How many points may wait.
    """

    def __init__(self, database: Database, models: Models, room: int = 50_000) -> None:
        self.database, self.models, self.room = database, models, room
        self.feed = Feed(database)
        self.streams = Streams(database, models)
        self._writing = Writing(database, self.streams)
        self._waiting: deque[Push] = deque()
        self._n_waiting, self._ends = 0, False
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Read what is on disk, and begin to take pushes."""
        self.streams.load()
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether pushes are taken."""
        return self._thread.is_alive() and not self._ends

    @property
    def n_waiting(self) -> int:
        """Points that wait."""
        return self._n_waiting

    def submit(self, push: Push) -> Push:
        """Let a push wait for its turn; its ``answer`` is done when its points are on disk.

        Raises
        ------
        QueueFullError
            If there is no room for it.
        """
        with self._more:
            if self._ends:
                raise QueueFullError("the service ends: send the points again to the next one")
            if self._n_waiting and self._n_waiting + len(push.points) > self.room:
                raise QueueFullError(f"expected room for {len(push.points):,} points, but {self._n_waiting:,} wait")
            self._waiting.append(push)
            self._n_waiting += len(push.points)
            self._more.notify()
        return push

    def stop(self) -> None:
        """Answer what waits, write all that is in memory to disk, and end."""
        with self._more:
            self._ends = True
            self._more.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._more:
                if not self._waiting and not self._ends:
                    self._more.wait(_TICK)
                pushes = list(self._waiting)
                self._waiting.clear()
                ends = self._ends
            if pushes:
                self._take(pushes)
            else:
                self._look_after(all_of_it=ends)
                if ends:
                    return
            with self._more:
                self._n_waiting -= sum(len(push.points) for push in pushes)

    def _take(self, pushes: Sequence[Push]) -> None:
        """Place, score, commit and answer pushes; if that fails, go back to what is on disk."""
        try:
            placing = Placing(self.database, self.streams)
            results = [placing.place(push) for push in pushes]
            commit = Commit(pushes, self.streams.advance(list(placing.fresh.values())))
            self._writing.write(commit)
        except Exception as error:
            _logger.exception("points could not be stored")
            self.streams.load()
            failure = NotStoredError(f"the points could not be stored ({error}): send them again")
            for push in pushes:
                push.answer.set_exception(failure)
            return
        for fresh, advanced in zip(placing.fresh.values(), commit.advanced, strict=True):
            fresh.settle(advanced.block)
        for push, found in zip(pushes, results, strict=True):
            push.answer.set_result(Answer(found))
        if commit.n_changes:
            self.feed.notify()

    def _look_after(self, all_of_it: bool = False) -> None:
        try:
            self._writing.write(Commit(), all_of_it=all_of_it)
        except Exception:
            _logger.exception("the states of streams could not be written; what was answered is in the log")

"""The one thread that scores and writes: it takes the pushes that wait, and answers once they are on disk."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence

from offbeat.errors import OffbeatError, OutputError
from offbeat.events.severity import Severity
from offbeat.service.database import Database
from offbeat.service.feed import Feed
from offbeat.service.metrics import Metrics
from offbeat.service.models import Models
from offbeat.service.placing import Placing
from offbeat.service.points import Answer, Push, Removal, Removed, Result
from offbeat.service.pruning import Keep, prune
from offbeat.service.reading import UnknownError
from offbeat.service.streams import Streams
from offbeat.service.writing import Commit, Writing

__all__ = ["Engine", "NotStoredError", "QueueFullError"]

_logger = logging.getLogger("offbeat.service")
_TICK = 1.0  # seconds after which streams are looked after
_PRUNE = 10.0  # seconds after which old data is looked for


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
    metrics : Metrics
        Count what happens.
    max_queue : int
        How many points may wait.
    max_streams : int
        How many streams there may be.
    keep : Keep
        How long what is stored is kept.
    silent_after : float, optional
        Seconds without a point after which a stream is silent.
    watched : sequence of str
        The models whose scores at *watch* make events, too; see :class:`Streams`.
    """

    def __init__(
        self,
        database: Database,
        models: Models,
        metrics: Metrics,
        *,
        max_queue: int,
        max_streams: int,
        keep: Keep,
        silent_after: float | None = None,
        watched: Sequence[str] = (),
    ) -> None:
        self.database, self.models, self.max_queue, self.keep = database, models, max_queue, keep
        self.feed, self._metrics = Feed(database), metrics
        self.streams = Streams(database, models, max_streams, silent_after, watched)
        self._pruned = time.monotonic()
        self._writing = Writing(database, self.streams)
        self._waiting: deque[Push] = deque()
        self._removals: deque[Removal] = deque()
        self._n_waiting, self._ends, self._is_behind = 0, False, False
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def start(self) -> None:
        """Read what is on disk, and begin to take pushes."""
        self._load()
        self._thread.start()

    def read_again(self) -> None:
        """Read all streams from disk before the next push, as models came that were not there before."""
        self._is_behind = True

    @property
    def is_running(self) -> bool:
        """Whether pushes are taken."""
        return self._thread.is_alive() and not self._ends and not self._is_behind

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
            if self._n_waiting and self._n_waiting + len(push.points) > self.max_queue:
                raise QueueFullError(f"expected room for {len(push.points):,} points, but {self._n_waiting:,} wait")
            self._waiting.append(push)
            self._n_waiting += len(push.points)
            self._more.notify()
        return push

    def remove(self, removal: Removal) -> Removal:
        """Let a stream be deleted after the pushes that wait; its ``answer`` is done when it is deleted on disk.

        The answer is :class:`~offbeat.service.reading.UnknownError` where there is no such stream.

        Raises
        ------
        QueueFullError
            If the service ends.
        """
        with self._more:
            if self._ends:
                raise QueueFullError("the service ends: ask the next one")
            self._removals.append(removal)
            self._more.notify()
        return removal

    def stop(self) -> None:
        """Answer what waits, write all that is in memory to disk, and end."""
        with self._more:
            self._ends = True
            self._more.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        tended = time.monotonic()
        while True:
            with self._more:
                if not self._waiting and not self._removals and not self._ends:
                    self._more.wait(_TICK)
                pushes, removals = list(self._waiting), list(self._removals)
                self._waiting.clear()
                self._removals.clear()
                ends = self._ends
            # Of those who went away before their turn nothing is stored; from here on it is too late for that.
            there = [push for push in pushes if push.answer.set_running_or_notify_cancel()]
            if there:
                self._take(there)
            for removal in removals:
                if removal.answer.set_running_or_notify_cancel():
                    self._remove(removal)
            ends = ends and not pushes
            if ends or time.monotonic() - tended > _TICK:
                tended = time.monotonic()
                self._look_after(all_of_it=ends)
            if ends:
                return
            with self._more:
                self._n_waiting -= sum(len(push.points) for push in pushes)

    def _take(self, pushes: Sequence[Push]) -> None:
        """Store and answer pushes; if that fails, go back to what is on disk."""
        try:
            self._store(pushes)
        except Exception as error:
            self._is_behind = True
            if len(pushes) > 1 and not isinstance(error, sqlite3.Error):
                # One that nobody can score must not keep the others from being stored.
                for push in pushes:
                    self._take([push])
                return
            _logger.exception("points could not be stored")
            failure = NotStoredError(f"the points could not be stored ({error}): send them again")
            for push in pushes:
                if not push.answer.done():
                    push.answer.set_exception(failure)

    def _store(self, pushes: Sequence[Push]) -> None:
        """Place, score, commit and answer pushes."""
        begun = time.perf_counter()
        self._catch_up()
        placing = Placing(self.database, self.streams)
        results = [placing.place(push) for push in pushes]
        commit = Commit(pushes, self.streams.advance(list(placing.fresh.values())))
        self._writing.write(commit)
        for fresh, advanced in zip(placing.fresh.values(), commit.advanced, strict=True):
            fresh.settle(advanced.block)
        for push, found in zip(pushes, results, strict=True):
            push.answer.set_result(Answer(found))
        if commit.n_changes:
            self.feed.notify()
        self._count(results, commit, time.perf_counter() - begun)

    def _remove(self, removal: Removal) -> None:
        """Delete a stream and answer."""
        try:
            self._catch_up()
            found = self.streams.stored(removal.model, removal.key)
            if found is None:
                raise UnknownError(f"expected the key of a stream, got {removal.key[:40]!r}: see /v1/streams")
            number, stream = found
            n_events = self._writing.remove(number, stream)
        except OffbeatError as error:
            removal.answer.set_exception(error)
        except Exception as error:
            self._is_behind = True
            _logger.exception("a stream could not be deleted")
            removal.answer.set_exception(NotStoredError(f"the stream could not be deleted ({error}): try again"))
        else:
            self.feed.notify()
            name = self.streams.model(None) if removal.model is None else removal.model
            n_points = 0 if stream is None else stream.n_points
            removal.answer.set_result(Removed(name, removal.key, n_points, n_events))

    def _catch_up(self) -> None:
        """Go back to what is on disk after something could not be written."""
        if self._is_behind:
            # Before the streams are read: models may come while they are.
            self._is_behind = False
            try:
                self._load()
            except BaseException:
                self._is_behind = True
                raise

    def _load(self) -> None:
        """Read all streams from disk, and write what is other than before."""
        loaded = self.streams.load()
        self._writing.write_loaded(loaded)
        if loaded.changes:
            self.feed.notify()

    def _count(self, results: Sequence[Sequence[Result]], commit: Commit, seconds: float) -> None:
        metrics = self._metrics
        metrics.commits.observe(seconds)
        for status, n in Counter(result.status for found in results for result in found).items():
            metrics.points.labels(status).inc(n)
        tiers: Counter[tuple[str, int]] = Counter()
        missing: Counter[str] = Counter()
        for each in commit.advanced:
            model, block = each.stream.model, each.block
            for tier, score in zip(block.severity.tolist(), block.score.tolist(), strict=True):
                tiers[model, tier] += not math.isnan(score)
            if each.n_filled:
                missing[model] += each.n_filled
            for change in each.changes:
                metrics.changes.labels(model, change.what).inc()
        for (model, tier), n in tiers.items():
            metrics.scores.labels(model, Severity(tier).label).inc(n)
        for model, n in missing.items():
            metrics.missing.labels(model).inc(n)

    def _look_after(self, all_of_it: bool = False) -> None:
        """Write what is due without new points, and delete what is too old."""
        try:
            self._catch_up()
            self._writing.tend(all_of_it=all_of_it)
            if time.monotonic() - self._pruned > _PRUNE:
                self._pruned = time.monotonic()
                prune(self.database, self.keep)
        except Exception:
            _logger.exception("the data could not be looked after; what was answered is on disk")

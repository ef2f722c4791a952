"""Runs a source: its points go into the service, and it begins anew where it stopped, whatever fails."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYetError
from logging import getLogger
from typing import Any, Protocol, Self

from offbeat.errors import OffbeatError
from offbeat.service.outage import Outage
from offbeat.service.points import STATUSES, Answer, Push
from offbeat.service.sources.source import Source
from offbeat.words import printable

__all__ = ["Running"]

_log = getLogger(__name__)
_IDLE = 0.2
"""Seconds to wait where a source has nothing."""
_PATIENCE = 10.0
"""Seconds for a source to end in."""
_FULL = 0.1
"""Seconds to wait where the service has no room."""
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_SHOWN = 300


class Busy(OffbeatError):
    """What a service raises that has no room for points."""


class Takes(Protocol):
    """The engine of a service."""

    def submit(self, push: Push) -> Push:
        """Take a push, whose answer is done when its points are on disk."""
        ...


class Running:
    """Reads a source in a thread of its own.

    One push is under way at a time; the next is read once its points are on disk. Where the source fails, or points
    could not be stored, it is closed and begun again at the position that is stored, after waits that become longer.

    Parameters
    ----------
    make : callable
        Returns the source, which is used once.
    name : str
        That of the source.
    engine : object
        Takes pushes: has ``submit``.
    position : callable
        Returns the stored position of a source by its name; None where it never began.
    is_full : type
        The error that ``submit`` raises where there is no room.
    """

    def __init__(
        self,
        make: Callable[[], Source],
        name: str,
        engine: Takes,
        position: Callable[[str], str | None],
        is_full: type[Exception] = Busy,
    ) -> None:
        self.name, self._make, self._engine, self._position, self._is_full = name, make, engine, position, is_full
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"source-{name}", daemon=True)
        self._counts: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._state, self._error, self._refusal = "stopped", "", ""
        self._n_failures = 0
        self._failing = Outage(_log, f"source {name} cannot be read", f"source {name} can be read again")
        self._held_up = Outage(_log, f"source {name} waits, as the service has no room for more points", "")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End after the push that is under way, or with the process where whatever is read does not answer."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the source has come to its end, and return whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def status(self) -> dict[str, Any]:
        """Return what the source does, what became of its points, and what fails."""
        names = (*STATUSES, "waits", "failures")
        return {
            "state": self._state,
            **{name: self._counts[name] for name in names},
            "error": self._error,
            "refusal": self._refusal,
            "left_out": dict(self._left_out),
        }

    def _run(self) -> None:
        self._state = "running"
        while not self._stopped.is_set():
            try:
                self._read_once()
            except Exception as error:
                # Whatever a library raises here, the other sources and the service go on.
                self._fail(error)
            else:
                break
        self._state = "stopped" if self._stopped.is_set() else "ended"

    def _read_once(self) -> None:
        """Read from the stored position to the end of the source, or until it is to stop."""
        source = self._make()
        before = Counter(self._left_out)
        try:
            for push in source.pushes(self._position(self.name)):
                self._left_out = before + source.left_out
                if push is not None and not self._take(source, push):
                    return
                if self._stopped.is_set():
                    return
                if push is None:
                    self._succeed()
                    self._stopped.wait(_IDLE)
        finally:
            source.close()

    def _take(self, source: Source, push: Push) -> bool:
        """Have a push stored; False where the source is to stop before it could be."""
        if not self._submitted(push):
            return False
        self._count(_answer(push.answer))
        source.acknowledge(push)
        self._succeed()
        return True

    def _submitted(self, push: Push) -> bool:
        """Hand a push to the service as soon as it has room; False where it has none to the end."""
        while True:
            try:
                self._engine.submit(push)
                return True
            except self._is_full as error:
                if self._state != "waiting":
                    self._counts["waits"] += 1
                    self._state = "waiting"
                    self._held_up.failed(str(error))
                if self._stopped.wait(_FULL):
                    return False

    def _succeed(self) -> None:
        self._n_failures, self._state, self._error = 0, "running", ""
        self._failing.ended()

    def _count(self, answer: Answer) -> None:
        for result in answer.results:
            self._counts[result.status] += 1
            if result.message:
                self._refusal = result.message
                if self._counts[result.status] == 1:
                    _log.warning("source %s: the first point that is %s: %s", self.name, result.status, result.message)

    def _fail(self, error: Exception) -> None:
        self._counts["failures"] += 1
        self._state, self._error = "failing", printable(str(error) or type(error).__name__, _SHOWN)
        self._failing.failed(self._error, None if isinstance(error, OffbeatError) else error)
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._n_failures, 10))
        self._n_failures += 1
        self._stopped.wait(longest * random.uniform(0.5, 1.0))


def _answer(answer: Future[Answer]) -> Answer:
    """Wait for what became of a push; when the service stops, it answers what it took."""
    while True:
        try:
            return answer.result(timeout=1.0)
        except NotYetError:
            if answer.done():
                raise

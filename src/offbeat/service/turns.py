"""Work that is done one after the other, with few who wait for their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from offbeat.service.engine import QueueFullError

__all__ = ["Turns"]


class Turns:
    """Lets one at a time do something that takes a processor, and a few more wait.

    Parameters
    ----------
    waiting : int
        How many may wait.

    Examples
    --------
    >>> turns = Turns(waiting=0)
    >>> with turns.turn(), turns.turn():
    ...     pass
    Traceback (most recent call last):
    offbeat.service.engine.QueueFullError: expected at most 0 batches to wait for their turn, got one more: ...
    """

    def __init__(self, waiting: int = 8) -> None:
        self._waiting = waiting
        self._room, self._turn = threading.BoundedSemaphore(waiting + 1), threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it until the block ends.

        Raises
        ------
        QueueFullError
            If too many wait.
        """
        if not self._room.acquire(blocking=False):
            raise QueueFullError(
                f"expected at most {self._waiting} batches to wait for their turn, got one more: send it again later"
            )
        try:
            with self._turn:
                yield
        finally:
            self._room.release()

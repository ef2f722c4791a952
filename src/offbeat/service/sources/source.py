"""Where points come from, besides requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from offbeat.service.points import Push

__all__ = ["Source"]


class Source(Protocol):
    """Yields points from somewhere, in a thread of its own."""

    name: str
    """By which its position is stored; unique among the sources of a service."""

    @property
    def left_out(self) -> Counter[str]:
        """How many rows were no points, by what was wrong."""
        ...

    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield pushes with ``source`` and ``position`` set, from a stored position on; None while nothing comes.

        Yielding None lets the service stop it: it should come every second or so.
        """
        ...

    def acknowledge(self, push: Push) -> None:
        """Note that the points of a push are on disk."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

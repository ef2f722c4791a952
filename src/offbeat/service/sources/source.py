"""Where points come from, besides requests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager

from offbeat.errors import failing_as
from offbeat.service.points import Push
from offbeat.service.sources.errors import SourceError

__all__ = ["Source"]


class Source(ABC):
    """Yields points from somewhere, in a thread of its own.

    Parameters
    ----------
    name : str
        By which its position is stored; unique among the sources of a service.

    Attributes
    ----------
    left_out : Counter
        How many rows were no points, by what was wrong.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.left_out = Counter[str]()

    @abstractmethod
    def pushes(self, position: str | None) -> Iterator[Push | None]:
        """Yield pushes with ``source`` and ``position`` set, from a stored position on; None while nothing comes.

        Yielding None lets the service stop it: it should come every second or so.
        """

    def acknowledge(self, push: Push) -> None:  # noqa: B027  # most have nothing to do
        """Note that the points of a push are on disk."""

    def close(self) -> None:  # noqa: B027
        """Let go of connections."""

    def _reading_position(self) -> AbstractContextManager[None]:
        """Raise SourceError for whatever fails inside, where a stored position is read."""
        return failing_as(SourceError, f"source {self.name}: its position cannot be read", "give it another name")

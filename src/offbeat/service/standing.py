"""How streams stand: whether they have scores yet, which tier they are at, and whether points still come."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from offbeat.errors import ParameterError
from offbeat.events.severity import Severity
from offbeat.service.newest import Newest
from offbeat.service.stream import Stream

__all__ = ["LIGHTS", "STATES", "Patience", "Silent", "Standing"]

LIGHTS = ("alarm", "watch", "silent", "warming_up", "normal")
"""What a stream is shown as, the worst first."""
STATES = ("scoring", "warming_up", "silent")

_TIMES = 5.0
_SHORTEST = 60.0


class Silent(NamedTuple):
    """A stream that sends nothing any more."""

    model: str
    key: str
    since: float
    """When its newest point arrived, in seconds from 1970."""
    usual: float
    """Seconds that usually pass between two arrivals."""


@dataclass(frozen=True)
class Patience:
    """How long a stream may send nothing until it is silent.

    Parameters
    ----------
    after : float, optional
        Seconds, for all streams. Where it is not given, each has five times the longest of its recent waits between two
        arrivals (or steps between its points, where these are longer), and a minute at least.
    since : float
        When the service began to listen, in seconds from 1970: after that, streams have one usual wait, and a minute at
        least, to send again.

    Raises
    ------
    ParameterError
        If the time is not above 0.

    Examples
    --------
    >>> patience = Patience(since=0.0)
    >>> every_minute = Newest(arrived=1000.0, wait=60.0)
    >>> patience.is_over(every_minute, now=1200.0), patience.is_over(every_minute, now=1400.0)
    (False, True)
    """

    after: float | None = None
    since: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        if self.after is not None and not 0 < self.after < math.inf:
            raise ParameterError(f"expected seconds above 0 after which a stream is silent, got {self.after:g}")

    def is_over(self, newest: Newest, now: float) -> bool:
        """Whether a stream with this newest point is silent."""
        allowed = max(_TIMES * newest.wait, _SHORTEST) if self.after is None else self.after
        # Whoever could not send to a service that was off needs a while to notice that it listens again.
        usual = max(newest.wait, _SHORTEST) if newest.wait > 0 else allowed
        # One point alone says nothing of the next: its wait is NaN, and nothing is longer than that.
        return now - newest.arrived > allowed and now - self.since > min(usual, allowed)


class Standing(NamedTuple):
    """How a stream stands."""

    stream: Stream
    newest: Newest
    tier: Severity | None
    """That of the newest score, or of an open event if that is worse; None where there is neither."""
    n_open: int
    """Events that go on."""
    n_until_scored: int
    """Values that it takes until there are scores; 0 while there are."""
    age: float | None
    """Seconds since the newest point arrived; None where it is not known."""
    is_silent: bool

    @classmethod
    def of(cls, stream: Stream, patience: Patience, now: float) -> Standing:
        """Return how a stream with points stands at a time, in seconds from 1970."""
        newest, tier = stream.newest, stream.tier
        age = max(0.0, now - newest.arrived) if newest.arrived else None
        known = None if tier is None else Severity(tier)
        silent = patience.is_over(newest, now)
        return cls(stream, newest, known, len(stream.announced), stream.n_until_scored, age, silent)

    @property
    def state(self) -> str:
        """``silent``, where nothing comes any more; ``warming_up``, where no score is known; else ``scoring``."""
        return "silent" if self.is_silent else "warming_up" if self.n_until_scored else "scoring"

    @property
    def light(self) -> str:
        """One of ``LIGHTS``: the tier of an alarm or a watch, which outdoes silence, else what keeps it from normal."""
        if self.tier:
            return self.tier.label
        return "normal" if self.state == "scoring" else self.state

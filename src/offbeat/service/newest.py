"""What is known of the newest points of a stream at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from offbeat.service.blocks import Block
from offbeat.service.gaps import KEPT
from offbeat.service.points import MICRO

__all__ = ["NOTHING", "Newest"]

_NEVER = -(2**63)
_FADES = 0.8
"""What is left of a long wait with each later arrival, so that one outage does not hide the next for long."""
_REMEMBERED = 1000
"""About so many points make up the share of those without a score."""
_SPARSE = 0.1
_RAISED = 7
"""The bits of a level that are set where a score is flagged or above normal."""
_QUIET, _QUIET_STEPS = 900 * MICRO, 3
"""An event is quiet after a quarter of an hour of normal scores, and so many steps at least."""


class Newest(NamedTuple):
    """What is shown of a stream at a glance."""

    at: int = _NEVER
    time: int = 0
    score: float = math.nan
    level: int = 0
    arrived: float = 0.0
    """Seconds from 1970; 0 where it is not known."""
    wait: float = math.nan
    """Seconds from one arrival to the next: the longest of late, whereby earlier ones fade. NaN where not known."""
    steps: Sequence[int] = ()
    """Microseconds between the newest points."""
    flagged: int = _NEVER
    """The time of the newest point with which a score was flagged or above normal."""
    scored: int = _NEVER
    """The time of the newest point with a score."""
    scored_arrived: float = 0.0
    """When that arrived, or the first point where there was no score yet; 0 where it is not known."""
    n_unscored: int = 0
    """Points since then."""
    missing: int = _NEVER
    """The time of the newest point that had no score and lacked a value."""
    missing_channel: int = -1
    """The number of the first channel that it lacked; -1 where it lacked all."""
    n_sent: float = 0.0
    """Points since the first score, whereby earlier ones fade; those that did not come are not among them."""
    n_blank: float = 0.0
    """Those of them without a score."""

    @property
    def is_quiet(self) -> bool:
        """Whether scores are normal, and have been for so long that an event of before seems to be over."""
        if _NEVER in (self.flagged, self.scored):
            return False
        usual = sorted(self.steps)[len(self.steps) // 2] if self.steps else 0
        # Time without scores says nothing.
        return self.scored - self.flagged >= max(_QUIET, _QUIET_STEPS * usual)

    @property
    def is_ever_scored(self) -> bool:
        """Whether there ever was a score."""
        return self.scored != _NEVER

    @property
    def unscored(self) -> float:
        """The share of about the newest thousand points that has no score; 0 before the first score."""
        return self.n_blank / self.n_sent if self.n_sent else 0.0

    @property
    def is_sparse(self) -> bool:
        """Whether more than a tenth of them has none."""
        return self.unscored > _SPARSE

    def after(self, block: Block, arrived: float) -> Newest:
        """Return it after further points, which arrived together."""
        times = block.time[-KEPT - 1 :].tolist()
        newest = times[-1]
        if self.at != _NEVER:
            times.insert(0, self.time)
        steps = (*self.steps, *(later - earlier for earlier, later in pairwise(times)))[-KEPT:]
        wait = self._wait(block, newest, arrived)
        seen = (int(block.at[-1]), newest, float(block.score[-1]), int(block.level[-1]), arrived, wait, steps)
        return Newest(*seen, self._flagged(block), *self._scored(block, arrived), *self._sent(block))

    def _wait(self, block: Block, newest: int, arrived: float) -> float:
        if self.at == _NEVER:
            # A history that comes in one piece says how far its points are apart.
            return (newest - int(block.time[0])) / MICRO / (len(block) - 1) if len(block) > 1 else math.nan
        wait = max((newest - self.time) / MICRO / len(block), arrived - self.arrived if self.arrived else 0.0)
        return max(wait, _FADES * self.wait) if self.wait > 0 else wait

    def _flagged(self, block: Block) -> int:
        if block.level[-1] & _RAISED:
            return int(block.time[-1])
        rows = np.flatnonzero(block.level & _RAISED) if len(block) > 1 else block.at[:0]
        return int(block.time[rows[-1]]) if len(rows) else self.flagged

    def _scored(self, block: Block, arrived: float) -> tuple[int, float, int, int, int]:
        """Return what is known of scores that are not there, after further points."""
        if not math.isnan(block.score[-1]):
            return int(block.time[-1]), arrived, 0, self.missing, self.missing_channel
        scored, since, n_unscored = self.scored, self.scored_arrived or arrived, self.n_unscored + len(block)
        if len(rows := np.flatnonzero(~np.isnan(block.score))):
            scored, since, n_unscored = int(block.time[rows[-1]]), arrived, len(block) - 1 - int(rows[-1])
        lacks = np.isnan(block.values)
        if not len(rows := np.flatnonzero(lacks.any(axis=1))):
            return scored, since, n_unscored, self.missing, self.missing_channel
        row = int(rows[-1])
        channel = -1 if lacks[row].all() and lacks.shape[1] > 1 else int(np.argmax(lacks[row]))
        return scored, since, n_unscored, int(block.time[row]), channel

    def _sent(self, block: Block) -> tuple[float, float]:
        """Return how many points there are, and how many of them without a score, after further points."""
        lacks = np.isnan(block.score)[~block.filled]
        if not self.is_ever_scored:
            # What comes before the first score is warming up.
            lacks = lacks[int(np.argmin(lacks)) :] if not lacks.all() else lacks[:0]
        fades = (1 - 1 / _REMEMBERED) ** np.arange(len(lacks) + 1)[::-1]
        n_sent, n_blank = fades[0] * self.n_sent + fades[1:].sum(), fades[0] * self.n_blank + fades[1:] @ lacks
        return float(n_sent), float(n_blank)


NOTHING = Newest()

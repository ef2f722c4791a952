"""All streams at a glance: counted, sorted and cut to what a screen shows, with the newest points of each."""

from __future__ import annotations

import math
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.events.severity import Severity
from offbeat.service.columns import about, number_of
from offbeat.service.points import text_of_micros
from offbeat.service.service import Service
from offbeat.service.stream import Stream

__all__ = ["Board", "Glance"]

_POINTS = 120
"""The newest points of a stream that are shown at a glance."""
_ROWS = 60
"""As many as they are summed up to."""
_CHANNELS = 3
_DIGITS = 4


@dataclass(frozen=True)
class Glance:
    """Which streams are wanted.

    Parameters
    ----------
    model : str, optional
        Only those of this model.
    find : str
        Only those whose keys hold this text, whatever the case.
    tiers : sequence of str
        Only those of these tiers; of all where there is none.
    first : int
        The number of the first one, from 0.
    n : int
        At most so many.
    """

    model: str | None = None
    find: str = ""
    tiers: Sequence[str] = ()
    first: int = 0
    n: int = 60


class Board:
    """Shows the streams of a service at a glance.

    Parameters
    ----------
    service : Service
        Started.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._begun = secrets.token_hex(4)
        self._unsaid: tuple[str, int] = ("", 0)

    def version(self) -> str:
        """Return a text that changes with whatever is shown: points, events, what is said of them, thresholds."""
        service = self._service
        with service.engine.streams.lock:
            n_points = sum(stream.n_points for stream in service.engine.streams.by_id.values())
        return f"{self._begun}-{n_points}-{service.database.writer.total_changes}-{service.models.n_reloads}"

    def shown(self, wanted: Glance) -> dict[str, Any]:
        """Return the streams that are wanted, the worst first, and counts of all.

        Returns
        -------
        dict
            ``models``: the names of all; ``counts``: streams by tier, of those with the model and the text; ``n``:
            how many are of the tiers, too; ``first`` and ``streams``: those on the screen; ``events``: how many are
            open, how many nobody has said anything of, and a ``version`` that changes with any of them.
        """
        service = self._service
        with service.engine.streams.lock:
            known = [
                (stream.tier, len(stream.announced), stream)
                for stream in service.engine.streams.by_id.values()
                if stream.n_points and wanted.model in (None, stream.model)
            ]
        text = wanted.find.casefold()
        found = [each for each in known if text in each[2].key.casefold()]
        counts = Counter(Severity(tier).label for tier, _, _ in found)
        chosen = [each for each in found if not wanted.tiers or Severity(each[0]).label in wanted.tiers]
        chosen.sort(key=lambda each: (-each[0], -each[1], each[2].model, each[2].key))
        first = min(wanted.first, max(0, len(chosen) - 1) // wanted.n * wanted.n)
        return {
            "models": list(service.models),
            "counts": {tier.label: counts[tier.label] for tier in Severity},
            "n": len(chosen),
            "first": first,
            "streams": [self._tile(*each) for each in chosen[first : first + wanted.n]],
            "events": self._events(sum(n_open for _, n_open, _ in known)),
        }

    def _tile(self, tier: int, n_open: int, stream: Stream) -> dict[str, Any]:
        detector = self._service.models[stream.model].live(stream.key)
        block = self._service.reader.newest(stream, _POINTS)
        starts = np.unique(np.linspace(0, len(block), min(_ROWS, len(block)), endpoint=False).astype(np.intp))
        delay = stream.online.delay
        # What is flagged is an event, whatever its tier.
        levels = about(np.maximum(block.severity, block.flag), delay, 0)
        values = np.fmax.reduceat(block.values[:, :_CHANNELS], starts)
        scores = np.fmax.reduceat(about(block.score, delay, math.nan), starts)
        return {
            "model": stream.model,
            "key": stream.key,
            "tier": Severity(tier).label,
            "n_open": n_open,
            "time": text_of_micros(stream.newest.time),
            "channels": list(stream.channels),
            "values": [_short(column.tolist()) for column in values.T],
            "score": _short(scores.tolist()),
            "tiers": "".join(map(str, np.maximum.reduceat(levels, starts).tolist())),
            "threshold": number_of(detector.threshold_.value_),
        }

    def _events(self, n_open: int) -> dict[str, Any]:
        service = self._service
        version = f"{self._begun}-{service.feed.newest()}"
        if self._unsaid[0] != version:
            sql = "SELECT count(*) FROM events WHERE verdict IS NULL AND status != 'merged'"
            self._unsaid = (version, int(service.database.read(sql)[0][0]))
        return {"n_open": n_open, "n_unsaid": self._unsaid[1], "version": version}


def _short(values: Sequence[float]) -> list[float | None]:
    """Return numbers with as many digits as a small picture needs."""
    return [None if not math.isfinite(value) else float(f"{value:.{_DIGITS}g}") for value in values]

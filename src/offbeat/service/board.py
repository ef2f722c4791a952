"""All streams at a glance: counted, sorted and cut to what a screen shows, with the newest points of each."""

from __future__ import annotations

import math
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.service.columns import about, number_of
from offbeat.service.event_rows import newest_shares
from offbeat.service.points import text_of_micros
from offbeat.service.service import Service
from offbeat.service.standing import LIGHTS, Standing

__all__ = ["Board", "Glance"]

_POINTS = 120
"""The newest points of a stream that are shown at a glance."""
_ROWS = 60
"""As many as they are summed up to."""
_CHANNELS = 3
_DAYS = 7
"""Events that nobody has said anything of are counted where they were going on in the last days, by UTC."""
_DAY = 86_400
_RANK = {light: rank for rank, light in enumerate(LIGHTS)}
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
    lights : sequence of str
        Only those that are shown as one of these, see ``standing.LIGHTS``; all where there is none.
    first : int
        The number of the first one, from 0.
    n : int
        At most so many.
    """

    model: str | None = None
    find: str = ""
    lights: Sequence[str] = ()
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
        service, streams = self._service, self._service.engine.streams
        with streams.lock:
            known = list(streams.by_id.values())
        n_points, now = sum(stream.n_points for stream in known), time.time()
        # That a stream becomes silent is no change on disk.
        n_silent = sum(streams.patience.is_over(stream.newest, now) for stream in known)
        changes = f"{service.database.writer.total_changes}-{service.models.n_reloads}"
        return f"{self._begun}-{n_points}-{n_silent}-{changes}-{int(now / _DAY)}"

    def shown(self, wanted: Glance) -> dict[str, Any]:
        """Return the streams that are wanted, the worst first, and counts of all.

        Returns
        -------
        dict
            ``models``: the names of all; ``counts``: streams by light, of those with the model and the text; ``n``:
            how many have one of the lights, too; ``first`` and ``streams``: those on the screen; ``events``: how many
            are open, of how many that were going on in the last ``days`` nobody has said anything, and a ``version``
            that changes with any of them.
        """
        known = self._service.engine.streams.standings(wanted.model)
        text = wanted.find.casefold()
        found = [(each.light, each) for each in known if text in each.stream.key.casefold()]
        counts = Counter(light for light, _ in found)
        chosen = [each for each in found if not wanted.lights or each[0] in wanted.lights]
        chosen.sort(key=lambda each: (_RANK[each[0]], -each[1].n_open, each[1].stream.model, each[1].stream.key))
        first = min(wanted.first, max(0, len(chosen) - 1) // wanted.n * wanted.n)
        on_screen = chosen[first : first + wanted.n]
        shares = newest_shares(self._service.database, [each.stream.id for _, each in on_screen])
        return {
            "models": list(self._service.models),
            "counts": {light: counts[light] for light in LIGHTS},
            "n": len(chosen),
            "first": first,
            "streams": [self._tile(*each, shares.get(each[1].stream.id, {})) for each in on_screen],
            "events": self._events(sum(each.n_open for each in known)),
        }

    def _tile(self, light: str, standing: Standing, shares: Mapping[str, float]) -> dict[str, Any]:
        stream = standing.stream
        names = _worst_first(stream.channels, shares)[:_CHANNELS]
        columns = [stream.channels.index(name) for name in names]
        detector = self._service.models[stream.model].live(stream.key)
        block = self._service.reader.newest(stream, _POINTS)
        starts = np.unique(np.linspace(0, len(block), min(_ROWS, len(block)), endpoint=False).astype(np.intp))
        delay = stream.online.delay
        # What is flagged is an event, whatever its tier.
        levels = about(np.maximum(block.severity, block.flag), delay, 0)
        values = np.fmax.reduceat(block.values[:, columns], starts)
        scores = np.fmax.reduceat(about(block.score, delay, math.nan), starts)
        return {
            "model": stream.model,
            "key": stream.key,
            "light": light,
            "state": standing.state,
            "n_values": stream.n_needed - standing.n_until_scored,
            "n_needed": stream.n_needed,
            "n_open": standing.n_open,
            "quiet_since": text_of_micros(stream.quiet_since),
            "time": text_of_micros(standing.newest.time),
            "channels": list(stream.channels),
            "shown": names,
            "values": [_short(column.tolist()) for column in values.T],
            "score": _short(scores.tolist()),
            "tiers": "".join(map(str, np.maximum.reduceat(levels, starts).tolist())),
            "threshold": number_of(detector.threshold_.value_),
        }

    def _events(self, n_open: int) -> dict[str, Any]:
        service, since = self._service, int(time.time() / _DAY - _DAYS) * _DAY
        version = f"{self._begun}-{service.feed.newest()}-{since}"
        if self._unsaid[0] != version:
            sql = "SELECT count(*) FROM events WHERE verdict IS NULL AND status != 'merged' AND stored >= ?"
            self._unsaid = (version, int(service.database.read(sql, since)[0][0]))
        return {"n_open": n_open, "n_unsaid": self._unsaid[1], "days": _DAYS, "version": version}


def _worst_first(channels: Sequence[str], shares: Mapping[str, float]) -> list[str]:
    """Return channels in the order of their shares, the highest first; those of equal ones as they are."""
    return sorted(channels, key=lambda name: -shares.get(name, 0.0))


def _short(values: Sequence[float]) -> list[float | None]:
    """Return numbers with as many digits as a small picture needs."""
    return [None if not math.isfinite(value) else float(f"{value:.{_DIGITS}g}") for value in values]

"""What a page and the API show: streams, their points and scores, and events."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError
from offbeat.events.severity import Severity
from offbeat.service.blocks import Block, Floats
from offbeat.service.database import Database
from offbeat.service.event_rows import SELECT_EVENTS, event_facts, store_verdict
from offbeat.service.points import MICRO, text_of_micros
from offbeat.service.preview import MOST_STREAMS, preview
from offbeat.service.stream import Stream
from offbeat.service.streams import Streams

__all__ = ["VERDICTS", "Reader", "UnknownError"]

VERDICTS = ("normal", "real")
_LATEST = 2**63 - 1


class UnknownError(DataError):
    """There is no such stream or event."""


class Reader:
    """Reads what is on disk, and the newest points in memory; from any thread.

    Parameters
    ----------
    database : Database
        Has all but the newest points.
    streams : Streams
        Have these.
    """

    def __init__(self, database: Database, streams: Streams) -> None:
        self._database, self._streams = database, streams

    def streams(self, model: str | None = None) -> list[dict[str, Any]]:
        """Return what is shown of each stream at a glance, by model and key."""
        with self._streams.lock:
            known = [each for each in self._streams.by_id.values() if each.n_points and model in (None, each.model)]
            return [_glance(each) for each in sorted(known, key=lambda each: (each.model, each.key))]

    def stream(self, model: str | None, key: str) -> dict[str, Any]:
        """Return what is shown of one stream.

        Raises
        ------
        UnknownError
            If there is none.
        """
        found = self._found(model, key)
        with self._streams.lock:
            return _glance(found)

    def series(
        self, model: str | None, key: str, start: int | None = None, stop: int | None = None, n: int = 1000
    ) -> dict[str, Any]:
        """Return the points and scores of a stream in a range of time, at most ``n`` of them.

        Where there are more, each stands for several: the time of the first, the mean, the least and the largest value
        of each channel, the highest score and the worst tier.

        Parameters
        ----------
        model, key : str
            The stream.
        start, stop : int, optional
            Microseconds; the second is not in the range.
        n : int
            At most so many.

        Returns
        -------
        dict
            ``channels``, ``delay``, ``n_points`` in the range, and columns: ``time``, ``mean``, ``low``, ``high`` (each
            a column a channel), ``score``, ``tier``. None where a value or a score is missing.

        Raises
        ------
        UnknownError
            If there is no such stream.
        """
        stream = self._found(model, key)
        block = self._points(stream, -_LATEST if start is None else start, _LATEST if stop is None else stop)
        return {"model": stream.model, "key": key, "channels": list(stream.channels), "delay": stream.online.delay} | (
            _columns(block, stream.online.delay, max(1, n))
        )

    def events(
        self,
        *,
        model: str | None = None,
        key: str | None = None,
        status: str | None = None,
        verdict: str | None = None,
        since: int | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[dict[str, Any]]:
        """Return events, the newest first; those merged into others are left out.

        Parameters
        ----------
        model, key : str, optional
            Only theirs.
        status : {"open", "closed"}, optional
            Only these.
        verdict : {"normal", "real", "none"}, optional
            Only those of which somebody has said so, or nobody anything.
        since : int, optional
            Only those that end at or after this time, in microseconds.
        before : int, optional
            Only those with a lower id: that of the last one of a page leads to the next page.
        limit : int
            At most so many.
        """
        wanted = {
            "streams.model = ?": model,
            "streams.key = ?": key,
            "events.status = ?": status,
            "events.verdict = ?": None if verdict == "none" else verdict,
            "events.end_time >= ?": since,
            "events.id < ?": before,
        }
        given = {test: value for test, value in wanted.items() if value is not None}
        tests = ["events.status != 'merged'", *given, *(["events.verdict IS NULL"] if verdict == "none" else [])]
        sql = f"{SELECT_EVENTS} WHERE {' AND '.join(tests)} ORDER BY events.id DESC LIMIT ?"
        return [event_facts(row) for row in self._database.read(sql, *given.values(), limit)]

    def event(self, number: int) -> dict[str, Any]:
        """Return one event.

        Raises
        ------
        UnknownError
            If there is none.
        """
        rows = self._database.read(f"{SELECT_EVENTS} WHERE events.id = ?", number)
        if not rows:
            raise UnknownError(f"expected the id of an event, got {number}: see /v1/events")
        return event_facts(rows[0])

    def acknowledge(self, number: int, verdict: str | None, note: str = "") -> dict[str, Any]:
        """Store what somebody says of an event, ``normal`` or ``real``, or None to take it back; return the event.

        Raises
        ------
        UnknownError
            If there is no such event.
        ParameterError
            If it is neither.
        """
        if verdict not in (None, *VERDICTS):
            raise ParameterError(f"expected one of {', '.join(VERDICTS)} or null as verdict, got {verdict!r}")
        self.event(number)
        when = None if verdict is None else int(time.time() * MICRO)
        with self._database.transaction() as writer:
            store_verdict(writer, number, verdict, note, when)
        return self.event(number)

    def preview(self, model: str | None, alarms_per_week: float, days: float = 30.0) -> dict[str, Any]:
        """Return what a budget of alarms would have raised in the last days, beside what is raised now.

        Of many streams some are looked at, evenly spread; thresholds that move start anew.

        Parameters
        ----------
        model : str or None
            The model.
        alarms_per_week : float
            The budget of one stream.
        days : float
            How far back, from the newest point of each stream.

        Returns
        -------
        dict
            ``alarms_per_week``, ``n_streams`` looked at, ``weeks`` of all of them, and ``now`` and ``then``:
            ``threshold``, ``events``, ``alarms_per_week`` of one stream, ``time_flagged``.
        """
        with self._streams.lock:
            name = self._streams.model(model)
            known = [each for each in self._streams.by_id.values() if each.n_points and each.model == name]
        chosen = known[:: -(-len(known) // MOST_STREAMS) or 1]
        back = int(days * 86_400 * MICRO)
        points = ((each.detector, self._points(each, each.newest.time - back, _LATEST)) for each in chosen)
        return preview(points, alarms_per_week)

    def _found(self, model: str | None, key: str) -> Stream:
        found = self._streams.find(model, key)
        if found is None or not found.n_points:
            raise UnknownError(
                f"expected the key of a stream, got {key[:40]!r}, of which no point came: see /v1/streams"
            )
        return found

    def _points(self, stream: Stream, start: int, stop: int) -> Block:
        """Return the points in a range of time; those in memory first, as they may move to disk meanwhile."""
        with self._streams.lock:
            tail = stream.tail.block()
        before = int(tail.at[0]) if len(tail) else _LATEST
        rows = self._database.read(
            "SELECT n, block FROM chunks WHERE stream = ? AND first_time < ? AND last_time >= ? AND first_at < ? "
            "ORDER BY first_at",
            stream.id,
            stop,
            start,
            before,
        )
        blocks = [Block.from_bytes(row["block"], row["n"], len(stream.channels)) for row in rows]
        whole = Block.joined([*blocks, tail])
        return whole.part((whole.time >= start) & (whole.time < stop))


def _glance(stream: Stream) -> dict[str, Any]:
    newest = stream.newest
    return {
        "model": stream.model,
        "key": stream.key,
        "tier": Severity(stream.tier).label,
        "score": _number(newest.score),
        "time": text_of_micros(newest.time),
        "n_points": stream.n_points,
        "n_open_events": len(stream.announced),
        "delay": stream.online.delay,
        "channels": list(stream.channels),
        "clock": stream.clock,
    }


def _columns(block: Block, delay: int, n: int) -> dict[str, Any]:
    """Return points as columns; a score stands at the point that it is about, ``delay`` before it was known."""
    scores, tiers = _about(block.score, delay, math.nan), _about(block.severity, delay, 0)
    starts = np.unique(np.linspace(0, len(block), min(n, len(block)), endpoint=False).astype(np.intp))
    if not len(block):
        return {"n_points": 0, "time": [], "mean": [], "low": [], "high": [], "score": [], "tier": []}
    low, high = np.fmin.reduceat(block.values, starts), np.fmax.reduceat(block.values, starts)
    known = ~np.isnan(block.values)
    counts = np.add.reduceat(known, starts, dtype=np.int64)
    sums = np.add.reduceat(np.where(known, block.values, 0.0), starts)
    mean = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return {
        "n_points": len(block),
        "time": [text_of_micros(each) for each in block.time[starts].tolist()],
        **{
            name: [_numbers(column) for column in found.T]
            for name, found in (("mean", mean), ("low", low), ("high", high))
        },
        "score": _numbers(np.fmax.reduceat(scores, starts)),
        "tier": [Severity(each).label for each in np.maximum.reduceat(tiers, starts).tolist()],
    }


def _about(known: npt.NDArray[Any], delay: int, nothing: float) -> npt.NDArray[Any]:
    """Return what became known with each point, at the point that it is about."""
    return np.concatenate([known[delay:], np.full(min(delay, len(known)), nothing, dtype=known.dtype)])


def _numbers(values: Floats) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""Which of the points that are pushed are new, and where they belong."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from offbeat.errors import DataError, OffbeatError
from offbeat.series.magnitudes import LARGEST
from offbeat.service.blocks import Block, Floats, Ints
from offbeat.service.database import Database
from offbeat.service.gaps import KEPT, is_longer, missing_steps
from offbeat.service.points import MICRO, Point, Push, Result, Values, check_key, check_place, text_of_micros
from offbeat.service.stream import Stream
from offbeat.words import plural

__all__ = ["Fresh", "Placing"]

_SHOWN = 40
_AHEAD = 86_400 * MICRO
_MOST_FILLED = 1_000_000
"""Missing points that are filled in one commit, so that it has its bounds when all streams come back at once."""


@dataclass(eq=False)
class Fresh:
    """The new points of one stream, in order, and which result each of them gives."""

    stream: Stream
    at: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    values: list[list[float]] = field(default_factory=list)
    results: list[list[tuple[list[Result], int]]] = field(default_factory=list)
    """For each point, where its results go: that of the first of its place, and then of repeats of it. None go anywhere
    for a time step that stands for a missing point."""
    steps: Sequence[int] = ()
    """Microseconds between the newest points."""
    n_filled: int = 0
    """Time steps that stand for missing points."""

    def add(self, at: int, time: int, values: list[float], places: list[tuple[list[Result], int]]) -> None:
        """Add a point after the newest one."""
        newest = self.time[-1] if self.time else self.stream.newest.time
        if self.time or self.stream.n_points:
            self.steps = (*self.steps, time - newest)[-KEPT:]
        self.at.append(at)
        self.time.append(time)
        self.values.append(values)
        self.results.append(places)

    def fill(self, time: int, most: int) -> int:
        """Add a time step for each point that is missing before a time, and return how many these are.

        A longer gap than a window gets as many as keep every window from reaching over it: the stream begins anew.
        Nothing is filled for a model that learned from rows as they follow each other across gaps.
        """
        newest = self.time[-1] if self.time else self.stream.newest.time
        if self.stream.detector.spans_gaps_ or not is_longer(self.steps, time - newest):
            return 0
        n_missing, step = missing_steps(self.steps, time - newest)
        n_missing = min(n_missing, self.stream.n_needed + self.stream.online.delay, most)
        missing = [math.nan] * len(self.stream.channels)
        self.n_filled += n_missing
        for number in range(1, n_missing + 1):
            self.add(newest + number * step, newest + number * step, missing, [])
        return n_missing

    def columns(self) -> tuple[Ints, Ints, Floats, list[bool]]:
        """Return places, times and values, ``(n,)``, ``(n,)`` and ``(n, n_channels)``, and which points are missing.

        The last is empty where none is.
        """
        at, time = np.array(self.at, dtype=np.int64), np.array(self.time, dtype=np.int64)
        filled = [not places for places in self.results] if self.n_filled else []
        return at, time, np.array(self.values, dtype=np.float64).reshape(len(at), -1), filled

    def settle(self, block: Block) -> None:
        """Fill in the results, once the points are on disk."""
        scores, severities = block.score.tolist(), block.severity.tolist()
        for score, severity, places in zip(scores, severities, self.results, strict=True):
            first = "unscored" if math.isnan(score) else "scored"
            for number, (results, index) in enumerate(places):
                results[index] = Result("repeated" if number else first, score, severity)


class _Streams(Protocol):
    def current(self, model: str | None, key: str) -> Stream | None: ...

    def channels(self, model: str | None, key: str) -> tuple[str, ...]: ...

    def begin(self, model: str | None, key: str, clock: str) -> Stream: ...


class Placing:
    """Sorts the points of pushes that are committed together: new, repeated, late or refused.

    Parameters
    ----------
    database : Database
        Has the earlier points.
    streams : Streams
        Finds streams, and begins new ones.
    """

    def __init__(self, database: Database, streams: _Streams) -> None:
        self._database, self._streams = database, streams
        self.fresh: dict[int, Fresh] = {}
        self._now = int(time.time() * MICRO)
        self._n_filled = 0

    def place(self, push: Push) -> list[Result]:
        """Return the results of a push; those of new points are filled in by :meth:`Fresh.settle`."""
        results: list[Result] = [Result("scored")] * len(push.points)
        for index, point in enumerate(push.points):
            try:
                known = self._placed(point, results, index)
            except OffbeatError as error:
                known = Result("refused", message=str(error))
            if known is not None:
                results[index] = known
        return results

    def _placed(self, point: Point, results: list[Result], index: int) -> Result | None:
        """Return the result of a point that is not new; None for a new one, which waits for its score."""
        check_place(point)
        clock = "time" if point.seq is None else "seq"
        stream = self._streams.current(point.model, point.key)
        if stream is None:
            check_key(point.key)
        channels = self._streams.channels(point.model, point.key) if stream is None else stream.channels
        values = row_of(point.values, channels)
        if stream is None:
            stream = self._streams.begin(point.model, point.key, clock)
        if stream.clock != clock:
            raise DataError(
                f"expected points of {point.key[:_SHOWN]!r} by {stream.clock} as before, got one by {clock}: "
                "use one of them throughout"
            )
        fresh = self.fresh.get(stream.id)
        newest = stream.newest.at if fresh is None else fresh.at[-1]
        if point.time is not None and point.time > self._now + _AHEAD:
            # All later points of the stream would be late.
            raise DataError(
                f"expected a time of at most a day ahead of the clock of the service, got {text_of_micros(point.time)}"
            )
        at = point.time if point.seq is None else point.seq
        if at is None:
            at = max(self._now, newest + 1)
        if at <= newest:
            return self._earlier(stream, fresh, at, results, index)
        if fresh is None:
            fresh = self.fresh[stream.id] = Fresh(stream, steps=stream.newest.steps)
        if clock == "time":
            self._n_filled += fresh.fill(at, _MOST_FILLED - self._n_filled)
        arrived = at if point.seq is None else self._now
        fresh.add(at, arrived if point.time is None else point.time, values, [(results, index)])
        return None

    def _earlier(
        self, stream: Stream, fresh: Fresh | None, at: int, results: list[Result], index: int
    ) -> Result | None:
        """Return the result of a point that is not newer than all before it."""
        if fresh is not None and at >= fresh.at[0]:
            row = bisect_left(fresh.at, at)
            if fresh.at[row] == at and fresh.results[row]:
                fresh.results[row].append((results, index))
                return None
        else:
            block = self._stored(stream, at)
            row = -1 if block is None else int(np.searchsorted(block.at, at))
            if block is not None and row < len(block) and block.at[row] == at and not block.filled[row]:
                return Result("repeated", float(block.score[row]), int(block.severity[row]))
        newest = stream.newest.at if fresh is None else fresh.at[-1]
        places = (text_of_micros(place) if stream.clock == "time" else str(place) for place in (newest, at))
        return Result(
            "late", message="expected a point after the newest one of its stream ({}), got {}".format(*places)
        )

    def _stored(self, stream: Stream, at: int) -> Block | None:
        if len(stream.tail) and at >= stream.tail.at[0]:
            return stream.tail.block()
        rows = self._database.read(
            "SELECT n, last_at, block FROM chunks WHERE stream = ? AND first_at <= ? ORDER BY first_at DESC LIMIT 1",
            stream.id,
            at,
        )
        # A condition on the end would have the database look at all earlier chunks.
        if not rows or rows[0]["last_at"] < at:
            return None
        return Block.from_bytes(rows[0]["block"], rows[0]["n"], len(stream.channels))


def row_of(values: Values, channels: Sequence[str]) -> list[float]:
    """Return the values of a point in the order of the channels, NaN where one is missing.

    Raises
    ------
    DataError
        If there is not one for each channel, or one is too large.

    Examples
    --------
    >>> row_of({"b": 2, "a": None}, ("a", "b")), row_of(1, ("a",))
    ([nan, 2.0], [1.0])
    """
    if isinstance(values, Mapping):
        if values.keys() != set(channels):
            missing = next((name for name in channels if name not in values), None)
            got = f"none for {missing!r}" if missing is not None else f"{len(values)}"
            raise DataError(f"expected a value for each of {', '.join(channels[:10])}, got {got}: give exactly these")
        found = [values[name] for name in channels]
    elif values is None or isinstance(values, int | float):
        found = [values]
    else:
        found = list(values)
    if len(found) != len(channels):
        raise DataError(
            f"expected {plural(len(channels), 'value')} ({', '.join(channels[:10])}), got {len(found)}: give one for "
            "each channel"
        )
    row = [math.nan if value is None else float(value) for value in found]
    for value in row:
        if abs(value) > LARGEST:
            raise DataError(f"expected finite values up to {LARGEST:g}, or null where one is missing, got {value:g}")
    return row

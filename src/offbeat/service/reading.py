"""What a page and the API show: streams, their points and scores, and events."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from typing import Any

from offbeat.errors import DataError, ParameterError
from offbeat.service.blocks import Block
from offbeat.service.columns import columns_of, number_of
from offbeat.service.database import Database
from offbeat.service.event_rows import SELECT_EVENTS, event_facts, store_verdict
from offbeat.service.newest_points import newest_points
from offbeat.service.points import MICRO, text_of_micros
from offbeat.service.standing import Standing
from offbeat.service.stream import Stream
from offbeat.service.streams import Streams

__all__ = ["MOST_POINTS", "VERDICTS", "Reader", "UnknownError"]

VERDICTS = ("normal", "real")
MOST_POINTS = 2_000_000
"""Points of a stream that are read at once, where nobody says otherwise."""
_LATEST = 2**63 - 1
_AT_ONCE = 64


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

    def streams(self, model: str | None = None, first: int = 0, limit: int | None = None) -> list[dict[str, Any]]:
        """Return what is shown of each stream at a glance, by model and key.

        Parameters
        ----------
        model : str, optional
            Only its streams.
        first : int
            The number of the first one, from 0.
        limit : int, optional
            At most so many.
        """
        found = sorted(self._streams.standings(model), key=lambda each: (each.stream.model, each.stream.key))
        return [_glance(each) for each in found[first : None if limit is None else first + limit]]

    def stream(self, model: str | None, key: str) -> dict[str, Any]:
        """Return what is shown of one stream.

        Raises
        ------
        UnknownError
            If there is none.
        """
        return _glance(Standing.of(self.found(model, key), self._streams.patience, time.time()))

    def warming_up(self, names: Iterable[tuple[str | None, str]]) -> list[dict[str, Any]]:
        """Return how far streams, by model and key, are from their next score; nothing of those that have scores."""
        return [
            {"model": each.model, "key": each.key, "n_values": each.n_needed - left, "n_needed": each.n_needed}
            for each in self._named(names)
            if (left := each.n_until_scored)
        ]

    def sparse(self, names: Iterable[tuple[str | None, str]]) -> list[dict[str, Any]]:
        """Return the share of points without a score of streams, by model and key; only of those that lack many."""
        return [
            {"model": each.model, "key": each.key, "unscored": each.newest.unscored}
            for each in self._named(names)
            if each.newest.is_sparse
        ]

    def _named(self, names: Iterable[tuple[str | None, str]]) -> list[Stream]:
        found = [stream for model, key in names if (stream := self._streams.find(model, key)) is not None]
        return sorted(found, key=lambda each: (each.model, each.key))

    def series(
        self,
        model: str | None,
        key: str,
        start: int | None = None,
        stop: int | None = None,
        n: int = 1000,
        limit: int = MOST_POINTS,
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
        limit : int
            The newest points in the range that are read, about so many at most.

        Returns
        -------
        dict
            ``channels``, ``delay``, ``n_points`` that were read, ``more``: whether there are earlier ones in the range,
            and columns: ``time``, ``mean``, ``low``, ``high`` (each
            a column a channel), ``score``, ``tier``. None where a value or a score is missing.

        Raises
        ------
        UnknownError
            If there is no such stream.
        """
        stream = self.found(model, key)
        begin, end = -_LATEST if start is None else start, _LATEST if stop is None else stop
        block = self.points(stream, begin, end, limit + 1)
        more, delay = len(block) > limit, stream.online.delay
        facts = {"model": stream.model, "key": key, "channels": list(stream.channels), "delay": delay, "more": more}
        return facts | columns_of(block.part(slice(-limit, None)), delay, max(1, n))

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
        return [self._event(row) for row in self._database.read(sql, *given.values(), limit)]

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
        return self._event(rows[0])

    def _event(self, row: sqlite3.Row) -> dict[str, Any]:
        stream = self._streams.by_id.get(row["stream"])
        quiet = None if stream is None or row["status"] != "open" else stream.quiet_since
        return event_facts(row) | {"quiet_since": text_of_micros(quiet)}

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

    def found(self, model: str | None, key: str) -> Stream:
        """Return a stream that has points.

        Raises
        ------
        UnknownError
            If there is none.
        """
        found = self._streams.find(model, key)
        if found is None or not found.n_points:
            raise UnknownError(
                f"expected the key of a stream, got {key[:40]!r}, of which no point came: see /v1/streams"
            )
        return found

    def points(self, stream: Stream, start: int, stop: int, limit: int | None = None) -> Block:
        """Return the points in a range of time, in microseconds.

        Parameters
        ----------
        stream : Stream
            Whose.
        start, stop : int
            The second is not in the range.
        limit : int, optional
            Only the newest, so many at most.
        """
        # Those in memory first, as they may move to disk meanwhile.
        with self._streams.lock:
            tail = stream.tail.block()
        before = int(tail.at[0]) if len(tail) else _LATEST
        blocks, n_found = [_between(tail, start, stop)], 0
        for block in self._chunks(stream, start, stop, before):
            n_found += len(blocks[-1])
            if limit is not None and n_found >= limit:
                break
            blocks.append(_between(block, start, stop))
        whole = Block.joined(blocks[::-1])
        return whole if limit is None else whole.part(slice(max(0, len(whole) - limit), None))

    def _chunks(self, stream: Stream, start: int, stop: int, before: int) -> Iterator[Block]:
        """Yield the chunks with points in a range of time, the newest first; few at once, as they may be many."""
        rows = self._database.read(
            "SELECT id FROM chunks WHERE stream = ? AND first_time < ? AND last_time >= ? AND first_at < ? "
            "ORDER BY first_at DESC",
            *(stream.id, stop, start, before),
        )
        for at in range(0, len(rows), _AT_ONCE):
            ids = [row["id"] for row in rows[at : at + _AT_ONCE]]
            marks = ", ".join("?" * len(ids))
            # Chunks that were deleted meanwhile are the oldest.
            for row in self._database.read(
                f"SELECT n, block FROM chunks WHERE id IN ({marks}) ORDER BY first_at DESC", *ids
            ):
                yield Block.from_bytes(row["block"], row["n"], len(stream.channels))

    def newest(self, stream: Stream, n: int) -> Block:
        """Return the newest ``n`` points, or all where there are fewer."""
        with self._streams.lock:
            tail = stream.tail.block()
        return newest_points(self._database, stream.id, tail, n)


def _between(block: Block, start: int, stop: int) -> Block:
    return block.part((block.time >= start) & (block.time < stop))


def _glance(standing: Standing) -> dict[str, Any]:
    stream, newest = standing.stream, standing.newest
    return {
        "model": stream.model,
        "key": stream.key,
        "state": standing.state,
        "tier": None if standing.tier is None else standing.tier.label,
        "score": number_of(newest.score),
        "time": text_of_micros(newest.time),
        "age": standing.age,
        "usual_wait": number_of(newest.wait),
        "n_points": stream.n_points,
        "n_needed": stream.n_needed,
        "n_until_scored": standing.n_until_scored,
        "unscored": newest.unscored,
        "n_open_events": standing.n_open,
        "quiet_since": text_of_micros(stream.quiet_since),
        "delay": stream.online.delay,
        "channels": list(stream.channels),
        "clock": stream.clock,
    }

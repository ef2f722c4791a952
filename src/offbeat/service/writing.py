"""What one transaction writes: points, scores, states that are due, changes of events, and positions of sources."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from safetensors.numpy import save as bytes_of

from offbeat.service.blocks import Block, log_of
from offbeat.service.database import Database, remember
from offbeat.service.event_rows import close_events, store_change
from offbeat.service.loading import Loaded
from offbeat.service.newest import Newest
from offbeat.service.points import Push
from offbeat.service.stream import Stream
from offbeat.service.streams import Advanced, Streams

__all__ = ["CHUNK", "Commit", "Writing"]

CHUNK = 128
"""Points of a stream after which they become a chunk and its state is written; fewer are replayed after a restart."""
_AT_MOST = 4 * CHUNK
_AT_ONCE = 64
"""Chunks that one commit writes, so that none takes long: streams that began together are spread out by it."""
_RESTING = 256
_OLDEST = 300.0
"""Seconds after which what is in the log becomes a chunk, so that a stream that rests does not keep the log long."""
_TICK = 1.0
_CLEAN = 10.0
"""Seconds between looks for rows of the log that can go."""


@dataclass(frozen=True, eq=False)
class Commit:
    """What is written together: pushes, and what became of their streams."""

    pushes: Sequence[Push] = ()
    advanced: Sequence[Advanced] = ()

    @property
    def n_changes(self) -> int:
        """Changes of events."""
        return sum(len(each.changes) for each in self.advanced)


class Writing:
    """Writes commits.

    New points go to the log, a row for all streams together. A stream that has enough of them gets a chunk of its own,
    and its state is written with it; rows of the log that are in chunks are deleted.

    Parameters
    ----------
    database : Database
        Where to.
    streams : Streams
        Count their new points as soon as these are on disk.
    """

    def __init__(self, database: Database, streams: Streams) -> None:
        self._database, self._streams = database, streams
        self._next = 1 + int(database.read("SELECT coalesce(max(id), 0) FROM log")[0][0])
        self._begun: deque[tuple[int, float]] = deque([(self._next, time.monotonic())])
        self._cleaned = 0.0

    def write(self, commit: Commit) -> None:
        """Write a commit, and the chunks that are due with it."""
        new = {each.stream.id: each.block for each in commit.advanced}
        self._write(commit, new, self._full(new))

    def write_loaded(self, loaded: Loaded) -> None:
        """Write what is other than before for streams that were read from disk."""
        found = loaded
        if not (found.changes or found.renewed or found.unnamed or found.logged):
            return
        with self._database.transaction() as writer:
            for stream in found.unnamed:
                writer.execute("UPDATE streams SET channels = ? WHERE id = ?", (_names(stream), stream.id))
            for number, block in found.logged:
                _write_chunk(writer, number, block)
            for stream in found.renewed:
                if len(stream.tail):
                    _write_chunk(writer, stream.id, stream.tail.block())
                _write_state(writer, stream, stream.n_points, stream.newest)
            for stream, changes in found.changes:
                for change in changes:
                    store_change(writer, stream, change)
        with self._streams.lock:
            for stream in found.renewed:
                stream.flushed()

    def remove(self, number: int, stream: Stream | None) -> int:
        """Delete a stream: its points, scores and state; its events stay, and those that go on are closed.

        The row of the stream stays, too, for its events, and so that no other one gets its id: rows of the log may
        still have points of it.

        Parameters
        ----------
        number : int
            Its id.
        stream : Stream or None
            None where it rests.

        Returns
        -------
        int
            How many events it has.
        """
        with self._database.transaction() as writer:
            if stream is not None:
                for change in [*stream.endings(), *stream.finish()]:
                    store_change(writer, stream, change)
            close_events(writer, number)
            writer.execute("DELETE FROM chunks WHERE stream = ?", (number,))
            writer.execute("DELETE FROM states WHERE stream = ?", (number,))
            writer.execute("UPDATE streams SET deleted = ? WHERE id = ?", (int(time.time()), number))
            counted = "SELECT count(*) FROM events WHERE stream = ? AND status != 'merged'"
            n_events = int(writer.execute(counted, (number,)).fetchone()[0])
        self._streams.forget(number)
        return n_events

    def tend(self, *, all_of_it: bool = False) -> None:
        """Write the chunks of streams that rest, or of all, and delete what is in chunks from the log."""
        due = self._all() if all_of_it else self._resting()
        if due:
            self._write(Commit(), {}, due)
        if all_of_it or time.monotonic() - self._cleaned > _CLEAN:
            self._clean()

    def _write(self, commit: Commit, new: dict[int, Block], due: dict[int, Stream]) -> None:
        number, now = self._next, time.time()
        with self._database.transaction() as writer:
            _begin(writer, (each.stream for each in commit.advanced if not each.stream.is_stored))
            logged = [(id_, block) for id_, block in new.items() if id_ not in due]
            if logged:
                writer.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (number, *log_of(logged), now))
            for stream in due.values():
                _flush(writer, stream, new.get(stream.id), now)
            for each in commit.advanced:
                for change in each.changes:
                    store_change(writer, each.stream, change, each.block)
            for push in commit.pushes:
                if push.source:
                    remember(writer, push.source, push.position)
        self._accept(new, due, number, now)

    def _accept(self, new: dict[int, Block], due: dict[int, Stream], number: int, now: float) -> None:
        """Let streams count what is on disk, for readers to see."""
        with self._streams.lock:
            for id_, block in new.items():
                stream = self._streams.by_id[id_]
                stream.is_stored = True
                stream.accept(block, now)
                if id_ not in due and stream.logged is None:
                    stream.logged = number
            for stream in due.values():
                stream.flushed()
        self._next = number + 1

    def _full(self, new: dict[int, Block]) -> dict[int, Stream]:
        """Return the streams that have the points of a chunk, those with the most first and not too many at once."""
        streams = self._streams.by_id
        sizes = {id_: len(streams[id_].tail) + len(block) for id_, block in new.items()}
        full = sorted((id_ for id_, size in sizes.items() if size >= CHUNK), key=lambda id_: -sizes[id_])
        due = [id_ for rank, id_ in enumerate(full) if rank < _AT_ONCE or sizes[id_] >= _AT_MOST]
        return {id_: streams[id_] for id_ in due}

    def _all(self) -> dict[int, Stream]:
        return {id_: stream for id_, stream in self._streams.by_id.items() if len(stream.tail)}

    def _resting(self) -> dict[int, Stream]:
        """Return streams whose oldest points in the log are too old."""
        now = time.monotonic()
        if now - self._begun[-1][1] > _TICK:
            self._begun.append((self._next, now))
        while len(self._begun) > 1 and now - self._begun[1][1] > _OLDEST:
            self._begun.popleft()
        oldest, begun = self._begun[0]
        if now - begun < _OLDEST:
            return {}
        streams = self._streams.by_id.values()
        resting = (each for each in streams if each.logged is not None and each.logged < oldest)
        return {stream.id: stream for stream in islice(resting, _RESTING)}

    def _clean(self) -> None:
        """Delete the rows of the log that are in chunks."""
        self._cleaned = time.monotonic()
        rows = [self._next, *(each.logged for each in self._streams.by_id.values())]
        first = min(row for row in rows if row is not None)
        with self._database.transaction() as writer:
            writer.execute("DELETE FROM log WHERE id < ?", (first,))


def _begin(writer: sqlite3.Connection, streams: Iterable[Stream]) -> None:
    rows = [(each.id, each.model, each.key, each.clock, len(each.channels), _names(each)) for each in streams]
    writer.executemany(
        "INSERT INTO streams (id, model, key, clock, n_channels, channels) VALUES (?, ?, ?, ?, ?, ?)", rows
    )


def _names(stream: Stream) -> str:
    return json.dumps(stream.channels)


def _flush(writer: sqlite3.Connection, stream: Stream, new: Block | None, now: float) -> None:
    """Write a chunk of the newest points, and the state after them."""
    block = stream.tail.block() if new is None else Block.joined([stream.tail.block(), new])
    _write_chunk(writer, stream.id, block)
    if new is None:
        _write_state(writer, stream, stream.n_points, stream.newest)
    else:
        _write_state(writer, stream, stream.n_points + len(new), stream.newest.after(new, now))


def _write_chunk(writer: sqlite3.Connection, number: int, block: Block) -> None:
    # Points with numbers of their sender are in the order of these, and their times may be in any.
    places = (int(block.at[0]), int(block.at[-1]), int(block.time.min()), int(block.time.max()))
    writer.execute(
        "INSERT INTO chunks (stream, n, first_at, last_at, first_time, last_time, stored, block) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (number, len(block), *places, int(time.time()), block.to_bytes()),
    )


def _write_state(writer: sqlite3.Connection, stream: Stream, n_points: int, newest: Newest) -> None:
    state = bytes_of(stream.online.arrays())
    writer.execute(
        "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stream.id, n_points, newest.at, json.dumps(newest[1:]), stream.fingerprint, stream.first, state),
    )

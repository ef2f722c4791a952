"""Streams as they are read from disk: their states, and the points since these were written."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from safetensors.numpy import load as arrays_of

from offbeat.detectors.online import update_all
from offbeat.errors import DataError, ModelError, OffbeatError
from offbeat.service.blocks import Block, read_log
from offbeat.service.database import Database
from offbeat.service.newest import Newest
from offbeat.service.renewal import check_channels, last_flagged, warm_up
from offbeat.service.stream import Announced, EventChange, Stream

__all__ = ["Loaded", "Resting", "load_streams"]

_logger = logging.getLogger("offbeat.service")
_STREAMS = "SELECT * FROM streams LEFT JOIN states ON states.stream = streams.id WHERE deleted IS NULL ORDER BY id"
_OPEN = "SELECT stream, known_at, n_points, severity FROM events WHERE status = 'open'"
# The points of streams whose model was gone became chunks without a state.
_CHUNKS = (
    "SELECT streams.id, n_channels, chunks.n, chunks.stored, block FROM streams "
    "LEFT JOIN states ON states.stream = streams.id JOIN chunks ON chunks.stream = streams.id "
    f"AND chunks.first_at > coalesce(states.last_at, {-(2**63)}) WHERE deleted IS NULL ORDER BY streams.id, first_at"
)
_LAST = "SELECT last_at FROM chunks WHERE stream = ? ORDER BY first_at DESC LIMIT 1"


class Resting(NamedTuple):
    """A stream whose model cannot be had: its points are kept."""

    id: int
    why: str


class _Piece(NamedTuple):
    """Points since the state of a stream was written."""

    block: Block
    arrived: float
    row: int | None
    """Of the log; None for points in a chunk."""


@dataclass(eq=False)
class Loaded:
    """All streams, and what is to be written of them.

    Attributes
    ----------
    by_id : dict
        The streams.
    resting : dict
        Those whose model cannot be had, by model and key.
    next_id : int
        Above all ids that ever were.
    changes : list of (Stream, list of EventChange)
        What has become of events because models or thresholds are others than before.
    renewed : list of Stream
        Those that go on with another model: their states are to be written.
    unnamed : list of Stream
        Those of which only the number of channels was stored.
    logged : list of (int, Block)
        The points of resting streams in the log, by id: they are to become chunks, so that the log need not keep them.
    """

    by_id: dict[int, Stream] = field(default_factory=dict)
    resting: dict[tuple[str, str], Resting] = field(default_factory=dict)
    next_id: int = 1
    changes: list[tuple[Stream, list[EventChange]]] = field(default_factory=list)
    renewed: list[Stream] = field(default_factory=list)
    unnamed: list[Stream] = field(default_factory=list)
    logged: list[tuple[int, Block]] = field(default_factory=list)


def load_streams(database: Database, new: Callable[[int, str, str, str], Stream]) -> Loaded:
    """Read all streams.

    Parameters
    ----------
    database : Database
        Has them.
    new : callable
        Returns a stream as it is before its first point, by id, model, key and clock; raises OffbeatError where its
        model cannot be had.

    Returns
    -------
    Loaded
        The streams, which go on as if they had never stopped. One that has another model than before begins with its
        newest points.
    """
    found, changed = Loaded(), set[int]()
    found.next_id = 1 + int(database.read("SELECT coalesce(max(id), 0) FROM streams")[0][0])
    for row in database.read(_STREAMS):
        try:
            stream = _restored(row, new, changed)
        except OffbeatError as error:
            _logger.warning("the stream %s rests, its points are kept: %s", row["key"], error)
            found.resting[row["model"], row["key"]] = Resting(row["id"], str(error))
            continue
        found.by_id[stream.id] = stream
        if row["channels"] is None:
            found.unnamed.append(stream)
    for row in database.read(_OPEN):
        if row["stream"] in found.by_id:
            stream = found.by_id[row["stream"]]
            stream.announced[row["known_at"]] = Announced(row["n_points"], row["severity"])
    pieces = _pieces(database, found)
    for number, stream in found.by_id.items():
        anew = _replay(database, stream, pieces.get(number, []), number in changed)
        if anew:
            found.changes.append((stream, anew))
        if number in changed:
            found.renewed.append(stream)
    return found


def _restored(row: sqlite3.Row, new: Callable[[int, str, str, str], Stream], changed: set[int]) -> Stream:
    """Return a stream as it was when its state was written; add its id where that state is of another model."""
    stream = new(row["id"], row["model"], row["key"], row["clock"])
    if row["channels"] is not None:
        check_channels(json.loads(row["channels"]), stream.channels)
    elif len(stream.channels) != row["n_channels"]:
        raise DataError(f"expected a model of {row['n_channels']} channels, got one of {len(stream.channels)}")
    stream.is_stored = True
    if row["arrays"] is None:
        return stream
    stream.n_points, stream.first = row["n_points"], row["first"]
    stream.newest = Newest(row["last_at"], *json.loads(row["newest"]))
    if stream.fingerprint != row["fingerprint"]:
        changed.add(stream.id)
        return stream
    try:
        stream.online.restore(arrays_of(row["arrays"]))
    except ModelError as error:
        _logger.warning(
            "the stream %s begins with its newest points, as its state cannot be used: %s", row["key"], error
        )
        changed.add(stream.id)
    return stream


def _pieces(database: Database, found: Loaded) -> dict[int, list[_Piece]]:
    """Return the points of each stream since its state was written, in order."""
    pieces: dict[int, list[_Piece]] = {}
    for row in database.read(_CHUNKS):
        block = Block.from_bytes(row["block"], row["n"], row["n_channels"])
        pieces.setdefault(row["id"], []).append(_Piece(block, row["stored"], None))
    newest = {number: each.newest.at for number, each in found.by_id.items()}
    newest |= {resting.id: _last_chunk(database, resting.id) for resting in found.resting.values()}
    newest |= {number: int(of_stream[-1].block.at[-1]) for number, of_stream in pieces.items()}
    waiting: dict[int, list[Block]] = {}
    for row, number, block in _logged(database):
        # Rows of the log outlast their points there, and streams that were deleted.
        if block.at[-1] <= newest.get(number, block.at[-1]):
            continue
        if number in found.by_id:
            pieces.setdefault(number, []).append(_Piece(block, row["stored"], row["id"]))
        else:
            waiting.setdefault(number, []).append(block)
    found.logged = [(number, Block.joined(blocks)) for number, blocks in waiting.items()]
    return pieces


def _logged(database: Database) -> Iterator[tuple[sqlite3.Row, int, Block]]:
    for row in database.read("SELECT * FROM log ORDER BY id"):
        for number, block in read_log(row["streams"], row["blocks"]):
            yield row, number, block


def _last_chunk(database: Database, number: int) -> int:
    rows = database.read(_LAST, number)
    return int(rows[0]["last_at"]) if rows else Newest().at


def _replay(database: Database, stream: Stream, pieces: list[_Piece], is_renewed: bool) -> list[EventChange]:
    """Let a stream take the points since its state was written, and return what is other than it was then."""
    n_before = stream.n_points
    for piece in pieces:
        if piece.row is None:
            stream.count(piece.block, piece.arrived)
        else:
            stream.logged = piece.row if stream.logged is None else stream.logged
            stream.accept(piece.block, piece.arrived)
    if is_renewed:
        # All of them were scored by the model before.
        ends = last_flagged(database, stream)
        warm_up(database, stream, stream.online)
        return ends
    if pieces:
        block = Block.joined([piece.block for piece in pieces])
        update_all([stream.online], [block.values], [block.time.view("datetime64[us]")])
        found = stream.changes(block, n_before, is_anew=True)
    else:
        found = stream.changes(stream.tail.block(), n_before, is_anew=True)
    return _not_yet_told(database, stream, found)


def _not_yet_told(database: Database, stream: Stream, changes: list[EventChange]) -> list[EventChange]:
    """Return those changes that are not of events that were over before: the same come out again."""
    if not changes:
        return []
    over = "SELECT known_at FROM events WHERE stream = ? AND known_at >= ? AND status != 'open'"
    first = min(change.known_at for change in changes)
    known = {row["known_at"] for row in database.read(over, stream.id, first)}
    return [change for change in changes if change.known_at not in known]

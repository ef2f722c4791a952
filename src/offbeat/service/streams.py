"""All streams of a service: found by model and key, brought back from disk, and moved on together."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.errors import DataError, OffbeatError
from offbeat.service.blocks import Block, read_log
from offbeat.service.database import Database
from offbeat.service.models import Models, Served
from offbeat.service.placing import Fresh
from offbeat.service.renewal import renew, take_up
from offbeat.service.stream import Announced, EventChange, Newest, Stream

__all__ = ["Advanced", "Streams"]

_MOST = 100_000
_SHOWN = 40
_logger = logging.getLogger("offbeat.service")


@dataclass(frozen=True, eq=False)
class Advanced:
    """What became of the new points of a stream."""

    stream: Stream
    block: Block
    changes: list[EventChange]


class Streams:
    """The streams, in memory; only the engine changes them.

    Parameters
    ----------
    database : Database
        Where they are kept.
    models : Models
        What scores them.
    most : int
        How many there may be.

    Attributes
    ----------
    lock : Lock
        Held while what readers see changes: the newest points of streams, and which there are.
    resting_from : int or None
        The oldest row of the log with points of streams whose model could not be had when they were read.
    """

    def __init__(self, database: Database, models: Models, most: int = _MOST) -> None:
        self._database, self._models, self.most = database, models, most
        self.lock = threading.Lock()
        self.by_id: dict[int, Stream] = {}
        self._by_name: dict[tuple[str, str], Stream] = {}
        self._next_id = 1
        self._resting: dict[tuple[str, str], str] = {}
        self.resting_from: int | None = None

    def model(self, name: str | None) -> str:
        """Return the name of a model, that of the only one for None.

        Raises
        ------
        UnknownModelError
            If there is none of that name.
        """
        return self._models.named(name).name

    def find(self, model: str | None, key: str) -> Stream | None:
        """Return a stream; None where there is none yet.

        Raises
        ------
        UnknownModelError
            If there is no model of that name.
        """
        return self._by_name.get((self.model(model), key))

    def current(self, model: str | None, key: str) -> Stream | None:
        """Return a stream with the model as it is now on disk; None where there is none. Only for the engine.

        Raises
        ------
        OffbeatError
            If there is no model of that name, or it has other channels now.
        """
        found = self.find(model, key)
        if found is not None:
            served = self._models[found.model]
            detector = self._live(served, key)
            if detector is not found.detector:
                renew(self._database, found, detector, served.fingerprint(key))
        return found

    def state(self) -> dict[str, Any]:
        """Return the model and the tier of each stream, and how many events of each model go on."""
        with self.lock:
            known = [each for each in self.by_id.values() if each.n_points]
            events = Counter(dict.fromkeys(self._models, 0))
            for each in known:
                events[each.model] += len(each.announced)
            return {"streams": [(each.model, each.tier) for each in known], "events": events}

    def channels(self, model: str | None, key: str) -> tuple[str, ...]:
        """Return the channels of a stream that may be there or not.

        Raises
        ------
        OffbeatError
            If there is no model for it, or one that reads no recordings.
        """
        return self._live(self._models.named(model), key).channels_

    def begin(self, model: str | None, key: str, clock: str) -> Stream:
        """Return a new stream.

        Raises
        ------
        OffbeatError
            If there is no model for it, or no room.
        """
        if len(self.by_id) >= self.most:
            raise DataError(f"expected at most {self.most:,} streams, got one more: leave out keys, or allow more")
        served = self._models.named(model)
        if (why := self._resting.get((served.name, key))) is not None:
            raise DataError(f"the stream {key[:_SHOWN]!r} has points of another model: {why}")
        stream = self._new(self._next_id, served, key, clock)
        self._add(stream)
        return stream

    def advance(self, fresh: Sequence[Fresh]) -> list[Advanced]:
        """Score the new points of each stream; all streams of one model together."""
        by_model: dict[int, list[int]] = {}
        for number, each in enumerate(fresh):
            by_model.setdefault(id(each.stream.detector), []).append(number)
        found: list[Advanced | None] = [None] * len(fresh)
        for numbers in by_model.values():
            for number, advanced in zip(numbers, self._advanced([fresh[number] for number in numbers]), strict=True):
                found[number] = advanced
        return [each for each in found if each is not None]

    def load(self) -> None:
        """Read all streams from disk: their states, and the points since these were written."""
        with self.lock:
            self.by_id.clear()
            self._by_name.clear()
            self._resting.clear()
            self._next_id, self.resting_from = 1, None
        rows = self._database.read(
            "SELECT * FROM streams LEFT JOIN states ON states.stream = streams.id ORDER BY streams.id"
        )
        for row in rows:
            stream = self._restored(row)
            if stream is not None:
                self._add(stream)
            self._next_id = max(self._next_id, row["id"] + 1)
        opened = "SELECT stream, known_at, n_points, severity FROM events WHERE status = 'open'"
        for row in self._database.read(opened):
            if row["stream"] in self.by_id:
                announced = Announced(row["n_points"], row["severity"])
                self.by_id[row["stream"]].announced[row["known_at"]] = announced
        self._replay()

    def _restored(self, row: sqlite3.Row) -> Stream | None:
        """Return a stream as it was when its state was written; None where its model cannot be had."""
        try:
            stream = self._new(row["id"], self._models.named(row["model"]), row["key"], row["clock"])
            if len(stream.channels) != row["n_channels"]:
                raise DataError(f"expected a model of {row['n_channels']} channels, got one of {len(stream.channels)}")
        except OffbeatError as error:
            _logger.warning("the stream %s rests, its points are kept: %s", row["key"], error)
            self._resting[row["model"], row["key"]] = str(error)
            return None
        stream.is_stored = True
        if row["arrays"] is not None:
            stream.n_points, stream.first = row["n_points"], row["first"]
            stream.newest = Newest(row["last_at"], *json.loads(row["newest"]))
            take_up(self._database, stream, row["fingerprint"], row["arrays"])
        return stream

    def _replay(self) -> None:
        """Let each stream take the points since its state was written."""
        pieces: dict[int, list[Block]] = {}
        for row in self._database.read("SELECT id, streams, blocks FROM log ORDER BY id"):
            for number, block in read_log(row["streams"], row["blocks"]):
                stream = self.by_id.get(number)
                if stream is None:
                    self.resting_from = row["id"] if self.resting_from is None else self.resting_from
                    continue
                if block.at[-1] <= stream.newest.at:
                    continue
                stream.logged = row["id"] if stream.logged is None else stream.logged
                pieces.setdefault(number, []).append(block)
        for number, blocks in pieces.items():
            stream, block = self.by_id[number], Block.joined(blocks)
            update_all([stream.online], [block.values], [block.time.view("datetime64[us]")])
            stream.accept(block)
        for stream in self.by_id.values():
            stream.changes(np.empty(0, dtype=np.int64), stream.n_points)

    def _advanced(self, fresh: Sequence[Fresh]) -> list[Advanced]:
        streams = [each.stream for each in fresh]
        columns = [each.columns() for each in fresh]
        clocks = [time.view("datetime64[us]") for _, time, _ in columns]
        scores = update_all([stream.online for stream in streams], [values for _, _, values in columns], clocks)
        return [
            Advanced(stream, stream.scored(*of_stream, found), stream.changes(of_stream[1], stream.n_points))
            for stream, of_stream, found in zip(streams, columns, scores, strict=True)
        ]

    def _live(self, served: Served, key: str) -> Detector:
        detector = served.live(key)
        if detector.kind != "recordings":
            raise DataError(
                f"expected a model of recordings, with a window, got {served.name}, which scores whole series: "
                "send those to /v1/score"
            )
        return detector

    def _new(self, number: int, served: Served, key: str, clock: str) -> Stream:
        online = OnlineDetector(self._live(served, key))
        return Stream(number, served.name, key, clock, online, served.fingerprint(key))

    def _add(self, stream: Stream) -> None:
        with self.lock:
            self.by_id[stream.id] = self._by_name[stream.model, stream.key] = stream
            self._next_id = max(self._next_id, stream.id + 1)

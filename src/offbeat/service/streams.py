"""All streams of a service: found by model and key, brought back from disk, and moved on together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.errors import DataError
from offbeat.events.severity import Severity
from offbeat.service.blocks import Block
from offbeat.service.database import Database
from offbeat.service.loading import Loaded, Resting, load_streams
from offbeat.service.models import Models
from offbeat.service.placing import Fresh
from offbeat.service.renewal import renew
from offbeat.service.served import Served
from offbeat.service.standing import Patience, Silent, Standing
from offbeat.service.stream import EventChange, Stream

__all__ = ["Advanced", "Streams"]

_MOST = 100_000
_AT_ONCE = 50_000
"""Points whose windows are scored in one call."""
_SHOWN = 40


@dataclass(frozen=True, eq=False)
class Advanced:
    """What became of the new points of a stream."""

    stream: Stream
    block: Block
    changes: list[EventChange]
    n_filled: int
    """Time steps that stand for missing points."""


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
    silent_after : float, optional
        Seconds without a point after which a stream is silent, see :class:`~offbeat.service.standing.Patience`.
    watched : sequence of str
        The models whose scores at *watch* make events, too; patterns such as ``web*`` are allowed.

    Attributes
    ----------
    lock : Lock
        Held while what readers see changes: the newest points of streams, and which there are.
    """

    def __init__(
        self,
        database: Database,
        models: Models,
        most: int = _MOST,
        silent_after: float | None = None,
        watched: Sequence[str] = (),
    ) -> None:
        self._database, self._models, self.most, self._watched = database, models, most, tuple(watched)
        self.patience = Patience(silent_after)
        self.lock = threading.Lock()
        self.by_id: dict[int, Stream] = {}
        self._by_name: dict[tuple[str, str], Stream] = {}
        self._next_id = 1
        self._resting: dict[tuple[str, str], Resting] = {}

    @property
    def n_resting(self) -> int:
        """Streams whose model could not be had when they were read; their points are kept."""
        return len(self._resting)

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

    def standings(self, model: str | None = None, now: float | None = None) -> list[Standing]:
        """Return how all streams stand, or those of a model; from any thread.

        Parameters
        ----------
        model : str, optional
            Its name.
        now : float, optional
            Seconds from 1970; the time of the call where it is not given.
        """
        now = time.time() if now is None else now
        with self.lock:
            known = list(self.by_id.values())
        return [
            Standing.of(each, self.patience, now) for each in known if each.n_points and model in (None, each.model)
        ]

    def silent(self, now: float | None = None) -> list[Silent]:
        """Return the streams of which nothing has come for too long, the longest silence first; from any thread.

        This is for whoever tells people of silence, and cheap enough to be asked every few seconds. A stream is in the
        list until its next point is stored, or it is deleted; after a start of the service each has one of its
        usual waits to send again.

        Parameters
        ----------
        now : float, optional
            Seconds from 1970; the time of the call where it is not given.
        """
        found = [each for each in self.standings(now=now) if each.is_silent]
        found.sort(key=lambda each: each.newest.arrived)
        return [Silent(each.stream.model, each.stream.key, each.newest.arrived, each.newest.wait) for each in found]

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
        if (resting := self._resting.get((served.name, key))) is not None:
            raise DataError(f"the stream {key[:_SHOWN]!r} has points of another model: {resting.why}")
        stream = self._new(self._next_id, served.name, key, clock)
        self._add(stream)
        return stream

    def stored(self, model: str | None, key: str) -> tuple[int, Stream | None] | None:
        """Return the id of a stream, and itself unless it rests; None where there is none.

        Raises
        ------
        UnknownModelError
            If no model is named, and there are several.
        """
        name = self.model(None) if model is None else model
        if (stream := self._by_name.get((name, key))) is not None:
            return stream.id, stream
        resting = self._resting.get((name, key))
        return None if resting is None else (resting.id, None)

    def forget(self, number: int) -> None:
        """Have a stream no more. Only for the engine, after it is deleted on disk."""
        with self.lock:
            self.by_id.pop(number, None)
            self._by_name = {name: each for name, each in self._by_name.items() if each.id != number}
            self._resting = {name: each for name, each in self._resting.items() if each.id != number}

    def advance(self, fresh: Sequence[Fresh]) -> list[Advanced]:
        """Score the new points of each stream; all streams of one model together."""
        by_model: dict[int, list[int]] = {}
        for number, each in enumerate(fresh):
            by_model.setdefault(id(each.stream.detector), []).append(number)
        found: list[Advanced | None] = [None] * len(fresh)
        for numbers in by_model.values():
            for part in _parts(numbers, [len(fresh[number].at) for number in numbers]):
                for number, advanced in zip(part, self._advanced([fresh[number] for number in part]), strict=True):
                    found[number] = advanced
        return [each for each in found if each is not None]

    def load(self) -> Loaded:
        """Read all streams from disk: their states, and the points since these were written.

        Readers see the streams as they were until all of them are read.

        Returns
        -------
        Loaded
            With what is to be written of it.
        """
        found = load_streams(self._database, self._new)
        with self.lock:
            self.by_id, self._resting, self._next_id = found.by_id, found.resting, found.next_id
            self._by_name = {(stream.model, stream.key): stream for stream in found.by_id.values()}
        return found

    def _advanced(self, fresh: Sequence[Fresh]) -> list[Advanced]:
        streams = [each.stream for each in fresh]
        columns = [each.columns() for each in fresh]
        clocks = [time.view("datetime64[us]") for _, time, _, _ in columns]
        scores = update_all([stream.online for stream in streams], [values for _, _, values, _ in columns], clocks)
        found = []
        for each, of_stream, known in zip(fresh, columns, scores, strict=True):
            block = each.stream.scored(*of_stream, known)
            found.append(Advanced(each.stream, block, each.stream.changes(block, each.stream.n_points), each.n_filled))
        return found

    def _live(self, served: Served, key: str) -> Detector:
        detector = served.live(key)
        if detector.kind != "recordings":
            raise DataError(
                f"expected a model of recordings, with a window, got {served.name}, which scores whole series: "
                "send those to /v1/score"
            )
        return detector

    def _new(self, number: int, model: str, key: str, clock: str) -> Stream:
        served = self._models.named(model)
        watched = any(fnmatchcase(served.name, pattern) for pattern in self._watched)
        online = OnlineDetector(self._live(served, key), event_tier=Severity.WATCH if watched else None)
        return Stream(number, served.name, key, clock, online, served.fingerprint(key))

    def _add(self, stream: Stream) -> None:
        with self.lock:
            self.by_id[stream.id] = self._by_name[stream.model, stream.key] = stream
            self._next_id = max(self._next_id, stream.id + 1)


def _parts(numbers: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of streams in parts that have not too many points."""
    part: list[int] = []
    n = 0
    for number, size in zip(numbers, sizes, strict=True):
        if part and n + size > _AT_ONCE:
            yield part
            part, n = [], 0
        part.append(number)
        n += size
    yield part

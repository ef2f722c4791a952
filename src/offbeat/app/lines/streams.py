"""What is remembered of each stream whose lines come: of one, or of one for each key."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from offbeat.app.lines.formats import Row
from offbeat.app.lines.values import BadLine
from offbeat.detectors.online import OnlineDetector
from offbeat.detectors.store import ModelStore
from offbeat.errors import DataError, ParameterError
from offbeat.estimators.folder import Arrays, digest, part_of

__all__ = ["MOST_KEYS", "Stream", "Streams", "models_of"]

MOST_KEYS = 100_000
"""Keys that are remembered: a column of times taken for keys would fill the memory."""
_SHOWN = 40

Make = Callable[[str], OnlineDetector]


@dataclass(eq=False)
class Stream:
    """What is remembered of one stream.

    Parameters
    ----------
    online : OnlineDetector
        Scores it.
    waiting : deque of Row
        Its lines whose scores are not known yet, and headers between them.
    n_waiting : int
        How many of them are lines.
    """

    online: OnlineDetector
    waiting: deque[Row] = field(default_factory=deque)
    n_waiting: int = 0


class Streams:
    """The streams of an input: one, or one for each value of a column.

    Parameters
    ----------
    first : OnlineDetector
        The stream where there is one; else what all of them have in common, such as the channels.
    key : str
        The column, or key of JSON objects, that says which stream a line belongs to; empty for one stream.
    make : callable, optional
        Makes a new stream for a key; of the model of ``first`` where None.
    most : int
        How many keys there may be.

    Raises
    ------
    ParameterError
        If the key is one of the channels.
    """

    def __init__(self, first: OnlineDetector, key: str = "", make: Make | None = None, most: int = MOST_KEYS) -> None:
        if key in first.detector.channels_:
            raise ParameterError(f"expected a column of keys beside the channels, got {key!r}, which is one of them")
        self.first, self.key, self.most = first, key, most
        # Of a detector as streams use it, so that thresholds are not fitted again for each key.
        self._make: Make = make or (lambda name: OnlineDetector(first.detector))
        self.by_key = {} if key else {"": Stream(first)}

    def of(self, cells: Iterable[tuple[str, Any]]) -> tuple[str, Stream]:
        """Return the key and the stream of a line, by its cells that are no channels; a new key begins one.

        Raises
        ------
        BadLine
            If the line has no key, or none for which there is a model or room.
        """
        name = self._key_of(cells) if self.key else ""
        if name not in self.by_key:
            if len(self.by_key) >= self.most:
                raise BadLine("too many keys", f"expected at most {self.most:,} keys, got {name[:_SHOWN]!r} as well")
            self.by_key[name] = self._new(name)
        return name, self.by_key[name]

    @property
    def n_seen(self) -> int:
        """Time steps seen, of all streams."""
        return sum(stream.online.n_seen for stream in self.by_key.values())

    @property
    def n_waiting(self) -> int:
        """Lines whose scores are not known yet, of all streams."""
        return sum(stream.n_waiting for stream in self.by_key.values())

    def fingerprint(self) -> str:
        """Return a digest that identifies the model and the column of keys."""
        own = self.first.fingerprint()
        return own if not self.key else digest({"model": np.array([own, self.key])})

    def arrays(self) -> Arrays:
        """Return what the detectors remember of all streams."""
        return {
            f"{before}{name}": array
            for before, stream in zip(self._prefixes(self.by_key), self.by_key.values(), strict=True)
            for name, array in stream.online.arrays().items()
        }

    def waiting(self) -> dict[str, list[Row]]:
        """Return the lines that wait, by key, of all streams."""
        return {name: list(stream.waiting) for name, stream in self.by_key.items()}

    def models(self) -> dict[str, str]:
        """Return by what the model of each key is recognised."""
        return {name: stream.online.fingerprint() for name, stream in self.by_key.items()} if self.key else {}

    def restored(self, waiting: Mapping[str, Sequence[Row]], models: Mapping[str, str], arrays: Arrays) -> Streams:
        """Return streams that go on from what ``waiting``, ``models`` and ``arrays`` gave; this one is unchanged.

        Raises
        ------
        ModelError, ValueError
            If they do not fit.
        """
        other = Streams(self.first, self.key, self._make, self.most)
        if not self.key and set(waiting) != {""}:
            raise ValueError("expected the state of one stream, got that of several keys")
        other.by_key = {name: self._new(name) if self.key else Stream(self.first) for name in waiting}
        for before, (name, stream) in zip(self._prefixes(waiting), other.by_key.items(), strict=True):
            rows = waiting[name]
            stream.waiting, stream.n_waiting = deque(rows), sum(row.is_line for row in rows)
            if stream.n_waiting > stream.online.delay:
                raise ValueError(f"at most {stream.online.delay} lines can wait, got {stream.n_waiting}")
            if self.key and models.get(name) != stream.online.fingerprint():
                raise ValueError(f"the model of {name!r} is another one")
            stream.online.restore(part_of(arrays, before) if before else arrays)
        return other

    def _new(self, name: str) -> Stream:
        online = self._make(name)
        if online.detector.channels_ != self.first.detector.channels_:
            raise BadLine("other channels", f"the model of {name[:_SHOWN]!r} has other channels than the first one")
        return Stream(online)

    def _prefixes(self, keys: Iterable[str]) -> list[str]:
        return [f"{number}." if self.key else "" for number, _ in enumerate(keys)]

    def _key_of(self, cells: Iterable[tuple[str, Any]]) -> str:
        cell = next((cell for name, cell in cells if name == self.key), None)
        is_text = isinstance(cell, str | int | float) and not isinstance(cell, bool)
        if not is_text or not str(cell).strip() or (isinstance(cell, float) and math.isnan(cell)):
            raise BadLine("without a key", f"expected a value for {self.key!r}, got none: name the column in a header")
        return str(cell).strip()


def models_of(store: ModelStore) -> tuple[OnlineDetector, Make]:
    """Return the first model of a store as streams use it, and what makes the stream of each key.

    Raises
    ------
    DataError
        If there is no model in it.
    """
    names = iter(store)
    first = next(names, None)
    if first is None:
        raise DataError(f"expected a model for each key in {store.folder}, found none: fit some (offbeat fit --each)")

    def make(name: str) -> OnlineDetector:
        if name not in store:
            raise BadLine("without a model", f"no model of the key {name[:_SHOWN]!r} in {store.folder}")
        return OnlineDetector(store[name])

    return OnlineDetector(store[first]), make

"""A model for all keys, or a folder of models by key: loaded once, and again when it changes on disk."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.detectors.saving import load
from offbeat.detectors.store import ModelStore, is_store
from offbeat.errors import DataError, ModelError, OffbeatError
from offbeat.estimators.folder import is_model, model_files

__all__ = ["SHOWN", "Served", "UnknownModelError"]

SHOWN = 40
"""Characters of a name that a message shows."""
_BATCHES = 8
"""Models that are kept loaded to score batches."""
_State = tuple[tuple[str, int, int], ...]


class UnknownModelError(DataError):
    """There is no model of that name, or none for that key."""


class _Loaded(NamedTuple):
    """A model, as it was on disk when it was loaded."""

    state: _State
    live: Detector
    fingerprint: str


class Served:
    """A model for all keys, or a folder of models by key, as streams use them.

    Parameters
    ----------
    name : str
        How it is called in requests: the name of its folder.
    folder : Path
        The model, or the :class:`~offbeat.ModelStore`.

    Attributes
    ----------
    failures : dict of str to str
        By key why a model could not be loaded again when it had changed; the earlier one is used.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self._store = ModelStore(folder) if is_store(folder) else None
        self._loaded: dict[str, _Loaded] = {}
        self._batches: dict[str, tuple[_State, Detector]] = {}
        self.failures: dict[str, str] = {}
        if self._store is None:
            self.live("")

    @property
    def by_key(self) -> bool:
        """Whether each key has a model of its own."""
        return self._store is not None

    def keys(self) -> list[str]:
        """Return the keys that have models of their own; none where one is for all."""
        return [] if self._store is None else list(self._store)

    def detector(self, key: str) -> Detector:
        """Return the model of a key as it was saved, to score batches: an object that no stream uses meanwhile.

        Raises
        ------
        UnknownModelError
            If the key has none.
        ModelError
            If it cannot be loaded.
        """
        state = self._of(key).state
        found = self._batches.pop(key, None)
        if found is None or found[0] != state:
            found = state, load(self.place(key))
        self._batches[key] = found
        while len(self._batches) > _BATCHES:
            del self._batches[next(iter(self._batches))]
        return found[1]

    def live(self, key: str) -> Detector:
        """Return the model of a key as streams use it; the same object until it changes on disk.

        Raises
        ------
        UnknownModelError, ModelError
            As :meth:`detector` does.
        """
        return self._of(key).live

    def in_use(self) -> dict[str, Detector]:
        """Return the models that streams use now, by key."""
        return {key: found.live for key, found in list(self._loaded.items())}

    def fingerprint(self, key: str) -> str:
        """Return by what the states of streams of a key are known to belong to its model."""
        return self._of(key).fingerprint

    def reload(self) -> bool:
        """Load again what has changed on disk, and return whether anything was; ``failures`` says what could not be."""
        changed, failures = False, {}
        # Streams of other keys may begin meanwhile.
        for key, found in list(self._loaded.items()):
            try:
                if found.state != _state_of(self.place(key)):
                    self._loaded[key] = self._load(key)
                    changed = True
            except (OffbeatError, OSError) as error:
                failures[key] = str(error)
        self.failures = failures
        return changed

    def _of(self, key: str) -> _Loaded:
        own = key if self.by_key else ""
        found = self._loaded.get(own)
        if found is None:
            found = self._loaded[own] = self._load(own)
        return found

    def _load(self, key: str) -> _Loaded:
        place = self.place(key)
        if not is_model(place) and not self.by_key:
            raise ModelError(f"there is no model at {place}")
        if not is_model(place):
            raise UnknownModelError(
                f"expected a key with a model in {self.name}, got {key[:SHOWN]!r}: fit one (offbeat fit --each)"
            )
        state, live = _state_of(place), load(place).live()
        # It takes some time, and is the same for all streams.
        fingerprint = _warmed_up(live).fingerprint() if live.kind == "recordings" else ""
        return _Loaded(state, live, fingerprint)

    def place(self, key: str) -> Path:
        """Return the folder of the model of a key."""
        return self.folder if self._store is None else self._store.place(key)


def _warmed_up(live: Detector) -> OnlineDetector:
    """Return a stream that has scored something: no sender is to wait for what is compiled on first use."""
    online = OnlineDetector(live)
    for n in (live.n_times_ + online.delay, 1):
        clock = np.arange(online.n_seen, online.n_seen + n).astype("datetime64[s]")
        update_all([online], [np.zeros((n, len(live.channels_)))], [clock])
    return online


def _state_of(place: Path) -> _State:
    """Return by what a change of a model on disk is noticed."""
    if not is_model(place):
        return ()
    stats = [(file.name, file.stat()) for file in sorted(model_files(place))]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

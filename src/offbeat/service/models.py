"""The models of a service, by name: loaded once, and again when they change on disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from offbeat.detectors.base import Detector
from offbeat.detectors.online import OnlineDetector, update_all
from offbeat.detectors.saving import load
from offbeat.detectors.store import ModelStore, is_store
from offbeat.errors import DataError, ModelError, OffbeatError
from offbeat.estimators.folder import is_model, model_files

__all__ = ["Models", "Served", "UnknownModelError"]

_SHOWN = 40
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
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self._store = ModelStore(folder) if is_store(folder) else None
        self._loaded: dict[str, _Loaded] = {}
        self._batches: dict[str, tuple[_State, Detector]] = {}
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

    def fingerprint(self, key: str) -> str:
        """Return by what the states of streams of a key are known to belong to its model."""
        return self._of(key).fingerprint

    def reload(self) -> bool:
        """Load again what has changed on disk, and return whether anything has.

        Raises
        ------
        ModelError, UnknownModelError
            If a changed model cannot be loaded; the earlier one is kept, and others are loaded all the same.
        """
        # Streams of other keys may begin meanwhile.
        loaded = list(self._loaded.items())
        changed = [key for key, found in loaded if found.state != _state_of(self.place(key))]
        failure: OffbeatError | None = None
        for key in changed:
            try:
                self._loaded[key] = self._load(key)
            except OffbeatError as error:
                failure = error
        if failure is not None:
            raise failure
        return bool(changed)

    def _of(self, key: str) -> _Loaded:
        own = key if self.by_key else ""
        found = self._loaded.get(own)
        if found is None:
            found = self._loaded[own] = self._load(own)
        return found

    def _load(self, key: str) -> _Loaded:
        place = self.place(key)
        if not is_model(place):
            raise UnknownModelError(
                f"expected a key with a model in {self.name}, got {key[:_SHOWN]!r}: fit one (offbeat fit --each)"
            )
        state, live = _state_of(place), load(place).live()
        # It takes some time, and is the same for all streams.
        fingerprint = _warmed_up(live).fingerprint() if live.kind == "recordings" else ""
        return _Loaded(state, live, fingerprint)

    def place(self, key: str) -> Path:
        """Return the folder of the model of a key."""
        return self.folder if self._store is None else self._store.place(key)


class Models(Mapping[str, Served]):
    """All models of a service.

    Parameters
    ----------
    folder : Path
        A model, a :class:`~offbeat.ModelStore`, or a folder of several of these.

    Attributes
    ----------
    n_reloads : int
        How often :meth:`reload` found something new.

    Raises
    ------
    ModelError
        If there is no model in it, or one cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._served: dict[str, Served] = {}
        self.n_reloads, self._reloading = 0, threading.Lock()
        self.reload()
        if not self._served:
            raise ModelError(f"expected a model or a folder of models, got {folder}: fit one (offbeat fit … --out)")

    def reload(self) -> dict[str, str]:
        """Load what is new or has changed on disk, and return what became of each model that is not as before.

        Models whose folders are gone stay until the service ends.

        Returns
        -------
        dict
            By name: ``loaded``, ``changed``, or why it cannot be loaded; the earlier one is used then.
        """
        outcome = {}
        with self._reloading:
            for name, place in _places(self.folder):
                try:
                    if name not in self._served:
                        self._served[name] = Served(name, place)
                        outcome[name] = "loaded"
                    elif self._served[name].reload():
                        outcome[name] = "changed"
                except OffbeatError as error:
                    if not self._served:
                        raise
                    outcome[name] = str(error)
            self.n_reloads += bool(outcome)
        return outcome

    def named(self, name: str | None) -> Served:
        """Return a model by its name; the only one for None.

        Raises
        ------
        UnknownModelError
            If there is none of that name, or several and no name.
        """
        if name is None and len(self._served) == 1:
            return next(iter(self._served.values()))
        if name is None or name not in self._served:
            got = "none" if name is None else repr(name[:_SHOWN])
            names = ", ".join(list(self._served)[:10])
            raise UnknownModelError(f"expected the name of a model ({names}), got {got}: name one of them")
        return self._served[name]

    def __getitem__(self, name: str) -> Served:
        return self._served[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._served))

    def __len__(self) -> int:
        return len(self._served)


def _warmed_up(live: Detector) -> OnlineDetector:
    """Return a stream that has scored something: no sender is to wait for what is compiled on first use."""
    online = OnlineDetector(live)
    for n in (live.n_times_ + online.delay, 1):
        clock = np.arange(online.n_seen, online.n_seen + n).astype("datetime64[s]")
        update_all([online], [np.zeros((n, len(live.channels_)))], [clock])
    return online


def _places(folder: Path) -> list[tuple[str, Path]]:
    if is_model(folder) or is_store(folder):
        return [(folder.resolve().name, folder)]
    if not folder.is_dir():
        return []
    inside = sorted(each for each in folder.iterdir() if not each.name.startswith(".") and each.is_dir())
    return [(each.name, each) for each in inside if is_model(each) or is_store(each)]


def _state_of(place: Path) -> _State:
    """Return by what a change of a model on disk is noticed."""
    if not is_model(place):
        return ()
    stats = [(file.name, file.stat()) for file in sorted(model_files(place))]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)

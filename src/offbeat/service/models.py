"""The models of a service, by name: what is new, has changed or has failed on disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from offbeat.detectors.store import is_store
from offbeat.errors import ModelError, OffbeatError
from offbeat.estimators.folder import is_model
from offbeat.service.served import SHOWN, Served, UnknownModelError

__all__ = ["Models", "Reloaded"]

_logger = logging.getLogger("offbeat.service")


@dataclass(frozen=True)
class Reloaded:
    """What became of models when they were loaded again.

    Parameters
    ----------
    models : mapping of str to str
        Those that are new or have changed, by name: ``loaded`` or ``changed``.
    failed : mapping of str to str
        Those that are not in use as they are on disk, by name: why.
    """

    models: Mapping[str, str]
    failed: Mapping[str, str]

    def __str__(self) -> str:
        """Return all of it in a line."""
        said = [f"{name} {how}" for name, how in self.models.items()]
        return "; ".join(said + [f"{name} failed" for name in self.failed]) or "nothing has changed"


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
    failed : mapping of str to str
        The models that are not in use as they are on disk, by name: why.

    Raises
    ------
    ModelError
        If there is no model in it, or one cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._served: dict[str, Served] = {}
        self.n_reloads, self._reloading = 0, threading.Lock()
        self.failed: Mapping[str, str] = {}
        self.reload()
        if not self._served:
            raise ModelError(f"expected a model or a folder of models, got {folder}: fit one (offbeat fit … --out)")

    def reload(self) -> Reloaded:
        """Load what is new or has changed on disk.

        Of models that cannot be loaded, or are gone, the earlier ones stay in use until the service ends.

        Raises
        ------
        ModelError
            If no model is in use, and one cannot be loaded.
        """
        with self._reloading:
            found, places = {}, dict(_places(self.folder))
            failed = {
                name: f"it is gone from {served.folder}" for name, served in self._served.items() if name not in places
            }
            for name, place in places.items():
                try:
                    if name not in self._served:
                        self._served[name] = Served(name, place)
                        found[name] = "loaded"
                    elif self._served[name].reload():
                        found[name] = "changed"
                except OffbeatError as error:
                    if not self._served:
                        raise
                    failed[name] = str(error)
            failed |= {name: _failure_of(served) for name, served in self._served.items() if served.failures}
            self.n_reloads += bool(found or failed or self.failed)
            self.failed = failed
        for name, why in failed.items():
            used = "the earlier one stays in use" if name in self._served else "it is not served"
            _logger.error("model %s cannot be loaded, %s: %s", name, used, why)
        return Reloaded(found, failed)

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
            got = "none" if name is None else repr(name[:SHOWN])
            names = ", ".join(list(self._served)[:10])
            raise UnknownModelError(f"expected the name of a model ({names}), got {got}: name one of them")
        return self._served[name]

    def __getitem__(self, name: str) -> Served:
        return self._served[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._served))

    def __len__(self) -> int:
        return len(self._served)


def _failure_of(served: Served) -> str:
    """Return why a model could not be loaded again; of models by key the first of them."""
    key, why = next(iter(served.failures.items()))
    n_more = len(served.failures) - 1
    return f"{key}: {why}{f' (and {n_more:,} more)' * bool(n_more)}" if served.by_key else why


def _places(folder: Path) -> list[tuple[str, Path]]:
    if is_model(folder) or is_store(folder):
        return [(folder.resolve().name, folder)]
    if not folder.is_dir():
        return []
    inside = sorted(each for each in folder.iterdir() if not each.name.startswith(".") and each.is_dir())
    return [(each.name, each) for each in inside if is_model(each) or is_store(each)]

"""The model of each key: one for all, or one of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from offbeat.app.panels.results import stamps_of_files
from offbeat.app.request import Request
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.detectors.store import ModelStore, is_store
from offbeat.errors import ModelError
from offbeat.files.finding import named_apart

__all__ = ["Models", "model_for"]


@dataclass(frozen=True)
class Models:
    """Models in a folder, by key.

    Parameters
    ----------
    folder : Path
        A model, which is that of every key, or a folder of models by key.
    """

    folder: Path

    @property
    def are_many(self) -> bool:
        """Whether each key has a model of its own."""
        return is_store(self.folder)

    def check(self) -> None:
        """Raise ModelError where there are no models."""
        if not self.are_many:
            _one_for_all(self.folder, str(self.stamp("")))

    def place(self, key: str) -> Path:
        """Return the model folder of a key.

        Raises
        ------
        ModelError
            If the key has no model.
        """
        if not self.are_many:
            return self.folder
        store = ModelStore(self.folder)
        if key not in store:
            raise ModelError(f"no model of the key {key!r} in {self.folder}: fit one, or use a model of all keys")
        return store.place(key)

    def load(self, key: str) -> Detector:
        """Return the model of a key; one for all is read once a process."""
        return load(self.place(key)) if self.are_many else _one_for_all(self.folder, str(self.stamp(key)))

    def stamp(self, key: str) -> Any:
        """Return by what another model is noticed."""
        place = ModelStore(self.folder).place(key) if self.are_many else self.folder
        return stamps_of_files(place / "config.json", place / "weights.safetensors")


def model_for(model: Path, request: Request, log: Callable[[str], None] = lambda _: None) -> Path:
    """Return the folder of the model for one series: of models by key the one that is called as its file.

    Parameters
    ----------
    model : Path
        A model, or models by key.
    request : Request
        Which series.
    log : callable
        Gets a line where the name of the file says which model it is.

    Raises
    ------
    ModelError
        If no model by key is called so.
    """
    if not is_store(model):
        return model
    store, key = ModelStore(model), named_apart([Path(request.data)])[0]
    if key not in store:
        first = next(iter(store), "KEY")
        raise ModelError(
            f"expected a file called as one of the models in {model}, got {key!r}: name the folder of a model, such as "
            f"{model / first}"
        )
    log(f"scored by the model of {key} in {model}, as the file is called")
    return store.place(key)


@lru_cache(maxsize=1)
def _one_for_all(folder: Path, stamp: str) -> Detector:
    return load(folder)

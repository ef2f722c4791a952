"""Models by key in one folder: written one by one, loaded when they are asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from offbeat.atomic import writing_file
from offbeat.detectors.base import Detector
from offbeat.detectors.saving import load
from offbeat.errors import ModelError, OutputError, ParameterError, failing_as
from offbeat.estimators.folder import STORE, is_model
from offbeat.files.places import check_folder_place
from offbeat.version import __version__

__all__ = ["ModelStore", "is_store", "named_by"]

_FORMAT = 1
_LONGEST = 200
_SAFE = " ,=+@()"


def named_by(key: str) -> str:
    """Return the file name of a key: its letters and digits, and others as ``%2F``.

    Raises
    ------
    ParameterError
        If the name is too long for a file.

    Examples
    --------
    >>> named_by("web1.example.com"), named_by("eu/web 1"), named_by(".")
    ('web1.example.com', 'eu%2Fweb 1', '%2E')
    """
    name = quote(key, safe=_SAFE, errors="surrogatepass")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name) > _LONGEST:
        raise ParameterError(
            f"expected a key of at most {_LONGEST} bytes as a file name, got {key[:40]!r}…: shorten it"
        )
    return name


def is_store(folder: str | Path) -> bool:
    """Return whether a folder holds models by key."""
    return (Path(folder) / STORE).is_file()


class ModelStore(Mapping[str, Detector]):
    """Detectors by key in one folder, each a model folder of its own, loaded when it is asked for.

    Opening a store reads one small file, whatever the number of models.

    Parameters
    ----------
    folder : str or Path
        A folder that :meth:`create` made.

    Raises
    ------
    ModelError
        If it holds no models by key.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from offbeat import NaiveForecast
    >>> store = ModelStore.create(Path(tempfile.mkdtemp()) / "models")
    >>> _ = store.save("web1", NaiveForecast().fit(np.arange(200.0)))
    >>> list(store), store["web1"].name
    (['web1'], 'naive')
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not is_store(self.folder):
            raise ModelError(f"expected a folder of models by key, but {folder} has no {STORE}: see offbeat fit --each")
        with failing_as(ModelError, f"{self.folder / STORE} cannot be read"):
            found = json.loads((self.folder / STORE).read_text(encoding="utf-8"))
            version, self.about = int(found["format"]), dict(found.get("about", {}))
        if version > _FORMAT:
            raise ModelError(f"{folder} has the format {version}, but this offbeat reads up to {_FORMAT}: upgrade it")

    @classmethod
    def create(cls, folder: str | Path, about: Mapping[str, Any] | None = None) -> Self:
        """Make an empty store, or go on with one that was made alike.

        Parameters
        ----------
        folder : str or Path
            A new or an empty folder, or a store.
        about : mapping, optional
            What the models have in common, as plain values.

        Raises
        ------
        OutputError
            If the folder holds something else, or cannot be written.
        """
        place = Path(folder)
        check_folder_place(place)
        if place.is_dir() and not is_store(place) and any(place.iterdir()):
            raise OutputError(f"{place} holds other files than models by key: choose an empty or a new folder")
        with writing_file(place / STORE) as beside:
            told = {"format": _FORMAT, "offbeat": __version__, "about": dict(about or {})}
            beside.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        return cls(place)

    def place(self, key: str) -> Path:
        """Return the model folder of a key."""
        return self.folder / named_by(key)

    def save(self, key: str, detector: Detector) -> Path:
        """Write a fitted detector; an older model of the key is replaced whole."""
        return detector.save(self.place(key))

    def __getitem__(self, key: str) -> Detector:
        if key not in self:
            raise KeyError(key)
        return load(self.place(key))

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and is_model(self.place(key))

    def __iter__(self) -> Iterator[str]:
        with os.scandir(self.folder) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
        yield from (unquote(name, errors="surrogatepass") for name in sorted(names))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"ModelStore({str(self.folder)!r})"

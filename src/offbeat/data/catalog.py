"""Named data sets: what they are, where they lie, and how to load them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from offbeat.data.download import DataFile, cache_folder, fetch_files, locate_file, search_folders
from offbeat.data.join import join
from offbeat.data.readers import read
from offbeat.data.synthetic import heartbeats, voltage_curves
from offbeat.errors import DataError, UnknownDatasetError
from offbeat.recording import Collection

__all__ = ["Dataset", "find", "names"]

_GENERATORS: Mapping[str, Callable[[], Collection]] = {"heartbeats": heartbeats, "voltage_curves": voltage_curves}


@dataclass(frozen=True)
class Dataset:
    """One entry of the catalogue.

    Parameters
    ----------
    name : str
        What it is called on the command line.
    title : str
        One line on what it holds.
    normal : str
        The label of the normal class.
    class_names : mapping
        A readable name for each class, by its label.
    licence, source, citation : str
        Under which terms, from where, and whom to name.
    shape : tuple of int
        (n_series, n_channels, n_times).
    counts : mapping
        How many series each class has, by label.
    files : tuple of DataFile
        Joined in this order; none where the data are built in.
    label : str, optional
        Where the files keep the label, as :func:`offbeat.data.read` takes it.
    generator : str
        The function that makes built-in data.

    Examples
    --------
    >>> from offbeat.data import find
    >>> beats = find("synthetic-heartbeats")
    >>> beats.normal, beats.counts["1"]
    ('1', 1200)
    >>> beats.load()
    Collection(1870 series x 1 channel x 140 time steps, 5 classes)
    """

    name: str
    title: str
    normal: str
    class_names: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    source: str = ""
    citation: str = ""
    shape: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    files: tuple[DataFile, ...] = ()
    label: str | None = None
    generator: str = ""

    def locate(self, data_dir: str | Path | None = None) -> list[Path] | None:
        """Return where the files lie on this machine, or None if any is missing.

        Parameters
        ----------
        data_dir : str or Path, optional
            A folder to look in before ``$OFFBEAT_DATA`` and the user cache.

        Raises
        ------
        DataError
            If a file is there with another checksum.
        """
        folders = search_folders(data_dir)
        found = [locate_file(file, folders) for file in self.files]
        return [path for path in found if path is not None] if None not in found else None

    def fetch(self, data_dir: str | Path | None = None) -> list[Path]:
        """Return where the files lie, after downloading those that are missing.

        Parameters
        ----------
        data_dir : str or Path, optional
            A folder to look in first, and to download into; without it downloads go to the user cache.

        Raises
        ------
        DataError
            If a file is there with another checksum.
        DownloadError
            If a file cannot be fetched whole.
        """
        folders = search_folders(data_dir)
        target = Path(data_dir) if data_dir else cache_folder()
        missing = [file for file in self.files if locate_file(file, folders) is None]
        if missing:
            fetch_files(missing, target)
        return [path for file in self.files if (path := locate_file(file, [*folders, target])) is not None]

    def load(self, data_dir: str | Path | None = None, download: bool = True) -> Collection:
        """Return the series with their labels, class names and name.

        Parameters
        ----------
        data_dir : str or Path, optional
            A folder to look in first, and to download into.
        download : bool
            Whether to fetch files that are not on this machine.

        Raises
        ------
        DataError
            If a file is there with another checksum, or is missing and must not be downloaded.
        DownloadError
            If a file cannot be fetched whole.
        """
        if self.generator:
            data = _GENERATORS[self.generator]()
        else:
            paths = self.fetch(data_dir) if download else self._located(data_dir)
            data = join([read(path, label=self.label) for path in paths])
        return replace(data, name=self.name, class_names=dict(self.class_names))

    def _located(self, data_dir: str | Path | None) -> list[Path]:
        paths = self.locate(data_dir)
        if paths is None:
            folders = ", ".join(map(str, search_folders(data_dir)))
            wanted = " and ".join(file.path for file in self.files)
            raise DataError(
                f"{self.name} is not on this machine: expected {wanted} in one of {folders}; put them there, "
                "or allow the download"
            )
        return paths


def names() -> list[str]:
    """Return the names of the catalogue, sorted.

    Examples
    --------
    >>> names()
    ['ecg5000', 'hkn-synthetic', 'synthetic-curves', 'synthetic-heartbeats']
    """
    return sorted(_catalogue())


def find(name: str) -> Dataset:
    """Return the entry of that name.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Raises
    ------
    UnknownDatasetError
        If there is none; the message names the closest.

    Examples
    --------
    >>> find("ecg5000").shape
    (5000, 1, 140)
    """
    if name in _catalogue():
        return _catalogue()[name]
    close = difflib.get_close_matches(name.lower(), names(), n=1)
    meant = f", did you mean {close[0]}?" if close else ":"
    raise UnknownDatasetError(
        f"no data set and no file is called {name!r}{meant} the data sets are {', '.join(names())}"
    )


@cache
def _catalogue() -> Mapping[str, Dataset]:
    text = package_files("offbeat.data").joinpath("catalog.toml").read_text(encoding="utf-8")
    return MappingProxyType({name: _entry(name, entry) for name, entry in tomllib.loads(text).items()})


def _entry(name: str, entry: Mapping[str, Any]) -> Dataset:
    files = tuple(DataFile(**file) for file in entry.get("files", ()))
    return Dataset(**{**entry, "name": name, "shape": tuple(entry["shape"]), "files": files})

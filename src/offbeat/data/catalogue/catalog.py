"""Named data sets: what they are, where they lie, and how to load them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from offbeat.data.catalogue.benchmarks import BENCHMARK_READERS
from offbeat.data.catalogue.download import DataFile, cache_folder, fetch_files, locate_file, search_folders
from offbeat.data.catalogue.families import family_entries, family_files, family_sizes
from offbeat.data.readers.options import Kind
from offbeat.data.readers.read import read
from offbeat.data.synthetic import heartbeats, server_metrics, voltage_curves
from offbeat.errors import DataError, DownloadError, UnknownDatasetError
from offbeat.files.regular import shorten
from offbeat.series.join import join
from offbeat.series.recording import Collection, Recording
from offbeat.words import did_you_mean

__all__ = ["Dataset", "domain_of_file", "find", "names"]

_GENERATORS: Mapping[str, Callable[[], Collection | Recording]] = {
    "heartbeats": heartbeats,
    "server_metrics": server_metrics,
    "voltage_curves": voltage_curves,
}

_KAGGLE_FILES = ("mitbih_train", "mitbih_test", "ptbdb_normal", "ptbdb_abnormal")
"""What the tables of heartbeats on Kaggle are called; the catalogue makes its own of them from the records."""


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
        The label of the normal class; empty for recordings, where it is 0.
    kind : {"collection", "recording"}
        What it holds.
    class_names : mapping
        A readable name for each class, by its label.
    licence, source, citation : str
        Under which terms, from where, and whom to name.
    shape : tuple of int
        (n_series, n_channels, n_times), or (n_times, n_channels) of a recording.
    counts : mapping
        How many series each class has, by label.
    files : tuple of DataFile
        Joined in this order; none where the data are built in.
    label : str, optional
        Where the files keep the label, as :func:`offbeat.data.read` takes it.
    generator : str
        The function that makes built-in data.
    train_end : int, optional
        The time step of a recording at which the part to learn from ends.
    reader : str
        How to read a recording of a benchmark, or make a collection of its files.
    domain : str
        What it is about, see :class:`offbeat.Collection`.
    forms : tuple of str
        Other endings under which the archive gives the same files; they are known by their shape and classes, in place
        of a checksum, and may lie in the data folder itself.
    facts : mapping
        What that reader needs to know beside the files, such as where the anomalies are.

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
    normal: str = ""
    kind: Kind = "collection"
    class_names: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    source: str = ""
    citation: str = ""
    shape: tuple[int, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    files: tuple[DataFile, ...] = ()
    label: str | None = None
    generator: str = ""
    train_end: int | None = None
    reader: str = ""
    domain: str = ""
    forms: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def locate(self, data_dir: str | Path | None = None, *, check: bool = True) -> list[Path] | None:
        """Return where the files lie on this machine, or None if any is missing.

        Parameters
        ----------
        data_dir : str or Path, optional
            A folder to look in before ``$OFFBEAT_DATA`` and the user cache.
        check : bool
            Whether to check the files, which reads them.

        Raises
        ------
        DataError
            If a file is there with another checksum.
        """
        folders = search_folders(data_dir)
        found = [locate_file(file, folders, self.forms, check=check) for file in self.files]
        return [path for path in found if path is not None] if None not in found else None

    def fetch(self, data_dir: str | Path | None = None, download: bool = True) -> list[Path]:
        """Return where the files lie, after downloading those that are missing.

        Parameters
        ----------
        data_dir : str or Path, optional
            A folder to look in first, and to download into; without it downloads go to the user cache.
        download : bool
            Whether to fetch files that are not on this machine.

        Raises
        ------
        DataError
            If a file is there with another checksum, or is missing and must not be downloaded.
        DownloadError
            If a file cannot be fetched whole.
        """
        if not download:
            return self._located(data_dir)
        folders = search_folders(data_dir)
        target = Path(data_dir) if data_dir else cache_folder()
        missing = [file for file in self.files if locate_file(file, folders, self.forms) is None]
        if missing:
            self._check_urls(missing, target)
            fetch_files(missing, target)
        searched = [*folders, target]
        return [path for file in self.files if (path := locate_file(file, searched, self.forms)) is not None]

    def _check_urls(self, missing: list[DataFile], target: Path) -> None:
        by_hand = [file.path for file in missing if not file.url]
        if by_hand:
            raise DownloadError(
                f"{self.name} cannot be downloaded automatically: get it from {self.source} and put "
                f"{_listed(by_hand)} into {target}, or into a folder of yours and set OFFBEAT_DATA to it"
            )

    def load(self, data_dir: str | Path | None = None, download: bool = False) -> Collection | Recording:
        """Return the series with their labels, class names and name; or the recording with its labels and name.

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
        data = _GENERATORS[self.generator]() if self.generator else self._read(self.fetch(data_dir, download))
        if isinstance(data, Recording):
            return replace(data, name=self.name, domain=self.domain, train_end=self.train_end)
        return replace(data, name=self.name, domain=self.domain, class_names=dict(self.class_names))

    def _read(self, paths: list[Path]) -> Collection | Recording:
        if self.reader:
            return BENCHMARK_READERS[self.reader](paths, self.facts)
        parts = [read(path, label=self.label, kind="collection") for path in paths]
        data = join([part for part in parts if isinstance(part, Collection)])
        if self.forms and (data.values.shape != self.shape or data.counts() != self.counts):
            what = _listed([str(path) for path in paths])
            raise DataError(
                f"{what} are not {self.name}: expected {_by_axis(self.shape)} with the classes {dict(self.counts)}, "
                f"got {_by_axis(data.values.shape)} with {data.counts()}: read them by their path"
            )
        return data

    def _located(self, data_dir: str | Path | None) -> list[Path]:
        paths = self.locate(data_dir)
        if paths is None:
            folders = ", ".join(map(str, search_folders(data_dir)))
            wanted = _listed([file.path for file in self.files])
            other = f" (or as {', '.join(self.forms)}, in the folder itself, too)" if self.forms else ""
            site = f"get them from {self.source}"
            get = f"'offbeat data get {self.name}' fetches them" if all(file.url for file in self.files) else site
            raise DataError(
                f"{self.name} is not on this machine: expected {wanted}{other} in one of {folders}: {get}, or "
                "name the folder that they lie in (data_dir=)"
            )
        return paths


def _by_axis(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _listed(paths: list[str]) -> str:
    return " and ".join(paths) if len(paths) <= 4 else f"{shorten(paths)} ({len(paths)} files)"


def names() -> list[str]:
    """Return the names of the catalogue, sorted.

    Examples
    --------
    >>> names()[:3]
    ['ecg5000', 'hkn-synthetic', 'kaggle-mitbih']
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
    if name in family_sizes():
        first, *_ = (other for other in names() if other.startswith(f"{name}/"))
        raise UnknownDatasetError(
            f"{name} is a family of {family_sizes()[name]} data sets, not one: name one of them, such as {first}; "
            f'"offbeat data list {name}" lists them'
        )
    alone = [other for other in names() if "/" not in other]
    families = [f"{family}/… ({count})" for family, count in family_sizes().items()]
    raise UnknownDatasetError(
        f"no data set and no file is called {name!r}: {did_you_mean(name, names())}"
        f"the data sets are {', '.join([*alone, *families])}"
    )


def domain_of_file(path: str | Path) -> str:
    """Return what a file is about, where it is called like one of a data set of the catalogue; else nothing.

    Examples
    --------
    >>> domain_of_file("downloads/ECG5000_TEST.arff"), domain_of_file("mine.csv")
    ('ecg', '')
    """
    name = Path(path).name
    return "ecg" if name.startswith(_KAGGLE_FILES) else _domains_by_file().get(name, "")


@cache
def _domains_by_file() -> Mapping[str, str]:
    return {Path(file.path).name: entry.domain for entry in _catalogue().values() for file in entry.files}


@cache
def _catalogue() -> Mapping[str, Dataset]:
    text = package_files("offbeat.data.catalogue").joinpath("catalog.toml").read_text(encoding="utf-8")
    entries = [_entry(name, entry) for name, entry in tomllib.loads(text).items()]
    entries += [Dataset(**entry) for entry in family_entries()]
    return MappingProxyType({entry.name: entry for entry in entries})


def _entry(name: str, entry: Mapping[str, Any]) -> Dataset:
    fields = {**entry, "name": name, "shape": tuple(entry["shape"]), "forms": tuple(entry.get("forms", ()))}
    family = fields.pop("family", "")
    files = family_files(family) if family else tuple(DataFile(**file) for file in entry.get("files", ()))
    return Dataset(**{**fields, "files": files})

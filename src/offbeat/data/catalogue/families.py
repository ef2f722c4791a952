"""Families of recordings in the catalogue, each described by one table of facts about its series."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files as package_files
from typing import Any

from offbeat.data.catalogue.download import DataFile

__all__ = ["family_entries", "family_files", "family_sizes"]


def family_entries() -> Iterator[dict[str, Any]]:
    """Yield the fields of :class:`offbeat.data.Dataset` for each recording of each family.

    Examples
    --------
    >>> entries = {entry["name"]: entry for entry in family_entries()}
    >>> entries["ucr/119"]["shape"], entries["ucr/119"]["files"][0].path
    ((30000, 1), 'ucr_anomaly/119_UCR_Anomaly_ECG1_10000_11800_12100.txt')
    """
    for family, table in _tables().items():
        for key, series in table["series"].items():
            yield _entry(f"{family}/{key}", table, {**series, "key": key})


def family_sizes() -> dict[str, int]:
    """Return how many recordings each family has, by its name.

    Examples
    --------
    >>> family_sizes()["nab"]
    25
    """
    return {family: len(table["series"]) for family, table in _tables().items()}


def family_files(family: str) -> tuple[DataFile, ...]:
    """Return all files of a family, for data sets that are made of it as a whole.

    Examples
    --------
    >>> len(family_files("mitdb"))
    144
    """
    prefix = f"{family}/"
    return tuple(file for entry in family_entries() if entry["name"].startswith(prefix) for file in entry["files"])


def _entry(name: str, family: Mapping[str, Any], series: Mapping[str, Any]) -> dict[str, Any]:
    checksums = zip(family["files"], series["sha256"], strict=True)
    return {
        "name": name,
        "title": family["title"].format_map(series),
        **{what: family[what] for what in ("licence", "source", "citation", "reader")},
        "kind": "recording",
        "shape": tuple(series["shape"]),
        "train_end": series.get("train_end"),
        "domain": series.get("domain", family.get("domain", "")),
        "files": tuple(
            DataFile(file["path"].format_map(series), sha256, file.get("url", "").format_map(series))
            for file, sha256 in checksums
        ),
        "facts": series,
    }


def _tables() -> Mapping[str, Mapping[str, Any]]:
    text = package_files("offbeat.data.catalogue").joinpath("recordings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)

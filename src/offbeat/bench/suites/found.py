"""The cases of public benchmarks: whatever of each lies in the data folders, in the benchmark's own layout.

A file that the catalogue knows is checked by its checksum and read by the catalogue. Of others the facts are taken
from where the benchmark keeps them: its files of labels, or the names of the series.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from offbeat.bench.suites.cases import Case, Part, digest_of, part_of_leading
from offbeat.data import find, names, normal_split
from offbeat.data.catalogue.benchmarks import BENCHMARK_READERS
from offbeat.data.catalogue.download import search_folders
from offbeat.errors import DataError, failing_as
from offbeat.metrics import nab_probation
from offbeat.series.recording import Collection, Recording

__all__ = ["FAMILIES", "Family", "ecg5000_cases", "family_cases", "load_found"]

Facts = Mapping[str, Any]
_UCR = re.compile(r"(?P<key>\d+)_UCR_Anomaly_(?P<name>.+)_(?P<train_end>\d+)_(?P<begin>\d+)_(?P<end>\d+)$")


@dataclass(frozen=True)
class Family:
    """Recordings in one layout.

    Parameters
    ----------
    pattern : str
        Which files of a data folder are the series to evaluate.
    name : callable
        Returns what a series is called in the catalogue, by its file.
    files : callable
        Returns all files of a series, as the reader takes them.
    facts : callable
        Returns what the reader needs to know beside the files, with ``train_end`` where the layout says it.
    reader : str
        One of :data:`~offbeat.data.catalogue.benchmarks.BENCHMARK_READERS`.
    """

    pattern: str
    name: Callable[[Path], str]
    files: Callable[[Path], Sequence[Path]]
    facts: Callable[[Path], Facts]
    reader: str


def family_cases(suite: str, families: Iterable[str], data_dir: Path | None = None) -> list[Case]:
    """Return the cases of some families that lie in the data folders, by name.

    Parameters
    ----------
    suite : str
        The suite that they belong to.
    families : iterable of str
        Of :data:`FAMILIES`.
    data_dir : Path, optional
        The folder to look in first, before ``$OFFBEAT_DATA`` and the user cache.
    """
    found: dict[str, Case] = {}
    for family in families:
        for path in _paths(FAMILIES[family], data_dir):
            name = FAMILIES[family].name(path)
            if name not in found and all(file.is_file() for file in FAMILIES[family].files(path)):
                found[name] = _case(suite, family, name, path, data_dir)
    return [found[name] for name in sorted(found)]


def load_found(family: str, path: Path, data_dir: Path | None = None) -> Recording:
    """Return a recording of a family, by the file that its pattern matched."""
    layout = FAMILIES[family]
    name = layout.name(path)
    if name in names():
        known = find(name).load(data_dir, download=False)
        assert isinstance(known, Recording)
        return known
    with failing_as(DataError, f"{path} is not read as the benchmark has it", "look at its labels"):
        facts = layout.facts(path)
        read = BENCHMARK_READERS[layout.reader](layout.files(path), facts)
        assert isinstance(read, Recording)
        train_end = facts.get("train_end", nab_probation(len(read)) if family == "nab" else None)
        return replace(read, name=name, train_end=train_end)


def _paths(family: Family, data_dir: Path | None) -> Iterator[Path]:
    for folder in search_folders(data_dir):
        yield from sorted(folder.glob(family.pattern))


def _case(suite: str, family: str, name: str, path: Path, data_dir: Path | None) -> Case:
    domain = find(name).domain if name in names() else ""
    digest = digest_of(*FAMILIES[family].files(path))
    short = name.removeprefix(f"{suite}/")
    return Case(suite, short, partial(_part, family, path, data_dir), digest, domain=domain)


def _part(family: str, path: Path, data_dir: Path | None) -> Part:
    recording = load_found(family, path, data_dir)
    assert recording.train_end is not None
    return part_of_leading(recording, recording.train_end)


def _nab_facts(path: Path) -> Facts:
    windows = json.loads((path.parents[2] / "labels" / "combined_windows.json").read_text(encoding="utf-8"))
    return {"windows": windows[f"{path.parent.name}/{path.name}"]}


def _ucr_facts(path: Path) -> Facts:
    found = _UCR.match(path.stem)
    if found is None:
        raise DataError(f"{path.name} is not named as the archive names its series")
    return {name: int(value) for name, value in found.groupdict().items() if name not in ("key", "name")}


def _telemetry_facts(path: Path) -> Facts:
    table = _telemetry_table(path)
    rows = table[table["chan_id"] == path.stem]
    ranges = sorted(tuple(pair) for text in rows["anomaly_sequences"] for pair in ast.literal_eval(text))
    return {"ranges": ranges, "train_end": len(np.load(_other(path, "train"), mmap_mode="r", allow_pickle=False))}


def _telemetry_name(path: Path) -> str:
    for craft in ("smap", "msl"):
        if f"{craft}/{path.stem}" in names():
            return f"{craft}/{path.stem}"
    table = _telemetry_table(path)
    craft = str(table.loc[table["chan_id"] == path.stem, "spacecraft"].iloc[0]).lower()
    return f"{craft}/{path.stem}"


def _telemetry_table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path.parents[1] / "labeled_anomalies.csv")


def _smd_facts(path: Path) -> Facts:
    with _other(path, "train").open("rb") as lines:
        return {"train_end": sum(1 for _ in lines)}


def _other(path: Path, folder: str) -> Path:
    return path.parents[1] / folder / path.name


FAMILIES: Mapping[str, Family] = {
    "nab": Family(
        "nab/data/*/*.csv",
        lambda path: f"nab/{path.parent.name}/{path.stem}",
        lambda path: [path],
        _nab_facts,
        "nab",
    ),
    "ucr": Family(
        "ucr_anomaly/*_UCR_Anomaly_*.txt",
        lambda path: f"ucr/{path.name.partition('_')[0]}",
        lambda path: [path],
        _ucr_facts,
        "ucr",
    ),
    "smap-msl": Family(
        "smap_msl/test/*.npy",
        _telemetry_name,
        lambda path: [_other(path, "train"), path],
        _telemetry_facts,
        "telemetry",
    ),
    "smd": Family(
        "smd/test/*.txt",
        lambda path: f"smd/{path.stem}",
        lambda path: [_other(path, "train"), path, _other(path, "test_label")],
        _smd_facts,
        "smd",
    ),
}
"""The layouts of the benchmarks of recordings, by suite."""


def ecg5000_cases(data_dir: Path | None = None) -> list[Case]:
    """Return the one case of ECG5000, the normal-only split of the reference; none where its files are not here."""
    entry = find("ecg5000")
    paths = entry.locate(data_dir)
    if paths is None:
        return []
    return [Case("ecg5000", "ecg5000", partial(_ecg5000, data_dir), digest_of(*paths), "collections", entry.domain)]


def _ecg5000(data_dir: Path | None) -> Part:
    entry = find("ecg5000")
    data = entry.load(data_dir, download=False)
    assert isinstance(data, Collection)
    split = normal_split(data, entry.normal)
    return Part(split.train, split.evaluation, split.truth, validation=split.validation)

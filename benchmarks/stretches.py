"""Real recordings with nothing labelled in them: what a false-alarm target is worth outside a textbook."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat import Recording, load_data

__all__ = ["SOURCES", "Stretch", "stretches"]

LONGEST = 20_000
"""Time steps that are scored at most."""


class Stretch(NamedTuple):
    """A part to learn from, and a part of the same recording that follows it; nothing is labelled in either."""

    name: str
    learned: Recording
    judged: Recording


def stretches(source: str, data_dir: Path) -> Iterator[Stretch]:
    """Yield the stretches of one of :data:`SOURCES` that is found in ``data_dir``."""
    return SOURCES[source](data_dir)


def _halves(recording: Recording, normal: npt.NDArray[np.bool_]) -> Stretch:
    """Return the two halves of the longest normal part."""
    start, end = _longest(normal)
    half = start + min((end - start) // 2, LONGEST)
    return Stretch(recording.name, recording[start:half], recording[half : min(end, half + LONGEST)])


def _longest(normal: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.r_[0, normal.astype(int), 0])).reshape(-1, 2)
    start, end = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return int(start), int(end)


def _nab(data_dir: Path) -> Iterator[Stretch]:
    for path in sorted((data_dir / "nab" / "data").glob("*/*.csv")):
        recording = load_data(f"nab/{path.parent.name}/{path.stem}", data_dir=data_dir)
        labels = np.zeros(len(recording), bool) if recording.labels is None else recording.labels.astype(bool)
        yield _halves(recording, ~labels)


def _ucr(data_dir: Path) -> Iterator[Stretch]:
    for path in sorted((data_dir / "ucr_anomaly").glob("*.txt")):
        *_, begins, _ = path.stem.split("_")
        values = np.loadtxt(path).ravel()
        recording = Recording(values, name=path.stem)
        yield _halves(recording, np.arange(len(values)) < int(begins) - 1)


def _telemetry(data_dir: Path) -> Iterator[Stretch]:
    folder = data_dir / "smap_msl"
    labels = pd.read_csv(folder / "labeled_anomalies.csv").set_index("chan_id")
    for path in sorted((folder / "train").glob("*.npy")):
        learned, test = np.load(path)[:, 0], np.load(folder / "test" / path.name)[:, 0]
        normal = np.ones(len(test), bool)
        for first, last in ast.literal_eval(str(labels.loc[path.stem, "anomaly_sequences"])):
            normal[first : last + 1] = False
        start, end = _longest(normal)
        yield Stretch(path.stem, Recording(learned[:LONGEST], name=path.stem), Recording(test[start:end][:LONGEST]))


def _servers(data_dir: Path) -> Iterator[Stretch]:
    folder = data_dir / "smd"
    for path in sorted((folder / "train").glob("*.txt")):
        learned, test = (np.loadtxt(folder / part / path.name, delimiter=",") for part in ("train", "test"))
        start, end = _longest(np.loadtxt(folder / "test_label" / path.name) == 0)
        for channel in range(learned.shape[1]):
            name = f"{path.stem} {channel}"
            yield Stretch(
                name,
                Recording(learned[:LONGEST, channel], sampling_rate=1 / 60, name=name),
                Recording(test[start:end, channel][:LONGEST], sampling_rate=1 / 60),
            )


SOURCES = {"NAB": _nab, "SMAP/MSL": _telemetry, "UCR": _ucr, "SMD": _servers}

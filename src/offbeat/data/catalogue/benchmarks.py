"""Readers of what benchmarks are made of: values from their files, labels from there or from the catalogue's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.data.catalogue.kaggle import read_kaggle
from offbeat.data.catalogue.mitbih import read_mitbih, read_mitbih_beats
from offbeat.series.recording import Collection, Recording

__all__ = ["BENCHMARK_READERS"]

Facts = Mapping[str, Any]
Labels = npt.NDArray[np.int8]


def _nab(paths: Sequence[Path], facts: Facts) -> Recording:
    frame = pd.read_csv(paths[0])
    times = pd.to_datetime(frame["timestamp"]).to_numpy()
    labels = np.zeros(len(times), dtype=np.int8)
    for first, last in facts["windows"]:
        labels[(times >= np.datetime64(first)) & (times <= np.datetime64(last))] = 1
    # The clock of one series is put back by an hour. The benchmark scores rows as they stand, so they are not sorted:
    # the time stands still for that hour.
    steady = np.maximum.accumulate(times)
    return Recording(frame["value"].to_numpy(np.float64), timestamps=steady, channels=("value",), labels=labels)


def _ucr(paths: Sequence[Path], facts: Facts) -> Recording:
    values = np.loadtxt(paths[0]).ravel()
    # Time steps count from 1 in this archive: the odd value of CIMIS44AirTemperature1 is the 5391st.
    return Recording(values, channels=("value",), labels=_marked(len(values), [(facts["begin"] - 1, facts["end"] - 1)]))


def _telemetry(paths: Sequence[Path], facts: Facts) -> Recording:
    train, test = (np.load(path, allow_pickle=False) for path in paths)
    ranges = [(len(train) + first, len(train) + last) for first, last in facts["ranges"]]
    commands = (f"command{i}" for i in range(1, train.shape[1]))
    return Recording(
        np.concatenate([train, test]),
        channels=("telemetry", *commands),
        labels=_marked(len(train) + len(test), ranges),
    )


def _smd(paths: Sequence[Path], facts: Facts) -> Recording:
    train, test, marks = (pd.read_csv(path, header=None).to_numpy() for path in paths)
    labels = np.concatenate([np.zeros(len(train)), marks[:, 0]]).astype(np.int8)
    return Recording(np.concatenate([train, test]), labels=labels)


def _marked(n_times: int, ranges: Sequence[tuple[int, int]]) -> Labels:
    """Return labels that are 1 from the first to the last row of each range."""
    labels = np.zeros(n_times, dtype=np.int8)
    for first, last in ranges:
        labels[first : last + 1] = 1
    return labels


BENCHMARK_READERS: Mapping[str, Callable[[Sequence[Path], Facts], Collection | Recording]] = {
    "kaggle": read_kaggle,
    "mitbih": read_mitbih,
    "mitbih-beats": read_mitbih_beats,
    "nab": _nab,
    "smd": _smd,
    "telemetry": _telemetry,
    "ucr": _ucr,
}
"""How to read each family, and what is made of one, by what the catalogue calls its reader."""

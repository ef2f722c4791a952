"""One signal, and the columns and tables of text that are made of it."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from ecg_signals import ecg
from offbeat.records import Record, open_record

__all__ = [
    "MV",
    "PLACES",
    "PLAIN",
    "RATE",
    "SECONDS",
    "SIGNAL",
    "STAMPS",
    "TIMES",
    "UV",
    "N",
    "cells",
    "check",
    "read",
    "rows",
]

RATE = 250
SIGNAL = np.round(ecg(20)[0], 3)  # mV
N = len(SIGNAL)
PLACES = np.arange(N)
TIMES = PLACES / RATE
START = datetime.datetime(2020, 1, 1, 23, 59, 50)  # ten seconds before midnight
STAMPS = [START + datetime.timedelta(seconds=float(time)) for time in TIMES]


def cells(values: Iterable[float], pattern: str = "{:.3f}") -> list[str]:
    return [pattern.format(value) for value in values]


MV, UV, SECONDS = cells(SIGNAL), cells(1000 * SIGNAL, "{:.0f}"), cells(TIMES)


def rows(*columns: Sequence[str], mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(row) + end for row in zip(*columns, strict=True))


PLAIN = "time,ECG\n" + rows(SECONDS, MV)


def read(folder: Path, text: str | bytes, encoding: str = "utf-8", **options: object) -> Record:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return open_record(path, **options)


def check(record: Record, *, rate: float = RATE, signal: np.ndarray = SIGNAL) -> Record:
    assert record.sampling_rate == pytest.approx(rate)
    np.testing.assert_allclose(record.read(), signal.reshape(N, -1), atol=1.1e-3)
    return record

"""One table of times, a load and a count, written in the manner of many programs."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.files.text.table import TextTable

N = 60
RNG = np.random.default_rng(5)
LOAD = np.round(20 + 5 * np.sin(np.arange(N) / 4) + RNG.normal(0, 0.3, N), 2)
COUNT = RNG.integers(900, 1100, N)
START = datetime.datetime(2024, 3, 25, 22)
STAMPS = [START + datetime.timedelta(minutes=15 * i) for i in range(N)]


def cells(values: Iterable[float], pattern: str = "{:.2f}") -> list[str]:
    return [pattern.format(value) for value in values]


LOADS, COUNTS, TIMES = cells(LOAD), cells(COUNT, "{:d}"), [str(stamp) for stamp in STAMPS]


def rows(*columns: Sequence[str], mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(row) + end for row in zip(*columns, strict=True))


def quoted(values: Iterable[str]) -> list[str]:
    return [f'"{value}"' for value in values]


def table(folder: Path, text: str | bytes, encoding: str = "utf-8", **options: int) -> TextTable:
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return TextTable(path, **options)


def check(
    found: TextTable,
    names: tuple[str, ...] | None = ("time", "load", "count"),
    times: Sequence[str] | None = TIMES,
    first_line: int | None = None,
) -> TextTable:
    """Hold a table against the times, the load and the count; columns in front of the load are not numbers."""
    assert found.names == names
    assert len(found.frame) == N
    numbers = found.frame.iloc[:, -2:]
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in numbers.dtypes)
    np.testing.assert_array_equal(numbers.to_numpy(np.float64), np.column_stack([LOAD, COUNT]))
    if times is not None:
        assert [str(time) for time in found.frame[0]] == list(times)
    if first_line is not None:
        assert found.place(0) == f"line {first_line}"
        assert found.place(N - 1) == f"line {first_line + N - 1}"
    return found


PLAIN = "time,load,count\n" + rows(TIMES, LOADS, COUNTS)

"""Tables of text with one sample a line and one lead a column, of any length, read piece by piece."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.quiet import one_thread_at_a_time
from offbeat.waveforms.clock import rate_of_times, seconds_of_cells
from offbeat.waveforms.sources import Lead, Samples, reading

__all__ = ["TABLE_SUFFIXES", "TableSource"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")

_EVERY = 8192
_BLOCK = 1 << 22
_TIME = re.compile(r"(elapsed[ _])?(time|t|timestamps?|seconds?|secs?|s|date|datetime)\b", re.IGNORECASE)
_COUNTER = re.compile(r"(sample|index|row|step|n|no)?\.?[ _]?(#|no\.?|number|index)?$", re.IGNORECASE)
_COMMA = re.compile(r"\s*[-+]?\d*,\d+\s*")
_UNIT = re.compile(r"^(.*?)\s*[\[(/]\s*([nuµμm]?v(?:olts?)?|adc|adu)\s*[\])]?$", re.IGNORECASE)


@dataclass(frozen=True)
class _Layout:
    """How the lines are to be read: what parts the cells, how many lines stand on top, names and units of columns."""

    delimiter: str
    on_top: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    named: bool
    decimal: str


class TableSource:
    """A table of text, of which an index of lines is kept and the rest stays on disk.

    A column of times (called time, seconds, timestamp …, or the first one if it counts up evenly and no sampling rate
    is given) gives the sampling rate; one that numbers the samples is left out. Units may stand in a second header
    line, or in brackets after the name, ``II (uV)``; else values are millivolts. Where commas do not part the columns,
    they may be decimal ones.

    Parameters
    ----------
    path : Path
        The file; empty cells, ``NaN``, ``-`` and ``?`` are missing samples.
    sampling_rate : float, optional
        Samples per second (Hz), where there is no column of times.

    Raises
    ------
    FormatError
        If it is not such a table.
    DataError
        If its times do not go on evenly.
    ParameterError
        If there is neither a column of times nor a sampling rate.
    """

    def __init__(self, path: Path, sampling_rate: float | None = None) -> None:
        self._path = path
        with reading(path, "a table of text"):
            self._layout = _layout(path)
            self._starts, self._n_lines = _index_lines(path)
        self._n = max(0, self._n_lines - self._layout.on_top)
        head = self._cells(0, min(self._n, 2000))
        time = self._time_column(head, sampling_rate)
        counter = self._counter_column(head) if time is None else None
        self._columns = [i for i in range(len(self._layout.names)) if i not in (time, counter)]
        if not self._columns:
            raise FormatError(f"{path} holds times and no signal: expected one lead a column beside them")
        rate = self._rate(head, time, sampling_rate)
        self.leads = tuple(Lead(self._layout.names[i], self._layout.units[i], rate, self._n) for i in self._columns)

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.waveforms.sources.Source` says."""
        columns = [self._columns[lead] for lead in leads]
        cells = self._cells(start, stop)[columns]
        try:
            return cells.to_numpy(np.float32)
        except ValueError:
            raise self._not_a_number(cells, start) from None

    def _not_a_number(self, cells: pd.DataFrame, start: int) -> FormatError:
        for column in cells:
            cell = cells[column]
            bad = pd.to_numeric(cell, errors="coerce").isna() & cell.notna()
            if bad.any():
                row = int(np.argmax(bad))
                return FormatError(
                    f"expected numbers in {self._path}, but line {start + row + self._layout.on_top + 1} holds "
                    f"{cell.iloc[row]!r}: mend it, or leave it empty"
                )
        return FormatError(f"expected numbers in {self._path}: is it a table of samples?")

    def _cells(self, start: int, stop: int) -> pd.DataFrame:
        """Return the rows from ``start`` to before ``stop`` as a frame with columns 0, 1 and so on."""
        columns = range(len(self._layout.names))
        if start >= stop:
            return pd.DataFrame(columns=columns, dtype=np.float64)
        first, last = start + self._layout.on_top, stop + self._layout.on_top
        text = self._lines(first, last)
        self._check_even(text, first)
        try:
            with one_thread_at_a_time(), warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                return pd.read_csv(
                    io.BytesIO(text),
                    sep=self._layout.delimiter,
                    decimal=self._layout.decimal,
                    header=None,
                    names=list(columns),
                    index_col=False,
                    skip_blank_lines=False,
                    skipinitialspace=True,
                    na_values=["?", "-"],
                    encoding="utf-8-sig",
                    low_memory=False,
                )
        except (pd.errors.ParserError, pd.errors.ParserWarning, UnicodeDecodeError) as error:
            raise FormatError(f"{self._path} is no table of text from line {first + 1} on: {error}") from error

    def _lines(self, first: int, last: int) -> bytes:
        """Return the lines from ``first`` to before ``last``, counted from 0, as they stand in the file."""
        begin, end = first // _EVERY, -(-last // _EVERY)
        with reading(self._path, "a table of text"), self._path.open("rb") as file:
            file.seek(self._starts[begin])
            text = file.read(self._starts[end] - self._starts[begin] if end < len(self._starts) else -1)
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
        bounds = np.concatenate([[0], ends, [len(text)]])
        return text[bounds[first - begin * _EVERY] : bounds[last - begin * _EVERY]]

    def _check_even(self, text: bytes, first: int) -> None:
        """Refuse lines with too few or too many columns, of which pandas says nothing."""
        mark, width = self._layout.delimiter.encode(), len(self._layout.names)
        if (
            len(mark) > 1
            or b'"' in text
            or text.count(mark) == (width - 1) * (text.count(b"\n") + (text[-1:] != b"\n"))
        ):
            return
        for number, line in enumerate(text.splitlines(), start=first + 1):
            if line.strip() and line.count(mark) != width - 1:
                raise FormatError(
                    f"expected {width} columns in each line of {self._path}, but line {number} has "
                    f"{line.count(mark) + 1}: is the file cut short?"
                )

    def _time_column(self, head: pd.DataFrame, sampling_rate: float | None) -> int | None:
        for column, name in enumerate(self._layout.names):
            if self._layout.named and _TIME.match(name.strip().strip("'\"")):
                return column
        if self._layout.named or len(self._layout.names) < 2 or len(head) < 3 or not _counts_up(head[0]):
            return None
        # Where the rate is known, a column that goes up by 1 counts samples.
        return None if sampling_rate is not None and _counts_up(head[0], by=1.0) else 0

    def _counter_column(self, head: pd.DataFrame) -> int | None:
        if len(self._layout.names) < 2 or len(head) < 2:
            return None
        if not self._layout.named:
            return 0 if len(head) > 2 and _counts_up(head[0], by=1.0) else None
        first = self._layout.names[0].strip().strip("'\"")
        return 0 if _COUNTER.match(first) and _counts_up(head[0], by=1.0) else None

    def _rate(self, head: pd.DataFrame, time: int | None, sampling_rate: float | None) -> float:
        if time is None or self._n < 2:
            if sampling_rate is None:
                raise ParameterError(f"{self._path} has no column of times: say sampling_rate, in samples per second")
            return float(sampling_rate)
        last = self._cells(self._n - 1, self._n)[time]
        try:
            times = seconds_of_cells(pd.concat([head[time], last], ignore_index=True))
            unit = _time_unit(self._layout.names[time], self._layout.units[time])
            return rate_of_times(times[:-1], times[-1], self._n, unit)
        except DataError as error:
            raise FormatError(f"{self._path}: {error}") from error


def _time_unit(name: str, unit: str) -> str:
    """Return what times count, by the name of their column, as in ``time (ms)``, or by the unit below it."""
    found = re.search(r"[\[(_ ]\s*(ms|msec|milliseconds|us|s|sec|seconds)\s*[\])]?$", name, re.IGNORECASE)
    return found[1] if found else unit


def _counts_up(column: pd.Series, by: float | None = None) -> bool:
    """Whether a column of numbers goes up by the same step, rounding aside."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return False
    steps = np.diff(column.to_numpy(np.float64))
    step = float(np.median(steps)) if by is None else by
    return bool(step > 0 and np.all(np.abs(steps - step) <= (0.5 * step if by is None else 0)))


def _layout(path: Path) -> _Layout:
    """Tell delimiter and header from the lines on top."""
    with path.open("rb") as file:
        top = file.read(1 << 16).decode("utf-8-sig", "replace").splitlines()
    if "\0" in "".join(top[:3]) or "\ufffd" in "".join(top[:3]):
        raise FormatError(f"expected text, but {path} holds other bytes: check its extension")
    line = top[0] if top else ""
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in line), r"\s+")
    rows = [_split(line, delimiter) for line in top[:3]]
    if rows and delimiter == r"\s+" and len(rows[-1]) == 1:  # one column, whose name may have blanks: "II (uV)"
        rows = [[line.strip()] for line in top[:3]]
    on_top = next((i for i, row in enumerate(rows) if all(map(_is_cell, row))), len(rows))
    if on_top == len(rows) and rows:
        raise FormatError(f"expected numbers below a header of one or two lines in {path}, but line {on_top} has words")
    width = len(rows[on_top]) if on_top < len(rows) else len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows[:on_top]):
        raise FormatError(f"the header of {path} has {len(rows[0])} columns, but the lines below have {width}")
    raw = rows[0] if on_top else [f"lead {i + 1}" for i in range(width)]
    split = [_UNIT.match(name.strip("'\" ")) for name in raw]
    below = [cell.strip("'\" ") for cell in rows[1]] if on_top == 2 else [""] * width
    names = tuple(m[1] if m and m[1] else name.strip("'\" ") for m, name in zip(split, raw, strict=True))
    units = tuple(unit or (m[2] if m else "mV") for m, unit in zip(split, below, strict=True))
    comma = delimiter != "," and any(_COMMA.fullmatch(cell) for row in rows[on_top:] for cell in row)
    return _Layout(delimiter, on_top, names, units, named=on_top > 0, decimal="," if comma else ".")


def _split(line: str, delimiter: str) -> list[str]:
    if delimiter == r"\s+":
        return line.split() or [""]
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [""])


def _is_cell(cell: str) -> bool:
    """Whether a cell may stand in a row of samples: a number, a time or a date, or nothing."""
    text = cell.strip().strip("'\"[]")
    return text.lower() in {"", "nan", "na", "-", "?"} or bool(re.match(r"[-+]?(\d|\.\d|inf)", text))


def _index_lines(path: Path) -> tuple[npt.NDArray[np.int64], int]:
    """Return where every 8192nd line begins, and how many lines there are but for blank ones at the end."""
    starts, count, offset, solid = [0], 0, 0, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            symbols = np.frombuffer(block, np.uint8)
            ends = np.flatnonzero(symbols == ord("\n"))
            wanted = np.arange(_EVERY - 1 - count % _EVERY, len(ends), _EVERY)
            starts += (ends[wanted] + 1 + offset).tolist()
            inked = np.flatnonzero(symbols > ord(" "))
            if len(inked):
                # The line of the last ink is the last that counts.
                solid = count + int(np.searchsorted(ends, inked[-1])) + 1
            count, offset = count + len(ends), offset + len(block)
    return np.array(starts, dtype=np.int64), solid

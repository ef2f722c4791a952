"""Tables of text with one sample a line and one lead a column, of any length, read piece by piece."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.files.cells import WHITESPACE, split_fields
from offbeat.files.limits import require_room
from offbeat.records.clock import rate_of_times, seconds_of_cells
from offbeat.records.sources import Lead, Samples, reading
from offbeat.records.table_layout import check_line_ends, last_word, read_layout

__all__ = ["TABLE_SUFFIXES", "TableSource"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")

_EVERY = 8192
_BLOCK = 1 << 22
_TIME = re.compile(r"(elapsed[ _])?(time|t|timestamps?|seconds?|secs?|s|date|datetime)\b", re.IGNORECASE)
_COUNTER = re.compile(r"(sample|index|row|step|n|no)?\.?[ _]?(#|no\.?|number|index)?$", re.IGNORECASE)
_TIME_UNIT = re.compile(r"ms|msec|milliseconds|us|s|sec|seconds", re.IGNORECASE)


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
        with reading(path, "a table of text"), np.errstate(all="ignore"):
            self._open(sampling_rate)

    def _open(self, sampling_rate: float | None) -> None:
        path = self._path
        self._layout = read_layout(path)
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
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        columns = [self._columns[lead] for lead in leads]
        cells = self._cells(start, stop)[columns]
        return cells.apply(lambda column: self._numbers(column, start)).to_numpy(np.float32)

    def _numbers(self, cells: pd.Series, start: int) -> pd.Series:
        """Return a column as numbers; what is infinite is missing, and none may be more than a float32 holds."""
        numbers = pd.to_numeric(cells, errors="coerce")
        infinite = np.isinf(numbers)
        bad = (numbers.isna() & cells.notna()) | ((numbers.abs() > np.finfo(np.float32).max) & ~infinite)
        if bad.any():
            row = int(np.argmax(bad))
            raise FormatError(
                f"expected numbers in {self._path}, but line {start + row + self._layout.on_top + 1} holds "
                f"{str(cells.iloc[row])[:40]!r}: correct it, or leave it empty"
            )
        return numbers.mask(infinite)

    def _cells(self, start: int, stop: int) -> pd.DataFrame:
        """Return the rows from ``start`` to before ``stop`` as a frame with columns 0, 1 and so on."""
        columns = range(len(self._layout.names))
        if start >= stop:
            return pd.DataFrame(columns=columns, dtype=np.float64)
        first, last = start + self._layout.on_top, stop + self._layout.on_top
        text = self._lines(first, last)
        self._check_even(text, first)
        with reading(self._path, f"a table of text from line {first + 1} on"):
            frame = pd.read_csv(
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
        if len(frame) != stop - start:
            raise FormatError(
                f"expected one sample in each of the lines {first + 1:,} to {last:,} of {self._path}, got "
                f"{len(frame):,}: is some cell in quotes not closed?"
            )
        return frame

    def _lines(self, first: int, last: int) -> bytes:
        """Return the lines from ``first`` to before ``last``, counted from 0, as they stand in the file."""
        begin, end = first // _EVERY, -(-last // _EVERY)
        with reading(self._path, "a table of text"), self._path.open("rb") as file:
            file.seek(self._starts[begin])
            text = file.read(self._starts[end] - self._starts[begin] if end < len(self._starts) else -1)
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
        bounds = np.concatenate([[0], ends, [len(text)]])
        text = text[bounds[first - begin * _EVERY] : bounds[last - begin * _EVERY]]
        check_line_ends(self._path, text)
        return text

    def _check_even(self, text: bytes, first: int) -> None:
        """Refuse lines with too few or too many columns, which pandas fills up or joins without a word."""
        mark, width = self._layout.delimiter, len(self._layout.names)
        if mark != WHITESPACE and b'"' not in text:
            n_lines = text.count(b"\n") + (text[-1:] != b"\n")
            if text.count(mark.encode()) == (width - 1) * n_lines:
                return
        for number, line in enumerate(text.decode("utf-8", "replace").split("\n"), start=first + 1):
            count = len(split_fields(line.strip("\r"), mark)) if line.strip() else width
            if count != width:
                raise FormatError(
                    f"expected {width} columns in each line of {self._path}, but line {number} has {count}: is the "
                    "file cut short?"
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
                raise ParameterError(f"{self._path} has no column of times: give sampling_rate (Hz)")
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
    _, word = last_word(name, "[(_ ")
    return word if _TIME_UNIT.fullmatch(word) else unit


def _counts_up(column: pd.Series, by: float | None = None) -> bool:
    """Whether a column of numbers goes up by the same step, rounding aside."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return False
    steps = np.diff(column.to_numpy(np.float64))
    step = float(np.median(steps)) if by is None else by
    return bool(step > 0 and np.all(np.abs(steps - step) <= (0.5 * step if by is None else 0)))


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
    longest = max(np.diff([*starts, offset]))  # what is read at once
    require_room(longest, f"a piece of {path}, whose lines are that long", FormatError)
    return np.array(starts, dtype=np.int64), solid

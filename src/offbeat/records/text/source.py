"""Tables of text with one sample a line and one lead a column, of any length, read piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

import numpy as np
import pandas as pd

from offbeat.errors import FormatError, ParameterError
from offbeat.files.cells import WHITESPACE
from offbeat.files.text.cells import INFINITE, MISSING, cells_of_lines
from offbeat.files.text.content import Content
from offbeat.files.text.ending import end_of_rows
from offbeat.files.text.layout import TOP
from offbeat.files.text.rows import check_even, parse_rows
from offbeat.records.sources import Lead, Samples, looks_like_ecg, reading
from offbeat.records.text.columns import Columns, tell_columns
from offbeat.records.text.layout import read_layout
from offbeat.records.text.named import facts_of

__all__ = ["TableSource"]

_HEAD = 2000  # rows that the parts of columns are told by
_LONGEST_LINE = 1 << 20
_MISSING = (*MISSING, *INFINITE)


class TableSource:
    """A table of text, of which an index of lines is kept and the rest stays on disk.

    What stands above the samples is searched for names, units and the sampling rate; that may also come from a column
    of times, or be given. A column that numbers the samples, and one of words, is left out.

    Parameters
    ----------
    path : Path
        The file; empty cells, ``NaN``, ``-``, ``?`` and infinite numbers are missing samples.
    sampling_rate : float, optional
        Samples per second (Hz); it goes before what the file says.

    Attributes
    ----------
    has_ecg_names : bool
        Whether a signal is named like a lead of an ECG, or known to be one by the device that wrote the file.

    Raises
    ------
    FormatError
        If it is not such a table.
    ParameterError
        If the sampling rate is not given, and neither the lines on top nor a column of times tell it.
    """

    def __init__(self, path: Path, sampling_rate: float | None = None) -> None:
        self._path = path
        with reading(path, "a table of text"), np.errstate(all="ignore"):
            self._content = Content(path, close_up=True)
            top = self._content.top(TOP, _LONGEST_LINE)
            self._layout = layout = read_layout(path, top)
            facts = facts_of(top[: layout.on_top])
            self._n = max(0, end_of_rows(self._content, layout, remarks=False)[0] - layout.on_top)
            head, last = self._cells(0, min(self._n, _HEAD)), self._cells(max(0, self._n - 1), self._n)
            known = sampling_rate is not None or facts.sampling_rate is not None
            columns = tell_columns(layout, head, last, self._n, known)
            self._columns = list(facts.signals_of(columns.signals, len(layout.names)))
            if not self._columns:
                raise FormatError(f"{path} holds times and no signal: expected one lead a column beside them")
            rate, note = self._rate(columns, sampling_rate, facts.sampling_rate)
            names = facts.names_of(self._columns, layout)
            self.leads = tuple(
                Lead(name, layout.units[i] or facts.unit, rate, self._n, facts.factor)
                for name, i in zip(names, self._columns, strict=True)
            )
            told = names if layout.named or facts.names else []
            self.has_ecg_names = facts.signals is not None or any(map(looks_like_ecg, told))
            self.notes = tuple(filter(None, (facts.note, *layout.notes, columns.note, note)))
            self.started: time | None = None
            self.started_on: date | None = None

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        columns = [self._columns[lead] for lead in leads]
        cells = self._cells(start, stop)[columns]
        return cells.apply(lambda column: self._numbers(column, start)).to_numpy(np.float32)

    def _numbers(self, cells: pd.Series, start: int) -> pd.Series:
        """Return a column as numbers; none may be more than a float32 holds."""
        if not pd.api.types.is_numeric_dtype(cells.dtype):
            cells = cells.mask(cells.isna()).astype(str).str.strip("'\" ").mask(cells.isna())
            cells = cells.mask(cells.str.lower().isin(_MISSING))
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
        text = self._content.lines(first, last)
        check_even(self._path, cells_of_lines(text, self._layout.delimiter or WHITESPACE), self._layout, first)
        with reading(self._path, f"a table of text from line {first + 1} on"):
            frame = parse_rows(text, self._layout, "latin-1", missing=_MISSING, exact=False)  # numbers are ASCII
        if len(frame) != stop - start:
            raise FormatError(
                f"expected one sample in each of the lines {first + 1:,} to {last:,} of {self._path}, got "
                f"{len(frame):,}: is some cell in quotes not closed?"
            )
        return frame

    def _rate(self, columns: Columns, given: float | None, stated: float | None) -> tuple[float, str]:
        """Return the sampling rate, and what was overruled.

        What is given goes before times; even times go before what the lines on top state, and that before uneven ones.
        """
        pace, trouble = columns.pace, columns.trouble
        by_times = None if pace is None else pace.rate
        if given is not None:
            told = stated if by_times is None else by_times
            if trouble and by_times is None:
                return float(given), f"{given:g} Hz taken as given, not by the times in {trouble.split(': ')[0]}"
            return float(given), _differing(
                told, given, f"{given:g} Hz taken as given, though the file tells {{:g}} Hz"
            )
        if stated is not None and (pace is None or pace.note):
            return stated, _differing(
                by_times, stated, f"{stated:g} Hz taken from the lines on top, not {{:g}} Hz by times"
            )
        if pace is not None:
            return pace.rate, pace.note or _differing(
                stated, pace.rate, f"{pace.rate:g} Hz taken by the times, not {{:g}} Hz of the header"
            )
        if trouble:
            raise FormatError(
                f"{self._path}: {trouble}; or give its rate in Hz (--sampling-rate; in Python sampling_rate)"
            )
        raise ParameterError(
            f"{self._path} has no column of times: give its rate in Hz (--sampling-rate; in Python sampling_rate)"
        )


def _differing(other: float | None, taken: float, note: str) -> str:
    """Return a note with another rate in it, where that is clearly another one than was taken."""
    return "" if other is None or np.isclose(other, taken, rtol=0.01) else note.format(other)

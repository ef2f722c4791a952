"""Channels that may be something else, by their names and numbers: counters, ids, scores, marks of missing values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.files.regular import shorten
from offbeat.series.date_words import is_month
from offbeat.series.keys import is_called_id, is_called_time, may_be_key
from offbeat.series.labels import hints_at_labels
from offbeat.words import plural

__all__ = ["tell_doubts"]

_FEWEST_ROWS = 10
"""Rows from which on even steps are no accident."""
_FAR = 3.0
"""How many times the range of all others a mark of missing values lies away from them."""
_MONTHS = 12
_AGAIN = 3
"""How often a number that is no usual mark comes at least if it is one."""
_NINES = [sign * float("9" * digits) for sign in (-1, 1) for digits in range(3, 8)]
_MARKS = np.array([*_NINES, -32768.0, 32767.0, 65535.0, -1e20, 1e20, -1e30, 1e30, -1e31, 1e31])
"""Numbers that instruments and programs write in place of a missing value."""


def tell_doubts(frame: pd.DataFrame, names: list[str], *, named: bool, keyed: bool) -> list[str]:
    """Return a note on each kind of channel that may not have been meant as one.

    Parameters
    ----------
    frame : DataFrame of shape (n_times, n_channels)
        The columns that are read as channels.
    names : list of str
        What they are called.
    named : bool
        Whether these are the names of the table.
    keyed : bool
        Whether the caller said what tells recordings apart.
    """
    found: dict[str, list[str]] = {}
    for position, name in zip(frame.columns, names, strict=True):
        for doubt in _doubts(frame[position], name, named, keyed):
            found.setdefault(doubt, []).append(name)
    return [*_of_months(names), *(_told(doubt, those) for doubt, those in found.items())]


def _of_months(names: list[str]) -> list[str]:
    months = list(filter(is_month, names))
    if len(months) < _MONTHS:
        return []
    return [
        f"columns {months[0]} … {months[-1]} are called by months, but each is read as a channel of one value a row: "
        "put them below each other if they are one series"
    ]


def _told(doubt: str, names: list[str]) -> str:
    """Return a doubt about one column or several."""
    which = f"column {names[0]}" if len(names) == 1 else f"columns {shorten(names)}: each"
    return f"{which} {doubt.replace('NAME', names[0])}"


def _doubts(column: pd.Series[Any], name: str, named: bool, keyed: bool) -> Iterator[str]:
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    step = _even_step(values)
    if step:
        yield f"changes by {step:g} in each row, but is read as a channel (channels= leaves it out if it merely counts)"
    elif named and is_called_id(name):
        way = "by='NAME' if each is a recording of its own, " if may_be_key(column, name) and not keyed else ""
        yield f"is called as ids are, but is read as a channel ({way}channels= leaves it out)"
    elif named and is_called_time(name):
        yield "is called as times are, but is read as a channel (channels= leaves it out)"
    if named and hints_at_labels(name):
        way = "label='NAME' with normal='1' takes it for the labels, " if column.nunique() == 2 else ""
        yield f"is called as labels or scores of anomalies are, but is read as a channel ({way}channels= leaves it out)"
    for mark, count in _marks(values):
        yield (
            f"holds {mark:g} in {plural(count, 'row')}, far outside the rest, which is read as a number "
            f"(missing={mark:g} if it stands for a missing value)"
        )


def _even_step(values: npt.NDArray[np.float64]) -> float:
    """Return by how much numbers change from each row to the next; 0 where that varies beyond their last digits."""
    if len(values) < _FEWEST_ROWS or not np.isfinite(values).all() or not (step := values[1] - values[0]):
        return 0.0

    def is_even(part: npt.NDArray[np.float64]) -> bool:
        return bool(np.all(np.abs(np.diff(part) - step) <= 1e-6 * abs(step)))

    return float(step) if is_even(values[:_FEWEST_ROWS]) and is_even(values) else 0.0


def _is_mark(values: npt.NDArray[np.float64], end: float) -> bool:
    """Whether the least or largest number is one of the usual marks, or a whole negative one that comes again."""
    return bool(end in _MARKS or (end < 0 and end == np.round(end) and np.sum(values == end) >= _AGAIN))


def _marks(values: npt.NDArray[np.float64]) -> Iterator[tuple[float, int]]:
    """Yield the numbers that seem to stand for missing values, and how often each does."""
    there = values[np.isfinite(values)]
    if not len(there):
        return
    ends = np.array([end for end in (there.min(), there.max()) if _is_mark(there, end)])
    if not len(ends):
        return
    is_mark = np.isin(there, np.append(_MARKS, ends))
    rest = there[~is_mark]
    if not len(rest):
        return
    low, high = rest.min(), rest.max()
    for mark in np.unique(there[is_mark]):
        with np.errstate(over="ignore"):  # of numbers near the largest one
            is_far = max(low - mark, mark - high) > _FAR * (high - low)
        if is_far:
            yield float(mark), int(np.sum(there == mark))

"""Columns that merely number the rows of a table, or the time steps of each of its recordings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.series.time_words import STEP_WORDS, TIME_WORDS, counts_time, words_of

__all__ = ["count_up", "counts_again", "find_row_numbers", "step_columns"]

_ROW_WORDS = STEP_WORDS | words_of("index idx row rows no nr number record obs observation n i id")
_COUNTER_WORDS = words_of("seq sequence seqno entry counter line serial packet frame event message pk")
"""Words of columns that number the rows from any number on."""
_FIRST = 3
"""How many columns may stand before time steps that have no name, and with them."""
_FEWEST_ROWS = 10
"""Rows from which on the numbers alone can tell row numbers."""


def find_row_numbers(frame: pd.DataFrame, names: Sequence[Hashable] | None = None) -> list[Any]:
    """Return the columns that merely number the rows: by their names, or the first where there are no names.

    One column is left over: that is all there is to a recording of a counter.
    """
    if frame.shape[1] < 2:
        return []
    if names is None:
        first = frame.columns[0]
        return [first] if len(frame) >= _FEWEST_ROWS and _numbers_the_rows(frame[first]) else []
    called = dict(zip(frame.columns, names, strict=True))
    found = [column for column, name in called.items() if _may_number_rows(name) and _numbers_the_rows(frame[column])]
    if len(frame) >= _FEWEST_ROWS:
        rest = (column for column in called if column not in found and _may_count(called[column]))
        found += [column for column in rest if _counts_up(frame[column])]
    return found[: frame.shape[1] - 1]


def _may_number_rows(name: Hashable) -> bool:
    words = words_of(name)
    return words <= _ROW_WORDS | TIME_WORDS or words == {"unnamed", "0"}


def _may_count(name: Hashable) -> bool:
    """Whether a column of such a name may number the rows from any number on; times that rise are rather times."""
    words = words_of(name)
    return bool(words) and words <= _ROW_WORDS - TIME_WORDS | _COUNTER_WORDS


def step_columns(frame: pd.DataFrame, names: Sequence[Hashable] | None) -> list[Any]:
    """Return the columns of numbers that are called steps or times and start over, so that they number no rows.

    Without names it is one of the first that count up from 0 or 1, again and again.
    """
    if names is None:
        return [column for column in frame.columns[:_FIRST] if counts_again(frame[column]) and frame[column].min() < 2]
    may = [column for column, name in zip(frame.columns, names, strict=True) if counts_time(name)]
    numeric = (column for column in may if pd.api.types.is_numeric_dtype(frame[column].dtype))
    return [column for column in numeric if not frame[column].is_monotonic_increasing]


def counts_again(column: pd.Series[Any]) -> bool:
    """Whether whole numbers count up by one, and start over from the same number a few times."""
    if not pd.api.types.is_integer_dtype(column.dtype) or len(column) < _FEWEST_ROWS:
        return False
    values = column.to_numpy()
    begins = np.append(True, np.diff(values) != 1)
    return bool(1 < begins.sum() <= 0.2 * len(values) and np.all(values[begins] == values[0]))


def _numbers_the_rows(column: pd.Series[Any]) -> bool:
    return _counts_up(column) and column.iloc[0] in (0, 1)


def _counts_up(column: pd.Series[Any]) -> bool:
    """Whether a column of numbers rises by 1 in each row."""
    plain = pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)
    if not plain or not len(column):
        return False
    return bool(np.all(np.diff(column.to_numpy(dtype=np.float64, na_value=np.nan)) == 1))


def count_up(values: npt.NDArray[np.float64]) -> bool:
    """Whether numbers count the rows from 0 or 1 on."""
    return values[0] in (0, 1) and bool(np.all(np.diff(values) == 1))

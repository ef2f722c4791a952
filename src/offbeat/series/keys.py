"""Columns that tell recordings apart, by their names and how often their values come."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from offbeat.series.clocks import is_time_of_day
from offbeat.series.dates import is_date
from offbeat.series.spelled import distinct
from offbeat.series.time_words import words_of

__all__ = ["find_keys", "is_called_id", "is_called_time", "may_be_key", "mixed_keys"]

_KEY_WORDS = words_of(
    "id ids host hosts hostname machine device sensor entity node server asset series key group item patient subject "
    "serial instance engine unit vm pod container name station site meter tag metric channel"
)
_ID_WORDS = _KEY_WORDS | words_of("uuid guid table request user session trace customer account code no nr number")
_SHARED = 0.3
"""The share of rows whose time came before from which on whole numbers of any name may tell recordings apart."""
_CLOCK_WORDS = words_of("s sec secs seconds ms msec us ns timestamp timestamps datetime date time times epoch unixtime")


def find_keys(frame: pd.DataFrame, names: Sequence[Hashable] | None, times: pd.DataFrame) -> list[Any]:
    """Return the columns that tell recordings apart whose times start over.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        The columns that may be it.
    names : sequence, optional
        What the columns are called, if not as in the frame.
    times : DataFrame of shape (n_rows, n_columns)
        The columns of the time, unread.
    """
    called = dict(zip(frame.columns, frame.columns if names is None else names, strict=True))
    found = [
        column for column, name in called.items() if may_be_key(frame[column], name if names is not None else None)
    ]
    n_again = int(times.duplicated().sum())
    if n_again <= 0.1 * len(frame) and not _runs_backwards(times.iloc[:, 0]):
        return []
    if not found and n_again >= _SHARED * len(frame):
        found = [column for column in frame.columns if _tells_apart(frame[column], times)][:1]
    if not found:
        return []
    still = int(pd.concat([frame[found], times], axis=1).duplicated().sum())
    return found if still <= 0.1 * n_again + 0.01 * len(frame) else []


def _tells_apart(column: pd.Series[Any], times: pd.DataFrame) -> bool:
    """Whether whole numbers are few, and no two rows of one of them share a time, although others do."""
    if not pd.api.types.is_integer_dtype(column.dtype):
        return False
    most = int(times.value_counts().max())
    n_values = column.nunique()
    return (
        1 < n_values <= min(1.5 * most, len(column) / 2) and not pd.concat([column, times], axis=1).duplicated().any()
    )


def _runs_backwards(column: pd.Series[Any]) -> bool:
    """Whether times run backwards; not told by text in which the year does not stand first."""
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return not column.is_monotonic_increasing
    text = column.astype(str)
    return bool(text.str.match(r"\d{4}-").all()) and not text.is_monotonic_increasing


def may_be_key(column: pd.Series[Any], name: Hashable | None) -> bool:
    """Whether a column holds a few words, or whole numbers under a name such as id, each many times."""
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    if numeric and not (name is not None and _key_words_of(name) & _KEY_WORDS):
        return False
    values = distinct(column)
    if not 1 < len(values) <= len(column) / 2:
        return False
    if numeric:
        return all(value == round(value) for value in map(float, values) if np.isfinite(value))
    return all(isinstance(value, str) and not is_date(value) and not is_time_of_day(value) for value in values)


def _key_words_of(name: Hashable) -> set[str]:
    """Return the words of a name, those such as ``itemid`` as two."""
    parted = (re.sub(r"^(\w+)(id|name)$", r"\1 \2", word) for word in words_of(name))
    return {word for pair in parted for word in pair.split()}


def is_called_id(name: Hashable) -> bool:
    """Whether a name is one of an id, and of nothing else.

    Examples
    --------
    >>> [is_called_id(name) for name in ("sensor_id", "itemid", "machine", "machine_load", "sensor 1", "width")]
    [True, True, True, False, False, False]
    """
    words = _key_words_of(name)
    return bool(words) and words <= _ID_WORDS


def is_called_time(name: Hashable) -> bool:
    """Whether a name is one of a time, or of a unit of time, and of nothing else."""
    words = words_of(name)
    return bool(words) and words <= _CLOCK_WORDS


def mixed_keys(frame: pd.DataFrame, names: Sequence[Hashable]) -> list[Any]:
    """Return the columns that are called as ids are and change so often that rows of several recordings take turns.

    Words under such names count as well where they do not take turns: they can be no channels.
    """
    found = [
        column
        for column, name in zip(frame.columns, names, strict=True)
        if is_called_id(name)
        and not pd.api.types.is_bool_dtype(frame[column].dtype)
        and may_be_key(frame[column], name)
    ]
    return [
        column for column in found if not pd.api.types.is_numeric_dtype(frame[column].dtype) or _turns(frame[column])
    ]


def _turns(column: pd.Series[Any]) -> bool:
    """Whether values change again and again, not only from one block of rows to the next."""
    cells = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return int(np.sum(cells[1:] != cells[:-1])) > max(2 * len(np.unique(cells)), 0.05 * len(cells))

"""Columns of labels: found by their names and what they hold, and read as 0 and 1."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.errors import DataError
from offbeat.series.dates import Place, is_date
from offbeat.series.spelled import distinct
from offbeat.series.time_words import words_of
from offbeat.words import shorten

__all__ = [
    "LABEL_NAMES",
    "binary_labels",
    "find_labels",
    "has_label_name",
    "hints_at_labels",
    "holds_two_values",
    "is_one_word",
    "labels_of",
]

# All words of the name of a column of labels are among these three, and one of the latter two.
_BESIDE_LABELS = words_of("is has normal true ground binary flag point status")
_SURE_LABELS = words_of(
    "truth groundtruth gt isanomaly isoutlier label labels anomaly anomalies anomalous outlier outliers attack attacks"
)
_LIKELY_LABELS = words_of("class target y changepoint changepoints change fault faults faulty failure failed abnormal")
_HINTS = _SURE_LABELS - {"gt", "truth"}
_NORMAL_NAMES = words_of("is normal healthy benign nominal")
LABEL_NAMES = ("label", "is_anomaly", "anomaly")
"""The names of a column that is refused, rather than taken for a channel, where it does not hold two values."""

_NORMAL_WORDS = frozenset(
    ("normal", "ok", "good", "healthy", "benign", "nominal", "regular", "negative", "no", "none", "false")
)


def has_label_name(name: Hashable, *, sure: bool = False) -> bool:
    """Whether a column is called as columns of labels are; surely so, or perhaps.

    Examples
    --------
    >>> [has_label_name(name) for name in ("is_anomaly", "Normal/Attack", "class", "anomaly_score", "load")]
    [True, True, True, False, False]
    >>> has_label_name("class", sure=True)
    False
    """
    words = words_of(name)
    wanted = _SURE_LABELS if sure else _SURE_LABELS | _LIKELY_LABELS
    return bool(words & wanted) and words <= _BESIDE_LABELS | _SURE_LABELS | _LIKELY_LABELS


def hints_at_labels(name: Hashable) -> bool:
    """Whether a name is not that of labels, but about anomalies or about what is normal.

    Examples
    --------
    >>> [hints_at_labels(name) for name in ("anomaly_score", "normal", "label", "load")]
    [True, True, False, False]
    """
    words = words_of(name)
    return not has_label_name(name) and (bool(words & _HINTS) or (bool(words) and words <= _NORMAL_NAMES))


def find_labels(frame: pd.DataFrame, names: Sequence[Hashable] | None = None) -> list[Any]:
    """Return the columns that are called as columns of labels are and hold two values, the surest first."""
    called = dict(zip(frame.columns, frame.columns if names is None else names, strict=True))
    found = [column for column, name in called.items() if has_label_name(name) and holds_two_values(frame[column])]
    exact = [column for column in found if str(called[column]).strip().lower() in LABEL_NAMES]
    sure = [column for column in found if column not in exact and has_label_name(called[column], sure=True)]
    return [*exact, *sure, *(column for column in found if column not in exact and column not in sure)]


def holds_two_values(column: pd.Series[Any]) -> bool:
    """Whether a column holds 0 and 1, -1 and 1, true and false, or at most two words."""
    values = column.dropna().unique()
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = set(map(float, values))
        return bool(numbers) and (numbers <= {0.0, 1.0} or numbers == {-1.0, 1.0})
    if is_one_word(column):
        return False
    # Some columns of words hold one of them misspelt.
    return 0 < len(values) <= 3 and all(isinstance(value, str | bool) and not is_date(value) for value in values)


def is_one_word(column: pd.Series[Any]) -> bool:
    """Whether a column holds the same word in every row, and one that does not say that all is normal."""
    values = distinct(column)
    return len(values) == 1 and isinstance(values[0], str) and values[0].strip().lower() not in _NORMAL_WORDS


def labels_of(column: pd.Series[Any], place: Place, normal: Any = None) -> tuple[npt.NDArray[np.int8], str]:
    """Return a column of labels as 0 and 1, and how it was read, in words.

    Parameters
    ----------
    column : Series of shape (n_times,)
        0 and 1, true and false, -1 (an anomaly) and 1, or words.
    place : callable
        Turns a row (from 0) into words such as ``"line 7"``, for messages.
    normal : optional
        What it calls normal; all else is an anomaly. A word such as normal or ok is known.

    Raises
    ------
    DataError
        If it holds anything else; the message names the first.

    Examples
    --------
    >>> labels_of(pd.Series(["Normal", "Attack", "Normal"]), "row {}".format)
    (array([0, 1, 0], dtype=int8), " ('Normal' is normal)")
    """
    if normal is None:
        numbers = set(map(float, pd.to_numeric(column, errors="coerce").dropna().unique()))
        if numbers == {-1.0, 1.0} and not column.isna().any():
            return (pd.to_numeric(column) < 0).to_numpy().astype(np.int8), " (-1 is an anomaly)"
        words = [word for word in column.dropna().unique() if isinstance(word, str)]
        known = [word for word in words if word.strip().lower() in _NORMAL_WORDS]
        if len(known) != 1 or numbers:
            return binary_labels(column, place), ""
        normal = known[0]
    return _unlike(column, str(normal), place), f" ({str(normal).strip()!r} is normal)"


def _unlike(column: pd.Series[Any], normal: str, place: Place) -> npt.NDArray[np.int8]:
    missing = np.flatnonzero(column.isna())
    if missing.size:
        raise DataError(f"{place(int(missing[0]))} has no label in column {column.name}: fill it in")
    words = pd.Series([natural_text(cell) for cell in column])
    if not (words == natural_text(normal)).any():
        raise DataError(
            f"expected {normal!r} among the labels in column {column.name}, got "
            f"{shorten(', '.join(sorted(set(words))), 60)}: name the one that is normal"
        )
    return (words != natural_text(normal)).to_numpy().astype(np.int8)


def natural_text(cell: Any) -> str:
    """Return a label as text in small letters, whole numbers without a decimal point."""
    if isinstance(cell, float | np.floating) and cell == round(cell):
        cell = int(cell)
    return str(cell).strip().lower()


def binary_labels(column: pd.Series[Any], place: Place) -> npt.NDArray[np.int8]:
    """Return a column of 0 and 1 (or false and true) as labels.

    Raises
    ------
    DataError
        If it holds anything else; the message names the first.
    """
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~np.isin(numbers, (0, 1)))
    if wrong.size:
        row = int(wrong[0])
        raise DataError(
            f"expected the labels 0 and 1, but {place(row)} has {str(column.iloc[row])[:40]!r} in column "
            f"{column.name}: say which of its values is normal (normal=), or name another column as the label"
        )
    return numbers.astype(np.int8)

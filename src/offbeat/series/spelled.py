"""Numbers that are spelled otherwise: words for 1 and 0, a unit in each cell, and words for what was not measured."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from offbeat.files.cells import STATUS_WORDS, looks_numeric
from offbeat.words import plural, shorten

__all__ = ["as_numbers", "distinct", "holds_words", "is_text", "pair_of"]

_PAIRS = (("on", "off"), ("yes", "no"), ("true", "false"), ("open", "closed"), ("t", "f"), ("y", "n"))
"""Words for 1 and 0."""
_DIGIT_FIRST = re.compile(r"[^\w]{0,3}\d")
_WITH_UNIT = re.compile(
    r"([€$£¥]?) ?([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][-+]?\d+)?) ?([^\s\d.,]{0,8})", re.ASCII
)
_PROBED = 20


def is_text(column: pd.Series[Any]) -> bool:
    """Whether a column holds neither numbers nor dates."""
    return not pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_datetime64_any_dtype(column.dtype)


def distinct(column: pd.Series[Any]) -> list[Any]:
    """Return the values of a column, each once; of lists and the like, which cannot be told apart, the first."""
    there = column.dropna()
    try:
        return list(there.unique())
    except TypeError:
        return list(there.iloc[:1])


def pair_of(column: pd.Series[Any]) -> tuple[str, str] | None:
    """Return the words for 1 and 0 of a column that holds nothing else."""
    if not is_text(column):
        return None
    words = {str(value).strip().lower() for value in distinct(column)[:3]}
    return next((pair for pair in _PAIRS if words and words <= set(pair)), None)


def holds_words(column: pd.Series[Any]) -> bool:
    """Whether each cell of a column of text holds words or nothing, and none a number written in some odd way.

    Examples
    --------
    >>> [holds_words(pd.Series(cells)) for cells in (["Monday", "Bad"], ["<0.5", "low"], ["Bad", "1.5"])]
    [True, False, False]
    """
    if not is_text(column):
        return False
    cells = distinct(column)
    words = (isinstance(cell, str) and not looks_numeric(cell) and not _DIGIT_FIRST.match(cell) for cell in cells)
    return bool(cells) and all(words)


def as_numbers(column: pd.Series[Any], name: str) -> tuple[pd.Series[Any], list[str]]:
    """Return a column with numbers in place of how they are spelled, and what was read so; as it is where nothing was.

    Parameters
    ----------
    column : Series of shape (n_times,)
        Of any type.
    name : str
        What to call it.

    Examples
    --------
    >>> numbers, notes = as_numbers(pd.Series(["1.5 °C", "Bad", "2.5 °C"]), "temp")
    >>> numbers.tolist(), len(notes)
    ([1.5, nan, 2.5], 2)
    """
    if not is_text(column):
        return column, []
    pair = pair_of(column)
    if pair is not None:
        words = column.astype("string").str.strip().str.lower()
        numbers = words.map({pair[0]: 1.0, pair[1]: 0.0}).astype("float64")
        return numbers, [f"column {name} holds {pair[0]} and {pair[1]}: read as 1 and 0"]
    column, notes = _without_status(column, name)
    numbers, told = _without_unit(column, name)
    return numbers, notes + told


def _without_status(column: pd.Series[Any], name: str) -> tuple[pd.Series[Any], list[str]]:
    """Return a column with missing values in place of words for them, where other cells are left."""
    cells = column.astype(object)
    found = [value for value in distinct(cells) if isinstance(value, str) and _is_status(value)]
    is_status = cells.isin(found)
    if not found or (is_status | cells.isna()).all() or holds_words(column):
        return column, []
    words = shorten(", ".join(map(repr, found)), 60)
    note = f"column {name} holds {words} in {plural(int(is_status.sum()), 'row')}: read as missing values"
    return cells.mask(is_status), [note]


def _is_status(cell: str) -> bool:
    return cell.strip().lower() in STATUS_WORDS


def _without_unit(column: pd.Series[Any], name: str) -> tuple[pd.Series[Any], list[str]]:
    """Return a column as numbers where all cells have the same unit behind them, or the same currency in front."""
    there = column.dropna()
    if not all(isinstance(cell, str) and _parted(cell) for cell in there.iloc[:_PROBED]) or not len(there):
        return column, []
    parts = [_parted(cell) for cell in there]
    units = {part[0] for part in parts if part is not None}
    # A comma alone may part thousands, or be a decimal mark.
    is_clear = not there.str.contains(",").any() or there.str.contains(r",.*\.").any()
    if None in parts or len(units) != 1 or not is_clear:
        return column, []
    numbers = pd.Series([part[1] for part in parts if part is not None], there.index).reindex(column.index)
    return numbers, [f"column {name} holds numbers with the unit {units.pop()}: read without it"]


def _parted(cell: Any) -> tuple[str, float] | None:
    """Return the unit and the number of a cell; None where it has not both, or something else."""
    found = _WITH_UNIT.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if found is None or bool(found[1]) == bool(found[3]) or not looks_numeric(found[2].replace(",", "")):
        return None
    return found[1] or found[3], float(found[2].replace(",", ""))

"""Columns of times in ISO 8601 as ``datetime64``, all cells at once from their bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["iso_times"]

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

_SHAPES = (len("2024-01-31 23:59"), len("2024-01-31 23:59:59"))
_MARKS = ((4, b"-"), (7, b"-"), (10, b" T"), (13, b":"), (16, b":"), (19, b"."))
_FINEST = 26  # characters, with microseconds


def iso_times(symbols: Bytes, starts: Places, stops: Places) -> npt.NDArray[np.datetime64] | None:
    """Return cells such as ``2024-01-31 23:59:59.5`` as times; None where one is written in any other way.

    Dates alone and times with a zone are written in another way.

    Parameters
    ----------
    symbols : array of shape (n_bytes,)
        A text.
    starts, stops : array of shape (n_cells,)
        Where the cells begin, and the places behind them.

    Examples
    --------
    >>> symbols = np.frombuffer(b"2024-01-31 23:59,2024-02-29 00:00", np.uint8)
    >>> iso_times(symbols, np.array([0, 17]), np.array([16, 33])).astype("datetime64[m]").tolist()
    [datetime.datetime(2024, 1, 31, 23, 59), datetime.datetime(2024, 2, 29, 0, 0)]
    """
    lengths = stops - starts
    length = int(lengths[0]) if len(lengths) else 0
    if not (length in _SHAPES or _SHAPES[1] + 1 < length <= _FINEST) or not (lengths == length).all():
        return None
    cells = symbols[starts[:, None] + np.arange(length)]
    marks = [place for place, _ in _MARKS if place < length]
    if not all(np.isin(cells[:, place], list(known)).all() for place, known in _MARKS if place < length):
        return None
    digits = np.delete(cells, marks, axis=1) - np.uint8(ord("0"))
    if (digits > 9).any():
        return None
    return _joined(digits)


def _joined(digits: Bytes) -> npt.NDArray[np.datetime64] | None:
    """Return the digits of years, months and so on as times; None where there is no such time."""

    def number(first: int, last: int) -> Places:
        powers = 10 ** np.arange(last - first - 1, -1, -1)
        return np.asarray(digits[:, first:last] @ powers, np.int64)

    year, month, day, hour, minute = (number(*ends) for ends in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12)))
    second = number(12, 14) if digits.shape[1] > 12 else np.zeros_like(year)
    months = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
    first_days = months.astype("datetime64[D]")
    n_days = ((months + 1).astype("datetime64[D]") - first_days).astype(np.int64)
    valid = (month >= 1) & (month <= 12) & (day >= 1) & (day <= n_days) & (hour < 24) & (minute < 60) & (second < 60)
    if not valid.all() or (year < 1678).any() or (year > 2261).any():
        return None
    micros = 10 ** (20 - digits.shape[1]) * number(14, digits.shape[1]) if digits.shape[1] > 14 else 0
    seconds = 60 * (60 * (24 * (first_days.astype(np.int64) + day - 1) + hour) + minute) + second
    return (1_000_000 * seconds + micros).astype("datetime64[us]").astype(_usual_type())


@cache
def _usual_type() -> np.dtype[Any]:
    """Return the type that pandas gives times of text, by its version."""
    import pandas as pd

    return pd.to_datetime(["2024-01-31 23:59:59"], utc=True).tz_convert(None).to_numpy().dtype

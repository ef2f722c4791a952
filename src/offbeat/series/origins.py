"""The days from which programs count other than 1970, and which of them make likelier times of numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from offbeat.series.counts import UNITS, counted

__all__ = ["doubt_of", "likelier_forms"]

_ORIGINS = ("1904-01-01", "1960-01-01", "2001-01-01", "1980-01-06", "1900-01-01")
"""Of LabVIEW and old Macs, SAS, Apple, GPS, and of NTP and climate models."""
_LIKELY = pd.Timestamp("2000-01-01", tz="UTC")
"""Few tables of numbers that count from 1970 are older."""
_AHEAD = timedelta(days=1)
_SHOWN = 3
_LARGEST_HOUR = 1_200_000
"""Larger numbers do not count the hours from 1900."""


def doubt_of(times: pd.Series[Any]) -> str | None:
    """Return what is unlikely about times that were read from numbers, in words, or None.

    Parameters
    ----------
    times : Series of shape (n_times,)
        In UTC.

    Examples
    --------
    >>> [doubt_of(pd.Series(pd.to_datetime([day], utc=True))) for day in ("2024-03-01", "1993-03-01", "2090-03-01")]
    [None, 'which is long ago', 'which lies ahead']
    """
    if times.isna().any() or not len(times):
        return None
    if times.max() > datetime.now(UTC) + _AHEAD:
        return "which lies ahead"
    return "which is long ago" if times.min() < _LIKELY else None


def likelier_forms(column: pd.Series[Any], unit: str) -> list[tuple[str, pd.Timestamp]]:
    """Return the forms of ``time_format`` that turn numbers into times of this century, none of them ahead.

    Parameters
    ----------
    column : Series of shape (n_times,)
        Numbers.
    unit : str
        What they count in if they count from 1970: one of s, ms, us and ns.

    Returns
    -------
    list of (str, Timestamp)
        Each form with the first time that it gives.

    Examples
    --------
    >>> [(form, str(first.date())) for form, first in likelier_forms(pd.Series([3792218400.0]), "s")]
    [('s since 1904-01-01', '2024-03-02'), ('s since 1900-01-01', '2020-03-03')]
    >>> [(form, str(first.date())) for form, first in likelier_forms(pd.Series([1088530]), "s")]
    [('h since 1900-01-01', '2024-03-06')]
    """
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    hourly = bool(np.max(numbers, initial=0.0) < _LARGEST_HOUR)
    forms = ["excel", "h since 1900-01-01"] if hourly else [f"{unit} since {day}" for day in _ORIGINS]
    ends = pd.Series([np.min(numbers), np.max(numbers)] if len(numbers) else [], dtype=column.dtype)
    found = [(form, counted(ends, form)) for form in forms if unit in UNITS]
    likely = [(form, times.iloc[0]) for form, times in found if len(times) and doubt_of(times) is None]
    return [(form, first) for form, first in likely if first is not pd.NaT][:_SHOWN]

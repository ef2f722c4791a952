"""How methods rank over many series, and which differences between mean ranks are more than chance."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import friedmanchisquare, rankdata, studentized_range

from offbeat.errors import DataError

__all__ = ["Ranks", "rank_methods"]


class Ranks(NamedTuple):
    """Mean ranks of methods."""

    mean_ranks: pd.Series[float]
    """By method, best (lowest) first; 1 is the best of each series, and equal values share the mean of their ranks."""
    n_cases: int
    """Series that every method has a value for."""
    p_value: float
    """Of the Friedman test that all methods rank alike; NaN for fewer than three methods."""
    critical_difference: float
    """Mean ranks further apart than this differ at the 5 % level, by the Nemenyi test; NaN for a single series."""


def rank_methods(values: pd.DataFrame) -> Ranks:
    """Return the mean ranks of methods over series; higher values are better.

    Parameters
    ----------
    values : DataFrame of shape (n_series, n_methods)
        Series that a method has no value for (NaN) are left out.

    Raises
    ------
    DataError
        If there are fewer than two methods, or no series that all of them have a value for.

    References
    ----------
    J. Demšar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7, 2006.

    Examples
    --------
    >>> ranks = rank_methods(pd.DataFrame({"a": [0.9, 0.8, 0.9, 0.7], "b": [0.5, 0.6, 0.9, 0.1]}))
    >>> ranks.mean_ranks.to_dict(), ranks.n_cases, round(ranks.critical_difference, 2)
    ({'a': 1.125, 'b': 1.875}, 4, 0.98)
    """
    complete = values.dropna()
    n, k = complete.shape
    if k < 2 or n < 1:
        raise DataError(f"expected two methods or more with values for the same series, got {k} with {n} series")
    ranks = rankdata(-complete.to_numpy(), axis=1)
    mean_ranks = pd.Series(ranks.mean(axis=0), index=complete.columns).sort_values(kind="stable")
    p_value = float(friedmanchisquare(*complete.to_numpy().T).pvalue) if k > 2 and n > 1 else math.nan
    spread = math.sqrt(k * (k + 1) / (6 * n))
    critical = float(studentized_range.ppf(0.95, k, np.inf)) / math.sqrt(2) * spread if n > 1 else math.nan
    return Ranks(mean_ranks, n, p_value, critical)

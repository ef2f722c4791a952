"""What a suite is: which cases it has, how each is measured, and what of that its tables show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.bench.suites.cases import Case, Part, Scored
from offbeat.tables import Table

__all__ = ["Column", "Suite", "mean_of", "median_of", "values_of"]

Values = npt.NDArray[np.float64]


class Column(NamedTuple):
    """A figure of a detector over all cases of a suite."""

    title: str
    of: Callable[[pd.DataFrame], Any]
    """Returns it, from the rows of one detector."""
    format: str = ".3f"


@dataclass(frozen=True)
class Suite:
    """A benchmark.

    Parameters
    ----------
    name, title : str
        What the command calls it, and what it is.
    cases : callable
        Returns the cases that are on this machine; takes the folder to look in first, or None.
    measure : callable
        Returns the measures of a case.
    columns : sequence of Column
        What the table of detectors shows; the first one ranks them, higher is better.
    by_case : callable
        Returns that first figure for each of the rows of one detector, shape ``(n_rows,)``.
    rule : str
        What detectors learn from, what is evaluated, and how.
    n_series : int
        Series of the whole benchmark; 0 where there is no such number.
    live : bool
        Whether a score must not wait for later time steps.
    events : bool
        Whether measures need the events at a detector's own threshold.
    default : str
        The detectors that run where none are named.
    tables : callable, optional
        Returns further tables, from all rows.
    own : callable, optional
        Returns the case of other data than the benchmark's, by their path and the folder to look in first.
    published : callable, optional
        Returns published figures by case: a frame with cases as index and methods as columns.
    """

    name: str
    title: str
    cases: Callable[[Path | None], list[Case]]
    measure: Callable[[Part, Scored], dict[str, Any]]
    columns: Sequence[Column]
    by_case: Callable[[pd.DataFrame], Values]
    rule: str
    n_series: int = 0
    live: bool = False
    events: bool = True
    default: str = "profile,pca"
    tables: Callable[[pd.DataFrame], list[Table]] | None = None
    own: Callable[[str, Path | None], Case] | None = None
    published: Callable[[], pd.DataFrame] | None = None

    @property
    def main(self) -> str:
        """The name of the figure that ranks detectors."""
        return self.columns[0].title


def mean_of(column: str) -> Callable[[pd.DataFrame], float]:
    """Return a function that takes the mean of a measure over the cases that have it; NaN where none has.

    Examples
    --------
    >>> mean_of("located")(pd.DataFrame({"located": [1.0, 0.0]})), mean_of("met")(pd.DataFrame())
    (0.5, nan)
    """
    return lambda rows: _over(np.mean, rows, column)


def median_of(column: str) -> Callable[[pd.DataFrame], float]:
    """Return a function that takes the median of a measure over the cases that have it; NaN where none has."""
    return lambda rows: _over(np.median, rows, column)


def values_of(column: str) -> Callable[[pd.DataFrame], Values]:
    """Return a function that takes a measure by case; NaN where a case does not have it."""
    return lambda rows: _values(rows, column)


def _values(rows: pd.DataFrame, column: str) -> Values:
    return rows[column].to_numpy(np.float64) if column in rows else np.full(len(rows), np.nan)


def _over(summary: Callable[[Values], Any], rows: pd.DataFrame, column: str) -> float:
    values = _values(rows, column)
    known = values[np.isfinite(values)]
    return float(summary(known)) if len(known) else float("nan")

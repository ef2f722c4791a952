"""An even grid in time: the rows that fall on each of its points, and values for points without rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError
from offbeat.files.limits import require_room
from offbeat.series.timeline import Times, usual_step

__all__ = ["even_grid", "fill_gaps", "largest_by_cell", "mean_by_cell"]

Cells = npt.NDArray[np.int64]

_MOST_ROWS = 50
_FLOAT = 8


def mean_by_cell(values: npt.NDArray[Any], cells: Cells) -> npt.NDArray[Any]:
    """Return the mean of the rows in each cell, leaving NaN out; NaN in cells without rows.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        Rows.
    cells : array of shape (n_times,)
        The cell of each row, never decreasing, from 0.

    Returns
    -------
    array of shape (last cell + 1, n_channels)

    Examples
    --------
    >>> mean_by_cell(np.array([[1.0], [3.0], [5.0]]), np.array([0, 0, 2])).ravel().tolist()
    [2.0, nan, 5.0]
    """
    starts, known = _starts(cells), ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0), starts, axis=0)
    counts = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
    dtype = values.dtype if values.dtype.kind == "f" else np.float64
    means = np.full((cells[-1] + 1, values.shape[1]), np.nan, dtype=dtype)
    means[cells[starts]] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def largest_by_cell(labels: npt.NDArray[Any], cells: Cells) -> npt.NDArray[Any]:
    """Return the largest label in each cell, 0 in cells without rows: (last cell + 1,).

    Examples
    --------
    >>> largest_by_cell(np.array([0, 1, 1]), np.array([0, 0, 2])).tolist()
    [1, 0, 1]
    """
    starts = _starts(cells)
    largest = np.zeros(cells[-1] + 1, dtype=labels.dtype)
    largest[cells[starts]] = np.maximum.reduceat(labels, starts)
    return largest


def _starts(cells: Cells) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.diff(cells, prepend=-1))


def even_grid(times: Times, step: float, n_channels: int = 1) -> tuple[Times, Cells]:
    """Snap times to the nearest point of a grid that begins at the first of them.

    Parameters
    ----------
    times : array of shape (n_times,)
        Never decreasing, at least one.
    step : float
        Seconds between grid points.
    n_channels : int
        How many values each grid point has.

    Returns
    -------
    grid : array of shape (n_grid,)
        ``datetime64`` of each grid point; the last one has a row.
    cells : array of shape (n_times,)
        The grid point of each row.

    Raises
    ------
    ParameterError
        If the step is not above 0.
    DataError
        If the grid would have more than fifty times as many rows, or its new ones would take more room than they may,
        see :func:`offbeat.files.limits.require_room`.

    Examples
    --------
    >>> times = np.array(["2024-01-01T00:00:00", "2024-01-01T00:00:11", "2024-01-01T00:00:29"], "datetime64[s]")
    >>> grid, cells = even_grid(times, 10)
    >>> len(grid), cells.tolist()
    (4, [0, 1, 3])
    """
    if not 0 < step < float("inf"):
        raise ParameterError(f"the step of a grid is a number of seconds above 0, got {step}")
    seconds = (times - times[0]) / np.timedelta64(1, "s")
    n_grid = np.floor(seconds[-1] / step + 0.5) + 1
    if n_grid > max(_MOST_ROWS * len(times), 2):
        raise DataError(
            f"a grid of {step:g} s over {seconds[-1]:g} s has {n_grid:,.0f} rows, more than {_MOST_ROWS} times the "
            f"{len(times):,} there are: choose a longer step (the usual one is {usual_step(times):g} s), or split the "
            "recording at its long gap"
        )
    require_room((n_grid - len(times)) * n_channels * _FLOAT, f"a grid of {step:g} s over {seconds[-1]:g} s")
    cells = np.floor(seconds / step + 0.5).astype(np.int64)
    unit, per_second = ("us", 1e6) if float(step * 1e6).is_integer() else ("ns", 1e9)
    offsets = np.round(np.arange(int(n_grid)) * (step * per_second)).astype(f"timedelta64[{unit}]")
    return times[0] + offsets, cells


def fill_gaps(values: npt.NDArray[Any], how: str, max_gap: int | None) -> npt.NDArray[Any]:
    """Return values of shape (n_times, n_channels) with their NaN filled, channel by channel.

    Parameters
    ----------
    values : array of shape (n_times, n_channels)
        NaN where a value is missing.
    how : {"interpolate", "last"}
        On the straight line between both neighbours, or as the value before.
    max_gap : int, optional
        Longer runs of NaN are left as they are.

    Examples
    --------
    >>> fill_gaps(np.array([[1.0], [np.nan], [3.0], [np.nan]]), "interpolate", None).ravel().tolist()
    [1.0, 2.0, 3.0, nan]
    """
    filled = values.copy()
    for channel in filled.T:
        known = np.flatnonzero(~np.isnan(channel))
        rows = np.flatnonzero(np.isnan(channel))
        after = np.searchsorted(known, rows)
        rows, after = rows[after > 0], after[after > 0]
        ends = np.append(known, len(channel))[after]
        wanted = np.ones(len(rows), dtype=bool) if max_gap is None else ends - known[after - 1] - 1 <= max_gap
        if how == "interpolate":
            wanted &= ends < len(channel)
            channel[rows[wanted]] = np.interp(rows[wanted], known, channel[known]) if wanted.any() else ()
        else:
            channel[rows[wanted]] = channel[known[after[wanted] - 1]]
    return filled

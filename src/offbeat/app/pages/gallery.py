"""Which beats of a record people should look at first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["suspicious"]

_APART = 6.0  # seconds between two beats: each strip shows something else
_ORDER = ("", "V", "S", "F", "Q")
_OTHER = 0.2  # the probability of another class from which a normal beat is worth a look


def suspicious(table: pd.DataFrame, count: int) -> list[int]:
    """Return the rows of the beats that a person should look at first, in order of time.

    Those that the classes in the table may be wrong about: doubtful beats, and those of which the class is least sure.
    Beats without a class and those of each class take turns; beats called normal come with them where another class
    was as probable as one in five. No two are within six seconds.

    Parameters
    ----------
    table : DataFrame
        See :class:`~offbeat.ecg.classify.ClassifiedRecord`.
    count : int
        How many, at most.
    """
    times, classes = table["time_s"].to_numpy(), table["class"].to_numpy(str)
    unsure = 1 - table["confidence"].to_numpy() + table["doubtful"].to_numpy()
    queues = [_best(unsure, classes == name) for name in _ORDER if (classes == name).any()]
    queues.append(_best(unsure, (classes == "N") & (1 - table["p_N"].to_numpy() > _OTHER)))
    chosen: list[int] = []
    while any(queues) and len(chosen) < count:
        for queue in queues:
            row = _next(queue, times, chosen)
            if row is not None and len(chosen) < count:
                chosen.append(row)
    return sorted(chosen)


def _best(
    order_by: np.ndarray[tuple[int], np.dtype[np.float64]], which: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[int]:
    rows = np.flatnonzero(which)
    return [int(row) for row in rows[np.argsort(-order_by[rows], kind="stable")][:500]]


def _next(queue: list[int], times: np.ndarray[tuple[int], np.dtype[np.float64]], chosen: Sequence[int]) -> int | None:
    """Take the first of a queue that is far enough from all that were chosen."""
    while queue:
        row = queue.pop(0)
        if all(abs(times[row] - times[other]) >= _APART for other in chosen):
            return row
    return None

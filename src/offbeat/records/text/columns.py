"""Which columns of a table are signals, and which give the times, number the samples, or hold words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from offbeat.errors import DataError
from offbeat.files.regular import shorten
from offbeat.files.text.layout import Layout
from offbeat.records.clock import Pace, pace_of_times, seconds_of_cells, time_unit
from offbeat.records.sources import looks_like_ecg
from offbeat.records.units import voltage
from offbeat.series.arrays import FloatArray

__all__ = ["Columns", "tell_columns"]

_TIME = re.compile(
    r"(^|[^a-z])(times?|timestamps?|t|date|datetime|clock|elapsed|seconds?|secs?|s|msecs?|ms|[uµμ]s|ns|utc|gmt|zeit|"
    r"uhrzeit|tiempo|hora|temps|heure|tempo|tijd|epoch)([^a-z]|$)"
)
_COUNTER = re.compile(
    r"(^|[^a-z])(#|samples?|index|idx|row|step|points?|n|no|nr|num|nseq|seq|sequence|counter|packet|frame|unnamed|id|i)"
    r"([^a-z]|$)"
)
_FEWEST = 20  # rows by which a counter that begins again is known


@dataclass(frozen=True)
class Columns:
    """The parts of the columns.

    Parameters
    ----------
    signals : tuple of int
        Which columns are signals.
    pace : Pace, optional
        The sampling rate by the column of times; None where there is none that can be used.
    trouble : str
        Why the column of times cannot be used.
    note : str
        What was left out.
    """

    signals: tuple[int, ...]
    pace: Pace | None = None
    trouble: str = ""
    note: str = ""


def tell_columns(layout: Layout, head: pd.DataFrame, last: pd.DataFrame, n_times: int, rate_known: bool) -> Columns:
    """Return the parts of the columns of a table.

    Parameters
    ----------
    layout : Layout
        Names and kinds.
    head : DataFrame
        The first rows, columns numbered from 0.
    last : DataFrame
        The very last row.
    n_times : int
        How many rows there are.
    rate_known : bool
        Whether the sampling rate stands elsewhere, so that even numbers without a name are rather a counter.
    """
    count = range(len(layout.names))
    words = [i for i in count if layout.kinds[i] == "word"]
    hearts = [i for i in count if layout.named and looks_like_ecg(layout.names[i])]
    ecg = [i for i in hearts if layout.kinds[i] != "time"]
    values = any(kind == "number" for kind in layout.kinds)
    empty = [i for i in count if layout.kinds[i] == "nothing" and i not in hearts and values and head[i].isna().all()]
    others = [i for i in count if i not in words and i not in empty and i not in ecg]
    counters = [i for i in others if layout.kinds[i] == "number" and _is_counter(layout, i, head[i])]
    named = [i for i in others if layout.kinds[i] == "time" or (layout.named and _is_time(layout, i))]
    times = [i for i in named if i not in counters]
    if not times and not rate_known:
        # Numbers that go up evenly, but not by 1, can be times under any name.
        times = [i for i in others if i not in counters and layout.kinds[i] == "number" and _is_even(head[i])][:1]
    even = [i for i in others if layout.kinds[i] == "number" and rate_known and _is_even(head[i])]
    left_out = {*words, *empty, *counters, *times, *named, *even}
    signals = tuple(i for i in count if i not in left_out)
    if not signals:  # a table of one column, or of nothing but ramps
        signals = tuple(i for i in count if i not in {*words, *empty, *named, *times}) or tuple(ecg)
    pace, trouble = _pace(layout, times, head, last, n_times)
    notes = [_left_out(layout, words, "words"), _left_out(layout, empty, "nothing")]
    return Columns(signals, pace, trouble, "; ".join(filter(None, notes)))


def _left_out(layout: Layout, columns: Sequence[int], what: str) -> str:
    """Return a note that columns are left out; those without a name come from a delimiter at the end of lines."""
    names = [layout.names[i] for i in columns if layout.names[i] and layout.named]
    return f"{shorten(names)} hold{'s' * (len(names) == 1)} {what}: left out" if names else ""


def _pace(
    layout: Layout, times: Sequence[int], head: pd.DataFrame, last: pd.DataFrame, n_times: int
) -> tuple[Pace | None, str]:
    """Return the pace by the first column whose times go on as samples do; else why the first of all does not."""
    trouble, uneven = "", None
    for i in times if n_times > 1 else ():
        try:
            cells = pd.concat([head[i], last[i]], ignore_index=True)
            seconds = _filled(seconds_of_cells(cells))
            clock = not pd.api.types.is_numeric_dtype(cells.dtype)
            unit = _unit_of_time(layout.names[i], layout.units[i])
            pace = pace_of_times(seconds[:-1], float(seconds[-1]), n_times, unit, clock=clock, name=layout.names[i])
        except DataError as error:
            trouble = trouble or f"{layout.names[i]!r}: {error}"
            continue
        if not pace.note:
            return pace, ""
        uneven = uneven or pace
    return uneven, trouble


def _filled(seconds: FloatArray) -> FloatArray:
    """Return times with the few filled in that are missing, if there are few."""
    known = np.flatnonzero(np.isfinite(seconds))
    if len(known) == len(seconds) or len(known) < 0.9 * len(seconds):
        return seconds
    return np.asarray(np.interp(np.arange(len(seconds)), known, seconds[known]))


def _is_time(layout: Layout, column: int) -> bool:
    name = _parted(layout.names[column])
    return bool(_TIME.search(name)) and not voltage(layout.units[column])


def _is_counter(layout: Layout, column: int, cells: pd.Series) -> bool:
    """Whether a column counts the samples: by 1 all the time, or from 0 on again and again."""
    steps = _steps(cells)
    if steps is None:
        return False
    if np.all(steps == 1):
        # Times that go up by 1 are milliseconds where they are called so.
        return not time_unit(_unit_of_time(layout.names[column], layout.units[column]))
    back, forth = steps[steps < 0], steps[steps > 0]
    wraps = 0 < len(back) < len(forth) and np.ptp(back) == 0 == np.ptp(forth) and len(steps) >= _FEWEST
    return bool(wraps or (layout.named and _COUNTER.search(_parted(layout.names[column])) and np.ptp(steps) == 0))


def _is_even(cells: pd.Series) -> bool:
    """Whether numbers go up by the same step, rounding aside."""
    steps = _steps(cells)
    if steps is None or len(steps) < 2:
        return False
    step = float(np.median(steps))
    return bool(step > 0 and np.all(np.abs(steps - step) <= 0.5 * step))


def _steps(cells: pd.Series) -> np.ndarray | None:
    if not pd.api.types.is_numeric_dtype(cells.dtype) or len(cells) < 2 or cells.isna().any():
        return None
    return np.diff(cells.to_numpy(np.float64))


def _parted(name: str) -> str:
    """Return a name in lower case, its words apart: LocalTimestamp and local_timestamp as local timestamp."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.strip("'\" ")).replace("_", " ").lower()


def _unit_of_time(name: str, unit: str) -> str:
    """Return what times count, by the name of their column, as in ``time (ms)``, or by the unit below it."""
    words = re.split(r"[\s\[\](){}_/,:.'\"-]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    found = [word for word in words if time_unit(word)]
    return found[-1] if found else unit

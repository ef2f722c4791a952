"""Heart rate variability: of the intervals between normal beats, by NeuroKit2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.neurokit import neurokit
from offbeat.ecg.sequences import BeatSequence
from offbeat.errors import ParameterError, ignoring
from offbeat.series.arrays import FloatArray

__all__ = ["DOMAINS", "heart_rate_variability", "normal_intervals"]

DOMAINS = ("time", "frequency", "nonlinear")

_PLAUSIBLE = (0.3, 2.0)  # seconds: shorter is a beat found twice, longer a pause
_WINDOW = 300.0  # seconds, as the Task Force has short-term figures
_FEWEST = 30  # intervals of a window of which figures are worth anything
_MOST = 24  # windows of a long record, evenly spread


def normal_intervals(
    classified: ClassifiedRecord, start_s: float = 0.0, stop_s: float = np.inf
) -> tuple[FloatArray, FloatArray]:
    """Return the intervals between normal beats (ms), and when each ended (s).

    Left out is what begins or ends with another beat, with one that is doubtful, across unreadable time, or in atrial
    fibrillation, and intervals below 0.3 s and above 2 s.

    Parameters
    ----------
    classified : ClassifiedRecord
        The beats of a record.
    start_s, stop_s : float
        The stretch of it, seconds.

    Returns
    -------
    intervals, times : arrays of shape (n,)
    """
    table = classified.table
    usable = ~table["doubtful"].to_numpy(bool) & ~(table["fibrillation"].to_numpy(np.float64) > 0.5)
    sequence = BeatSequence.of(
        table.assign(**{"class": table["class"].where(usable, "")}), classified.duration, classified.unreadable
    )
    intervals, times = sequence.intervals(), sequence.times[1:]
    kept = sequence.normal() & (intervals >= _PLAUSIBLE[0]) & (intervals <= _PLAUSIBLE[1])
    kept &= (times >= start_s) & (times < stop_s)
    return 1000.0 * intervals[kept], times[kept]


def heart_rate_variability(
    classified: ClassifiedRecord,
    *,
    domains: Sequence[str] = DOMAINS,
    start_s: float = 0.0,
    stop_s: float = np.inf,
    window_s: float | None = None,
) -> pd.Series[float]:
    """Return the variability of the heart rate, by NeuroKit2, of normal beats only (see :func:`normal_intervals`).

    Parameters
    ----------
    classified : ClassifiedRecord
        The beats of a record.
    domains : sequence of {"time", "frequency", "nonlinear"}
        Which figures.
    start_s, stop_s : float
        The stretch of the record, seconds.
    window_s : float, optional
        Return the medians over windows of this many seconds (300: short-term figures of the Task Force of the ESC and
        NASPE 1996), at most 24 of them, evenly spread, each with 30 intervals or more. Of the whole stretch where None:
        the time that non-linear figures take grows with the square of the number of beats.

    Returns
    -------
    Series
        By the names of NeuroKit2 without their prefix: ``RMSSD``, ``LFHF``, ``SampEn`` …; milliseconds, or as its
        documentation says. NaN where a figure needs more beats; empty without 30 intervals.

    Raises
    ------
    MissingExtraError
        If NeuroKit2 is not installed.
    ParameterError
        If a domain is unknown, or a window is not above 0.

    Examples
    --------
    >>> from offbeat.ecg.classify import classify_record
    >>> from offbeat.records import Record
    >>> flat = Record.from_array(np.zeros(5000), sampling_rate=250.0)
    >>> heart_rate_variability(classify_record(flat)).empty
    True
    """
    if unknown := sorted(set(domains) - set(DOMAINS)):
        raise ParameterError(f"domains are {', '.join(DOMAINS)}, got {', '.join(unknown)}")
    if window_s is not None and not window_s > 0:
        raise ParameterError(f"a window lasts more than 0 seconds, got {window_s}")
    intervals, times = normal_intervals(classified, start_s, stop_s)
    if window_s is None:
        return _figures(intervals, times, domains)
    edges = np.arange(start_s, min(stop_s, classified.duration), window_s)
    parts = [slice(*np.searchsorted(times, (edge, edge + window_s))) for edge in edges]
    parts = [part for part in parts if part.stop - part.start >= _FEWEST]
    spread = np.unique(np.linspace(0, max(len(parts) - 1, 0), min(len(parts), _MOST)).round().astype(int)).tolist()
    found = [_figures(intervals[parts[i]], times[parts[i]], domains) for i in spread]
    return pd.DataFrame(found).median() if found else pd.Series(dtype=np.float64)


def _figures(intervals: FloatArray, times: FloatArray, domains: Sequence[str]) -> pd.Series[float]:
    if len(intervals) < _FEWEST:
        return pd.Series(dtype=np.float64)
    library: Any = neurokit()
    given = {"RRI": intervals, "RRI_Time": times}
    with ignoring(Warning):  # that a figure needs a longer record: it is NaN then
        found = [getattr(library, f"hrv_{domain}")(given) for domain in domains]
    row = pd.concat(found, axis=1).iloc[0]
    return pd.Series({str(name).removeprefix("HRV_"): float(value) for name, value in row.items()}, dtype=np.float64)

"""The intervals of beats and the variability of the heart rate, in tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from offbeat.ecg.delineation import INTERVALS
from offbeat.tables import Table

__all__ = ["interval_table", "median_intervals", "variability_table"]

_NAMES = dict(
    zip(INTERVALS, ("PR", "QRS", "QT", "QTc by Bazett", "QTc by Fridericia"), strict=True),
)
_FIGURES = {
    "MeanNN": ("mean normal interval", "ms"),
    "SDNN": ("SDNN", "ms"),
    "RMSSD": ("RMSSD", "ms"),
    "pNN50": ("pNN50", "%"),
    "LF": ("power from 0.04 to 0.15 Hz", "as NeuroKit2 scales it"),
    "HF": ("power from 0.15 to 0.4 Hz", "as NeuroKit2 scales it"),
    "LFHF": ("LF/HF", ""),
    "SD1": ("SD1", "ms"),
    "SD2": ("SD2", "ms"),
    "DFA_alpha1": ("DFA, alpha 1", ""),
    "SampEn": ("sample entropy", ""),
}
"""The figures shown, of those computed; the others stand in the JSON file."""


def median_intervals(waves: pd.DataFrame) -> dict[str, float]:
    """Return the median of each interval, milliseconds; NaN where no beat has one."""
    return {
        name: float(np.nanmedian(values)) if (values := waves[name]).notna().any() else np.nan for name in INTERVALS
    }


def interval_table(waves: pd.DataFrame) -> Table:
    """Return the median and the range of each interval.

    Parameters
    ----------
    waves : DataFrame
        See :func:`offbeat.ecg.delineation.delineate`.
    """
    rows = []
    for name, title in _NAMES.items():
        values = waves[name].dropna()
        low, middle, high = np.percentile(values, [5, 50, 95]) if len(values) else [np.nan] * 3
        rows.append([title, middle, low, high, len(values)])
    note = "By a program; docs/ecg-intervals.md says how far its marks lie from those of an expert."
    names = ["interval (ms)", "median", "5th percentile", "95th percentile", "beats"]
    return Table("Intervals", names, rows, ["", ".0f", ".0f", ".0f"], note=note)


def variability_table(figures: pd.Series[float]) -> Table:
    """Return the best-known figures of the heart rate variability.

    Parameters
    ----------
    figures : Series
        See :func:`offbeat.ecg.variability.heart_rate_variability`.
    """
    rows = [[title, figures[name], unit] for name, (title, unit) in _FIGURES.items() if name in figures]
    note = (
        "Of intervals between normal beats in a good signal, outside fibrillation; of a record longer than ten minutes "
        "the medians of five-minute windows, so that SDNN is less than that of the whole record. At many ectopic beats "
        "they say little: few intervals are left, and those after an ectopic beat are not the sinus node's."
    )
    return Table("Heart rate variability", ["", "found", "unit"], rows, ["", ".4g"], note=note)

"""Whether what was found in a record can be: cautions for those who read it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from offbeat.ecg.summary import RhythmSummary

__all__ = ["FEW_BEATS", "cautions"]

FEW_BEATS = 60
"""Beats below which the usual beat of a record is hardly known."""
_FEW = 10  # beats of a class, too few to compare
_MANY_S, _MOSTLY_V, _MANY_DOUBTFUL = 0.2, 0.5, 0.25  # shares of the beats
_TOO_LATE = 0.95  # of the interval before normal beats: what comes later is not premature
_RATES = (25.0, 250.0)  # beats per minute that a heart can keep up


def cautions(rhythm: RhythmSummary, table: pd.DataFrame) -> list[str]:
    """Return what speaks against the result, a sentence without its full stop each; nothing if nothing does.

    Parameters
    ----------
    rhythm : RhythmSummary
        See :func:`~offbeat.ecg.rhythm.rhythm_summary`.
    table : DataFrame
        The beats that it summarises, with ``class`` and ``rr_pre_s``.

    Examples
    --------
    >>> from offbeat.ecg.rhythm import rhythm_summary
    >>> table = pd.DataFrame({"time_s": np.arange(1.0, 101), "class": ["V"] * 100, "rr_pre_s": 1.0})
    >>> cautions(rhythm_summary(table, 101), table)
    ['100% of the beats are named ventricular: bundle branch block or a pacemaker is more likely']
    """
    found = []
    if 0 < rhythm.beats < FEW_BEATS:
        found.append(f"only {rhythm.beats} beats: what is usual here is hardly known, and the classes are unsure")
    if rhythm.v_burden > _MOSTLY_V:
        found.append(
            f"{rhythm.v_burden:.0%} of the beats are named ventricular: "
            "bundle branch block or a pacemaker is more likely"
        )
    if rhythm.s_burden > _MANY_S:
        found.append(
            f"{rhythm.s_burden:.0%} of the beats are named supraventricular ectopic at a mean rate of "
            f"{rhythm.mean_rate:.0f}/min: that is rare, and sinus arrhythmia or another irregular rhythm is more likely"
        )
    if _as_late_as_normal(table):
        found.append("the beats named supraventricular come no earlier than normal ones: they may be normal")
    if not _RATES[0] <= rhythm.mean_rate <= _RATES[1] and np.isfinite(rhythm.mean_rate):
        found.append(f"a mean heart rate of {rhythm.mean_rate:.0f}/min is not plausible: is the sampling rate right?")
    return found


def _as_late_as_normal(table: pd.DataFrame) -> bool:
    """Return whether S beats come no earlier than normal ones, by the median interval before them."""
    before = {name: table.loc[table["class"] == name, "rr_pre_s"].dropna() for name in "NS"}
    if min(len(intervals) for intervals in before.values()) < _FEW:
        return False
    return bool(before["S"].median() > _TOO_LATE * before["N"].median())

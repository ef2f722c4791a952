"""Supraventricular ectopic beats: early against those before and after, not part of a rhythm that speeds up.

The classifier is sure of many beats that are merely part of a faster rhythm, as when a person breathes or moves. What
tells them from ectopic beats is how the rhythm changes: sinus rhythm speeds up and slows down over several beats, an
ectopic beat or run begins and ends at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.ecg.features.rhythm_context import readable_rr, usual_rr
from offbeat.ecg.features.traits import Traits
from offbeat.series.arrays import FloatArray

__all__ = ["suddenness", "supraventricular_log_odds"]

_LONGEST = 12  # beats of a run whose end is looked at as well
_BEFORE = 8  # beats whose median interval is the rhythm before
_DEEP = 0.2  # by which a run whose ends are this much more sudden needs no rhythm before it: it may be the usual one
_LEAST = 0.09  # suddenness of an ectopic beat: intervals shorter by 9 % of their logarithm
_MOST = 0.3  # beyond which more suddenness says nothing more
_WEIGHT = 40.0  # of suddenness, in units of the log-odds of the classifier
_P_SHARE = 0.2  # suddenness that a beat with the P wave of all others has to make up for
_MOST_SHARE = 0.5  # likewise
_NEEDED = 8.0  # of both at even odds
_SCALE = 0.3  # of both as log-odds
_DOUBTFUL = -1.2  # log-odds of the classifier below which it is not overruled
_SAME_QRS = 0.95  # correlation with the usual QRS complex: a supraventricular beat is conducted as others are
_SHORTEST_RUN, _RUN_SUDDENNESS, _RUN_RR = 5, 0.15, 0.6  # a longer tachycardia: beats, drop at its onset, interval (s)
_RUN_LEAST, _RUN_LOG_ODDS = 1.8, 1.4
_NEVER = -9.0  # log-odds of what cannot be one
_FIBRILLATION = 0.9  # from which probability on no beat is premature

Bools = npt.NDArray[np.bool_]


def supraventricular_log_odds(
    classifier: FloatArray, before: FloatArray, traits: Traits, ventricular: Bools, fibrillation: FloatArray
) -> FloatArray:
    """Return the log-odds that a beat is supraventricular ectopic rather than normal.

    The classifier and the suddenness with which the rhythm changes decide together; a P wave that most beats have
    counts against. Three kinds of beats are not ectopic: those with a QRS complex unlike the usual one, those after a
    ventricular or misshapen beat, which changes their interval, and those in atrial fibrillation. A run of more than a
    dozen beats is recognised by its onset and by its rate, above 100 per minute.

    Parameters
    ----------
    classifier : array of shape (n_beats,)
        The log-odds of S against N by the classifier, were both as frequent in what it learned from.
    before : array of shape (n_beats,)
        RR intervals (s), one to the beat before; NaN where unknown.
    traits : Traits
        Of the same beats.
    ventricular : array of bool, shape (n_beats,)
        Which of them the classifier takes for ventricular.
    fibrillation : array of shape (n_beats,)
        The probability of atrial fibrillation, see :func:`~offbeat.ecg.fibrillation.fibrillation_probability`.

    Returns
    -------
    array of shape (n_beats,)
        Natural logarithms; -9 for what cannot be one.

    Examples
    --------
    >>> early = np.where(np.arange(60) % 10 == 5, 0.5, 0.8)
    >>> traits = Traits.empty(60, 1)
    >>> traits.qrs_likeness[:] = 1.0
    >>> classifier = np.where(early < 0.6, 3.0, -2.5)
    >>> log_odds = supraventricular_log_odds(classifier, early, traits, np.zeros(60, bool), np.zeros(60))
    >>> print(np.flatnonzero(log_odds > 0))
    [ 5 15 25 35 45 55]
    """
    if not len(before):
        return np.empty(0)
    known = np.isfinite(before)
    # An unknown interval counts as the shortest there is, so that no run of short ones begins or ends at it.
    intervals = np.log(readable_rr(np.where(known, before, 0.0), usual_rr(before)))
    sudden = suddenness(intervals)
    shared = np.clip(traits.p_share.min(axis=1), 0, _MOST_SHARE)
    both = classifier + _WEIGHT * (np.minimum(sudden, _MOST) - _P_SHARE * shared) - _NEEDED
    same = traits.qrs_likeness.max(axis=1) >= _SAME_QRS
    after_other = np.append(False, (~same | ventricular)[:-1])
    can_be = known & (classifier > _DOUBTFUL) & (sudden > _LEAST) & ~after_other
    log_odds = np.where(can_be, _SCALE * both, _NEVER)
    runs = _long_runs(classifier, intervals)
    log_odds[runs] = np.maximum(log_odds[runs], _RUN_LOG_ODDS)
    return np.asarray(np.where(same & ~(fibrillation >= _FIBRILLATION), log_odds, _NEVER))


def suddenness(intervals: FloatArray) -> FloatArray:
    """Return by how much the run of short intervals in which a beat lies is set off from what is around it.

    Each run of 1 to 12 intervals is compared with the interval before it and the one after it, the shorter of which
    counts, and with the median of the eight intervals before it. Of the runs in which an interval lies, the one that is
    set off most counts.

    Parameters
    ----------
    intervals : array of shape (n_beats,)
        Natural logarithms of RR intervals.

    Returns
    -------
    array of shape (n_beats,)
        Differences of logarithms, about the share by which intervals are shorter; negative where none is.

    Examples
    --------
    >>> print(suddenness(np.log([1, 1, 1, 0.7, 1, 1, 0.95, 0.9, 0.85, 0.9, 1, 1])).round(2).clip(0))
    [0.   0.   0.   0.36 0.   0.   0.05 0.05 0.06 0.05 0.   0.  ]
    """
    n, rhythm = len(intervals), _rhythm_before(intervals)
    found = np.full(n, -np.inf)
    for length in range(1, min(_LONGEST, n - 2) + 1):
        first = np.arange(1, n - length)
        longest = np.lib.stride_tricks.sliding_window_view(intervals, length).max(axis=1)[first]
        ends = np.minimum(intervals[first - 1], intervals[first + length]) - longest
        depth = np.maximum(np.minimum(ends, rhythm[first] - longest), ends - _DEEP)
        for place in range(length):
            inside = slice(1 + place, n - length + place)
            found[inside] = np.maximum(found[inside], depth)
    return found


def _rhythm_before(intervals: FloatArray) -> FloatArray:
    """Return the median of the eight intervals before each, of as many as there are at the beginning."""
    padded = np.concatenate([np.full(_BEFORE, np.nan), intervals])
    windows = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE)[: len(intervals)].copy()
    windows[:1] = 0.0  # nothing is before the first: no run begins there
    return np.asarray(np.nanmedian(windows, axis=1))


def _long_runs(classifier: FloatArray, intervals: FloatArray) -> Bools:
    """Return the beats of runs faster than 100 per minute that begin at once, and of which the classifier is sure."""
    rhythm, inside = _rhythm_before(intervals), np.zeros(len(intervals), bool)
    edges = np.diff(np.pad((classifier > _RUN_LEAST).astype(np.int8), 1))
    for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        if start == 0 or stop - start < _SHORTEST_RUN or np.median(intervals[start:stop]) > np.log(_RUN_RR):
            continue
        drop = min(intervals[start - 1], rhythm[start]) - np.median(intervals[start : start + 4])
        inside[start:stop] = drop > _RUN_SUDDENNESS
    return inside

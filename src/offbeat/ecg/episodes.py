"""The rhythms of a record, one after the other: each an episode with its start, end, rate and confidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.ecg.sequences import BeatSequence, Bools, Run, stretches
from offbeat.series.arrays import FloatArray

__all__ = ["RHYTHMS", "Episode", "episodes_of"]

RHYTHMS = {
    "N": "sinus rhythm",
    "SBR": "sinus bradycardia",
    "STACH": "sinus tachycardia",
    "AFIB": "atrial fibrillation or flutter",
    "P": "paced rhythm",
    "B": "ventricular bigeminy",
    "T": "ventricular trigeminy",
    "SVTA": "supraventricular tachycardia",
    "IVR": "idioventricular rhythm",
    "VT": "ventricular tachycardia",
}
"""The rhythms by the codes of the MIT-BIH databases, but for STACH, which those do not have."""

_SLOW, _FAST = 50.0, 100.0  # beats per minute: below is bradycardia, above is tachycardia
_RATE_BEATS = 31  # intervals over whose mean the sinus rate is taken
_COMMON = 0.25  # of the intervals around a beat that are normal at least, for a sinus rate
_SUSTAINED = 30.0  # seconds that fibrillation, brady- and tachycardia last at least
_SHARE = 0.5  # of a record shorter than a minute that is enough
_SINUS = ("N", "SBR", "STACH")
_PACED, _UNPACED = 3, 6  # beats in a row that make a paced rhythm, and that end it
_PATTERNS = {"bigeminy": "B", "trigeminy": "T"}


@dataclass(frozen=True)
class Episode:
    """A stretch of one rhythm.

    Parameters
    ----------
    rhythm : str
        A key of :data:`RHYTHMS`.
    start_s, stop_s : float
        When its first and its last beat were, seconds since the start of the record.
    beats : int
        How many beats.
    rate : float
        Mean heart rate, beats per minute; of a sinus rhythm that by which it is named, over the 31 normal intervals
        around each beat. NaN for a single beat of another rhythm.
    confidence : float
        From 0 to 1: of fibrillation, its mean probability; else the mean confidence of the classes of its beats. NaN
        where none is known.
    """

    rhythm: str
    start_s: float
    stop_s: float
    beats: int
    rate: float
    confidence: float


def episodes_of(
    sequence: BeatSequence,
    fibrillation: FloatArray,
    confidence: FloatArray,
    paced: Bools,
    runs: list[Run],
    patterns: list[Run],
) -> tuple[Episode, ...]:
    """Return the rhythms of a record in order of time; together they cover all beats.

    Unreadable time ends an episode. Fibrillation, sinus bradycardia (below 50 per minute) and sinus tachycardia (above
    100) last 30 seconds or more, without bigeminy or trigeminy between, or half of a record that is shorter than a
    minute; they are named where a quarter of the intervals are normal ones. A rhythm is paced where three beats in a
    row are, until six in a row are not. Patterns of ectopic beats are episodes of their own, and so are runs: of V,
    whatever rhythm they interrupt, of S outside fibrillation.

    Parameters
    ----------
    sequence : BeatSequence
        The beats.
    fibrillation, confidence : arrays of shape (n_beats,)
        The probability of atrial fibrillation at each beat, and the confidence of its class; NaN where unknown.
    paced : array of bool, shape (n_beats,)
        Which beats are paced.
    runs, patterns : list of Run
        See :meth:`~offbeat.ecg.sequences.BeatSequence.runs`, three beats or more each, and ``periodic``.
    """
    if not len(sequence):
        return ()
    sinus_intervals = _sinus_intervals(sequence)
    periodic = np.zeros(len(sequence), dtype=bool)
    for pattern in patterns:
        periodic[_beats_of(sequence, pattern)] = True
    rhythms = _sinus(sequence, 60.0 / sinus_intervals, periodic)
    rhythms[_fibrillates(sequence, fibrillation)] = "AFIB"
    rhythms[_paced(paced)] = "P"
    for pattern in patterns:
        rhythms[_beats_of(sequence, pattern)] = _PATTERNS[pattern.pattern]
    for run in runs:
        beats, fast = _beats_of(sequence, run), run.rate > _FAST
        if run.pattern == "V":
            rhythms[beats] = "VT" if fast else "IVR"
        elif fast and not (rhythms[beats] == "AFIB").any():
            rhythms[beats] = "SVTA"
    ends = np.flatnonzero(np.append((rhythms[1:] != rhythms[:-1]) | ~sequence.joined(), True)) + 1
    starts = np.append(0, ends[:-1])
    certainty = np.where(rhythms == "AFIB", fibrillation, confidence)
    return tuple(
        _episode(sequence, str(rhythms[start]), slice(start, stop), certainty, sinus_intervals)
        for start, stop in zip(starts.tolist(), ends.tolist(), strict=True)
    )


def _episode(
    sequence: BeatSequence, rhythm: str, part: slice, certainty: FloatArray, sinus_intervals: FloatArray
) -> Episode:
    times, known = sequence.times[part], certainty[part][np.isfinite(certainty[part])]
    first, last = float(times[0]), float(times[-1])
    intervals, around = np.diff(times), sinus_intervals[part]
    if rhythm in _SINUS and np.isfinite(around).all():
        intervals = around  # those that it is named by: of a short part, its own may have another mean
    rate = 60.0 / float(intervals.mean()) if intervals.size else np.nan
    return Episode(rhythm, first, last, len(times), rate, float(known.mean()) if known.size else np.nan)


def _sinus_intervals(sequence: BeatSequence) -> FloatArray:
    """Return the mean (s) of the normal intervals around each beat, (n_beats,); NaN where hardly any are normal.

    The few normal intervals between many ectopic beats are no measure of the sinus node: they may be the short ones.
    """
    intervals, whole = sequence.intervals(), sequence.normal()
    if whole.sum() < 2:
        return np.full(len(sequence), np.nan)
    means = ndimage.uniform_filter1d(intervals[whole], min(_RATE_BEATS, int(whole.sum())), mode="nearest")
    # a beat after unreadable time has the mean of the next that has one
    own = np.clip(np.searchsorted(np.flatnonzero(whole), np.arange(len(sequence))), 0, len(means) - 1)
    after = np.append(whole, whole[-1]).astype(float)
    common = ndimage.uniform_filter1d(after, _RATE_BEATS, mode="nearest") >= _COMMON
    return np.where(common, means[own], np.nan)


def _sinus(sequence: BeatSequence, rates: FloatArray, periodic: Bools) -> npt.NDArray[np.str_]:
    """Return sinus rhythm, bradycardia or tachycardia for each beat, by the rate of normal intervals around it.

    What lasts too short between stretches of bigeminy or trigeminy is sinus rhythm.
    """
    rhythms = np.full(len(sequence), "N", dtype="U5")
    rhythms[_sustained(sequence, (rates < _SLOW) & ~periodic)] = "SBR"
    rhythms[_sustained(sequence, (rates > _FAST) & ~periodic)] = "STACH"
    return rhythms


def _fibrillates(sequence: BeatSequence, fibrillation: FloatArray) -> Bools:
    """Return which beats belong to episodes of fibrillation, which pass over what interrupts them for a short time."""
    probable = fibrillation > 0.5  # an unknown probability is not
    return _sustained(sequence, ~_sustained(sequence, ~probable)) if probable.any() else probable


def _paced(beats: Bools) -> Bools:
    """Return which beats belong to a paced rhythm: three in a row begin it, six of the heart's own end it."""
    kept, last = np.zeros(len(beats), dtype=bool), -len(beats) - _UNPACED
    for start, stop in zip(*stretches(beats), strict=True):
        if stop - start >= _PACED:
            kept[last if start - last < _UNPACED else start : stop] = True
            last = int(stop)
    return kept


def _sustained(sequence: BeatSequence, beats: Bools) -> Bools:
    """Return those beats that belong to stretches of them which last long enough, (n_beats,)."""
    least = min(_SUSTAINED, _SHARE * (sequence.times[-1] - sequence.times[0]))
    kept = np.zeros(len(beats), dtype=bool)
    for start, stop in zip(*stretches(beats), strict=True):
        kept[start:stop] = sequence.times[stop - 1] - sequence.times[start] >= least
    return kept


def _beats_of(sequence: BeatSequence, run: Run) -> slice:
    start = int(np.searchsorted(sequence.times, run.start_s))
    return slice(start, start + run.beats)

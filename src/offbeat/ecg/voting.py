"""The beats of several leads: each lead votes on each candidate, by how well beats stand out in it.

A T wave may be taller than the QRS complex in one lead, an artefact is rarely in two, and a ventricular beat may be
nearly invisible in one direction. No lead is right everywhere, but the errors of leads differ.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.ecg.deflections import Deflections, Samples, usual_size
from offbeat.ecg.readability import contrast, mean_around
from offbeat.ecg.rpeaks import LeadPeaks
from offbeat.series.arrays import FloatArray

__all__ = ["beats_by_vote"]

_SAME = 0.15  # seconds within which peaks of two leads belong to one beat (EC57)
_FEWEST = 3  # beats of a lead, below which nothing is usual in it
_LAG = 0.04  # seconds by which the QRS complex may be largest earlier or later in another lead
_SILENT = 0.2  # of the usual height, not reached for a second on either side: the electrode may be off
_SURE, _LIKELY = 0.65, 0.37  # of the votes, for any candidate and for one that has no other near it
_REFRACTORY, _T_WAVE = 0.2, 0.36  # seconds after a beat in which no other can be, and in which its T wave is
_NOISE, _ECG, _LEAST = 1.8, 2.3, 0.02  # contrast of the peaks of any noise, and of any ECG; the weight of noise
_COUNTS = 0.1  # of the largest weight: a lead that has less does not tell where a beat lies
_LESS = 0.1  # of its weight that a silent lead keeps: outvoted by an ECG in another lead, but not by noise


def beats_by_vote(leads: Sequence[LeadPeaks]) -> Samples:
    """Return the beats of a piece of a record that its leads agree on.

    The candidates are the peaks of all leads. A lead gives half of its vote to a candidate that is a peak of its own,
    and half by how tall the lead is there, in parts of its usual beat. Votes are weighted by how far QRS complexes
    stand out of all that is between them in the ten seconds around, T waves included; noise has hardly a say. A
    candidate within 0.36 s of a stronger one may be its T wave and needs two thirds of the votes, any other one about a
    third: most ventricular beats that only one lead shows stand alone.

    Parameters
    ----------
    leads : sequence of LeadPeaks
        Of the same stretch of time. A beat lies where the first lead that shows it, unless the lead is as good as off,
        has its peak.

    Returns
    -------
    array of int, shape (n_beats,)
        Sample numbers, rising.
    """
    voters = [(lead.peaks, lead.deflections) for lead in leads if lead.deflections and len(lead.peaks) >= _FEWEST]
    if len(voters) < 2:
        return voters[0][0] if voters else leads[0].peaks
    rate = voters[0][1].rate
    candidates = _candidates([peaks for peaks, _ in voters], _SAME * rate)
    weights = np.array([_weight(candidates, *voter) for voter in voters])
    weights /= weights.sum(axis=0)
    votes = np.array([_vote(candidates, *voter) for voter in voters])
    elected = _elected(candidates, (weights * votes).sum(axis=0), rate)
    return _placed(candidates[elected], [peaks for peaks, _ in voters], weights[:, elected], _SAME * rate)


def _candidates(peaks: Sequence[Samples], reach: float) -> Samples:
    """Return the peaks of the first lead, and those of the others that no lead before them has."""
    every = peaks[0]
    for of_lead in peaks[1:]:
        every = np.sort(np.append(every, of_lead[_distance(of_lead, every) > reach]))
    return every


def _distance(places: Samples, others: Samples) -> Samples:
    """Return how far the nearest of the others, which rise, is from each place."""
    return np.asarray(np.abs(places - _nearest(places, others)))


def _nearest(places: Samples, others: Samples) -> Samples:
    after = np.searchsorted(others, places).clip(1, len(others) - 1)
    before = others[after - 1]
    return np.asarray(np.where(places - before < others[after] - places, before, others[after]))


def _weight(candidates: Samples, peaks: Samples, found: Deflections) -> FloatArray:
    rate = found.rate
    measures = contrast(found.qrs, peaks, rate)
    stands_out = mean_around(measures[:, None], peaks / rate, candidates / rate)[:, 0]
    none_near = np.isnan(stands_out)
    silent = none_near | (_relative(candidates, peaks, found.heights[0], int(rate)) < _SILENT)
    stands_out = np.where(none_near, measures.mean(), stands_out)
    is_ecg = ((stands_out - _NOISE) / (_ECG - _NOISE)).clip(_LEAST, 1.0)
    return np.asarray(np.exp(stands_out) * is_ecg * np.where(silent, _LESS, 1.0))


def _vote(candidates: Samples, peaks: Samples, found: Deflections) -> FloatArray:
    near = int(_LAG * found.rate)
    heights = [_relative(candidates, peaks, height, near).clip(max=1.0) for height in found.heights]
    own = _distance(candidates, peaks) <= _SAME * found.rate
    return np.asarray(0.5 * own + 0.25 * (heights[0] + heights[1]))


def _relative(candidates: Samples, peaks: Samples, height: FloatArray, reach: int) -> FloatArray:
    """Return the largest height within reach of each candidate, in parts of that of the usual beat of the lead."""
    around = ndimage.maximum_filter1d(height, 2 * reach + 1)
    usual = np.interp(candidates, peaks, usual_size(height[peaks]))
    return np.asarray(around[candidates] / np.maximum(usual, np.finfo(float).tiny))


def _elected(candidates: Samples, votes: FloatArray, rate: float) -> npt.NDArray[np.intp]:
    """Return the candidates with votes enough, those with most first, that are not too near to one before them."""
    elected: list[int] = []  # rising, as the candidates are
    for i in np.argsort(-votes, kind="stable").tolist():
        if votes[i] < _LIKELY:
            break
        at = bisect(elected, i)
        nearest = min((abs(candidates[i] - candidates[j]) for j in elected[max(0, at - 1) : at + 1]), default=np.inf)
        if nearest >= (_REFRACTORY if votes[i] >= _SURE else _T_WAVE) * rate:
            insort(elected, i)
    return np.array(elected, np.intp)


def _placed(beats: Samples, leads: Sequence[Samples], weights: FloatArray, reach: float) -> Samples:
    """Return the peak of each beat in the first lead that has one there and counts."""
    places = beats.copy()
    for peaks, counts in zip(reversed(leads), reversed(weights >= _COUNTS * weights.max(axis=0)), strict=True):
        nearest = _nearest(beats, peaks)
        places = np.where(counts & (np.abs(nearest - beats) <= reach), nearest, places)
    return np.unique(places)

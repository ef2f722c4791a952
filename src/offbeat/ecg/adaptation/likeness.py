"""How much alike the beats of one person are: correlations of their shapes and P waves, and how early they come."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.rhythm_context import readable_rr, usual_rr
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.ecg.readability import DOUBTFUL
from offbeat.series.arrays import FloatArray

__all__ = ["lateness", "lead_weights", "p_likeness", "shape_likeness"]

_SHAPE, _P = (-0.1, 0.35), (-0.26, -0.08)  # seconds from the R peak: QRS, ST and most of T; the P wave
_LAGS = range(-4, 5)  # time steps by which the R peaks of like beats may differ
_AROUND = 31  # beats whose median interval is the rhythm around one
_TINY = 1e-6


def lead_weights(quality: FloatArray) -> FloatArray:
    """Return how much each lead counts for each beat, (n_beats, n_leads): rows of a sum of 1, by the signal quality."""
    weights = np.clip(quality, 1e-3, DOUBTFUL)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def shape_likeness(windows: FloatArray, examples: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the correlation of QRS complex and T wave of each beat with those of each example, at the best lag.

    Parameters
    ----------
    windows : array of shape (n_beats, n_leads, 114)
        As :class:`~offbeat.ecg.beats.Beats` has them.
    examples : array of shape (n_examples, n_leads, 114)
        Likewise, of the same leads.
    weights : array of shape (n_beats, n_leads)
        See :func:`lead_weights`.

    Returns
    -------
    array of shape (n_beats, n_examples)
        The weighted mean over the leads, -1 to 1.
    """
    return _likeness(windows, examples, weights, _SHAPE, _LAGS)


def p_likeness(windows: FloatArray, examples: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the correlation of the P wave of each beat with that of each example, as :func:`shape_likeness`."""
    return _likeness(windows, examples, weights, _P, range(1))


def lateness(beats: Beats) -> FloatArray:
    """Return the logarithm of the RR interval before each beat over the median of the 31 around it, (n_beats,).

    Examples
    --------
    >>> samples = np.cumsum(np.where(np.arange(60) == 30, 150, 250))
    >>> beats = Beats("strip", samples, 250.0, 15_000, ("II",), np.zeros((60, 1, 114)), np.zeros(60, bool))
    >>> lateness(beats)[29:32].round(2).tolist()
    [0.0, -0.51, 0.0]
    """
    if not len(beats):
        return np.empty(0)
    before = beats.rr()[0]
    before = readable_rr(before, usual_rr(before))
    return np.asarray(np.log(before / ndimage.median_filter(before, _AROUND, mode="nearest")))


def _likeness(
    windows: FloatArray, examples: FloatArray, weights: FloatArray, part: tuple[float, float], lags: range
) -> FloatArray:
    start, stop = (round((edge + BEAT_BEFORE) * BEAT_RATE) for edge in part)
    alike = np.zeros((len(windows), len(examples)), np.float32)
    for lead in range(windows.shape[1]):
        references = _unit(examples[:, lead, start:stop]).T
        best = np.full_like(alike, -1.0)
        for lag in lags:
            np.maximum(best, _unit(windows[:, lead, start + lag : stop + lag]) @ references, out=best)
        alike += weights[:, lead, None].astype(np.float32) * best
    return alike


def _unit(windows: FloatArray) -> FloatArray:
    centred = windows - windows.mean(axis=1, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + _TINY), np.float32)

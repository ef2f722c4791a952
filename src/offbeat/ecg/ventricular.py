"""Which ventricular beats can be believed: those unlike the usual beats that recur, or that two leads show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.ecg.features.traits import Traits
from offbeat.series.arrays import FloatArray

__all__ = ["credible", "likeness_around", "usual_in_shape"]

_START, _STOP = (round((edge + BEAT_BEFORE) * BEAT_RATE) for edge in (-0.1, 0.35))  # QRS, ST and most of T
_RECURS = 0.95  # correlation with another ventricular beat: nearly all have one, few of those made of noise
_USUAL = 0.97  # correlation with other beats, of which a tenth must be so much alike
_SHARE_USUAL = 90  # per cent of the other beats that may be less alike
_LAGS = range(-6, 7)  # time steps (50 ms): R and S waves of one beat may both be taken for its peak
_MOST, _MOST_USUAL = 400, 100  # beats that each is compared with
_AROUND = 61  # beats in which the others are looked at
_ORDER = 0.35  # the share of like QRS complexes among the others, below which there is noise rather than a heart
_MANY = 8  # ventricular beats of one shape, which noise does not make
_TINY = 1e-6

Bools = npt.NDArray[np.bool_]


def usual_in_shape(beats: Beats, ventricular: Bools) -> Bools:
    """Return which ventricular beats look like a tenth of the other beats of their half hour, and so are none.

    Parameters
    ----------
    beats : Beats
        All beats of the record.
    ventricular : array of bool, shape (n_beats,)
        Those that a classifier calls ventricular.

    Returns
    -------
    array of bool, shape (n_beats,)
        False for all that are not called ventricular.

    Examples
    --------
    >>> windows = np.random.default_rng(0).normal(size=(4, 1, 114)).astype(np.float32)
    >>> windows[2:] = windows[0]
    >>> beats = Beats("strip", np.arange(4) * 250, 250.0, 1000, ("II",), windows, np.zeros(4, bool))
    >>> usual_in_shape(beats, np.array([True, True, False, False]))
    array([ True, False, False, False])
    """
    usual = np.zeros(len(beats), bool)
    for stretch in beats.stretches():
        windows, among = beats.windows[stretch, 0], ventricular[stretch]
        others = _thinned(np.flatnonzero(~among), _MOST_USUAL)
        if not len(others) or not among.any():
            continue
        references = _unit(windows[others, _START:_STOP])
        alike = np.full((int(among.sum()), len(others)), -1.0, np.float32)
        for lag in _LAGS:
            np.maximum(alike, _unit(windows[among, _START + lag : _STOP + lag]) @ references.T, out=alike)
        usual[stretch.start + np.flatnonzero(among)] = np.percentile(alike, _SHARE_USUAL, axis=1) >= _USUAL
    return usual


def likeness_around(traits: Traits, ventricular: Bools) -> FloatArray:
    """Return how much alike the QRS complexes of the other beats around each beat are.

    Parameters
    ----------
    traits : Traits
        Of all beats of a record.
    ventricular : array of bool, shape (n_beats,)
        Those that a classifier calls ventricular; they do not count.

    Returns
    -------
    array of shape (n_beats,)
        The share of the other beats whose QRS complex is like theirs, on average over 61 beats and by the best lead,
        from 0 to 1.

    Examples
    --------
    >>> traits = Traits.empty(3, 1)
    >>> traits.qrs_share[:] = [[0.9], [0.1], [0.7]]
    >>> likeness_around(traits, np.array([False, True, False])).round(2)
    array([0.8, 0.8, 0.8])
    """
    others = (~ventricular).astype(np.float64)
    ones = np.ones(_AROUND)
    like = ndimage.convolve1d(others * traits.qrs_share.max(axis=1, initial=0.0), ones, mode="constant")
    return np.asarray(like / np.maximum(ndimage.convolve1d(others, ones, mode="constant"), _TINY))


def credible(beats: Beats, ventricular: Bools, votes: npt.NDArray[np.int64], likeness: FloatArray) -> Bools:
    """Return which beats may be called ventricular.

    Noise makes wide, early "beats" of any shape, a ventricular focus makes the same beat again. So a beat is believed
    if its signal is good and if another ventricular beat of the record looks like it, or a second lead agrees. Where
    the other beats are not like each other either, there is hardly a heart to be seen, and it takes eight of a shape.

    Parameters
    ----------
    beats : Beats
        All beats of the record.
    ventricular : array of bool, shape (n_beats,)
        Those that a classifier calls ventricular.
    votes : array of int, shape (n_beats,)
        How many leads of good quality it calls ventricular, taken alone.
    likeness : array of shape (n_beats,)
        See :func:`likeness_around`.

    Returns
    -------
    array of bool, shape (n_beats,)
        False for all that are not ventricular.

    Examples
    --------
    >>> windows = np.random.default_rng(0).normal(size=(4, 1, 114)).astype(np.float32)
    >>> windows[2] = windows[0]
    >>> beats = Beats("strip", np.arange(4) * 250, 250.0, 1000, ("II",), windows, np.zeros(4, bool))
    >>> credible(beats, np.array([True, True, True, False]), np.ones(4, np.int64), np.ones(4))
    array([ True, False,  True, False])
    """
    believed = ventricular & ~beats.doubtful
    rows = np.flatnonzero(believed)
    recurring = _recurring(beats.windows[rows, 0, _START:_STOP])
    orderly = (likeness[rows] >= _ORDER) | (recurring + 1 >= _MANY)
    believed[rows] = ((votes[rows] > 1) | (recurring > 0)) & orderly
    return believed


def _recurring(windows: FloatArray) -> npt.NDArray[np.int64]:
    """Return how many of the other beats look like each; of many beats only some are compared."""
    unit = _unit(windows)
    others = _thinned(np.arange(len(unit)), _MOST)
    alike = unit @ unit[others].T >= _RECURS
    alike[others, np.arange(len(others))] = False  # itself
    return np.asarray(alike.sum(axis=1))


def _thinned(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    return rows[:: -(-len(rows) // most) or 1]


def _unit(windows: FloatArray) -> FloatArray:
    centred = windows - windows.mean(axis=1, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + _TINY))

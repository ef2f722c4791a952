"""Which ventricular beats can be believed: those unlike the usual beats that recur, or that two leads show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.series.arrays import FloatArray

__all__ = ["credible", "usual_in_shape"]

_START, _STOP = (round((edge + BEAT_BEFORE) * BEAT_RATE) for edge in (-0.1, 0.35))  # QRS, ST and most of T
_RECURS = 0.95  # correlation with another ventricular beat: nearly all have one, few of those made of noise
_USUAL = 0.97  # correlation with other beats, of which a tenth must be so much alike
_SHARE_USUAL = 90  # per cent of the other beats that may be less alike
_LAGS = range(-6, 7)  # time steps (50 ms): R and S waves of one beat may both be taken for its peak
_MOST, _MOST_USUAL = 400, 100  # beats that each is compared with
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


def credible(beats: Beats, ventricular: Bools, votes: npt.NDArray[np.int64]) -> Bools:
    """Return which beats may be called ventricular.

    Noise makes wide, early "beats" of any shape, a ventricular focus makes the same beat again. So a beat is believed
    if its signal is good and if another ventricular beat of the record looks like it, or a second lead agrees.

    Parameters
    ----------
    beats : Beats
        All beats of the record.
    ventricular : array of bool, shape (n_beats,)
        Those that a classifier calls ventricular.
    votes : array of int, shape (n_beats,)
        How many leads of good quality it calls ventricular, taken alone.

    Returns
    -------
    array of bool, shape (n_beats,)
        False for all that are not ventricular.

    Examples
    --------
    >>> windows = np.random.default_rng(0).normal(size=(4, 1, 114)).astype(np.float32)
    >>> windows[2] = windows[0]
    >>> beats = Beats("strip", np.arange(4) * 250, 250.0, 1000, ("II",), windows, np.zeros(4, bool))
    >>> credible(beats, np.array([True, True, True, False]), np.ones(4, np.int64))
    array([ True, False,  True, False])
    """
    believed = ventricular & ~beats.doubtful
    rows = np.flatnonzero(believed)
    believed[rows] = (votes[rows] > 1) | (_most_alike(beats.windows[rows, 0, _START:_STOP]) >= _RECURS)
    return believed


def _most_alike(windows: FloatArray) -> FloatArray:
    """Return the correlation of each beat with the one most like it."""
    unit = _unit(windows)
    others = _thinned(np.arange(len(unit)), _MOST)
    alike = unit @ unit[others].T
    alike[others, np.arange(len(others))] = -1.0  # itself
    return np.asarray(alike.max(axis=1, initial=-1.0))


def _thinned(rows: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    return rows[:: -(-len(rows) // most) or 1]


def _unit(windows: FloatArray) -> FloatArray:
    centred = windows - windows.mean(axis=1, keepdims=True)
    return np.asarray(centred / (np.linalg.norm(centred, axis=1, keepdims=True) + _TINY))

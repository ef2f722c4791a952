"""Paced beats: those that begin with the spike of a pacemaker, in one lead or several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.series.arrays import FloatArray

__all__ = ["begins_with_spike", "pacing_probability"]

_LOWEST_RATE = 200.0  # Hz, below which a spike cannot be told from a steep QRS complex
_STEP = 0.002  # seconds
_FROM, _TO = -0.2, 0.35  # seconds around the R peak that are looked at
_EARLIEST, _LATEST = -0.14, 0.04  # seconds from the R peak within which a spike is looked for
_SPIKE, _DEFLECTION = 3, 10  # steps: what a spike rises in, and what a QRS complex needs
_BEFORE, _AFTER = slice(-25, -8), slice(25, 75)  # steps from the spike: the line before it, the complex after it
_STEEP = 0.5  # of the change within a deflection is made in the time of a spike
_WIDE = 0.35  # of the beat's height is still to come 50 ms after the spike: pacing makes wide complexes
_QUIET = 0.3  # of the spike's height is the most that happens just before it
_AROUND, _SHARE, _FEWEST = 21, 0.5, 4  # a pacemaker paces in a row: beats around, and how many of them have a spike
_TINY = 1e-9

Bools = npt.NDArray[np.bool_]


def begins_with_spike(leads: Sequence[FloatArray], peaks: npt.NDArray[np.int64], sampling_rate: float) -> Bools:
    """Return in which leads a beat begins like a paced one.

    A stimulus lasts a millisecond or two and starts a complex in the muscle, away from the conduction system. So out of
    a quiet line comes a rise that no heart makes that fast, and a wide complex after it. A conducted beat has one of
    both at most: if it is steep, it is over soon.

    Parameters
    ----------
    leads : sequence of arrays of shape (n_times,)
        Without missing values, not low-pass filtered.
    peaks : array of shape (n_beats,)
        R peaks.
    sampling_rate : float
        Samples per second (Hz); nothing is found below 200.

    Returns
    -------
    array of bool, shape (n_beats, n_leads)

    Examples
    --------
    >>> time = np.arange(500) / 500
    >>> wide = -np.exp(-(((time - 0.5) / 0.05) ** 2))
    >>> spike = np.where(np.abs(time - 0.41) < 0.003, 0.8, 0.0)
    >>> begins_with_spike([wide, wide + spike], np.array([250]), 500)
    array([[False,  True]])
    """
    found = np.zeros((len(peaks), len(leads)), bool)
    if not len(peaks) or sampling_rate < _LOWEST_RATE:
        return found
    places = peaks[:, None] + np.arange(_FROM, _TO, _STEP) * sampling_rate
    for number, lead in enumerate(leads):
        found[:, number] = _spiked(np.interp(places, np.arange(len(lead)), lead))
    return found


def _spiked(windows: FloatArray) -> Bools:
    """Return which windows of shape (n_beats, n_steps) hold a spike before a wide complex."""
    start, stop = (round((edge - _FROM) / _STEP) for edge in (_EARLIEST, _LATEST))
    rises, slow = (np.abs(windows[:, step:] - windows[:, :-step]) for step in (_SPIKE, _DEFLECTION))
    rows = np.arange(len(windows))
    at = start + rises[:, start:stop].argmax(axis=1)
    spike = rises[rows, at]

    def height(steps: slice) -> FloatArray:
        return np.asarray(np.ptp(windows[rows[:, None], at[:, None] + 1 + np.arange(steps.start, steps.stop)], axis=1))

    beat = height(slice(-15, _AFTER.stop))
    steep = spike > _STEEP * slow[:, start - _DEFLECTION + _SPIKE : stop].max(axis=1)
    return np.asarray(steep & (height(_AFTER) > _WIDE * beat) & (height(_BEFORE) < _QUIET * spike) & (spike > _TINY))


def pacing_probability(spikes: Bools) -> FloatArray:
    """Return how probable it is that a beat is paced: with a spike, the share of the beats around that have one, too.

    Parameters
    ----------
    spikes : array of bool, shape (n_beats, n_leads)
        See :func:`begins_with_spike`.

    Returns
    -------
    array of shape (n_beats,)
        By the lead that shows most; 0 for a beat without a spike, or where fewer than half of the beats around have
        one, or fewer than four.

    Examples
    --------
    >>> spikes = np.zeros((100, 1), bool)
    >>> spikes[40:80], spikes[10] = True, True
    >>> np.flatnonzero(pacing_probability(spikes)).tolist() == list(range(40, 80))
    True
    """
    ones = np.ones(_AROUND)
    with_spike = ndimage.convolve1d(spikes.astype(np.float64), ones, axis=0, mode="constant")
    share = with_spike / ndimage.convolve1d(np.ones((len(spikes), 1)), ones, axis=0, mode="constant")
    paced = spikes & (share >= _SHARE) & (with_spike >= _FEWEST)
    return np.asarray(np.where(paced, share, 0.0).max(axis=1, initial=0.0))

"""How well an ECG can be read, from 0 to 1: by how much its beats are alike, and how far they stand out."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.series.arrays import FloatArray

__all__ = ["DOUBTFUL", "PIECE", "UNREADABLE", "beat_measures", "contrast", "mean_around", "quality_around"]

UNREADABLE = 0.01
"""The quality below which no beat of a lead can be relied on."""
DOUBTFUL = 0.3
"""The quality below which beats are doubtful."""
PIECE = 10.0
"""Seconds of signal whose quality is assessed together."""

_COMPARED = slice(round((BEAT_BEFORE - 0.1) * BEAT_RATE), round((BEAT_BEFORE + 0.35) * BEAT_RATE))  # QRS, ST and T
_NEIGHBOURS = 10  # beats before a beat, and after it, that it is compared with
_ALIKE = 0.4  # of the neighbours that a beat must be like: half of them are in bigeminy
_BAND = (10.0, 40.0)  # Hz: of a QRS complex, and of muscles, but hardly of other waves
_BESIDE = 0.12  # seconds around an R peak that belong to the QRS complex
_SOME = 0.1  # of the time around a beat that must lie between beats
_TINY = 1e-4  # mV: digital silence
_LIKENESS, _CONTRAST = (0.49, 30.0), (1.85, 7.0)  # where each measure tells ECG from noise, and how steeply

Samples = npt.NDArray[np.int64]


def beat_measures(lead: FloatArray, windows: FloatArray, peaks: Samples, rate: float) -> FloatArray:
    """Measure each beat of a lead: how much it is like its neighbours, and how far it stands out of what is between.

    Parameters
    ----------
    lead : array of shape (n_times,)
        Millivolts; without missing values and hum.
    windows : array of shape (n_beats, 114)
        The beats, as :class:`~offbeat.ecg.beats.Beats` has them.
    peaks : array of shape (n_beats,)
        R peaks, rising.
    rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_beats, 2)
        The correlation that two in five of the ten beats before and after reach; and the natural logarithm of the
        height of the QRS complex over the root mean square between beats, both from 10 to 40 Hz.
    """
    if not len(peaks):
        return np.empty((0, 2))
    sections = signal.butter(2, (_BAND[0], min(_BAND[1], 0.45 * rate)), "bandpass", fs=rate, output="sos")
    fast = signal.sosfiltfilt(sections, lead)
    return np.column_stack([_likeness(windows[:, _COMPARED]), contrast(fast, peaks, rate)])


def quality_around(measures: FloatArray, times: FloatArray, at: FloatArray, seconds: float = PIECE) -> FloatArray:
    """Return the quality of a lead around points of time: 0 where there is no beat.

    Parameters
    ----------
    measures : array of shape (n_beats, 2)
        See :func:`beat_measures`.
    times : array of shape (n_beats,)
        When the beats are (s), rising.
    at : array of shape (n,)
        The middles of the pieces (s).
    seconds : float
        The length of a piece.

    Returns
    -------
    array of shape (n,)

    Examples
    --------
    >>> measures = np.array([[0.95, 3.5], [0.97, 3.6], [0.2, 1.7], [0.1, 1.6]])
    >>> quality_around(measures, np.array([1.0, 2.0, 21.0, 22.0]), np.array([5.0, 15.0, 25.0])).round(2)
    array([1., 0., 0.])
    """
    mean = mean_around(measures, times, at, seconds)
    parts = [
        1 / (1 + np.exp(-slope * (mean[:, i] - middle))) for i, (middle, slope) in enumerate((_LIKENESS, _CONTRAST))
    ]
    return np.asarray(np.nan_to_num(parts[0] * parts[1]))


def mean_around(measures: FloatArray, times: FloatArray, at: FloatArray, seconds: float = PIECE) -> FloatArray:
    """Return the mean of measures of the beats around points of time, NaN where there is no beat.

    Takes what :func:`quality_around` takes, with any number of measures.

    Returns
    -------
    array of shape (n, n_measures)
    """
    first, last = (np.searchsorted(times, at + shift) for shift in (-seconds / 2, seconds / 2))
    sums = np.vstack([np.zeros(measures.shape[1]), np.cumsum(measures, axis=0)])
    counted = np.where(last > first, last - first, np.nan)
    return np.asarray((sums[last] - sums[first]) / counted[:, None])


def _likeness(windows: FloatArray) -> FloatArray:
    """Return the correlation that two in five neighbours of each beat reach."""
    centred = windows.astype(np.float64) - windows.mean(axis=1, keepdims=True)
    unit = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + _TINY)
    n = len(unit)
    alike = np.full((n, 2 * _NEIGHBOURS), -np.inf)
    for lag in range(1, min(_NEIGHBOURS, n - 1) + 1):
        correlation = (unit[lag:] * unit[:-lag]).sum(axis=1)
        alike[lag:, lag - 1] = alike[:-lag, -lag] = correlation
    alike.sort(axis=1)
    wanted = np.ceil(_ALIKE * np.isfinite(alike).sum(axis=1)).astype(np.int64)
    return np.where(wanted > 0, alike[np.arange(n), -np.maximum(wanted, 1)], 0.0)


def contrast(fast: FloatArray, peaks: Samples, rate: float) -> FloatArray:
    """Return the natural logarithm of the height of each QRS complex over the root mean square between beats.

    Parameters
    ----------
    fast : array of shape (n_times,)
        The lead in a band of QRS complexes.
    peaks : array of shape (n_beats,)
        R peaks, rising; at least one.
    rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_beats,)
    """
    width = int(_BESIDE * rate) | 1
    height = cast(FloatArray, ndimage.maximum_filter1d(fast, width) - ndimage.minimum_filter1d(fast, width))[peaks]
    between = np.ones(len(fast), bool)
    between[np.clip(peaks[:, None] + np.arange(-width, width + 1), 0, len(fast) - 1)] = False
    sums = [np.append(0, np.cumsum(values)) for values in (np.where(between, fast**2, 0.0), between, fast**2)]
    middles = (peaks[1:] + peaks[:-1]) // 2
    second = int(rate)
    edges = np.concatenate([[max(0, peaks[0] - second)], middles, [min(len(fast), peaks[-1] + second)]])
    power, counted, whole = (np.diff(values[edges]) for values in sums)
    length = np.maximum(1, np.diff(edges))
    # Beats that follow each other too fast have nothing between them: then they stand out of themselves.
    rest = np.sqrt(np.where(counted > _SOME * length, power / np.maximum(1, counted), whole / length))
    return np.asarray(np.log((height + _TINY) / (rest + _TINY)))

"""Make a lead fit to be searched: fill its gaps, filter mains hum, limit artefacts; and cut its beats out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE, BEAT_TIMES
from offbeat.series.arrays import FloatArray

__all__ = ["beat_windows", "clean_lead", "limit_artefacts", "without_hum"]

_MAINS = (50.0, 60.0)  # Hz
_HIGHEST = 0.45  # of the sampling rate: a filter needs room above
_SEGMENT = 4.0  # seconds of signal in each of the spectra that are averaged
_LINE, _BESIDE = 0.75, 6.0  # Hz around the mains frequency: the line, and what it is compared with
_STANDS_OUT = 10.0  # times the power beside it
_WIDTH = 2.0  # Hz that the filter takes out
_BLOCK, _BLOCKS_AROUND = 1.0, 15  # seconds, and how many of them tell what is usual
_ARTEFACT = 6.0  # times the usual deflection: no beat
_BAND = (0.5, 40.0)  # Hz

Samples = npt.NDArray[np.int64]


def clean_lead(lead: FloatArray, sampling_rate: float) -> FloatArray:
    """Return a lead without gaps, mains hum and short artefacts.

    Parameters
    ----------
    lead : array of shape (n_times,)
        One lead, in any unit; NaN is a missing sample.
    sampling_rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_times,)
        With straight lines across what is missing; zeros where all is.

    Examples
    --------
    >>> clean_lead(np.array([0.0, np.nan, 2.0]), 250)
    array([0., 1., 2.])
    """
    return limit_artefacts(without_hum(_filled(lead), sampling_rate), sampling_rate)


def without_hum(values: FloatArray, sampling_rate: float) -> FloatArray:
    """Return the lead without 50 or 60 Hz of the mains; unchanged where they do not stand out in its spectrum.

    Parameters
    ----------
    values : array of shape (n_times,)
        One lead, in any unit; without missing values.
    sampling_rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_times,)

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.01, 5000)
    >>> hum = np.sin(2 * np.pi * 50 * np.arange(5000) / 250)
    >>> bool(np.abs(without_hum(noise + hum, 250)[500:-500]).max() < 0.1)
    True
    """
    if len(values) < 2 * _SEGMENT * sampling_rate:
        return values
    frequencies, power = signal.welch(values, sampling_rate, nperseg=int(_SEGMENT * sampling_rate), noverlap=0)
    for mains in _MAINS:
        distance = np.abs(frequencies - mains)
        beside = power[(distance > 2 * _LINE) & (distance < _BESIDE)]
        if mains > _HIGHEST * sampling_rate or power[distance <= _LINE].max() <= _STANDS_OUT * np.median(beside):
            continue
        numerator, denominator = signal.iirnotch(mains, mains / _WIDTH, sampling_rate)
        values = signal.filtfilt(numerator, denominator, values)
    return values


def limit_artefacts(values: FloatArray, sampling_rate: float) -> FloatArray:
    """Return the lead with short artefacts limited to what is usual around them.

    A detector adapts to the largest deflections, so that one artefact can hide the beats of the minutes after it. What
    lies six times farther from the middle of its second than is usual within eight seconds is limited to that; beats
    are not that different from each other, and where a lead is connected or its gain changes, the new size is usual at
    once.

    Parameters
    ----------
    values : array of shape (n_times,)
        One lead, in any unit; without missing values.
    sampling_rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_times,)

    Examples
    --------
    >>> lead = np.sin(np.arange(5000) / 20)
    >>> lead[2000:2010] = 99
    >>> bool(limit_artefacts(lead, 250).max() < 10)
    True
    """
    length = max(1, round(_BLOCK * sampling_rate))
    n_blocks = -(-len(values) // length)
    if n_blocks < 2:
        return values
    blocks = np.pad(values, (0, n_blocks * length - len(values)), mode="edge").reshape(n_blocks, length)
    middle = np.median(blocks, axis=1)
    reach = ndimage.maximum_filter1d(np.abs(blocks - middle[:, None]).max(axis=1), 3)  # a beat lies within 3 s
    usual = _ARTEFACT * ndimage.median_filter(reach, _BLOCKS_AROUND, mode="mirror")
    if (reach <= usual).all():
        return values
    limited = np.clip(blocks, (middle - usual)[:, None], (middle + usual)[:, None])
    return np.asarray(limited.ravel()[: len(values)])


def beat_windows(leads: Sequence[FloatArray], peaks: Samples, sampling_rate: float) -> FloatArray:
    """Return each beat from 0.4 s before to 0.55 s after its R peak, at 120 Hz, 0.5 to 40 Hz.

    Parameters
    ----------
    leads : sequence of arrays of shape (n_times,)
        Without missing values.
    peaks : array of shape (n_beats,)
        R peaks.
    sampling_rate : float
        Samples per second (Hz).

    Returns
    -------
    array of shape (n_beats, n_leads, 114)

    Examples
    --------
    >>> beat_windows([np.zeros(1000)], np.array([300, 600]), 250).shape
    (2, 1, 114)
    """
    steps = np.arange(BEAT_TIMES) - round(BEAT_BEFORE * BEAT_RATE)
    places = peaks[:, None] + steps * (sampling_rate / BEAT_RATE)
    out = np.empty((len(peaks), len(leads), BEAT_TIMES), np.float32)
    if not len(peaks):
        return out
    # 40 Hz is far enough below 60 that nothing folds over.
    sections = signal.butter(2, _BAND, "bandpass", fs=sampling_rate, output="sos")
    for i, lead in enumerate(leads):
        out[:, i] = np.interp(places, np.arange(len(lead)), signal.sosfiltfilt(sections, lead))
    return out


def _filled(lead: FloatArray) -> FloatArray:
    """Return the lead with straight lines across what is missing; zeros where all is."""
    lead = lead.astype(np.float64)
    missing = np.isnan(lead)
    if missing.all():
        return np.zeros_like(lead)
    if missing.any():
        places = np.arange(len(lead))
        lead[missing] = np.interp(places[missing], places[~missing], lead[~missing])
    return lead

"""Synthetic records: the beats of a real record in a simulated rhythm, so that a classifier learns many rhythms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beats import Beats
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE, BEAT_TIMES
from offbeat.ecg.training.simulated_rhythms import Rhythm
from offbeat.series.arrays import FloatArray

__all__ = ["synthetic_record"]

_PEAK = round(BEAT_BEFORE * BEAT_RATE)  # time step of a window at which its R peak stands
_TIME = (np.arange(BEAT_TIMES) - _PEAK) / BEAT_RATE  # seconds from the R peak
_P_WAVE = (-0.30, -0.26, -0.09, -0.06)  # seconds from the R peak: begins, is there in full, until, ends
_FEWEST = 10  # supraventricular beats of a record, below which they are made of normal ones
_OWN = 0.6  # how often its own are used, where there are enough
_ALTERED = 0.7  # how often the P wave of those made of normal ones is altered, as it has another origin

Classes = npt.NDArray[np.str_]


def synthetic_record(beats: Beats, classes: Classes, rhythm: Rhythm, rng: np.random.Generator) -> Beats:
    """Return the beats of a record in another rhythm.

    Each beat is drawn from those of its class, cut off from its neighbours, and added to an empty record at its new
    time, so that beats overlap where they come early. Premature supraventricular beats look like normal ones except for
    the P wave. In atrial fibrillation the P wave is smaller or absent, and there are small fast waves throughout.

    Parameters
    ----------
    beats : Beats
        Of the record.
    classes : array of str, shape (n_beats,)
        What they are; some must be N, and some V if the rhythm has any.
    rhythm : Rhythm
        When the new beats come, and what they are.
    rng : Generator
        What to draw from.

    Returns
    -------
    Beats
        As many as the rhythm has, at 120 Hz.

    References
    ----------
    A. Petrėnas et al., "Electrocardiogram modeling during paroxysmal atrial fibrillation", Physiological Measurement
    38, 2017: real QRS complexes and T waves in a simulated rhythm, with and without P waves.
    """
    own = bool((classes == "S").sum() >= _FEWEST and rng.random() < _OWN)
    parts = _alone(beats, _drawn(classes, rhythm.classes, own, rng))
    height = np.ptp(np.median(beats.windows[classes == "N"], axis=0), axis=1)  # of each lead
    p_wave = _between(*_P_WAVE)
    parts[rhythm.fibrillation] *= 1 - rng.random() * p_wave
    if not own and rng.random() < _ALTERED:
        parts[rhythm.classes == "S"] *= 1 - (1 - rng.uniform(-1, 1)) * p_wave
    peaks = np.rint((1 + np.cumsum(rhythm.intervals)) * BEAT_RATE).astype(np.int64)
    places = peaks[:, None] - _PEAK + np.arange(BEAT_TIMES)
    signal = np.zeros((len(height), peaks[-1] + 2 * BEAT_TIMES))
    for lead, line in enumerate(signal):
        np.add.at(line, places, parts[:, lead])
    fibrillates = np.interp(np.arange(signal.shape[1]), peaks, rhythm.fibrillation.astype(float))
    waves = fibrillates * _fibrillation(signal.shape[1], rng)
    signal += (height * rng.uniform(0, 0.08, len(height)))[:, None] * waves
    signal += (height * rng.uniform(0, 0.02, len(height)))[:, None] * rng.normal(size=signal.shape)
    return replace(
        beats,
        samples=peaks,
        sampling_rate=BEAT_RATE,
        n_times=signal.shape[1],
        windows=np.moveaxis(signal[:, places], 0, 1).astype(np.float32),
        doubtful=np.zeros(len(peaks), bool),
        unreadable=(),
    )


def _drawn(classes: Classes, wanted: Classes, own: bool, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Return a row for each beat wanted, those of a class in order of time, as shapes change slowly."""
    rows = np.zeros(len(wanted), np.intp)
    for name in np.unique(wanted):
        pool = np.flatnonzero(classes == ("N" if name == "S" and not own else name))
        rows[wanted == name] = np.sort(rng.choice(pool, int((wanted == name).sum())))
    return rows


def _alone(beats: Beats, rows: npt.NDArray[np.intp]) -> FloatArray:
    """Return windows (n, lead, time) of beats from the P wave to the end of the T wave, and zeros beside."""
    usual = float(np.nanmedian(beats.rr()[0]))
    start, end = -np.clip(0.42 * usual, 0.2, 0.3), np.clip(0.65 * usual, 0.34, 0.5)
    windows = beats.windows[rows].astype(np.float64)
    level = np.median(windows[:, :, np.abs(_TIME - start) <= 0.02], axis=2, keepdims=True)
    return np.asarray((windows - level) * _between(start - 0.06, start, end, end + 0.05))


def _between(begins: float, there: float, until: float, ends: float) -> FloatArray:
    """Return how much of each time step of a window lies between two flanks, from 0 to 1."""

    def rise(start: float, stop: float) -> FloatArray:
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip((_TIME - start) / (stop - start), 0, 1)))

    return rise(begins, there) * (1 - rise(until, ends))


def _fibrillation(n_times: int, rng: np.random.Generator) -> FloatArray:
    """Return the waves of fibrillating atria, of 4 to 9 Hz and not quite steady."""
    unsteady = rng.normal(size=n_times).cumsum() / np.sqrt(max(n_times, 1))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(rng.uniform(4, 9) * np.exp(0.1 * unsteady)) / BEAT_RATE))

"""Deflections of a lead: how far it swings in the bands of QRS complexes, and where most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

from offbeat.series.arrays import FloatArray

__all__ = ["Deflections", "Samples", "largest_of_close", "move_to_largest", "usual_size"]

Samples = npt.NDArray[np.int64]

_QRS_BAND = (5.0, 25.0)  # Hz, where QRS complexes stand out (Pan & Tompkins 1985)
_WIDE_BAND = (1.0, 20.0)  # Hz, where ventricular beats, which are slow, stand out too
_QRS = 0.12  # seconds that a QRS complex lasts
_NEIGHBOURS = 17  # beats whose median is the usual size and distance of a beat
_REFRACTORY = 0.2  # seconds within which no second beat can follow


@dataclass(frozen=True, eq=False)
class Deflections:
    """A lead in the band of QRS complexes, and its height around each time step.

    Parameters
    ----------
    qrs : array of shape (n_times,)
        The lead from 5 to 25 Hz.
    heights : tuple of two arrays of shape (n_times,)
        From the lowest to the highest value within 120 ms around each time step: from 5 to 25 Hz, and from 1 to 20 Hz,
        where wide ventricular beats stand out as well.
    rate : float
        Samples per second (Hz).
    """

    qrs: FloatArray
    heights: tuple[FloatArray, FloatArray]
    rate: float

    @classmethod
    def of(cls, values: FloatArray, rate: float) -> Self:
        """Measure a lead, (n_times,), that has no missing values."""
        qrs = _bandpass(values, _QRS_BAND, rate)
        return cls(qrs, (_height(qrs, rate), _height(_bandpass(values, _WIDE_BAND, rate), rate)), rate)


def _bandpass(values: FloatArray, band: tuple[float, float], rate: float) -> FloatArray:
    sections = signal.butter(2, band, "bandpass", fs=rate, output="sos")
    return cast(FloatArray, signal.sosfiltfilt(sections, values))


def _height(values: FloatArray, rate: float) -> FloatArray:
    width = int(_QRS * rate) | 1
    return cast(FloatArray, ndimage.maximum_filter1d(values, width) - ndimage.minimum_filter1d(values, width))


def usual_size(sizes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the median of 17 beats around each."""
    # Mirrored at the ends: repeating the first would let it be its own measure.
    return cast(npt.NDArray[Any], ndimage.median_filter(sizes, _NEIGHBOURS, mode="mirror"))


def move_to_largest(peaks: Samples, qrs: FloatArray, reach: float, rate: float) -> Samples:
    """Return the positions of the largest deflection within ``reach`` seconds of each peak."""
    steps = np.arange(-int(reach * rate), int(reach * rate) + 1)
    around = np.clip(peaks[:, None] + steps, 0, len(qrs) - 1)
    return cast(Samples, around[np.arange(len(peaks)), np.abs(qrs[around]).argmax(axis=1)])


def largest_of_close(peaks: Samples, qrs: FloatArray, rate: float) -> Samples:
    """Return the peaks in order; of those closer than a heart can beat, the larger."""
    kept: list[int] = []
    for peak in np.unique(peaks).tolist():
        if not kept or peak - kept[-1] >= _REFRACTORY * rate:
            kept.append(peak)
        elif abs(qrs[peak]) > abs(qrs[kept[-1]]):
            kept[-1] = peak
    return np.array(kept, np.int64)

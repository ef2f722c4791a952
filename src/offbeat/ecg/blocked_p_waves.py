"""P waves that no beat follows, as in an AV block, told from small beats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from offbeat.ecg.deflections import Samples
from offbeat.series.arrays import FloatArray

__all__ = ["blocked_p_waves"]

_HALF = 0.07  # seconds of a P wave on either side of its peak
_SMALL = 0.6  # of the larger of the peaks beside it, below which a peak may be a P wave
_PR = (0.12, 0.32)  # seconds before a beat in which its P wave is largest
_STEP = 0.008  # seconds between the places at which it is looked for
_NEIGHBOURS = 8  # beats on either side whose P waves are compared
_FEWEST = 5  # beats, below which no P wave is known
_ALIKE = 0.6  # by size and shape; set on half of DS1, where none of 1,103 small beats is above 0.34


def blocked_p_waves(leads: Sequence[FloatArray], peaks: Samples, rate: float) -> npt.NDArray[np.bool_]:
    """Return which peaks are P waves that no beat follows.

    These are small beside the beats, no peak comes after them for as long as a P wave leads, and in all leads together
    they have the shape and the size of the P waves before the beats around: of a peak x and what precedes a beat by
    some lag, s, the likeness is x·s / max(x·x, s·s). The largest at any lag counts, and the median of all beats around.

    Parameters
    ----------
    leads : sequence of arrays of shape (n_times,)
        As :func:`~offbeat.ecg.cleaning.clean_lead` returns them.
    peaks : array of int, shape (n_peaks,)
        Sample numbers, rising.
    rate : float
        Samples per second (Hz).

    Returns
    -------
    array of bool, shape (n_peaks,)

    Examples
    --------
    >>> times = np.arange(0, 2, 0.004)
    >>> waves = ((0.8, 0.04, 0.3), (1.0, 0.01, 2.0), (1.6, 0.04, 0.3))  # P, R, and a P wave that is blocked
    >>> cycle = sum(size * np.exp(-0.5 * ((times - at) / width) ** 2) for at, width, size in waves)
    >>> peaks = np.sort([place + 500 * beat for beat in range(20) for place in (250, 400)])
    >>> blocked_p_waves([np.tile(cycle, 20)], peaks, 250.0)[:4]
    array([False,  True, False,  True])
    """
    found = np.zeros(len(peaks), bool)
    if len(peaks) <= _FEWEST:
        return found
    signal, half = np.stack(leads), int(_HALF * rate)
    shapes = _shapes(signal, peaks, half)
    size = np.linalg.norm(shapes, axis=1)
    small = size < _SMALL * np.maximum(np.append(0.0, size[:-1]), np.append(size[1:], 0.0))
    alone = np.append(np.diff(peaks) > _PR[1] * rate, True)
    beats = np.flatnonzero(~small)
    lags = np.arange(int(_PR[0] * rate), int(_PR[1] * rate), max(1, int(_STEP * rate)))
    for i in np.flatnonzero(small & alone) if len(beats) >= _FEWEST else ():
        at = int(np.searchsorted(beats, i))
        around = peaks[beats[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]]
        before = _shapes(signal, (around[:, None] - lags).ravel(), half)
        likeness = before @ shapes[i] / np.maximum((before**2).sum(axis=1), max(size[i] ** 2, np.finfo(float).tiny))
        found[i] = np.median(likeness.reshape(len(around), len(lags)).max(axis=1)) > _ALIKE
    return found


def _shapes(signal: FloatArray, places: Samples, half: int) -> FloatArray:
    """Return what lies around each place in all leads, without their means, (n_places, n)."""
    around = np.clip(places[:, None] + np.arange(-half, half + 1), 0, signal.shape[1] - 1)
    pieces = signal[:, around]
    pieces = np.moveaxis(pieces - pieces.mean(axis=-1, keepdims=True), 0, 1)
    return np.asarray(pieces.reshape(len(places), -1), np.float64)

"""Atrial fibrillation or flutter: how probable it is at each beat, by the rhythm and the P waves around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage, special

from offbeat.ecg.features.traits import Traits
from offbeat.series.arrays import FloatArray

__all__ = ["fibrillation_probability"]

_AROUND = 61  # beats over which the evidence is averaged
_FEWEST = 8  # beats below which no rhythm can be told
# log-odds against, by P waves like the usual one, and by ventricular beats
_P_WAVES, _ECTOPY = 10.0, 10.0
_NEEDED, _SCALE = -8.0, 1.8  # the evidence at even odds, and of a step of one in the log-odds
_SAME_QRS = 0.4  # the share of like QRS complexes below which there is noise rather than a rhythm


def fibrillation_probability(traits: Traits, ventricular: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the probability that the atria fibrillate or flutter at each beat, by the 61 beats around it.

    The evidence is the log-odds of the rhythm network; P waves that resemble the usual one of the record, and
    ventricular beats, which make a rhythm irregular too, count against it. Where QRS complexes do not resemble each
    other there is noise: the probability is 0.

    Parameters
    ----------
    traits : Traits
        Of all beats of a record.
    ventricular : array of bool, shape (n_beats,)
        Which beats are ventricular.

    Returns
    -------
    array of shape (n_beats,)
        NaN where there are fewer than 8 beats.

    Examples
    --------
    >>> traits, ventricular = Traits.empty(100, 1), np.zeros(100, bool)
    >>> traits.fibrillation[:], traits.qrs_share[:] = 3.0, 1.0
    >>> print(fibrillation_probability(traits, ventricular).mean().round(2))
    1.0
    >>> traits.fibrillation[:], traits.p_likeness[:] = -8.0, 1.0
    >>> print(fibrillation_probability(traits, ventricular).mean().round(2))
    0.0
    """
    n = len(ventricular)
    if n < _FEWEST:
        return np.full(n, np.nan)
    width = min(_AROUND, n // 2 * 2 - 1)
    others = (~ventricular)[:, None]
    p_waves = (_around(traits.p_likeness * others, width) / (_around(others, width) + 1e-3)).max(axis=1)
    evidence = _around(traits.fibrillation, width)[:, 0] - _P_WAVES * p_waves
    evidence -= _ECTOPY * _around(ventricular, width)
    rhythm = _around(traits.qrs_share.max(axis=1), width) > _SAME_QRS
    return np.asarray(np.where(rhythm, special.expit((evidence - _NEEDED) / _SCALE), 0.0))


def _around(values: npt.NDArray[np.generic], width: int) -> FloatArray:
    """Return the mean of ``width`` beats around each; the first and the last are repeated beyond the ends."""
    return np.asarray(ndimage.uniform_filter1d(values.astype(np.float64), width, axis=0, mode="nearest"))

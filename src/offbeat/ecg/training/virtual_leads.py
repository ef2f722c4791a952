"""Virtual leads: the beats of a record as other electrodes and recorders would show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from offbeat.ecg.beats import Beats

__all__ = ["virtual_leads"]

_TINY = 1e-6  # mV
_SMOOTHEST = 0.6  # time steps: standard deviation of a Gaussian that passes what is below about 25 Hz


def virtual_leads(beats: Beats, rng: np.random.Generator) -> Beats:
    """Return beats in as many leads as before, each of them a random mixture of those recorded.

    The electric field of the heart is nearly that of a dipole, so a lead between two others, or opposite to one of
    them, is about a weighted sum of the two. Each mixture is smoothed at random, as recorders limit their band.

    Parameters
    ----------
    beats : Beats
        Of a record.
    rng : Generator
        What to draw from.

    Returns
    -------
    Beats
        With the same R peaks, each lead in units of the height of the usual beat.

    References
    ----------
    D. B. Geselowitz, "Dipole theory in electrocardiography", American Journal of Cardiology 14, 1964.

    Examples
    --------
    >>> windows = np.random.default_rng(0).normal(size=(4, 2, 114)).astype(np.float32)
    >>> beats = Beats("strip", np.arange(4) * 250, 250.0, 1000, ("II", "V1"), windows, np.zeros(4, bool))
    >>> virtual_leads(beats, np.random.default_rng(1)).windows.shape
    (4, 2, 114)
    """
    n_leads = len(beats.leads)
    heights = np.ptp(np.median(beats.windows, axis=0), axis=1) + _TINY
    weights = rng.normal(size=(n_leads, n_leads))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    # (virtual lead, lead) times (beat, lead, time)
    mixed = np.einsum("vl,blt->bvt", weights / heights, beats.windows)
    smoothed = [ndimage.gaussian_filter1d(mixed[:, lead], rng.uniform(0, _SMOOTHEST)) for lead in range(n_leads)]
    return replace(beats, windows=np.stack(smoothed, axis=1).astype(np.float32))

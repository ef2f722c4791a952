"""How a beat stands in its rhythm: early or late, by what is usual around it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.arrays import FloatArray

__all__ = ["CONTEXT_NAMES", "irregular_context", "rhythm_context", "rr_intervals"]

_SHORTEST, _LONGEST = 0.2, 3.0  # seconds: an RR interval beyond is a mistake or a pause, and says no more than these
_NEAR, _AROUND, _FAR, _LONG = 11, 31, 101, 301  # beats that "local" means

CONTEXT_NAMES = (
    "pre / mean",
    "post / mean",
    "near / mean",
    "near / far",
    "around / far",
    "pre / near",
    "post / near",
    "pre / post",
    "pre / around",
    "post / around",
    "pre / far",
    "post / far",
    "pre / long mean",
    "post / long mean",
    "pre / previous",
    "post / next",
    "previous / around",
    "next / around",
    "pre z around",
    "post z around",
    "pre z far",
    "post z far",
    "irregularity around",
    "irregularity far",
    "pre + post / around",
)
"""What :func:`rhythm_context` gives, in order; ratios are natural logarithms."""


def rr_intervals(
    samples: npt.NDArray[np.int64], sampling_rate: float, breaks: npt.NDArray[np.bool_] | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the time from the beat before and to the beat after (s); NaN at the ends and across breaks.

    Parameters
    ----------
    samples : array of shape (n_beats,)
        R peaks, rising.
    sampling_rate : float
        Samples per second (Hz).
    breaks : array of shape (n_beats - 1,), optional
        Whether something unreadable lies between a beat and the next.

    Returns
    -------
    tuple of two arrays of shape (n_beats,)
        RR interval before and after each beat.

    Examples
    --------
    >>> rr_intervals(np.array([0, 360, 540]), 360)
    (array([nan, 1. , 0.5]), array([1. , 0.5, nan]))
    """
    rr = np.diff(samples) / sampling_rate
    if breaks is not None:
        rr = np.where(breaks, np.nan, rr)
    padded = np.concatenate([[np.nan], rr, [np.nan]])
    return padded[: len(samples)], padded[1 : len(samples) + 1]


def rhythm_context(before: FloatArray, after: FloatArray, mean: float | None = None) -> FloatArray:
    """Describe each beat of a stretch by its RR intervals and those of its neighbours.

    Everything is relative to other beats, as in de Chazal et al. (2004): durations and rates would tell patients apart.
    Medians, and distances in units of the usual scatter (z), tell a premature beat from an irregular rhythm.

    Parameters
    ----------
    before, after : arrays of shape (n_beats,)
        RR intervals (s); what is missing is taken for the median.
    mean : float, optional
        The mean RR interval (s) to compare with; that of these beats where it is not given.

    Returns
    -------
    array of shape (n_beats, 25)
        The columns of ``CONTEXT_NAMES``.
    """
    usual = np.nanmedian(before) if np.isfinite(before).any() else 1.0
    pre, post = (np.clip(np.where(np.isnan(rr), usual, rr), _SHORTEST, _LONGEST) for rr in (before, after))
    mean = pre.mean() if mean is None and len(pre) else mean or 1.0
    near, long = (ndimage.uniform_filter1d(pre, size, mode="nearest") for size in (_NEAR, _LONG))
    around, far = _median(pre, _AROUND), _median(pre, _FAR)
    previous, following = np.append(pre[:1], pre[:-1]), np.append(post[1:], post[-1:])
    scatter = [1.48 * _median(np.abs(pre - level), size) + 0.02 for level, size in ((around, _AROUND), (far, _FAR))]
    change = np.abs(np.diff(pre, prepend=pre[:1]))
    logarithms = [
        pre / mean,
        post / mean,
        near / mean,
        near / far,
        around / far,
        pre / near,
        post / near,
        pre / post,
        pre / around,
        post / around,
        pre / far,
        post / far,
        pre / long,
        post / long,
        pre / previous,
        post / following,
        previous / around,
        following / around,
    ]
    distances = [
        (rr - level) / spread for level, spread in zip((around, far), scatter, strict=True) for rr in (pre, post)
    ]
    others = [_median(change, _AROUND) / around, _median(change, _FAR) / far]
    both = np.log((pre + post) / (2 * around))
    columns = [*map(np.log, logarithms), *(np.clip(z, -8, 8) for z in distances), *others, both]
    return np.column_stack(columns)


def _median(values: npt.NDArray[Any], size: int) -> FloatArray:
    return cast(FloatArray, ndimage.median_filter(values, size, mode="nearest"))


def irregular_context(before: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the context that as many beats would have in an irregularly irregular rhythm, as in atrial fibrillation.

    RR intervals are drawn one by one, lognormal around 0.6 to 1.1 times the median of those given, with a spread of 12
    to 25 %: an episode within a record whose mean stays what it is.

    Parameters
    ----------
    before : array of shape (n_beats,)
        RR intervals of the beats (s), NaN where unknown.
    rng : Generator
        What to draw from.

    Returns
    -------
    array of shape (n_beats, 25)
        The columns of ``CONTEXT_NAMES``.
    """
    usual = float(np.nanmedian(before)) if np.isfinite(before).any() else 1.0
    level, spread = usual * rng.uniform(0.6, 1.1), rng.uniform(0.12, 0.25)
    rr = np.clip(level * np.exp(rng.normal(0.0, spread, len(before) + 1)), 0.3, 2.5)
    return rhythm_context(rr[:-1], rr[1:], float(np.nanmean(before)) if np.isfinite(before).any() else None)

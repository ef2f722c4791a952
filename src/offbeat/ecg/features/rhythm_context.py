"""How a beat stands in its rhythm: early or late, by what is usual around it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from offbeat.series.arrays import FloatArray

__all__ = ["CONTEXT_NAMES", "readable_rr", "rhythm_context", "rr_intervals", "usual_rr"]

_SHORTEST, _LONGEST = 0.2, 3.0  # seconds: an RR interval beyond is an error or a pause, and is clipped
_NEAR, _AROUND, _FAR, _LONG = 11, 31, 101, 301  # beats that "local" means
_ALIKE = 0.06  # RR intervals whose logarithms differ by less are alike

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
    "alike around",
    "alike again around",
    "alike far",
    "alike again far",
)
"""The columns of :func:`rhythm_context`; ratios and shares are natural logarithms."""


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


def usual_rr(intervals: FloatArray) -> float:
    """Return the median of RR intervals (s); one second where none is known."""
    return float(np.nanmedian(intervals)) if np.isfinite(intervals).any() else 1.0


def readable_rr(intervals: FloatArray, usual: float) -> FloatArray:
    """Return RR intervals (s) of any shape: the usual one where it is missing, none below 0.2 s or above 3 s."""
    return np.clip(np.where(np.isnan(intervals), usual, intervals), _SHORTEST, _LONGEST)


def rhythm_context(before: FloatArray, after: FloatArray) -> FloatArray:
    """Describe each beat of a stretch by its RR intervals and those of its neighbours.

    Everything is relative to other beats, as in de Chazal et al. (2004): absolute durations and rates would identify
    patients. Medians, and distances in units of the usual scatter (z), separate a premature beat from an irregular
    rhythm. So do the share of pairs of intervals that are alike, and the share of those whose successors are alike
    (the two parts of the sample entropy of Richman and Moorman, 2000): in atrial fibrillation no interval recurs, among
    premature beats the same few do.

    Parameters
    ----------
    before, after : arrays of shape (n_beats,)
        RR intervals (s); a missing one counts as the median.

    Returns
    -------
    array of shape (n_beats, 29)
        The columns of ``CONTEXT_NAMES``.
    """
    usual = usual_rr(before)
    pre, post = (readable_rr(rr, usual) for rr in (before, after))
    mean = pre.mean() if len(pre) else 1.0
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
    alike = [*_alike(np.log(pre), _AROUND), *_alike(np.log(pre), _FAR)]
    columns = [*map(np.log, logarithms), *(np.clip(z, -8, 8) for z in distances), *others, both, *alike]
    return np.column_stack(columns)


def _median(values: npt.NDArray[Any], size: int) -> FloatArray:
    return cast(FloatArray, ndimage.median_filter(values, size, mode="nearest"))


def _alike(logarithms: FloatArray, size: int) -> tuple[FloatArray, FloatArray]:
    """Return the share of pairs of intervals around each beat that are alike, and of those, whose successors are alike.

    Natural logarithms; beyond the ends the intervals are mirrored. All pairs of a lag are compared together.
    """
    n = len(logarithms)
    if not n:
        return logarithms, logarithms
    around = np.pad(logarithms, size // 2, mode="symmetric")
    pairs, again = np.ones(n), np.ones(n)  # so that no share is 0
    for lag in range(1, size - 1):
        alike = np.abs(around[lag:] - around[:-lag]) < _ALIKE
        pairs += _window_sums(alike, size - lag, n)
        again += _window_sums(alike[1:] & alike[:-1], size - lag - 1, n)
    share = np.log(pairs / (size * (size - 1) / 2))
    return share, np.log(again / ((size - 1) * (size - 2) / 2)) - share


def _window_sums(mask: npt.NDArray[np.bool_], width: int, n: int) -> npt.NDArray[np.int64]:
    """Return how many are true in each of the first ``n`` windows of ``width``."""
    so_far = np.append(0, np.cumsum(mask))
    return np.asarray(so_far[width : width + n] - so_far[:n])

"""How much evidence a row of scores holds: the scores of overlapping windows repeat each other."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from offbeat.thresholds.scores import Scores, as_scores

__all__ = ["n_independent"]

_FEWEST_BATCHES = 4
"""With fewer batches their variance says nothing."""
_MOST_BATCHES = 40


def n_independent(scores: npt.ArrayLike, *, window: int = 1, groups: npt.ArrayLike | None = None) -> float:
    """Return how many independent windows would say as much as these scores do: the effective sample size.

    The scores of windows that overlap, and of neighbours in time, are alike. By batch means, with ``z`` the logarithm
    of the scores in ``nb`` batches of ``max(2 * window, n / 40)`` steps::

        n_independent = nb * var(z) / var(batch means of z),   from 2 to n / window

    Fewer than 4 batches count as one more than they are. Where the groups are known (patients, hosts), scores of one
    group are taken for one.

    Parameters
    ----------
    scores : array of shape (n_scores,)
        In the order of time, NaN where there is none.
    window : int
        Time steps that a score is about; 1 for the series of a collection, which do not overlap.
    groups : array of shape (n_scores,), optional
        The group of each score.

    Returns
    -------
    float
        NaN where no score is finite.

    References
    ----------
    C. J. Geyer, "Practical Markov Chain Monte Carlo", Statistical Science 7, 1992 (batch means).

    Examples
    --------
    >>> import numpy as np
    >>> noise = np.random.default_rng(0).exponential(size=5000)
    >>> n_independent(noise)
    5000.0
    >>> smooth = np.convolve(noise, np.ones(100) / 100, mode="valid")
    >>> 40 < n_independent(smooth, window=100) < 60
    True
    """
    values = as_scores(scores)
    known = np.isfinite(values)
    n = int(known.sum())
    if not n:
        return float("nan")
    if groups is not None:
        return float(len(np.unique(np.asarray(groups)[known])))
    return float(n) if window <= 1 else _by_batches(values, known, window)


def _by_batches(values: Scores, known: npt.NDArray[np.bool_], window: int) -> float:
    most = max(float(known.sum()) / window, 2.0)
    size = max(2 * window, len(values) // _MOST_BATCHES)
    n_batches = len(values) // size
    if n_batches < _FEWEST_BATCHES:
        return float(np.clip(n_batches + 1, 2.0, most))
    levels = _levels(values, known)
    if np.nanmax(levels) == np.nanmin(levels):
        return most
    means = _batch_means(levels[: n_batches * size].reshape(n_batches, size))
    spread = float(np.var(means, ddof=1)) if len(means) > 1 else 0.0
    if spread == 0:
        return most
    return float(np.clip(len(means) * np.nanvar(levels) / spread, 2.0, most))


def _levels(values: Scores, known: npt.NDArray[np.bool_]) -> Scores:
    """Return the logarithm of scores that cannot be negative, others as they are; NaN where there is none."""
    values = np.where(known, values, np.nan)
    if np.nanmin(values) < 0:
        return values
    above = values[known & (values > 0)]
    return np.log(np.maximum(values, above.min())) if len(above) else values


def _batch_means(batches: Scores) -> Scores:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of batches without a score
        means = np.nanmean(batches, axis=1)
    finite: Scores = means[np.isfinite(means)]
    return finite

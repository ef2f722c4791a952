"""How sure a figure is: bootstrap intervals, fast for the figures that only need counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.metrics._checks import Labels, Scores, as_binary, as_scored
from offbeat.metrics.decisions import f1, precision, recall
from offbeat.metrics.ranking import auroc, average_precision

__all__ = ["Interval", "bootstrap", "wilson"]

Metric = Callable[[npt.ArrayLike, npt.ArrayLike], float]
Counts = npt.NDArray[np.int64]

# Rows drawn at a time: more would only need more memory (about 100 MB at this).
DRAWS_AT_ONCE = 4_000_000


_SURE = 1.959964  # standard deviations to either side that hold the truth 19 times out of 20


class Interval(NamedTuple):
    """A figure and the interval around it; the bounds are NaN where it was not resampled.

    Examples
    --------
    >>> print(Interval(0.9962, 0.9941, 0.998))
    0.996 [0.994, 0.998]
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap(
    metric: Metric, labels: npt.ArrayLike, scores: npt.ArrayLike, *, n: int = 1000, level: float = 0.95, seed: int = 0
) -> Interval:
    """Return a metric with its percentile bootstrap interval.

    Normal and anomalous rows are resampled separately, so that each resample holds as many of both as the data. Rows
    are taken as independent: on the time steps of one recording the interval comes out too narrow. Resamples in which
    the metric is undefined (a precision with nothing flagged) are passed over.

    Parameters
    ----------
    metric : callable ``(labels, scores) -> float``
        ``auroc``, ``average_precision``, ``precision``, ``recall`` and ``f1`` of this package are computed for all
        resamples at once; any other is called ``n`` times.
    labels : array of shape (rows,)
        1 anomalous, 0 normal.
    scores : array of shape (rows,)
        Scores, or decisions (0/1) for a metric that takes those. Rows without a score (NaN) are left out.
    n : int
        How many resamples.
    level : float
        Share of the resamples inside the interval, between 0 and 1.
    seed : int
        Same seed, same interval; the global random state is left alone.

    Raises
    ------
    ParameterError
        If ``n`` is below 1, or ``level`` not between 0 and 1.
    DataError
        If scores are infinite, or all scored rows are of one kind.

    References
    ----------
    B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall, 1993.

    Examples
    --------
    >>> from offbeat.metrics import auroc
    >>> certain = bootstrap(auroc, [0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.8, 0.9])
    >>> certain.value, certain.low, certain.high
    (1.0, 1.0, 1.0)
    """
    if n < 1 or not 0 < level < 1:
        raise ParameterError(f"a bootstrap needs n of at least 1 and a level between 0 and 1, got {n} and {level}")
    truth, values = as_scored(labels, scores, "a bootstrap interval")
    found = _resample(metric, truth, values, n, np.random.default_rng(seed))
    found = found[~np.isnan(found)]
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2]) if len(found) else (np.nan, np.nan)
    return Interval(metric(truth, values), float(low), float(high))


def wilson(share: npt.ArrayLike, count: npt.ArrayLike) -> tuple[Scores, Scores]:
    """Return the 95 % interval of a share of so many rows; it has a width also where all of them are right, or none.

    Parameters
    ----------
    share : float or array
        From 0 to 1.
    count : int or array
        How many rows it is a share of, 1 or more.

    References
    ----------
    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.

    Examples
    --------
    >>> low, high = wilson(1.0, 20)
    >>> round(float(low), 3), round(float(high), 3)
    (0.839, 1.0)
    """
    shares, spread = np.asarray(share, dtype=np.float64), _SURE**2 / np.asarray(count, dtype=np.float64)
    middle = (shares + spread / 2) / (1 + spread)
    half = np.sqrt(shares * (1 - shares) * spread + spread**2 / 4) / (1 + spread)
    return middle - half, middle + half


def _resample(metric: Metric, labels: Labels, scores: Scores, n: int, rng: np.random.Generator) -> Scores:
    of_counts = _OF_COUNTS.get(metric)
    normal, anomalous = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    if of_counts is None:
        draws = (
            np.concatenate([rng.choice(normal, len(normal)), rng.choice(anomalous, len(anomalous))]) for _ in range(n)
        )
        return np.array([metric(labels[rows], scores[rows]) for rows in draws], dtype=np.float64)
    values, codes = np.unique(scores, return_inverse=True)
    if metric in _OF_DECISIONS:
        # Column 1 must mean "flagged" even where all rows are decided alike.
        values, codes = np.array([0.0, 1.0]), as_binary(scores, "decisions")
    parts = []
    for size in _batches(n, len(labels)):
        at_normal = _drawn(codes[normal], len(values), size, rng)
        at_anomalous = _drawn(codes[anomalous], len(values), size, rng)
        parts.append(of_counts(at_normal, at_anomalous))
    return np.concatenate(parts)


def _batches(n: int, rows: int) -> Iterator[int]:
    step = max(DRAWS_AT_ONCE // rows, 1)
    return (min(step, n - start) for start in range(0, n, step))


def _drawn(codes: npt.NDArray[np.intp], n_values: int, size: int, rng: np.random.Generator) -> Counts:
    """Return how often each value occurs in each of ``size`` resamples, shape ``(size, n_values)``."""
    drawn = codes[rng.integers(len(codes), size=(size, len(codes)))]
    drawn += n_values * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n_values).reshape(size, n_values)


# The functions below take counts of normal and anomalous rows at each value, lowest value first, of shape
# (resamples, values), and return one figure for each resample.


def _auroc(normal: Counts, anomalous: Counts) -> Scores:
    below = np.cumsum(normal, axis=1) - 0.5 * normal
    wins: Scores = np.einsum("rv,rv->r", below, anomalous)
    return np.asarray(wins / (normal.sum(axis=1) * anomalous.sum(axis=1)))


def _average_precision(normal: Counts, anomalous: Counts) -> Scores:
    hits = np.cumsum(anomalous[:, ::-1], axis=1)
    flagged = hits + np.cumsum(normal[:, ::-1], axis=1)
    at_each = hits / np.maximum(flagged, 1)
    gained: Scores = np.einsum("rv,rv->r", at_each, anomalous[:, ::-1].astype(np.float64))
    return np.asarray(gained / anomalous.sum(axis=1))


def _precision(normal: Counts, anomalous: Counts) -> Scores:
    flagged = normal[:, 1] + anomalous[:, 1]
    return np.where(flagged > 0, anomalous[:, 1] / np.maximum(flagged, 1), np.nan)


def _recall(normal: Counts, anomalous: Counts) -> Scores:
    return np.asarray(anomalous[:, 1] / anomalous.sum(axis=1))


def _f1(normal: Counts, anomalous: Counts) -> Scores:
    return np.asarray(2 * anomalous[:, 1] / (anomalous.sum(axis=1) + anomalous[:, 1] + normal[:, 1]))


_OF_DECISIONS: dict[Metric, Callable[[Counts, Counts], Scores]] = {precision: _precision, recall: _recall, f1: _f1}
_OF_COUNTS = {auroc: _auroc, average_precision: _average_precision, **_OF_DECISIONS}

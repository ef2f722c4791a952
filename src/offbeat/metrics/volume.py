"""Volumes under the surface: areas under the ROC and precision-recall curves that forgive a score for being near.

Around each anomaly the labels are widened by a buffer in which they fall off from 1; a curve is drawn for every width
of the buffer from 0 to the largest, and the areas under them are averaged. All curves of a series share one ranking of
its scores: a time step is flagged from some threshold on, so that what is caught at each threshold is a running sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, rfft

from offbeat.errors import ShapeError
from offbeat.events.runs import Runs
from offbeat.metrics._checks import Labels, Scores, as_count, as_scored
from offbeat.series.recording import Recording

__all__ = ["vus_buffer", "vus_pr", "vus_roc"]

_READ, _LAGS = 20_000, 400
_SHORTEST, _LONGEST, _WITHOUT_PERIOD = 6, 303, 125
"""Time steps that the rule of TSB-AD for the buffer reads, looks back and accepts."""


def vus_roc(labels: npt.ArrayLike, scores: npt.ArrayLike, *, buffer: int, n_thresholds: int = 250) -> float:
    """Return the volume under the ROC surface: the area under the ROC curve over all widths of a buffer.

    Parameters
    ----------
    labels : array of shape (n_times,)
        1 anomalous, 0 normal.
    scores : array of shape (n_times,)
        Higher = more anomalous. Time steps without a score (NaN) are left out, with their labels.
    buffer : int
        Largest width of the buffer in time steps, half of it before an anomaly and half after;
        :func:`vus_buffer` returns the one that the TSB-AD benchmark uses.
    n_thresholds : int
        Points on each curve, spread evenly over the ranks of the scores.

    Raises
    ------
    DataError
        If scores are infinite, or all scored time steps are of one kind.
    ParameterError
        If ``buffer`` is below 0, or ``n_thresholds`` below 2.

    References
    ----------
    J. Paparrizos et al., "Volume Under the Surface: A New Accuracy Evaluation Measure for Time-Series Anomaly
    Detection", Proceedings of the VLDB Endowment 15, 2022.

    Examples
    --------
    >>> labels, late = [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0, 0]
    >>> round(vus_roc(labels, late, buffer=0), 3), round(vus_roc(labels, late, buffer=4), 3)
    (0.667, 0.796)
    """
    curves = _curves(*as_scored(labels, scores, "VUS-ROC"), *_sizes(buffer, n_thresholds))
    areas = [np.trapezoid(np.r_[0, curve.recall, 1], np.r_[0, curve.false_alarms, 1]) for curve in curves]
    return float(np.mean(areas))


def vus_pr(labels: npt.ArrayLike, scores: npt.ArrayLike, *, buffer: int, n_thresholds: int = 250) -> float:
    """Return the volume under the precision-recall surface: the average precision over all widths of a buffer.

    The figure by which the TSB-AD benchmark ranks detectors: like the average precision it is not flattered by the many
    normal time steps, and a score that lies a few time steps beside its anomaly is not wrong.

    Parameters
    ----------
    labels : array of shape (n_times,)
        1 anomalous, 0 normal.
    scores : array of shape (n_times,)
        Higher = more anomalous. Time steps without a score (NaN) are left out, with their labels.
    buffer : int
        Largest width of the buffer in time steps, half of it before an anomaly and half after;
        :func:`vus_buffer` returns the one that the TSB-AD benchmark uses.
    n_thresholds : int
        Points on each curve, spread evenly over the ranks of the scores.

    Raises
    ------
    DataError
        If scores are infinite, or all scored time steps are of one kind.
    ParameterError
        If ``buffer`` is below 0, or ``n_thresholds`` below 2.

    References
    ----------
    Q. Liu and J. Paparrizos, "The Elephant in the Room: Towards A Reliable Time-Series Anomaly Detection Benchmark",
    NeurIPS Datasets and Benchmarks, 2024.

    Examples
    --------
    >>> labels, late = [0, 0, 0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0, 0]
    >>> round(vus_pr(labels, late, buffer=0), 3), round(vus_pr(labels, late, buffer=4), 3)
    (0.375, 0.63)
    """
    curves = _curves(*as_scored(labels, scores, "VUS-PR"), *_sizes(buffer, n_thresholds))
    return float(np.mean([np.sum(np.diff(curve.recall, prepend=0) * curve.precision) for curve in curves]))


def vus_buffer(X: Recording | npt.ArrayLike) -> int:
    """Return the largest buffer for the volumes that the TSB-AD benchmark takes: the period of the recording.

    The lag of the highest peak in the autocorrelation of the first 20,000 values. This rule is kept for figures that
    compare with published ones; :func:`offbeat.suggest_window` finds longer and more reliable periods.

    Parameters
    ----------
    X : Recording, or array of shape (n_times,) or (n_times, n_channels)
        Of several channels the first one counts. Missing values count as the mean.

    Returns
    -------
    int
        Time steps from 6 to 303; 125 where the highest peak lies outside of these, or there is none.

    Raises
    ------
    ShapeError
        If the array has another shape, or no values.

    Examples
    --------
    >>> vus_buffer(np.sin(2 * np.pi * np.arange(2000) / 24))
    24
    """
    values = np.asarray(X.values if isinstance(X, Recording) else X, dtype=np.float64)
    if values.ndim not in (1, 2) or not values.size:
        raise ShapeError(f"expected a recording of shape (n_times,) or (n_times, n_channels), got {values.shape}")
    channel = values.reshape(len(values), -1)[:_READ, 0]
    there = np.isfinite(channel)
    centred = np.where(there, channel - channel[there].mean(), 0.0) if there.any() else np.zeros(len(channel))
    products = irfft(np.abs(rfft(centred, 2 * len(centred))) ** 2, 2 * len(centred))[: min(_LAGS + 1, len(centred))]
    # The first three lags are no candidates, and no neighbours of one.
    lags = np.arange(4, len(products) - 1)
    peaks = lags[(products[lags] > products[lags - 1]) & (products[lags] > products[lags + 1])]
    period = int(peaks[np.argmax(products[peaks])]) if len(peaks) else _WITHOUT_PERIOD
    return period if _SHORTEST <= period <= _LONGEST else _WITHOUT_PERIOD


class _Curve(NamedTuple):
    """What the thresholds do, highest first, at one width of the buffer."""

    recall: Scores
    false_alarms: Scores
    precision: Scores


def _curves(labels: Labels, scores: Scores, buffer: int, n_thresholds: int) -> Iterator[_Curve]:
    """Yield the curve of each width from 0 to ``buffer``."""
    n, n_anomalous = len(labels), int(labels.sum())
    thresholds = np.sort(scores)[::-1][np.linspace(0, n - 1, n_thresholds).astype(np.intp)]
    # The first threshold that flags a time step.
    levels = np.searchsorted(-thresholds, -scores)
    flagged = _running(levels, n_thresholds)
    caught = _running(levels[labels == 1], n_thresholds)
    runs = Runs.of_mask(labels == 1)
    near = _near(runs, levels, buffer // 2)
    shares = _shares_found(runs, levels, buffer // 2, n_thresholds)
    for half, found in enumerate(shares):
        reached = near.upto(half)
        for width in range(2 * half, min(2 * half + 1, buffer) + 1):
            weights = np.where(reached.second <= half, 1.0, np.sqrt(1 - reached.nearest / max(width, 1)))
            gained = _running(reached.levels, n_thresholds, weights)
            right = caught + gained
            # Halfway between the labels as they are and as widened by what was flagged.
            positive = n_anomalous + gained / 2
            yield _Curve(
                recall=np.minimum(right / positive, 1) * found,
                false_alarms=(flagged - right) / (n - positive),
                precision=right / flagged,
            )


class _Near(NamedTuple):
    """Normal time steps beside anomalies, nearest first: distances to the two nearest anomalies, and levels."""

    nearest: Labels
    second: Labels
    levels: npt.NDArray[np.intp]

    def upto(self, distance: int) -> _Near:
        inside = slice(int(np.searchsorted(self.nearest, distance, side="right")))
        return _Near(self.nearest[inside], self.second[inside], self.levels[inside])


def _near(runs: Runs, levels: npt.NDArray[np.intp], reach: int) -> _Near:
    """Find the normal time steps at most ``reach`` away from an anomaly.

    Where the buffers of two anomalies meet their weights add up to 1 or more, so no third needs to be known.
    """
    n = len(levels)
    far = n + reach + 1
    normal = np.ones(n, dtype=np.bool_)
    normal[runs.steps] = False
    steps = np.flatnonzero(normal)
    lasts = np.r_[-far, -far, runs.ends - 1]
    starts = np.r_[runs.starts, n + far, n + far]
    before = np.searchsorted(runs.ends, steps, side="right")
    distances = np.sort(
        [steps - lasts[before], steps - lasts[before + 1], starts[before] - steps, starts[before + 1] - steps], axis=0
    )
    order = np.argsort(distances[0], kind="stable")
    return _Near(distances[0][order], distances[1][order], levels[steps[order]]).upto(reach)


def _shares_found(runs: Runs, levels: npt.NDArray[np.intp], reach: int, n_thresholds: int) -> Iterator[Scores]:
    """Yield what share of the anomalies has a flagged time step at each threshold, widened by 0, 1 ... ``reach``.

    Anomalies that meet when widened count as one.
    """
    first = runs.reduce(np.minimum, levels)
    for half in range(reach + 1):
        edges = np.stack([np.maximum(runs.starts - half, 0), np.minimum(runs.ends - 1 + half, len(levels) - 1)])
        first = np.minimum(first, levels[edges].min(axis=0))
        apart = np.append(True, runs.starts[1:] - runs.ends[:-1] >= 2 * half)
        united = np.minimum.reduceat(first, np.flatnonzero(apart))
        yield _running(united, n_thresholds) / len(united)


def _running(levels: npt.NDArray[np.intp], n_thresholds: int, weights: Scores | None = None) -> Scores:
    """Return how many time steps, or how much weight, each threshold flags."""
    return np.cumsum(np.bincount(levels, weights, minlength=n_thresholds)).astype(np.float64)


def _sizes(buffer: int, n_thresholds: int) -> tuple[int, int]:
    return as_count(buffer, "buffer"), as_count(n_thresholds, "n_thresholds", least=2)

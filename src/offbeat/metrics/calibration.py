"""Whether a confidence of 0.9 is right nine times in ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from offbeat.errors import DataError, ShapeError
from offbeat.metrics._checks import same_length
from offbeat.series.arrays import as_labels
from offbeat.tables import Table

__all__ = ["ReliabilityBin", "calibration_error", "fit_temperature", "reliability", "reliability_table"]

_COLDEST, _HOTTEST = 0.05, 20.0
"""A temperature outside would mean that the network learned nothing, or that the sample is separable."""


class ReliabilityBin(NamedTuple):
    """The series whose confidence lies above ``low`` and up to ``high``; means are NaN where there are none."""

    low: float
    high: float
    n: int
    confidence: float
    """Their mean confidence: the probability of the predicted class."""
    accuracy: float
    """The share of them whose class is predicted."""


def reliability(
    probabilities: npt.ArrayLike, truth: npt.ArrayLike, classes: Sequence[object], n_bins: int = 15
) -> list[ReliabilityBin]:
    """Return confidence and accuracy of the named class, in equally wide bins of confidence.

    Parameters
    ----------
    probabilities : array of shape (n, n_classes)
        Rows sum to 1.
    truth : array of shape (n,)
        The true classes.
    classes : sequence
        The classes of the columns.
    n_bins : int
        Bins between 0 and 1.

    Raises
    ------
    ShapeError
        If the lengths do not fit together.
    DataError
        If probabilities are NaN.

    Examples
    --------
    >>> reliability([[0.9, 0.1], [0.8, 0.2]], ["N", "V"], ["N", "V"], n_bins=2)[1].accuracy
    0.5
    """
    given, is_ = _table(probabilities, classes), as_labels(truth)
    same_length(given, is_, "rows of probabilities as true labels")
    confidence = given.max(axis=1)
    right = np.array([str(label) for label in classes])[given.argmax(axis=1)] == is_
    edges = np.linspace(0, 1, n_bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, n_bins - 1)
    return [_bin(edges[b], edges[b + 1], confidence[place == b], right[place == b]) for b in range(n_bins)]


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: |accuracy - confidence|, weighted by count (Guo et al. 2017).

    NaN where there are no series.

    Examples
    --------
    >>> round(calibration_error(reliability([[0.9, 0.1], [0.8, 0.2]], ["N", "V"], ["N", "V"])), 3)
    0.45
    """
    total = sum(each.n for each in bins)
    gaps = [each.n * abs(each.accuracy - each.confidence) for each in bins if each.n]
    return sum(gaps) / total if total else float("nan")


def reliability_table(bins: Sequence[ReliabilityBin], title: str = "Is the confidence right?") -> Table:
    """Return the bins that hold series, as a table."""
    return Table(
        title,
        ["confidence from", "to", "series", "mean confidence", "accuracy"],
        [[each.low, each.high, each.n, each.confidence, each.accuracy] for each in bins if each.n],
        [".1%", ".1%", "", ".2%", ".2%"],
        f"Expected calibration error {calibration_error(bins):.2%}.",
    )


def fit_temperature(logits: npt.ArrayLike, numbers: npt.ArrayLike) -> float:
    """Return the temperature by which to divide logits so that their probabilities fit best what was seen.

    Parameters
    ----------
    logits : array of shape (n, n_classes)
        Of series not learned from.
    numbers : array of shape (n,)
        The number of the true class of each.

    Returns
    -------
    float
        Above 1 where the logits are too sure of themselves, below 1 where they are not sure enough; kept between 0.05
        and 20. It minimises the negative log-likelihood, which has one minimum.

    Notes
    -----
    Each label is believed to (n + 1) / (n + 2), as in Platt 1999: else series of which all are named right would make
    every probability 1.

    References
    ----------
    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> round(fit_temperature([[4, 0]] * 1000, [0] * 750 + [1] * 250), 2)
    3.65
    """
    given, right = np.asarray(logits, dtype=np.float64), np.asarray(numbers, dtype=np.int64)
    if given.ndim != 2 or given.shape[:1] != right.shape:
        raise ShapeError(f"expected logits (n, n_classes) and n classes, got {given.shape} and {right.shape}")
    if not len(given) or not np.all(np.isfinite(given)):
        raise DataError("a temperature needs finite logits of at least one series")

    # What is believed of each class: almost all of the right one, a little of the others.
    doubt = 1.0 / (len(right) + 2.0)
    belief = np.full(given.shape, doubt / max(1, given.shape[1] - 1))
    belief[np.arange(len(right)), right] = 1.0 - doubt

    def loss(log_temperature: float) -> float:
        return -float((belief * log_softmax(given / np.exp(log_temperature), axis=1)).sum(axis=1).mean())

    bounds = (np.log(_COLDEST), np.log(_HOTTEST))
    return float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x))


def _table(probabilities: npt.ArrayLike, classes: Sequence[object]) -> npt.NDArray[np.float64]:
    given = np.asarray(probabilities, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != len(classes):
        raise ShapeError(f"expected probabilities of shape (n, {len(classes)}), got {given.shape}")
    if np.isnan(given).any():
        raise DataError("some probabilities are NaN: leave out those rows, and from the labels")
    return given


def _bin(low: float, high: float, confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> ReliabilityBin:
    if not len(right):
        return ReliabilityBin(float(low), float(high), 0, float("nan"), float("nan"))
    return ReliabilityBin(float(low), float(high), len(right), float(confidence.mean()), float(right.mean()))

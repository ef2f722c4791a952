"""The checks that metrics make on their arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ParameterError, ShapeError

Labels = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]


def as_binary(values: npt.ArrayLike, what: str) -> Labels:
    """Return 0/1 values as integers of shape ``(n,)``, or raise ShapeError or DataError."""
    array = _one_axis(values, what)
    if not np.all((array == 0) | (array == 1)):
        raise DataError(
            f"expected {what} of 0 (normal) and 1 (anomalous), got other values: compare with the class first"
        )
    return array.astype(np.int64)


def as_numbers(values: npt.ArrayLike, what: str) -> Scores:
    """Return scores as float64 of shape ``(n,)``, which may hold NaN, or raise ShapeError or DataError."""
    array = _one_axis(values, what)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{what} are numbers, but these are of type {array.dtype}")
    return array.astype(np.float64)


def as_ranked(values: npt.ArrayLike, what: str) -> Scores:
    """Return the scores that are not NaN as float64 of shape ``(n_scored,)``, or raise DataError if one is infinite."""
    array = as_numbers(values, what)
    infinite = int(np.sum(np.isinf(array)))
    if infinite:
        raise DataError(
            f"expected finite {what}, or NaN where there is none, but {infinite} of {len(array)} {what} are infinite: "
            "leave those rows out"
        )
    there: Scores = array[~np.isnan(array)]
    return there


def as_scored(labels: npt.ArrayLike, scores: npt.ArrayLike, metric: str) -> tuple[Labels, Scores]:
    """Return labels and finite scores of the rows that have a score, or raise DataError or ShapeError.

    This is how every metric of labels and scores treats NaN, which windowed detectors give where no window reaches:
    the row is left out, with its label. An infinite score, or rows of one kind only, are errors.
    """
    truth, values = as_binary(labels, "labels"), as_numbers(scores, "scores")
    same_length(truth, values, "labels as scores")
    truth, values = truth[~np.isnan(values)], as_ranked(values, "scores")
    need_both(truth, metric)
    return truth, values


def as_decisions(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[Labels, Labels]:
    """Return labels and decisions of the same rows, or raise DataError or ShapeError."""
    truth, decided = as_binary(labels, "labels"), as_binary(predicted, "decisions")
    same_length(truth, decided, "labels as decisions")
    return truth, decided


def as_count(value: int, name: str, least: int = 0) -> int:
    """Return a whole number, or raise ParameterError if it is none or below ``least``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ParameterError(f"expected {name} to be a whole number of at least {least}, got {value!r}")
    return int(value)


def as_threshold(threshold: float) -> float:
    """Return a threshold, which may be infinite, or raise ParameterError if it is NaN."""
    if np.isnan(threshold):
        raise ParameterError("a threshold is a number, got NaN: fit a threshold on held-out normal scores first")
    return float(threshold)


def same_length(first: npt.NDArray[Any], second: npt.NDArray[Any], what: str) -> None:
    """Raise ShapeError if two arrays do not pair off."""
    if len(first) != len(second):
        raise ShapeError(f"expected as many {what}, one pair a row, got {len(first)} and {len(second)}")


def need_both(labels: Labels, metric: str) -> None:
    """Raise DataError if the labels are of one kind only."""
    anomalies = int(labels.sum())
    if anomalies in (0, len(labels)):
        kind = "anomalous" if anomalies else "normal"
        raise DataError(
            f"{metric} needs both normal and anomalous rows, but all {len(labels)} are {kind}: "
            "use a test set that holds both"
        )


def _one_axis(values: npt.ArrayLike, what: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(f"{what} have the shape (n,), got {array.shape}: pass one array")
    return array

"""How good the decisions at one threshold are: in all, and for each class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.metrics._checks import Scores, as_binary, as_decisions, as_numbers, as_ranked, as_threshold, same_length
from offbeat.series.arrays import natural_order
from offbeat.series.recording import as_labels

__all__ = [
    "ClassCount",
    "Confusion",
    "DecisionQuality",
    "SpecificitySensitivity",
    "by_class",
    "confusion",
    "f1",
    "precision",
    "precision_recall_f1",
    "recall",
    "specificity_and_sensitivity",
]


class Confusion(NamedTuple):
    """Counts of decisions, in the order of scikit-learn's ``confusion_matrix(...).ravel()``."""

    true_negatives: int
    """Normal and not flagged."""
    false_positives: int
    """Normal but flagged: false alarms."""
    false_negatives: int
    """Anomalous but not flagged: missed."""
    true_positives: int
    """Anomalous and flagged."""


class DecisionQuality(NamedTuple):
    """Precision, recall and F1; NaN where undefined."""

    precision: float
    recall: float
    f1: float


class SpecificitySensitivity(NamedTuple):
    """Share of normal rows that are not flagged, and of anomalies that are; NaN where there are none."""

    specificity: float
    sensitivity: float


class ClassCount(NamedTuple):
    """What a threshold does to the rows of one class."""

    label: str
    name: str
    n: int
    flagged: int
    passed: int
    median_score: float

    @property
    def share_flagged(self) -> float:
        """Share of the class above the threshold."""
        return self.flagged / self.n


def confusion(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> Confusion:
    """Count right and wrong decisions.

    Parameters
    ----------
    labels, predicted : array of shape (n,)
        1 anomalous, 0 normal; what is, and what was decided.

    Raises
    ------
    DataError
        If there are other values, or the lengths differ (ShapeError).

    Examples
    --------
    >>> confusion([0, 0, 0, 1, 1], [0, 0, 1, 0, 1])
    Confusion(true_negatives=2, false_positives=1, false_negatives=1, true_positives=1)
    """
    truth, decided = as_decisions(labels, predicted)
    return Confusion(*np.bincount(2 * truth + decided, minlength=4).tolist())


def precision_recall_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> DecisionQuality:
    """Return precision, recall and F1 of the decisions.

    Precision is NaN where nothing is flagged, recall where there are no anomalies, F1 where there is neither.

    Parameters
    ----------
    labels, predicted : array of shape (n,)
        1 anomalous, 0 normal; what is, and what was decided.

    Raises
    ------
    DataError
        If there are other values, or the lengths differ (ShapeError).

    Examples
    --------
    >>> precision_recall_f1([0, 0, 0, 1, 1], [0, 0, 0, 0, 1]).recall
    0.5
    """
    _, false_positives, false_negatives, hits = confusion(labels, predicted)
    return DecisionQuality(
        precision=_share(hits, hits + false_positives),
        recall=_share(hits, hits + false_negatives),
        f1=_share(2 * hits, 2 * hits + false_positives + false_negatives),
    )


def precision(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return the share of anomalies among what is flagged; NaN where nothing is.

    Examples
    --------
    >>> precision([0, 1], [1, 1])
    0.5
    """
    return precision_recall_f1(labels, predicted).precision


def recall(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return the share of the anomalies that is flagged; NaN where there are none.

    Examples
    --------
    >>> recall([0, 1], [1, 1])
    1.0
    """
    return precision_recall_f1(labels, predicted).recall


def f1(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return the harmonic mean of precision and recall; NaN where nothing is anomalous and nothing flagged.

    Examples
    --------
    >>> f1([0, 0, 1], [1, 1, 1])
    0.5
    """
    return precision_recall_f1(labels, predicted).f1


def specificity_and_sensitivity(
    normal_scores: npt.ArrayLike, anomaly_scores: npt.ArrayLike, threshold: float
) -> SpecificitySensitivity:
    """Return the share of normal scores at or below a threshold, and of anomaly scores above it.

    Parameters
    ----------
    normal_scores, anomaly_scores : arrays of shape (n_normal,) and (n_anomalies,)
        Higher = more anomalous. NaN, no score, is left out.
    threshold : float
        In the unit of the scores.

    Raises
    ------
    DataError
        If scores are infinite.

    Examples
    --------
    >>> specificity_and_sensitivity([0.1, 0.2, 0.3, 0.6], [0.4, 0.9], threshold=0.5)
    SpecificitySensitivity(specificity=0.75, sensitivity=0.5)
    """
    threshold = as_threshold(threshold)
    normal, anomalous = as_ranked(normal_scores, "normal scores"), as_ranked(anomaly_scores, "anomaly scores")
    return SpecificitySensitivity(
        specificity=_share(int(np.sum(normal <= threshold)), len(normal)),
        sensitivity=_share(int(np.sum(anomalous > threshold)), len(anomalous)),
    )


def by_class(
    scores: npt.ArrayLike,
    classes: npt.ArrayLike,
    threshold: float,
    *,
    class_names: Mapping[str, str] | None = None,
    predicted: npt.ArrayLike | None = None,
) -> list[ClassCount]:
    """Return how many of each original class are flagged, in the order of the labels.

    Parameters
    ----------
    scores : array of shape (n,)
        Higher = more anomalous. Rows without a score (NaN) are left out.
    classes : array of shape (n,)
        The class of each row; compared as text.
    threshold : float
        In the unit of the scores.
    class_names : mapping, optional
        A readable name for each class, by its label.
    predicted : array of shape (n,), optional
        Decisions to count in place of ``scores > threshold``.

    Raises
    ------
    DataError
        If scores are infinite, or the lengths differ (ShapeError).

    Examples
    --------
    >>> rows = by_class([0.1, 0.9, 0.8, 0.7], [1, 2, 2, 3], threshold=0.75, class_names={"2": "PVC"})
    >>> [(row.name, row.flagged, row.passed) for row in rows]
    [('1', 0, 1), ('PVC', 2, 0), ('3', 0, 1)]
    """
    values, kinds = as_numbers(scores, "scores"), as_labels(classes)
    same_length(values, kinds, "scores as classes")
    flagged = as_binary(values > as_threshold(threshold) if predicted is None else predicted, "decisions").astype(bool)
    same_length(values, flagged, "scores as decisions")
    there = ~np.isnan(values)
    values, kinds, flagged = as_ranked(values, "scores"), kinds[there], flagged[there]
    names = class_names or {}
    labels = sorted(map(str, np.unique(kinds)), key=natural_order)
    return [_count(label, names.get(label, label), values[kinds == label], flagged[kinds == label]) for label in labels]


def harmonic_mean(precision: float, recall: float) -> float:
    """Return F1 from precision and recall; 0 where the one is 0 and the other undefined (NaN)."""
    total = float(np.nansum([precision, recall]))
    return 2 * precision * recall / total if total else 0.0


def _count(label: str, name: str, scores: Scores, flagged: npt.NDArray[np.bool_]) -> ClassCount:
    hits = int(flagged.sum())
    return ClassCount(label, name, len(flagged), hits, len(flagged) - hits, float(np.median(scores)))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")

"""How well scores rank anomalies above normal rows, at all thresholds together."""

from __future__ import annotations

import numpy.typing as npt

from offbeat.metrics._checks import as_scored

__all__ = ["auroc", "average_precision"]


def auroc(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the area under the ROC curve: how often an anomaly scores above a normal row, ties counting half.

    Parameters
    ----------
    labels : array of shape (n,)
        1 anomalous, 0 normal.
    scores : array of shape (n,)
        Higher = more anomalous. Rows without a score (NaN) are left out, with their labels.

    Raises
    ------
    DataError
        If scores are infinite, or all scored rows are of one kind.

    References
    ----------
    J. A. Hanley and B. J. McNeil, Radiology 143, 1982.

    Examples
    --------
    >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*as_scored(labels, scores, "AUROC")))


def average_precision(labels: npt.ArrayLike, scores: npt.ArrayLike) -> float:
    """Return the average precision: the precision at each score reached, weighted by the recall it adds.

    Unlike the AUROC it falls when anomalies are rare: the score of a blind guess is the share of anomalies.

    Parameters
    ----------
    labels : array of shape (n,)
        1 anomalous, 0 normal.
    scores : array of shape (n,)
        Higher = more anomalous. Rows without a score (NaN) are left out, with their labels.

    Raises
    ------
    DataError
        If scores are infinite, or all scored rows are of one kind.

    References
    ----------
    J. Davis and M. Goadrich, "The Relationship Between Precision-Recall and ROC Curves", ICML, 2006.

    Examples
    --------
    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(*as_scored(labels, scores, "average precision")))

"""The metrics as scorers for scikit-learn, which leave out the time steps that a windowed detector has no score for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.metrics.affiliation import affiliation_precision_recall_f1
from offbeat.metrics.decisions import f1
from offbeat.metrics.location import ucr_located
from offbeat.metrics.overlap import event_overlap, labels_to_windows
from offbeat.metrics.ranges import range_precision_recall_f1
from offbeat.metrics.ranking import auroc, average_precision
from offbeat.metrics.volume import vus_pr, vus_roc

__all__ = ["SCORERS", "Scorer", "scorer"]


def _event_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike, *, margin: int = 0) -> float:
    return event_overlap(labels_to_windows(predicted), labels_to_windows(labels), margin=margin).f1


def _range_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike, *, alpha: float = 0.2) -> float:
    return range_precision_recall_f1(labels, predicted, alpha=alpha).f1


def _affiliation_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    return affiliation_precision_recall_f1(labels, predicted).f1


_OF_SCORES: Mapping[str, Callable[..., float]] = {
    "auroc": auroc,
    "average-precision": average_precision,
    "ucr-location": ucr_located,
    "vus-pr": vus_pr,
    "vus-roc": vus_roc,
}
_OF_DECISIONS: Mapping[str, Callable[..., float]] = {
    "affiliation-f1": _affiliation_f1,
    "event-f1": _event_f1,
    "f1": f1,
    "range-f1": _range_f1,
}
SCORERS = tuple(sorted([*_OF_SCORES, *_OF_DECISIONS]))
"""The names that :func:`scorer` takes."""


@dataclass(frozen=True)
class Scorer:
    """A metric of a fitted detector, called as scikit-learn calls its scorers; made by :func:`scorer`."""

    name: str
    """One of ``SCORERS``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the metric takes besides labels and scores."""

    def __call__(self, estimator: Any, X: Any, y: npt.ArrayLike) -> float:
        """Return the metric of the scores, or decisions, that the detector gives ``X`` whose labels are ``y``."""
        scores = np.asarray(estimator.decision_function(X))
        if self.name in _OF_SCORES:
            return float(_OF_SCORES[self.name](y, scores, **self.settings))
        # Decisions know no NaN; they are left out where scores are.
        there = ~np.isnan(scores)
        decided = np.asarray(estimator.predict(X))[there]
        return float(_OF_DECISIONS[self.name](np.asarray(y)[there], decided, **self.settings))


def scorer(name: str, **settings: Any) -> Scorer:
    """Return a metric as a scorer for ``cross_val_score``, ``GridSearchCV`` and their like.

    scikit-learn's own scorers give NaN where a time step has no score, such as the first of a forecast or those near
    missing values; here those are left out, with their labels. Give ``recording.values`` and ``recording.labels`` (or
    the values of a collection, and 0 or 1 for each series), and a split whose test parts each hold an anomaly.
    ``TimeSeriesSplit`` keeps the parts of a recording in one piece.

    Parameters
    ----------
    name : str
        ``"auroc"``, ``"average-precision"``, ``"ucr-location"``, ``"vus-pr"`` and ``"vus-roc"`` rate the scores;
        ``"affiliation-f1"``, ``"event-f1"``, ``"f1"`` and ``"range-f1"`` the decisions at the detector's threshold.
    **settings
        Of the metric, such as ``buffer``, which ``"vus-pr"`` and ``"vus-roc"`` need.

    Raises
    ------
    ParameterError
        If there is no such name, or the metric does not take these settings.

    Examples
    --------
    >>> from sklearn.model_selection import TimeSeriesSplit, cross_val_score
    >>> from offbeat import PCADetector
    >>> values = np.sin(np.arange(2000) / 9) + np.random.default_rng(0).normal(0, 0.1, 2000)
    >>> labels = np.arange(2000) % 500 > 480
    >>> values[labels] += 1
    >>> parts = TimeSeriesSplit(n_splits=3, test_size=500)
    >>> figures = cross_val_score(PCADetector(window=20), values, labels, scoring=scorer("vus-pr", buffer=20), cv=parts)
    >>> bool((figures > 0.5).all())
    True
    """
    metric = _OF_SCORES.get(name) or _OF_DECISIONS.get(name)
    if metric is None:
        raise ParameterError(f"expected a scorer of {', '.join(SCORERS)}, got {name!r}")
    try:
        inspect.signature(metric).bind([], [], **settings)
    except TypeError as error:
        raise ParameterError(f"expected the settings of {name!r}, got {settings or 'none'}: {error}") from error
    return Scorer(name, settings)

"""Decisions compared with ranges of time: range-based precision and recall, and the point-adjusted F1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from offbeat.errors import OffbeatWarning, ParameterError, warn
from offbeat.events.runs import Runs
from offbeat.metrics._checks import Labels, Scores, as_decisions
from offbeat.metrics.decisions import DecisionQuality, f1, harmonic_mean

__all__ = ["PointAdjustedWarning", "point_adjusted_f1", "range_precision_recall_f1"]


class PointAdjustedWarning(OffbeatWarning):
    """Tells what a random guess would get, where a figure is point-adjusted."""


def range_precision_recall_f1(
    labels: npt.ArrayLike, predicted: npt.ArrayLike, *, alpha: float = 0.2
) -> DecisionQuality:
    """Return range-based precision, recall and F1 of the decisions about the time steps of a recording.

    The recall of an anomaly is ``alpha`` if any of it is flagged, plus ``1 - alpha`` times the share of it that is
    flagged, divided by the number of flagged runs that it takes. The precision of a flagged run is the share of it that
    is anomalous, divided by the number of anomalies that it meets. Every anomaly and every run counts alike.

    Parameters
    ----------
    labels, predicted : array of shape (n_times,)
        1 anomalous, 0 normal; what is, and what was decided.
    alpha : float
        What finding an anomaly at all is worth, from 0 to 1.

    Returns
    -------
    DecisionQuality
        Precision is NaN where nothing is flagged, recall where there are no anomalies, F1 where there is neither.

    Raises
    ------
    DataError
        If there are other values, or the lengths differ (ShapeError).
    ParameterError
        If ``alpha`` is not between 0 and 1.

    References
    ----------
    N. Tatbul et al., "Precision and Recall for Time Series", NeurIPS, 2018.

    Examples
    --------
    >>> range_precision_recall_f1([0, 1, 1, 1, 1, 0], [0, 0, 1, 1, 0, 0], alpha=0.5)
    DecisionQuality(precision=1.0, recall=0.75, f1=0.8571428571428571)
    """
    if not 0 <= alpha <= 1:
        raise ParameterError(f"expected alpha from 0 to 1, got {alpha}")
    truth, decided = as_decisions(labels, predicted)
    precision, recall = _rewards(decided, truth, 0.0), _rewards(truth, decided, alpha)
    anything = truth.any() or decided.any()
    return DecisionQuality(precision, recall, harmonic_mean(precision, recall) if anything else float("nan"))


def point_adjusted_f1(labels: npt.ArrayLike, predicted: npt.ArrayLike) -> float:
    """Return F1 after every anomaly with a flagged time step is counted as flagged from end to end.

    Do not choose a detector by it: a random score gets high values where anomalies are long, since one lucky time step
    pays for the whole anomaly. It is here to compare with published figures, and every call warns with what flags set
    at random would get.

    Parameters
    ----------
    labels, predicted : array of shape (n_times,)
        1 anomalous, 0 normal; what is, and what was decided.

    Raises
    ------
    DataError
        If there are other values, or the lengths differ (ShapeError).

    Warns
    -----
    PointAdjustedWarning
        Always.

    References
    ----------
    S. Kim et al., "Towards a Rigorous Evaluation of Time-Series Anomaly Detection", AAAI, 2022.

    Examples
    --------
    >>> import warnings
    >>> labels, one_hit = np.repeat([0, 1, 0], [50, 20, 30]), np.arange(100) == 60
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     point_adjusted_f1(labels, one_hit)
    1.0
    >>> len(told)
    1
    """
    truth, decided = as_decisions(labels, predicted)
    known = Runs.of_mask(truth == 1)
    warn(
        f"point-adjusted F1 is high for random scores: as many time steps flagged at random would get about "
        f"{_point_adjusted_by_chance(known, decided):.2f} here; compare detectors by VUS-PR or by events",
        PointAdjustedWarning,
    )
    adjusted = decided.copy()
    if len(known):
        adjusted[known.steps] = np.repeat(known.reduce(np.maximum, decided), known.lengths)
    return f1(truth, adjusted)


def _rewards(ranges: Labels, others: Labels, alpha: float) -> float:
    """Return the mean reward of the runs in ``ranges`` for what of them is in ``others``; NaN where there are none."""
    runs, met = Runs.of_mask(ranges == 1), Runs.of_mask(others == 1)
    if not len(runs):
        return float("nan")
    share = runs.reduce(np.add, others) / runs.lengths
    number = np.searchsorted(met.starts, runs.ends) - np.searchsorted(met.ends, runs.starts, side="right")
    rewards: Scores = alpha * (share > 0) + (1 - alpha) * share / np.maximum(number, 1)
    return float(rewards.mean())


def _point_adjusted_by_chance(known: Runs, decided: Labels) -> float:
    """Return about what F1 the same share of flags has where they are set at random."""
    share = float(decided.mean()) if len(decided) else 0.0
    hits = float(np.sum(known.lengths * (1 - (1 - share) ** known.lengths)))
    n_anomalous = int(known.lengths.sum())
    total = hits + share * (len(decided) - n_anomalous) + n_anomalous
    return 2 * hits / total if total else 0.0

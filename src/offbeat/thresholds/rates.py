"""Thresholds that aim at a false-alarm rate by counting: quantile and split conformal."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from offbeat.thresholds.base import RateThreshold, as_rate
from offbeat.thresholds.evidence import ENOUGH, warn_few
from offbeat.thresholds.extrapolation import beyond
from offbeat.thresholds.scores import Scores, as_scores

__all__ = ["Conformal", "Quantile"]


class Quantile(RateThreshold):
    """The value that a new normal score exceeds with probability ``false_alarms``.

    A new score lies above the ``k``-th highest of ``n`` independent ones with probability ``k / (n + 1)``. So with 3
    independent normal scores or more to be expected above it, the value is one of the scores: the lowest that new ones
    do not exceed more often than aimed at, as of :class:`Conformal`; ``achieved_`` is one independent score less than
    the target. With fewer it is extrapolated by a heavy tail, fitted to the scores that about three independent ones
    lie among, see :func:`~offbeat.thresholds.extrapolation.beyond`; a :class:`FewScoresWarning` says so, and with fewer
    than one that nothing can be promised.

    Parameters
    ----------
    false_alarms : float
        Share of normal scores that may lie above the value, between 0 and 1.
    strict : bool
        Where it is extrapolated, not below the value of :class:`Conformal` either: for those who must not exceed the
        rate, at the price of anomalies missed.

    Examples
    --------
    >>> import numpy as np
    >>> five_in_a_hundred = Quantile(0.05).fit(np.arange(100.0))
    >>> five_in_a_hundred.value_, five_in_a_hundred.achieved_
    (95.0, 0.04)
    """

    name: ClassVar[str] = "quantile"

    def __init__(self, false_alarms: float = 0.05, strict: bool = False) -> None:
        super().__init__(false_alarms)
        self.strict = strict

    def _value(self, scores: Scores) -> float:
        rate, n = as_rate("false_alarms", self.false_alarms), self.n_independent_
        ordered = np.sort(scores)
        if n * rate >= ENOUGH:
            return conformal_value(ordered, rate, n)
        warn_few(self, rate)
        share = min(ENOUGH / n, 0.5)
        start = float(ordered[-1 - most_within(share, len(ordered))])
        expected = (n * share + 1) / (n + 1)
        value = beyond(start, ordered[ordered > start] - start, share=expected, rate=rate, n=n * share)
        return max(value, conformal_value(ordered, rate, n)) if self.strict else value


class Conformal(RateThreshold):
    """The value of split conformal prediction: a normal score is flagged with probability ``false_alarms`` at most.

    That holds for any detector and any distribution, as long as the scores it was fitted on and the normal scores it
    is applied to are exchangeable; it is an average over draws of the former. Windows that overlap are not: they count
    as fewer, see :func:`n_independent`. For a rate below ``1 / (n + 1)`` only an infinite value keeps the promise:
    nothing is flagged then, and a :class:`FewScoresWarning` says so.

    Parameters
    ----------
    false_alarms : float
        Highest probability that a normal score is flagged, between 0 and 1.

    Attributes
    ----------
    scores_ : array of shape (n_fitted_,)
        The finite scores seen by ``fit``, sorted.

    References
    ----------
    R. Laxhammar and G. Falkman, "Conformal prediction for distribution-independent anomaly detection in streaming
    vessel data", StreamKDD, 2010. S. Bates, E. Candès, L. Lei, Y. Romano and M. Sesia, "Testing for outliers with
    conformal p-values", Annals of Statistics 51, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> conformal = Conformal(0.05).fit(np.arange(99.0))
    >>> conformal.value_
    94.0
    >>> conformal.p_values([98.5, 94.0, -1.0, np.nan])
    array([0.01, 0.06, 1.  ,  nan])
    """

    name: ClassVar[str] = "conformal"

    def _value(self, scores: Scores) -> float:
        rate = as_rate("false_alarms", self.false_alarms)
        self.scores_ = np.sort(scores)
        value = conformal_value(self.scores_, rate, self.n_independent_)
        if np.isinf(value):
            warn_few(self, rate, "the threshold is infinite and nothing will be flagged")
        return value

    def p_values(self, scores: npt.ArrayLike) -> Scores:
        """Return how probable a score at least this high is for normal data, shape ``(n_scores,)``; NaN stays NaN.

        ``(1 + number of fitted scores at or above it) / (n_fitted_ + 1)``; at or below ``false_alarms`` exactly where
        ``predict`` gives 1.
        """
        self._need_fit()
        judged = as_scores(scores)
        at_or_above = self.n_fitted_ - np.searchsorted(self.scores_, judged, side="left")
        return np.where(np.isnan(judged), np.nan, (1 + at_or_above) / (self.n_fitted_ + 1))


def conformal_value(ordered: Scores, rate: float, n: float) -> float:
    """Return the value of split conformal prediction for sorted scores that count as ``n`` independent ones."""
    # Rounded, since 0.05 * 100 may come out a little below 5.
    above = round(rate * (n + 1) - 1, 9)
    return float("inf") if above < 0 else float(ordered[-1 - most_within(above / n, len(ordered))])


def most_within(rate: float, total: float) -> int:
    """Return the largest whole number whose share of ``total`` is at most ``rate``.

    Found by the very division that a caller would check it with: ``int(rate * total)`` alone can be one off. Beyond
    2**52, where floats stop to count, a little less.
    """
    most = int(min(rate * total, 2.0**52)) + 1
    while most / total > rate:
        most -= 1
    return most

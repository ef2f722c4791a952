"""Thresholds that aim at a false-alarm rate by counting: quantile and split conformal."""

from __future__ import annotations

import warnings
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from offbeat.thresholds.base import FewScoresWarning, RateThreshold, Scores, as_rate, as_scores

__all__ = ["Conformal", "Quantile"]


class Quantile(RateThreshold):
    """The lowest normal score with at most the share ``false_alarms`` of the normal scores above it.

    The threshold value is always one of the scores (no interpolation), so ``achieved_`` never exceeds the target. Fewer
    than ``1 / false_alarms`` scores cannot show such a rate: the value is then the highest of them, and a
    :class:`FewScoresWarning` is given.

    Parameters
    ----------
    false_alarms : float
        Share of normal scores that may lie above the threshold value, between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> five_in_a_hundred = Quantile(0.05).fit(np.arange(100.0))
    >>> five_in_a_hundred.value_, five_in_a_hundred.achieved_
    (94.0, 0.05)
    """

    name: ClassVar[str] = "quantile"

    def _value(self, scores: Scores) -> float:
        allowed = most_within(as_rate("false_alarms", self.false_alarms), len(scores))
        if allowed == 0:
            _warn_few(self, len(scores), "the threshold value is the highest of them", _fewest(self.false_alarms))
        return float(np.sort(scores)[-1 - allowed])


class Conformal(RateThreshold):
    """The threshold of split conformal prediction: a normal score is flagged with probability ``false_alarms`` at most.

    That holds for any detector and any distribution, if the scores it was fitted on and the normal scores it is applied
    to are exchangeable; the probability is an average over draws of the former. For a rate below ``1 / (n + 1)`` only
    an infinite value keeps the promise: nothing is flagged then, and a :class:`FewScoresWarning` is given.

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
        allowed = most_within(rate, len(scores) + 1)
        if allowed == 0:
            _warn_few(
                self, len(scores), "the threshold value is infinite, so nothing will be flagged", _fewest(rate) - 1
            )
            return float("inf")
        return float(self.scores_[-allowed])

    def p_values(self, scores: npt.ArrayLike) -> Scores:
        """Return the probability of a normal score at least as high, shape ``(n_scores,)``; NaN stays NaN.

        ``(1 + number of fitted scores at or above it) / (n_fitted_ + 1)``; at or below ``false_alarms`` exactly where
        ``predict`` gives 1.
        """
        self._need_fit()
        values = as_scores(scores)
        at_or_above = self.n_fitted_ - np.searchsorted(self.scores_, values, side="left")
        return np.where(np.isnan(values), np.nan, (1 + at_or_above) / (self.n_fitted_ + 1))


def most_within(rate: float, total: float) -> int:
    """Return the largest whole number whose share of ``total`` is at most ``rate``.

    It is found by the division that a caller would check it with, because ``int(rate * total)`` can be one off. Above
    2**52, where floats skip whole numbers, it is a little less.
    """
    most = int(min(rate * total, 2.0**52)) + 1
    while most / total > rate:
        most -= 1
    return most


def _fewest(rate: float) -> int:
    """Return the smallest total of which one is a share of at most ``rate``."""
    total = max(int(1 / rate) - 1, 1)
    while 1 / total > rate:
        total += 1
    return total


def _warn_few(rule: RateThreshold, n: int, therefore: str, needed: int) -> None:
    warnings.warn(
        f"{type(rule).__name__} aims at a false-alarm rate of {rule.false_alarms:g}, but {n} normal scores are too few "
        f"for that: {therefore}; hold out at least {needed}, or allow a higher rate",
        FewScoresWarning,
        stacklevel=4,
    )

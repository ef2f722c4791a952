"""A threshold beyond the scores seen, extrapolated from their tail by extreme value theory."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import exprel
from scipy.stats import FitError, genpareto

from offbeat.errors import DataError, ParameterError
from offbeat.thresholds.base import RateThreshold, as_rate
from offbeat.thresholds.scores import Scores

__all__ = ["PeaksOverThreshold"]

FEWEST_FOR_A_SHAPE = 10
# Below this shape the maximum of the likelihood is no estimate any more (Smith 1985).
LOWEST_LIKELY_SHAPE = -0.5


class PeaksOverThreshold(RateThreshold):
    """A threshold from a generalised Pareto distribution fitted to the highest normal scores.

    Because it extrapolates, it can aim at rates far below one over the number of scores. The fit is by maximum
    likelihood; by moments (Hosking and Wallis 1987) where the likelihood has no proper maximum, as for a tail that
    ends abruptly; and an exponential tail (shape 0) where fewer than 10 scores lie above the level, or equal ones only.

    Parameters
    ----------
    false_alarms : float
        Probability that a normal score lies above the threshold value; below ``1 - level``.
    level : float
        The tail begins at this quantile of the normal scores, between 0 and 1.

    Attributes
    ----------
    tail_start_ : float
        Where the tail begins, a score.
    shape_, scale_ : float
        Of the Pareto distribution; the scale is in units of the score.

    Raises
    ------
    DataError
        From ``fit``, if no score lies above the level (the highest ones are all equal).

    References
    ----------
    A. Siffer, P.-A. Fouque, A. Termier and C. Largouet, "Anomaly Detection in Streams with Extreme Value Theory",
    KDD, 2017. J. R. M. Hosking and J. R. Wallis, Technometrics 29, 1987. R. L. Smith, Biometrika 72, 1985.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.random.default_rng(0).exponential(size=20_000)
    >>> rule = PeaksOverThreshold(1e-3).fit(scores)
    >>> bool(abs(rule.value_ - np.log(1000)) < 0.2)  # where the exponential distribution leaves 1 in 1000
    True
    """

    name: ClassVar[str] = "pot"

    def __init__(self, false_alarms: float = 0.01, level: float = 0.9) -> None:
        super().__init__(false_alarms)
        self.level = level

    def _value(self, scores: Scores) -> float:
        rate, level = as_rate("false_alarms", self.false_alarms), as_rate("level", self.level)
        if rate >= 1 - level:
            raise ParameterError(
                f"false_alarms must be below 1 - level = {1 - level:g}, where the tail begins, got {rate:g}"
            )
        self.tail_start_ = float(np.quantile(scores, level))
        excesses = scores[scores > self.tail_start_] - self.tail_start_
        if not len(excesses):
            raise DataError(
                f"PeaksOverThreshold fits the scores above the {level:g} quantile, but none of the {len(scores)} is: "
                "hold out more normal data, choose a lower level, or use Quantile"
            )
        self.shape_, self.scale_ = _fit_pareto(excesses)
        # Ties could put it below the start of the tail, where nothing was fitted.
        depth = max(np.log(len(excesses) / (rate * len(scores))), 0.0)
        return float(self.tail_start_ + self.scale_ * depth * exprel(self.shape_ * depth))


def _fit_pareto(excesses: Scores) -> tuple[float, float]:
    """Return shape and scale; excesses are fitted in units of their mean, so that only the scale has a unit."""
    mean = float(np.mean(excesses))
    if len(excesses) < FEWEST_FOR_A_SHAPE or np.ptp(excesses) == 0:
        return 0.0, mean
    shape, scale = _most_likely(excesses / mean)
    if not (np.isfinite(shape) and scale > 0 and shape > LOWEST_LIKELY_SHAPE):
        shape, scale = _by_moments(excesses / mean)
    return shape, scale * mean


def _most_likely(excesses: Scores) -> tuple[float, float]:
    """Return shape and scale, NaN where the search finds none."""
    try:
        with np.errstate(all="ignore"):
            shape, _, scale = genpareto.fit(excesses, floc=0.0)
    except FitError:
        return float("nan"), float("nan")
    return float(shape), float(scale)


def _by_moments(excesses: Scores) -> tuple[float, float]:
    ratio = float(np.mean(excesses) ** 2 / np.var(excesses))
    return 0.5 * (1 - ratio), 0.5 * float(np.mean(excesses)) * (1 + ratio)

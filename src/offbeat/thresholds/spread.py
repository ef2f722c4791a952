"""A threshold set by hand, and thresholds a number of spreads above the middle of the normal scores."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from offbeat.errors import DataError, ParameterError
from offbeat.thresholds.base import Threshold, as_number
from offbeat.thresholds.scores import Scores

__all__ = ["IQR", "MAD", "Fixed", "Sigma"]

# Makes the median absolute deviation of a normal distribution its standard deviation: 1 / Phi^-1(3/4).
MAD_TO_STD = 1.482602218505602


class Fixed(Threshold):
    """A threshold value chosen by hand; ``fit`` only measures its false-alarm rate.

    Parameters
    ----------
    value : float
        The threshold value: a score above it is flagged.

    Examples
    --------
    >>> half = Fixed(0.5).fit([0.1, 0.2, 0.3, 0.6])
    >>> half.value_, half.achieved_
    (0.5, 0.25)
    """

    name: ClassVar[str] = "fixed"
    is_given: ClassVar[bool] = True

    def __init__(self, value: float) -> None:
        self.value = value

    def _value(self, scores: Scores) -> float:
        return as_number("value", self.value)


class _Spread(Threshold):
    """A middle plus ``k`` spreads; subclasses define both."""

    k: float

    @abstractmethod
    def _middle_and_spread(self, scores: Scores) -> tuple[float, float]:
        """Return both for these normal scores."""

    def _value(self, scores: Scores) -> float:
        k = as_number("k", self.k)
        if k <= 0:
            raise ParameterError(f"k must be above 0, got {self.k!r}")
        middle, spread = self._middle_and_spread(scores)
        # Rounding can give equal scores a tiny standard deviation, hence the second condition.
        if spread == 0 or np.ptp(scores) == 0:
            raise DataError(
                f"{type(self).__name__} measures the spread of the normal scores, but that of these {len(scores)} is 0 "
                f"around {middle:g}: hold out more normal data, or use Quantile"
            )
        return middle + k * spread


class Sigma(_Spread):
    """The mean plus ``k`` standard deviations (of the population) of the normal scores.

    Parameters
    ----------
    k : float
        How many standard deviations, above 0.

    Raises
    ------
    DataError
        From ``fit``, if all normal scores are equal.

    Examples
    --------
    >>> Sigma(k=2.0).fit([1.0, 3.0]).value_
    4.0
    """

    name: ClassVar[str] = "sigma"

    def __init__(self, k: float = 3.0) -> None:
        self.k = k

    def _middle_and_spread(self, scores: Scores) -> tuple[float, float]:
        return float(np.mean(scores)), float(np.std(scores))


class MAD(_Spread):
    """The median plus ``k`` median absolute deviations, scaled to the standard deviation of a normal distribution.

    It holds while less than half of the scores are contaminated.

    Parameters
    ----------
    k : float
        How many scaled deviations, above 0.

    Raises
    ------
    DataError
        From ``fit``, if more than half of the normal scores are equal.

    References
    ----------
    B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC, 1993 (the 3.5).

    Examples
    --------
    >>> round(MAD(k=1.0).fit([0.0, 1.0, 2.0, 3.0, 100.0]).value_, 4)
    3.4826
    """

    name: ClassVar[str] = "mad"

    def __init__(self, k: float = 3.5) -> None:
        self.k = k

    def _middle_and_spread(self, scores: Scores) -> tuple[float, float]:
        median = float(np.median(scores))
        return median, MAD_TO_STD * float(np.median(np.abs(scores - median)))


class IQR(_Spread):
    """The third quartile plus ``k`` times the distance between the quartiles: the whisker of a box plot.

    Parameters
    ----------
    k : float
        How many inter-quartile ranges, above 0.

    Raises
    ------
    DataError
        From ``fit``, if the middle half of the normal scores are equal.

    References
    ----------
    J. W. Tukey, "Exploratory Data Analysis", Addison-Wesley, 1977.

    Examples
    --------
    >>> IQR(k=1.5).fit([1.0, 2.0, 3.0, 4.0, 5.0]).value_
    7.0
    """

    name: ClassVar[str] = "iqr"

    def __init__(self, k: float = 1.5) -> None:
        self.k = k

    def _middle_and_spread(self, scores: Scores) -> tuple[float, float]:
        first, third = np.quantile(scores, [0.25, 0.75])
        return float(third), float(third - first)

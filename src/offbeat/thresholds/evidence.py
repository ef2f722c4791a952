"""What normal scores can show, in words: how many independent windows they are, and how much more it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scipy.special import gammaincinv

from offbeat.errors import OffbeatWarning, ParameterError, warn
from offbeat.words import duration

if TYPE_CHECKING:
    from offbeat.thresholds.base import Threshold

__all__ = ["ENOUGH", "FewScoresWarning", "independent", "poisson_interval", "warn_few"]

ENOUGH = 3.0
"""Independent normal scores to be expected above a threshold, for it to be read off the scores themselves."""


class FewScoresWarning(OffbeatWarning):
    """There are too few independent normal scores to show the false-alarm rate that was asked for."""


def independent(n: float, window: int) -> str:
    """Return how many independent scores there are, in words.

    Examples
    --------
    >>> independent(9.3, 48), independent(120.0, 1)
    ('about 9 independent windows', '120 series')
    """
    return f"about {n:,.0f} independent windows" if window > 1 else f"{n:,.0f} series"


def warn_few(rule: Threshold, rate: float, therefore: str = "the threshold is extrapolated") -> None:
    """Warn that a fitted rule has too few independent scores for its rate, and say how much more it takes."""
    n = rule.n_independent_
    have = f"a false-alarm rate of {rate:g} is hard to tell from {independent(n, rule.window_)}"
    if n * rate >= 1:
        then = f"and may be off by a factor of two; {_more(rule, ENOUGH / rate)} would settle it"
    else:
        then = f"and no promise can be made; give {_more(rule, 1 / rate)}, or allow a higher rate"
    warn(f"{have}: {therefore}, {then}", FewScoresWarning)


def _more(rule: Threshold, needed: float) -> str:
    """Return how much more normal data makes so many independent scores."""
    missing = max(needed - rule.n_independent_, 1.0)
    if rule.window_ <= 1:
        return f"{missing:,.0f} more normal series"
    steps = missing * rule.n_fitted_ / rule.n_independent_
    return f"{steps:,.0f} more normal time steps" if rule.step_ is None else f"{duration(steps * rule.step_)} more"


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Return the lowest and the highest expected number of events that are compatible with so many seen.

    Exact for events that come independently of each other; where they come in bursts, the truth is wider.

    Parameters
    ----------
    count : int
        How many events were seen, 0 or more.
    level : float
        Confidence, between 0 and 1.

    References
    ----------
    F. Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28, 1936.

    Examples
    --------
    >>> [round(bound, 2) for bound in poisson_interval(0)], [round(bound, 2) for bound in poisson_interval(4)]
    ([0.0, 3.69], [1.09, 10.24])
    """
    if count < 0 or not 0 < level < 1:
        raise ParameterError(f"expected a count of 0 or more and a level between 0 and 1, got {count} and {level}")
    tail = (1 - level) / 2
    return float(gammaincinv(count, tail)) if count else 0.0, float(gammaincinv(count + 1, 1 - tail))

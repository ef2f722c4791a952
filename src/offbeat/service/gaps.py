"""Missing points of streams with a regular step, which are told by their times."""

from __future__ import annotations

from collections.abc import Sequence

from offbeat.series.timeline import GAP

__all__ = ["KEPT", "is_longer", "missing_steps"]

KEPT = 5
"""Steps between the newest points that are remembered."""
_REGULAR = 4
"""As many of them are about as long as the usual one, where a stream is regular: one may be a gap."""
_ABOUT = 0.25


def is_longer(steps: Sequence[int], step: int) -> bool:
    """Whether a step may be a gap: a quick look before :func:`missing_steps`, for the many that are none."""
    return len(steps) == KEPT and step >= GAP * min(steps)


def missing_steps(steps: Sequence[int], step: int) -> tuple[int, int]:
    """Return how many points are missing in a step, and the usual step; 0 where the stream is not regular.

    Parameters
    ----------
    steps : sequence of int
        The steps between the newest ``KEPT`` + 1 points, in microseconds.
    step : int
        From the newest point to the next.

    Examples
    --------
    >>> missing_steps([60, 60, 61, 60, 59], 62), missing_steps([60, 60, 61, 60, 59], 181)
    ((0, 60), (2, 60))
    >>> missing_steps([60, 7, 300, 20, 60], 181), missing_steps([60, 60], 181)
    ((0, 60), (0, 0))
    """
    if len(steps) < KEPT:
        return 0, 0
    usual = sorted(steps)[KEPT // 2]
    if usual <= 0 or step < GAP * usual:
        return 0, usual
    n_regular = sum(abs(each - usual) <= _ABOUT * usual for each in steps)
    return (round(step / usual) - 1 if n_regular >= _REGULAR else 0), usual

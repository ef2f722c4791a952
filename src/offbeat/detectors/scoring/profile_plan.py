"""What a profile compares and where the results go: lengths of windows, distances, and places on the time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from offbeat.series.recording import FloatArray

__all__ = ["PLACEMENTS", "Comparison", "Plan", "plan_of", "rolling_mean"]

Values = npt.NDArray[np.float64]

PLACEMENTS = ("centre", "end")
SHORTEST = 8
"""The fewest time steps of a window."""
JUMP = 5
"""Time steps over which a sudden change is measured."""
CERTAIN = 6.0
"""Digits beyond which the level and the change of a single value add nothing."""
_SHAPE, _SIZE, _LEVEL = range(3)
"""The three distances, as :class:`~offbeat.detectors.scoring.joins.Distances` orders them."""


@dataclass(frozen=True)
class Comparison:
    """Windows of one length, of the values or of their steps from one to the next, and the distances that count.

    Attributes
    ----------
    length : int
        Time steps of a window.
    steps : bool
        Whether the first differences are compared instead of the values.
    kinds : tuple of int
        Which of the three distances count: 0 the z-normalised one, 1 the centred, 2 the plain one.
    """

    length: int
    steps: bool
    kinds: tuple[int, ...]

    def series(self, values: FloatArray, known: int = 0) -> Values:
        """Return what is compared: the values or their steps, but for the step that leads out of the known part."""
        if not self.steps:
            return np.asarray(values, dtype=np.float64)
        steps = np.diff(values, prepend=np.nan)
        if known < len(steps):
            steps[known] = np.nan
        return steps


@dataclass(frozen=True)
class Plan:
    """All comparisons of a channel, and where scores are placed.

    Placed at the centre, a score comes from the mean distance of the windows around the time step: of each length, as
    many as one has time steps. Placed at the end, it comes from the windows that end there.
    """

    comparisons: tuple[Comparison, ...]
    placement: str
    length: int
    """Time steps of the windows that are shown to people."""

    @cached_property
    def shown(self) -> Comparison:
        """The comparison of the windows that are shown to people."""
        return next(each for each in self.comparisons if each.length == self.length and not each.steps)

    def width(self, comparison: Comparison) -> int:
        """Return of how many windows in a row the mean distance is taken."""
        return comparison.length if self.placement == "centre" else 1

    def back(self, comparison: Comparison) -> int:
        """Return how many time steps before a score the first of its windows begins."""
        length = comparison.length
        return 2 * (length // 2) if self.placement == "centre" else length - 1

    def ahead(self, comparison: Comparison) -> int:
        """Return how many time steps after a score the last of its windows ends."""
        return comparison.length + self.width(comparison) - 2 - self.back(comparison)

    @cached_property
    def delay(self) -> int:
        """How many time steps after a time step its score is known."""
        return max(self.ahead(each) for each in self.comparisons)

    @cached_property
    def span(self) -> int:
        """How many time steps a score depends on, besides the history."""
        before = max(self.back(each) + each.steps for each in self.comparisons)
        return max(before, JUMP) + self.delay + 1

    @cached_property
    def curves(self) -> tuple[tuple[int, int], ...]:
        """The comparison and the distance of each curve."""
        return tuple((k, kind) for k, each in enumerate(self.comparisons) for kind in each.kinds)

    @cached_property
    def _views(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The curves in the order of their views, and where each view begins among them."""
        views = [(self.comparisons[k].steps, kind) for k, kind in self.curves]
        order = sorted(range(len(views)), key=views.__getitem__)
        begins = [at for at, row in enumerate(order) if not at or views[row] != views[order[at - 1]]]
        return np.array(order), np.array(begins)

    def joined(self, digits: Values) -> Values:
        """Return the score of a channel, ``(n_times,)``, from the digits of its curves, of its level and of its jumps.

        The mean over the views of the largest over their lengths, and what a single value is worth beyond one digit: a
        quarter of it at the centre, where whole windows have come, all of it at the end.
        """
        order, begins = self._views
        # For a stream, which joins one number at a time, calls are what takes time.
        profile = np.maximum.reduceat(digits[order], begins, axis=0).sum(axis=0) / len(begins)
        extra = np.minimum(np.maximum(digits[-2:] - 1.0, 0.0), CERTAIN - 1.0).sum(axis=0)
        return np.asarray(profile + (0.25 if self.placement == "centre" else 1.0) * extra)


def plan_of(window: int, n_times: int, n_channels: int, placement: str) -> Plan:
    """Return the plan for a recording of ``n_times`` time steps to learn from.

    One channel is compared at half, once and twice the window; several at the window alone, since they confirm each
    other, but by one more distance.
    """

    def lengths(*wanted: int) -> Sequence[int]:
        return sorted({min(max(length, SHORTEST), max(n_times // 3, 2)) for length in wanted})

    if n_channels > 1:
        values = [Comparison(length, False, (_SHAPE, _SIZE, _LEVEL)) for length in lengths(window)]
        steps = lengths(window)
    else:
        values = [Comparison(length, False, (_SHAPE, _SIZE)) for length in lengths(window // 2, window, 2 * window)]
        steps = lengths(window // 2, window)
    return Plan((*values, *(Comparison(length, True, (_SHAPE,)) for length in steps)), placement, lengths(window)[0])


def rolling_mean(values: FloatArray, length: int) -> Values:
    """Return the mean of each ``length`` values in a row, ``(n - length + 1,)``; NaN where one is missing."""
    if len(values) < length:
        return np.empty(0)
    # Running sums would carry rounding errors and missing values on.
    return np.asarray(sliding_window_view(values, length).mean(axis=1))

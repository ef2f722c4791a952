"""The runs of ones in a mask, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Runs"]

Steps = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of time steps, in order and apart from each other.

    Parameters
    ----------
    starts, ends : array of shape (n_runs,)
        First time step of each run, and the one after its last.

    Examples
    --------
    >>> runs = Runs.of_mask(np.array([False, True, True, False, True]))
    >>> runs.pairs(), runs.reduce(np.add, np.array([9.0, 1.0, 2.0, 9.0, 4.0])).tolist()
    ([(1, 3), (4, 5)], [3.0, 4.0])
    >>> runs.joined(1).pairs(), runs.at_least(2).pairs()
    ([(1, 5)], [(1, 3)])
    """

    starts: Steps
    ends: Steps

    @classmethod
    def of_mask(cls, mask: npt.NDArray[np.bool_]) -> Self:
        """Return the runs of True in a mask of shape ``(n_times,)``."""
        # A zero at either end lets every run have both a step up and a step down.
        steps = np.diff(mask.astype(np.int8), prepend=0, append=0)
        return cls(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1))

    def joined(self, gap: int) -> Self:
        """Return the runs with those joined that have at most ``gap`` time steps between them."""
        if not len(self):
            return self
        apart = self.starts[1:] - self.ends[:-1] > gap
        return type(self)(self.starts[np.append(True, apart)], self.ends[np.append(apart, True)])

    def at_least(self, length: int) -> Self:
        """Return the runs of at least ``length`` time steps."""
        long = self.lengths >= length
        return type(self)(self.starts[long], self.ends[long])

    def parts(self, length: int, mask: npt.NDArray[np.bool_]) -> tuple[Self, Steps]:
        """Return the runs with long ones in parts, and the index of the run that each part belongs to.

        Parameters
        ----------
        length : int
            A part ends before the first step of the mask that comes so many time steps, or more, after its start; that
            step begins the next part.
        mask : array of shape (n_times,)
            True at the first and the last time step of each run, and False at those that only joined it.

        Examples
        --------
        >>> mask = np.array([1, 1, 0, 0, 1, 1, 1, 0], dtype=bool)
        >>> parts, of = Runs.of_mask(mask).joined(2).parts(3, mask)
        >>> parts.pairs(), of.tolist()
        ([(0, 2), (4, 7)], [0, 0])
        """
        marked, found = np.flatnonzero(mask), []
        for run, (first, end) in enumerate(self.pairs()):
            start = first
            while (at := int(np.searchsorted(marked, start + length))) < len(marked) and marked[at] < end:
                found.append((start, int(marked[at - 1]) + 1, run))
                start = int(marked[at])
            found.append((start, end, run))
        starts, ends, of = np.array(found, dtype=np.intp).reshape(-1, 3).T
        return type(self)(starts, ends), of

    def pairs(self) -> list[tuple[int, int]]:
        """Return start and end of each run."""
        return list(zip(self.starts.tolist(), self.ends.tolist(), strict=True))

    def reduce(self, ufunc: np.ufunc, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return ``ufunc`` over the time steps of each run; values of shape ``(n_times, ...)``, ``(n_runs, ...)`` back.

        There must be at least one run.
        """
        found: npt.NDArray[Any] = ufunc.reduceat(values[self.steps], self.firsts, axis=0)
        return found

    @property
    def lengths(self) -> Steps:
        """Time steps in each run."""
        return self.ends - self.starts

    @cached_property
    def firsts(self) -> Steps:
        """The index in ``steps`` at which each run begins."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def steps(self) -> Steps:
        """Every time step inside a run, in order."""
        return np.repeat(self.starts - self.firsts, self.lengths) + np.arange(self.lengths.sum())

    def __len__(self) -> int:
        return len(self.starts)

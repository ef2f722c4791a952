"""Signals of files that are read whole, as those of ten seconds are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

import numpy as np
import numpy.typing as npt

from offbeat.records.sources import Lead, Samples

__all__ = ["HeldSource"]


class HeldSource:
    """Signals in memory as a source of samples, see :class:`offbeat.records.sources.Source`.

    Parameters
    ----------
    values : array of shape (n_times, n_leads)
        NaN is a missing sample.
    leads : sequence of Lead
        What the columns are.
    notes : tuple of str
        What was understood of the file that could be understood in another way.
    """

    def __init__(self, values: npt.NDArray[np.floating], leads: Sequence[Lead], notes: tuple[str, ...] = ()) -> None:
        self._values = values
        self.leads = tuple(leads)
        self.notes = notes
        self.started: time | None = None
        self.started_on: date | None = None

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        return self._values[start:stop, list(leads)].astype(np.float32)

"""A source at another sampling rate, for recorders that are slower or faster than beats are found at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from offbeat.records.sources import Samples, Source

__all__ = ["ResampledSource", "steps_to_range"]


class ResampledSource:
    """Another source, resampled by a polyphase low-pass filter (:func:`scipy.signal.resample_poly`).

    Every piece is that of the whole: as many samples around it are read as the filter is long. What is missing is
    filled by the nearest sample for the filter, and is missing again afterwards.

    Parameters
    ----------
    source : Source
        The samples of the file.
    up, down : int
        The sampling rate is multiplied by ``up`` and divided by ``down``; one of them is 1.

    Examples
    --------
    >>> from offbeat.records.array_source import ArraySource
    >>> fast = ArraySource(np.sin(np.arange(4000) / 300), 2000.0)
    >>> slow = ResampledSource(fast, 1, 2)
    >>> bool(np.allclose(slow.read(100, 200, [0]), fast.read(200, 400, [0])[::2], atol=1e-3))
    True
    """

    def __init__(self, source: Source, up: int, down: int) -> None:
        self.source, self._up, self._down = source, up, down
        self._reach = 2 * 10 * max(up, down) // up  # twice what the filter of scipy reaches to each side
        self.notes, self.started, self.started_on = source.notes, source.started, source.started_on
        self.leads = tuple(
            replace(lead, sampling_rate=lead.sampling_rate * up / down, n_times=-(-lead.n_times * up // down))
            for lead in source.leads
        )

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        from scipy import signal  # most records are read without

        n_times = self.source.leads[leads[0]].n_times
        # A multiple of down, so that the samples taken are those taken of the whole.
        first = (start * self._down // self._up - self._reach) // self._down * self._down
        last = -(-stop * self._down // self._up) + self._reach
        begin, end = max(first, 0), min(last, n_times)
        values = np.full((last - first, len(leads)), np.nan, dtype=np.float32)
        values[begin - first : end - first] = self.source.read(begin, end, leads)
        nearest = [_nearest_known(column) for column in values.T]
        filled = np.column_stack([column[places] for column, places in zip(values.T, nearest, strict=True)])
        found = signal.resample_poly(np.nan_to_num(filled), self._up, self._down, axis=0)
        offset = start - first * self._up // self._down
        found = np.asarray(found[offset : offset + stop - start])
        at = np.round(np.arange(start, stop) * self._down / self._up).astype(np.int64) - first
        found[np.isnan(values[np.minimum(at, n_times - 1 - first)])] = np.nan
        return np.asarray(found, np.float32)


def _nearest_known(values: Samples) -> np.ndarray:
    """Return for each place that of the nearest value that is not missing."""
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return np.arange(len(values))
    places = np.arange(len(values))
    after = np.minimum(np.searchsorted(known, places), len(known) - 1)
    before = np.maximum(after - 1, 0)
    closer = np.abs(known[after] - places) <= np.abs(places - known[before])
    return np.where(closer, known[after], known[before])


def steps_to_range(rate: float, lowest: float, highest: float) -> tuple[int, int]:
    """Return the power of two that a sampling rate is to be multiplied and divided by, to lie within a range.

    Examples
    --------
    >>> [steps_to_range(rate, 100, 1000) for rate in (50, 360, 1024, 4000)]
    [(2, 1), (1, 1), (1, 2), (1, 4)]
    """
    up = down = 1
    while rate * up < lowest:
        up *= 2
    while rate / down > highest:
        down *= 2
    return up, down

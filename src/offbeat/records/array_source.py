"""Signals that are in memory already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.records.sources import Lead, Samples
from offbeat.series.arrays import as_float, channel_names

__all__ = ["ArraySource"]


class ArraySource:
    """An array as a source of samples, see :class:`offbeat.records.sources.Source`.

    Parameters
    ----------
    values : array of shape (n_times,) or (n_times, n_channels)
        NaN and infinite values are missing samples.
    sampling_rate : float
        Samples per second (Hz).
    channels : sequence of str, optional
        One name a lead.

    Raises
    ------
    DataError
        If the values are no numbers of that shape.
    """

    def __init__(self, values: npt.ArrayLike, sampling_rate: float, channels: Sequence[str] | None = None) -> None:
        samples = as_float(values, "record")
        samples = samples[:, None] if samples.ndim == 1 else samples
        if samples.ndim != 2 or not samples.shape[1]:
            raise DataError(f"expected an ECG of shape (n_times,) or (n_times, n_channels), got {np.shape(values)}")
        samples = np.where(np.isinf(samples), np.nan, samples)
        names = channel_names(channels, samples.shape[1])
        self._samples = samples
        self.notes: tuple[str, ...] = ()
        self.started: time | None = None
        self.started_on: date | None = None
        self.leads = tuple(Lead(name, "", float(sampling_rate), len(samples)) for name in names)

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        return self._samples[start:stop, list(leads)].astype(np.float32)

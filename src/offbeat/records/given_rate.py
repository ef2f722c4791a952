"""A source whose file states another sampling rate than it was recorded at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from offbeat.records.sources import Samples, Source

__all__ = ["GivenRateSource"]


class GivenRateSource:
    """The samples of another source, at a sampling rate that was given in place of the one it states.

    Parameters
    ----------
    source : Source
        The samples of the file.
    given, stated : float
        Samples per second (Hz) of the leads that are read; other leads keep their ratio to them.

    Examples
    --------
    >>> from offbeat.records.array_source import ArraySource
    >>> source = GivenRateSource(ArraySource([0.5, 0.7], 360.0), 250.0, 360.0)
    >>> source.leads[0].sampling_rate, source.notes
    (250.0, ('250 Hz taken as given, though the file states 360 Hz',))
    """

    def __init__(self, source: Source, given: float, stated: float) -> None:
        self._source = source
        self.leads = tuple(replace(lead, sampling_rate=lead.sampling_rate * given / stated) for lead in source.leads)
        self.notes = (*source.notes, f"{given:g} Hz taken as given, though the file states {stated:g} Hz")
        self.started, self.started_on = source.started, source.started_on

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        return self._source.read(start, stop, leads)

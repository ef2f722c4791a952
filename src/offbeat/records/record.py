"""A long ECG, on disk or in memory, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.records.array_source import ArraySource
from offbeat.records.given_rate import GivenRateSource
from offbeat.records.resampled import ResampledSource, steps_to_range
from offbeat.records.scaling import check_scale, given_scale, scales_of
from offbeat.records.sources import Samples, Source, distinct, pick_lead, reading
from offbeat.series.recording import Recording
from offbeat.tables import ShownAsTables, Table
from offbeat.words import NOTICE, clock

__all__ = ["RATES", "Record", "make_record"]

_Record = TypeVar("_Record", bound="Record")

RATES = (50.0, 4000.0)
"""The lowest and the highest sampling rate (Hz) of an ECG."""

_READ_RATES = (100.0, 1000.0)  # what beats are found at: others are resampled


@dataclass(frozen=True, eq=False)
class Record(ShownAsTables):
    r"""A long ECG of which only the piece that is asked for comes to memory.

    Made by :func:`offbeat.records.open_record` from a file, and by :meth:`from_array` from an array.

    Parameters
    ----------
    name : str
        The name of its file, without the extension.
    path : Path
        Where it lies; of a record in memory, what messages call it.
    sampling_rate : float
        Samples per second (Hz) that are read: those of the file, unless it has less than 100 or more than 1000.
    channels : tuple of str
        Its leads.
    units : tuple of str
        One a lead: mV, or the unit in the file where that is no voltage.
    n_times : int
        Samples of each lead.
    file_rate : float
        Samples per second (Hz) of the file; those that were given, where they are others than it states.
    stated_rate : float
        Samples per second (Hz) that the file states, whatever was given.
    notes : tuple of str
        What was understood of the file that could be understood in another way, a clause each.
    started : datetime.time, optional
        The time of day of the first sample; None where the file does not say it.
    started_on : datetime.date, optional
        The day of the first sample; None where the file does not say it.
    scale_given : str
        The scale of the values that was given in place of what the file states; empty where none was.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "strip.csv")
    >>> _ = file.write_text("II (uV),V5 (uV)\n100,-50\n200,0\n300,50\n")
    >>> from offbeat.records import open_record
    >>> record = open_record(file, sampling_rate=250)
    >>> record
    Record(strip: 3 samples x 2 leads (II, V5), 250 Hz, 0.012 s)
    >>> record.read(1, 3, ["II"]).tolist()
    [[0.2...], [0.3...]]
    """

    name: str
    path: Path
    sampling_rate: float
    channels: tuple[str, ...]
    units: tuple[str, ...]
    n_times: int
    file_rate: float
    stated_rate: float
    notes: tuple[str, ...]
    started: time | None
    started_on: date | None
    scale_given: str
    _source: Source = field(repr=False)
    _leads: tuple[int, ...] = field(repr=False)
    _factors: tuple[float, ...] = field(repr=False)

    @classmethod
    def from_array(
        cls,
        values: npt.ArrayLike,
        *,
        sampling_rate: float,
        channels: Sequence[str] | None = None,
        units: str | None = "mV",
        gain: float | None = None,
        name: str = "",
    ) -> Self:
        """Make a record of samples in memory.

        Parameters
        ----------
        values : array of shape (n_times,) or (n_times, n_channels)
            NaN is a missing sample.
        sampling_rate : float
            Samples per second (Hz), 50 to 4000.
        channels : sequence of str, optional
            The names of the leads; ``ch0``, ``ch1`` … where none are given.
        units : {"mV", "uV", "V"}, optional
            What the values are in; None with ``gain``, or where it is to be told by the values.
        gain : float, optional
            How many units of the values are a millivolt.
        name : str
            What to call it.

        Raises
        ------
        DataError
            If the values are no finite numbers, or the sampling rate is not that of an ECG.
        ParameterError
            If the units are no voltage.

        Examples
        --------
        >>> Record.from_array([[100, -50], [200, 0]], sampling_rate=250, units="uV", channels=["II", "V5"]).read()
        array([[ 0.1 , -0.05],
               [ 0.2 ,  0.  ]], dtype=float32)
        """
        source = ArraySource(values, sampling_rate, channels)
        return make_record(cls, source, range(len(source.leads)), Path(name or "the array"), units, gain, name)

    def select(self, channels: Sequence[str | int] | str | int) -> Self:
        """Return a record of these leads only, by name or position; nothing is read.

        Examples
        --------
        >>> Record.from_array([[1, 2]], sampling_rate=250, channels=["II", "V5"]).select("V5").channels
        ('V5',)
        """
        picked = self._positions(channels)
        return replace(
            self,
            channels=tuple(self.channels[i] for i in picked),
            units=tuple(self.units[i] for i in picked),
            _leads=tuple(self._leads[i] for i in picked),
            _factors=tuple(self._factors[i] for i in picked),
        )

    @property
    def in_memory(self) -> bool:
        """Whether it was made of an array, so that no file lies beside it."""
        source = self._source.source if isinstance(self._source, ResampledSource) else self._source
        return isinstance(source, ArraySource)

    @property
    def duration(self) -> float:
        """Seconds from the first sample to the one after the last."""
        return self.n_times / self.sampling_rate

    @property
    def left_out(self) -> tuple[str, ...]:
        """The signals of its source that are not among its leads."""
        chosen = set(self._leads)
        names = distinct([lead.name for lead in self._source.leads])
        return tuple(name for i, name in enumerate(names) if i not in chosen)

    def read(
        self, start: int = 0, stop: int | None = None, channels: Sequence[str | int] | str | int | None = None
    ) -> Samples:
        """Return a piece of the record.

        Parameters
        ----------
        start, stop : int
            The first sample, and the one after the last; to the end where ``stop`` is not given or lies beyond.
        channels : sequence of str or int, optional
            Leads by name or position; all of the record where it is not given.

        Returns
        -------
        array of shape (n, n_channels), float32
            Millivolts (or :attr:`units`). NaN is a missing sample.

        Raises
        ------
        ParameterError
            If ``start`` or ``stop`` is negative.
        DataError
            If there is no such lead, or the file cannot be read any more.
        """
        end = self.n_times if stop is None else min(stop, self.n_times)
        if start < 0 or end < 0:
            raise ParameterError(f"samples count from 0, but the piece from {start} to {stop} was asked for")
        wanted = range(len(self.channels)) if channels is None else self._positions(channels)
        if start >= end:
            return np.empty((0, len(wanted)), dtype=np.float32)
        with reading(self.path, "an ECG record"), np.errstate(all="ignore"):
            values = self._source.read(start, end, [self._leads[i] for i in wanted])
            factors = np.array([self._factors[i] for i in wanted], dtype=np.float32)
            values = values if np.all(factors == 1) else values * factors
        if np.isinf(values).any():
            raise FormatError(
                f"expected samples in {self.path}, but some of {start:,} to {end:,} are too large for any number: "
                "correct them, or the gain and the units"
            )
        return values

    def chunks(
        self, length: int, overlap: int = 0, channels: Sequence[str | int] | str | int | None = None
    ) -> Iterator[tuple[int, Samples]]:
        """Yield the record piece by piece.

        Parameters
        ----------
        length : int
            Samples of each piece; the last one may be shorter.
        overlap : int
            How many samples a piece shares with the one before.
        channels : sequence of str or int, optional
            As :meth:`read` takes it.

        Yields
        ------
        start : int
            Where the piece begins in the record.
        values : array of shape (n, n_channels), float32

        Raises
        ------
        ParameterError
            If not ``0 <= overlap < length``.
        """
        if not 0 <= overlap < length:
            raise ParameterError(f"chunks need 0 <= overlap < length, got length {length}, overlap {overlap}")
        start = 0
        while start < self.n_times:
            stop = min(start + length, self.n_times)
            yield start, self.read(start, stop, channels)
            if stop == self.n_times:
                return
            start = stop - overlap

    def to_recording(self) -> Recording:
        """Return all of it in memory, as a recording."""
        return Recording(
            self.read(), sampling_rate=self.sampling_rate, channels=self.channels, name=self.name, domain="ecg"
        )

    def _positions(self, channels: Sequence[str | int] | str | int) -> list[int]:
        asked = [channels] if isinstance(channels, str | int) else channels
        return [pick_lead(lead, self.channels, self.path) for lead in asked]

    def __len__(self) -> int:
        return self.n_times

    def _summary(self) -> list[Table]:
        rows: list[list[Any]] = [
            ["leads", ", ".join(self.channels)],
            ["length", clock(self.duration)],
            ["sampling rate (Hz)", float(self.sampling_rate)],
            *([["begins at", str(self.started)]] if self.started else []),
        ]
        return [Table(f"Record {self.name}", ["", "found"], rows, note=" ".join((*self.notes, NOTICE)))]

    def __repr__(self) -> str:
        leads = f"{len(self.channels)} lead{'s'[: len(self.channels) != 1]} ({', '.join(self.channels)})"
        return f"Record({self.name}: {self.n_times} samples x {leads}, {self.sampling_rate:g} Hz, {self.duration:g} s)"


def make_record(
    cls: type[_Record],
    source: Source,
    leads: Sequence[int],
    path: Path,
    units: str | None,
    gain: float | None,
    name: str,
    sampling_rate: float | None = None,
) -> _Record:
    """Return a record of some of the leads of a source, which all have one sampling rate.

    A sampling rate that is given goes before that of the source.
    """
    check_scale(units, gain)
    file_rate = stated_rate = source.leads[leads[0]].sampling_rate
    if sampling_rate is not None and not np.isclose(sampling_rate, stated_rate, rtol=1e-3):
        file_rate, source = sampling_rate, GivenRateSource(source, sampling_rate, stated_rate)
    if not RATES[0] <= file_rate <= RATES[1]:
        raise DataError(
            f"an ECG needs {RATES[0]:g} to {RATES[1]:g} samples per second, but {path} has {file_rate:g} Hz: "
            "choose other signals, or correct the sampling rate"
        )
    notes = source.notes
    factors, found, note = scales_of(source, leads, units, gain)
    given, stated = given_scale([source.leads[i] for i in leads], units, gain)
    scale_given = f"{given}, though the file states {stated}" if stated else given
    notes += (f"{given} taken as given, though the file states {stated}",) if stated else ()
    notes += (note,) if note else ()
    up, down = steps_to_range(file_rate, *_READ_RATES)
    if up != down:
        source = ResampledSource(source, up, down)
        notes += (f"resampled from {file_rate:g} to {file_rate * up / down:g} Hz",)
    names = distinct([lead.name for lead in source.leads])
    return cls(
        name=name,
        path=path,
        sampling_rate=source.leads[leads[0]].sampling_rate,
        channels=tuple(names[i] for i in leads),
        units=found,
        n_times=source.leads[leads[0]].n_times,
        file_rate=file_rate,
        stated_rate=stated_rate,
        notes=notes,
        started=source.started,
        started_on=source.started_on,
        scale_given=scale_given,
        _source=source,
        _leads=tuple(leads),
        _factors=factors,
    )

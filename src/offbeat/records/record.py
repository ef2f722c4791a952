"""A long ECG, on disk or in memory: opened by its path or made of an array, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, FormatError, ParameterError
from offbeat.files.regular import existing_file, is_file, is_there
from offbeat.records.array_source import ArraySource
from offbeat.records.edf import EdfSource
from offbeat.records.sources import Samples, Source, distinct, pick_lead, reading, take_leads, to_millivolts
from offbeat.records.tables import TABLE_SUFFIXES, TableSource
from offbeat.records.wfdb_files import header_of, open_wfdb
from offbeat.series.recording import Recording

__all__ = ["RATES", "Record", "open_record"]

_Record = TypeVar("_Record", bound="Record")

RATES = (100.0, 1000.0)
"""The lowest and the highest sampling rate (Hz) of an ECG that beats are found in."""


@dataclass(frozen=True, eq=False)
class Record:
    r"""A long ECG of which only the piece that is asked for comes to memory.

    Made by :func:`open_record` from a file, and by :meth:`from_array` from an array.

    Parameters
    ----------
    name : str
        The name of its file, without the extension.
    path : Path
        Where it lies; of a record in memory, what messages call it.
    sampling_rate : float
        Samples per second (Hz).
    channels : tuple of str
        Its leads.
    units : tuple of str
        One a lead: mV, or the unit in the file where that is no voltage.
    n_times : int
        Samples of each lead.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "strip.csv")
    >>> _ = file.write_text("II (uV),V5 (uV)\n100,-50\n200,0\n300,50\n")
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
        units: str = "mV",
        name: str = "",
    ) -> Self:
        """Make a record of samples in memory.

        Parameters
        ----------
        values : array of shape (n_times,) or (n_times, n_channels)
            NaN is a missing sample.
        sampling_rate : float
            Samples per second (Hz), 100 to 1000.
        channels : sequence of str, optional
            The names of the leads; ``ch0``, ``ch1`` … where none are given.
        units : {"mV", "uV", "V"}
            What the values are in.
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
        return _record(cls, source, range(len(source.leads)), Path(name or "the array"), units, name)

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
        return isinstance(self._source, ArraySource)

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

    def __repr__(self) -> str:
        leads = f"{len(self.channels)} lead{'s'[: len(self.channels) != 1]} ({', '.join(self.channels)})"
        return f"Record({self.name}: {self.n_times} samples x {leads}, {self.sampling_rate:g} Hz, {self.duration:g} s)"


def open_record(
    path: str | Path,
    *,
    sampling_rate: float | None = None,
    channels: Sequence[str | int] | str | int | None = None,
    units: str | None = None,
) -> Record:
    """Open an ECG record without reading its signals.

    Parameters
    ----------
    path : str or Path
        A WFDB record (``mitdb/100``, or its ``.hea`` or ``.dat`` file), an EDF or EDF+ file, or a table of text
        (``.csv``, ``.tsv``, ``.txt``) with one sample a line and one lead a column.
    sampling_rate : float, optional
        Samples per second (Hz) of a table that has no column of times; other files know theirs.
    channels : sequence of str or int, optional
        Leads by name or position. Where it is not given, the signals named like leads of an ECG, or all if none is;
        where rates differ, those with the rate of the first.
    units : str, optional
        ``"mV"``, ``"uV"`` or ``"V"``: the unit of the values, where the file names none or a wrong one.

    Returns
    -------
    Record
        With values in millivolts: µV and V are converted, other units stay and are named in ``units``.

    Raises
    ------
    FormatError
        If the file is damaged, cut short, or of no known format.
    DataError
        If it is missing, has no such lead, or a sampling rate outside of 100 to 1000 Hz.
    ParameterError
        If the sampling rate is missing, or contradicts the file; or ``units`` are no voltage.
    MissingExtraError
        If wfdb or edfio is needed and not installed.

    Examples
    --------
    >>> open_record("nowhere/100")
    Traceback (most recent call last):
    ...
    offbeat.errors.DataError: there is no record nowhere/100: expected nowhere/100.hea, an EDF file or a table of text
    """
    path = Path(path)
    _check_units(units)
    with reading(path, "an ECG record"):
        source = _source(path, sampling_rate)
    leads = take_leads(source.leads, channels, path)
    rate = source.leads[leads[0]].sampling_rate
    if sampling_rate is not None and not np.isclose(sampling_rate, rate, rtol=1e-3):
        raise ParameterError(f"{path} has {rate:g} Hz, got sampling_rate={sampling_rate:g}: leave it out")
    return _record(Record, source, leads, path, units, path.name if header_is_whole(path) else path.stem)


def _record(
    cls: type[_Record], source: Source, leads: Sequence[int], path: Path, units: str | None, name: str
) -> _Record:
    """Return a record of some of the leads of a source, which all have one sampling rate."""
    _check_units(units)
    rate = source.leads[leads[0]].sampling_rate
    if not RATES[0] <= rate <= RATES[1]:
        raise DataError(f"an ECG needs {RATES[0]:g} to {RATES[1]:g} samples per second, but {path} has {rate:g} Hz")
    names = distinct([lead.name for lead in source.leads])
    factors, found = zip(*(to_millivolts(units or source.leads[i].unit) for i in leads), strict=True)
    return cls(
        name=name,
        path=path,
        sampling_rate=rate,
        channels=tuple(names[i] for i in leads),
        units=found,
        n_times=source.leads[leads[0]].n_times,
        _source=source,
        _leads=tuple(leads),
        _factors=factors,
    )


def _check_units(units: str | None) -> None:
    if units is not None and (not isinstance(units, str) or to_millivolts(units)[1] != "mV"):
        raise ParameterError(f"units are mV, uV or V, got {units!r}")


def header_is_whole(path: Path) -> bool:
    """Whether the path is a record's name without any extension, so that a dot belongs to the name."""
    return bool(path.name) and is_file(path.with_name(path.name + ".hea"))


def _source(path: Path, sampling_rate: float | None) -> Source:
    header = header_of(path) if path.name else None
    if header is not None:
        return open_wfdb(header)
    if not is_there(path):
        raise DataError(
            f"there is no record {path}: expected {path.with_suffix('.hea')}, an EDF file or a table of text"
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder: name one of its records, such as {path / '100'}")
    existing_file(path)
    suffix = path.suffix.lower()
    if suffix == ".edf":
        return EdfSource(path)
    if suffix in TABLE_SUFFIXES:
        return TableSource(path, sampling_rate)
    raise FormatError(f"{path} is no record: expected a WFDB header beside it, an EDF file, or a table of text (.csv)")

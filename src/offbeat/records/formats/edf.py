"""EDF, EDF+ and BDF files, the exchange format of clinical recorders, read piece by piece."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, FormatError, ignoring
from offbeat.records.sources import Lead, Samples, check_gap, reading

__all__ = ["EdfSource", "is_edf"]

_BDF = b"\xffBIOSEMI"
_FIXED = 256  # bytes of the header that every file has, and as many again for each signal
_LINE_END = re.compile(rb"[\r\n]")
_ANNOTATIONS = (b"EDF Annotations", b"BDF Annotations")


def is_edf(head: bytes) -> bool:
    """Whether a file that begins so is EDF or BDF, perhaps cut short within its header, which is one line."""
    if not head.startswith((_BDF, b"0       ")):
        return False
    return head[252:256].strip().isdigit() if len(head) >= _FIXED else not _LINE_END.search(head)


@dataclass(frozen=True)
class _Run:
    """Data records that follow each other without a gap: ``count`` of them from ``first``, after ``onset`` seconds."""

    first: int
    count: int
    onset: float


class EdfSource:
    """An EDF, EDF+ or BDF file; what a discontinuous one (EDF+D) leaves out is NaN.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    FormatError
        If it is damaged or cut short.
    DataError
        If it holds no signal.
    MissingExtraError
        If edfio is not installed.

    References
    ----------
    B. Kemp, J. Olivan, "European data format 'plus' (EDF+)", Clinical Neurophysiology 114, 2003.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reading(path, "an EDF file"):
            _check_header(path)
            promised = _promised_records(path)
            self._edf = _open(path)
            self._seconds = float(self._edf.data_record_duration)
            present = int(self._edf.num_data_records)
            self._signals = [signal for signal in self._edf.signals if signal.samples_per_data_record]
            if present < promised:
                raise FormatError(
                    f"{path} promises {promised:,} data records, but holds {present:,}: is it cut short? "
                    "Copy or download it again"
                )
            if not self._seconds > 0:
                raise DataError(f"{path} holds annotations and no signal: choose the file with the signals")
            self._runs = _runs(path, present, self._seconds) if self._edf.reserved[1:5] == "DF+D" else []
            self._runs = self._runs or [_Run(0, present, 0.0)]
            self.leads = tuple(self._describe(signal) for signal in self._signals)
            self.notes = _gaps(self._runs, self._seconds)
            self.started: time | None = self._edf.starttime
            self.started_on = _date_of(self._edf)
            for lead, signal in zip(self.leads, self._signals, strict=True):
                check_gap(lead.n_times - present * int(signal.samples_per_data_record), 1, path)

    def _describe(self, signal: Any) -> Lead:
        rate = float(signal.samples_per_data_record / self._seconds)
        last = self._runs[-1]
        n_times = round(last.onset * rate) + last.count * int(signal.samples_per_data_record)
        unit = signal.physical_dimension.strip()
        return Lead(signal.label.strip(), unit, rate, n_times, counts_per_unit=_counts_per_unit(signal))

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        present = sum(run.count for run in self._runs) * int(self._signals[leads[0]].samples_per_data_record)
        check_gap(stop - start - present, len(leads), self._path)
        values = np.full((stop - start, len(leads)), np.nan, dtype=np.float32)
        with reading(self._path, "an EDF file"):
            for column, lead in enumerate(leads):
                signal, rate = self._signals[lead], self.leads[lead].sampling_rate
                for run in self._runs:
                    at = round(run.onset * rate)
                    size = int(signal.samples_per_data_record)
                    first, last = max(start, at), min(stop, at + run.count * size)
                    if first < last:
                        # Where it stands in the file: the gaps before it take no place there.
                        shift = run.first * size - at
                        piece = signal.get_data_slice((first + shift) / rate, (last + shift) / rate)
                        values[first - start : last - start, column] = piece
        return values


def _counts_per_unit(signal: Any) -> float | None:
    """Return how many counts one unit is, without the sign of a signal that is stored upside down."""
    height = abs(signal.physical_max - signal.physical_min)
    return float(abs(signal.digital_max - signal.digital_min) / height) if 0 < height < np.inf else None


def _date_of(file: Any) -> date | None:
    """Return the day on which a recording began; None where it was taken out of the file."""
    with suppress(ValueError), ignoring(Warning):  # of two that differ, edfio takes that of EDF+
        return date.fromisoformat(file.startdate.isoformat())
    return None


def _gaps(runs: Sequence[_Run], seconds: float) -> tuple[str, ...]:
    """Return a note of what a discontinuous file leaves out."""
    missing = sum(after.onset - one.onset - one.count * seconds for one, after in pairwise(runs))
    if len(runs) == 1:
        return ()
    return (f"the recording is discontinuous: {len(runs) - 1} gaps, {missing:g} s in all, are left empty",)


def _open(path: Path) -> Any:
    import edfio

    with path.open("rb") as file:
        is_bdf = file.read(len(_BDF)) == _BDF
    # What it warns of, a length that is not the one promised, is checked here.
    with ignoring(Warning):
        if is_bdf:
            return edfio.read_bdf(path, header_encoding="latin-1")
        return edfio.read_edf(path, lazy_load_data=True, header_encoding="latin-1")


def _check_header(path: Path) -> None:
    """Refuse a file that ends within its header."""
    held = path.stat().st_size
    with path.open("rb") as file:
        fixed = file.read(_FIXED)
    needed = _FIXED * (1 + int(fixed[252:])) if len(fixed) == _FIXED else _FIXED
    if held < needed:
        raise FormatError(
            f"the EDF header of {path} is cut short: expected {needed:,} bytes or more, got {held:,}: copy or download "
            "it again"
        )


def _promised_records(path: Path) -> int:
    """Return how many data records the header promises; -1 where a recorder was stopped before it wrote that."""
    with path.open("rb") as file:
        return int(file.read(244)[236:].decode("latin-1"))


def _runs(path: Path, n_records: int, seconds: float) -> list[_Run]:
    """Return the runs of data records of a discontinuous file, by the start time of each record."""
    onsets = _onsets(path, n_records)
    if not np.all(np.diff(onsets) >= seconds * (1 - 1e-3)):  # one that is NaN is in no order either
        raise FormatError(f"the data records of {path} overlap or run backwards in time: export it again")
    breaks = np.flatnonzero(np.diff(onsets) > seconds * (1 + 1e-3)) + 1
    starts, stops = [0, *breaks.tolist()], [*breaks.tolist(), n_records]
    return [
        _Run(first, stop - first, float(onsets[first] - onsets[0]))
        for first, stop in zip(starts, stops, strict=True)
        if stop > first
    ]


def _onsets(path: Path, n_records: int) -> npt.NDArray[np.float64]:
    """Return when each data record begins (s), which its first annotation holds."""
    with path.open("rb") as file:
        fixed = file.read(256)
        n_signals = int(fixed[252:])
        header = file.read(n_signals * 256)
    width = 3 if fixed.startswith(_BDF) else 2
    labels = [header[16 * i : 16 * (i + 1)].strip() for i in range(n_signals)]
    sizes = [width * int(header[216 * n_signals + 8 * i :][:8]) for i in range(n_signals)]
    which = next((i for i, label in enumerate(labels) if label in _ANNOTATIONS), None)
    if which is None:
        raise FormatError(f"{path} is marked as discontinuous (EDF+D), but holds no times: export it again")
    begin = sum(sizes[:which])
    content = np.memmap(path, np.uint8, "r", (n_signals + 1) * 256, (n_records, sum(sizes)))
    stamps = content[:, begin : begin + sizes[which]]
    return np.array([float(bytes(stamp).partition(b"\x14")[0]) for stamp in stamps])

"""ISHNE Holter files (.ecg), read piece by piece."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path

import numpy as np

from offbeat.errors import FormatError
from offbeat.records.sources import Lead, Samples, reading

__all__ = ["IshneSource", "is_ishne"]

_MARK = b"ISHNE1.0"
_FIXED = 522  # bytes of the fixed header
_MOST_LEADS = 12
_LEADS = (
    "unknown", "generic", "X", "Y", "Z", "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
    "ES", "AS", "AI",
)  # fmt: skip


def is_ishne(head: bytes) -> bool:
    """Whether a file that begins so is an ISHNE Holter file."""
    return head.startswith(_MARK)


class IshneSource:
    """The signals of an ISHNE Holter file: 16-bit samples of all leads in turn, behind a header.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    FormatError
        If it is damaged or cut short.

    References
    ----------
    F. Badilini, "The ISHNE Holter standard output file format", Annals of Noninvasive Electrocardiology 3(3), 1998.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reading(path, "an ISHNE file"), path.open("rb") as file:
            header = file.read(_FIXED).ljust(_FIXED, b"\0")
            self._offset, n_leads, rate = (
                _unpack(header, "<i", 22),
                _unpack(header, "<h", 156),
                _unpack(header, "<h", 272),
            )
            if not 0 < n_leads <= _MOST_LEADS or self._offset < _FIXED or rate <= 0:
                raise FormatError(f"{path} has no header of an ISHNE file: copy or download it again")
            n_times = (path.stat().st_size - self._offset) // (2 * n_leads)
            # Programs differ in whether they count the samples of one lead or of all.
            promised = _unpack(header, "<i", 14) // n_leads
            if n_times < max(promised, 1):
                raise FormatError(
                    f"{path} promises {promised:,} samples or more, but holds only {max(n_times, 0):,}: is it cut "
                    "short? Copy or download it again"
                )
        self._n_leads = n_leads
        codes = struct.unpack_from(f"<{n_leads}h", header, 158)
        nanovolts = struct.unpack_from(f"<{n_leads}h", header, 206)
        self.leads = tuple(
            Lead(_name(code), "counts", float(rate), n_times, 1e-6 * size if size > 0 else None)
            for code, size in zip(codes, nanovolts, strict=True)
        )
        self.notes: tuple[str, ...] = ()
        self.started = _time_of_day(*struct.unpack_from("<3h", header, 150))
        self.started_on = _date(*struct.unpack_from("<3h", header, 138))

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return samples as :class:`offbeat.records.sources.Source` says."""
        count = (stop - start) * self._n_leads
        with reading(self._path, "an ISHNE file"):
            flat = np.fromfile(self._path, "<i2", count, offset=self._offset + 2 * start * self._n_leads)
            if len(flat) < count:
                raise FormatError(f"{self._path} is cut short: copy or download it again")
        return flat.reshape(-1, self._n_leads)[:, list(leads)].astype(np.float32)


def _unpack(header: bytes, kind: str, place: int) -> int:
    return int(struct.unpack_from(kind, header, place)[0])


def _time_of_day(hour: int, minute: int, second: int) -> time | None:
    try:
        return time(hour, minute, second)
    except ValueError:  # as of recorders that leave it out
        return None


def _date(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # as of recorders that leave it out
        return None


def _name(code: int) -> str:
    return _LEADS[code] if 0 <= code < len(_LEADS) else f"lead of code {code}"

"""The interface of signal files, one for all formats; and the choice of their leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, FormatError, MissingExtraError, OffbeatError, failing_as
from offbeat.files.limits import require_room

__all__ = [
    "Lead",
    "Samples",
    "Source",
    "check_gap",
    "distinct",
    "looks_like_ecg",
    "pick_lead",
    "reading",
    "take_leads",
]

Samples = npt.NDArray[np.float32]

_ECG = re.compile(
    # ECG and EKG may stand after a prefix: EEG EKG1-REF, POL ECG, X1 ECG.
    r"(.*[^a-z])?e[ck]g|ml?cl?\d*$|ml?(i{1,3}|v\d?)$|i{1,3}$|a?v[rlf]$|a?v$|v\d+[rl]?$|d\d$|cm\d$|cc\d$|lead",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Lead:
    """One signal of a file.

    Parameters
    ----------
    name : str
        As the file calls it.
    unit : str
        As the file calls it; empty where it names none.
    sampling_rate : float
        Samples per second (Hz).
    n_times : int
        How many samples it has.
    millivolts : float, optional
        What one unit is, where the format says it of a unit that is no voltage.
    counts_per_unit : float, optional
        How many counts of the converter one unit is, where the format stores counts and they are read as another unit.
    """

    name: str
    unit: str
    sampling_rate: float
    n_times: int
    millivolts: float | None = None
    counts_per_unit: float | None = None


class Source(Protocol):
    """A file of signals that is read piece by piece."""

    @property
    def leads(self) -> tuple[Lead, ...]:
        """The signals, in the order of the file."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was understood of the file that could be understood in another way, a clause each."""

    @property
    def started(self) -> time | None:
        """The time of day of the first sample; None where the file does not say it."""

    @property
    def started_on(self) -> date | None:
        """The day of the first sample; None where the file does not say it."""

    def read(self, start: int, stop: int, leads: Sequence[int]) -> Samples:
        """Return ``(stop - start, len(leads))`` samples in the units of the file; NaN is missing.

        The leads, by position, share one sampling rate; ``0 <= start < stop <= n_times``.
        """


def take_leads(leads: Sequence[Lead], wanted: Sequence[str | int] | str | int | None, path: Path) -> list[int]:
    """Return the positions of the leads to read, all of one sampling rate.

    Where no leads are asked for, these are the signals that are named like leads of an ECG, or all where none is; where
    their rates differ, those with the rate of the first.

    Raises
    ------
    DataError
        If there is no such lead, one is asked for twice, or those asked for have different sampling rates.

    Examples
    --------
    >>> leads = [Lead("RESP", "", 50.0, 100), Lead("ECG II", "mV", 200.0, 400), Lead("ECG V5", "mV", 200.0, 400)]
    >>> take_leads(leads, None, Path("night.edf")), take_leads(leads, ["RESP"], Path("night.edf"))
    ([1, 2], [0])
    """
    if not leads:
        raise DataError(f"{path} holds no signals: choose another record")
    names = distinct([lead.name for lead in leads])
    if wanted is None:
        likely = [i for i, lead in enumerate(leads) if looks_like_ecg(lead.name)] or list(range(len(leads)))
        rate = leads[likely[0]].sampling_rate
        return [i for i in likely if leads[i].sampling_rate == rate]
    picked = [pick_lead(lead, names, path) for lead in ([wanted] if isinstance(wanted, str | int) else wanted)]
    if not picked:
        raise DataError(f"no lead of {path} is asked for: name at least one of {', '.join(names)}")
    if len(set(picked)) < len(picked):
        raise DataError(f"each lead of {path} is read once, but one is asked for twice: leave one out")
    if len({leads[i].sampling_rate for i in picked}) > 1:
        rates = ", ".join(f"{names[i]} {leads[i].sampling_rate:g} Hz" for i in picked)
        raise DataError(f"leads that are read together need one sampling rate, but {path} has {rates}: ask for one")
    return picked


def looks_like_ecg(name: str) -> bool:
    """Whether a signal is named like a lead of an ECG.

    Examples
    --------
    >>> [name for name in ("MLII", "V5", "EEG EKG1-REF", "POL ECG", "RESP", "EEG FP1-REF") if looks_like_ecg(name)]
    ['MLII', 'V5', 'EEG EKG1-REF', 'POL ECG']
    """
    return _ECG.match(name.strip()) is not None


def pick_lead(wanted: str | int, names: Sequence[str], path: Path) -> int:
    """Return the position of a lead, given by its name in any case or by its position.

    Raises
    ------
    DataError
        If there is none.
    """
    lower = [name.lower() for name in names]
    if isinstance(wanted, str):
        if wanted in names:
            return list(names).index(wanted)
        if lower.count(wanted.strip().lower()) == 1:
            return lower.index(wanted.strip().lower())
    elif 0 <= wanted < len(names):
        return int(wanted)
    raise DataError(f"{path} has no lead {wanted!r}: its leads are {', '.join(names)}")


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Return names that differ from each other: the second occurrence of a name gets a 2.

    Examples
    --------
    >>> distinct(["ECG", "ECG", ""])
    ('ECG', 'ECG 2', 'lead 3')
    """
    found: dict[str, None] = {}
    tried: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        base = rival = name.strip() or f"lead {position}"
        while rival in found:
            tried[base] = tried.get(base, 1) + 1
            rival = f"{base} {tried[base]}"
        found[rival] = None
    return tuple(found)


def check_gap(n_times: int, n_leads: int, path: Path) -> None:
    """Refuse gaps that a few bytes can claim and that would fill the memory, or take days to read.

    Raises
    ------
    FormatError
        If they would take more room than they may, see :func:`offbeat.files.limits.require_room`.
    """
    require_room(4 * n_leads * n_times, f"a gap of {n_times:,} samples in {path}", FormatError)


@contextmanager
def reading(path: Path, what: str, extra: str = "ecg") -> Iterator[None]:
    """Raise one sentence about the file in place of any error of a reading library, which comes with an extra.

    Raises
    ------
    FormatError
        If the file is damaged, or of another format.
    DataError
        If it, or one that it names, is missing or may not be read.
    MissingExtraError
        If the library is not installed.
    """
    with failing_as(FormatError, f"{path} cannot be read as {what}", "is it damaged, or something else?"):
        try:
            yield
        except OffbeatError:
            raise
        except ImportError as error:
            raise MissingExtraError(f"reading {what} needs {error.name}: pip install 'offbeat[{extra}]'") from error
        except FileNotFoundError as error:
            raise DataError(
                f"{path} needs the file {error.filename or error}, which is not there: put it beside"
            ) from error
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror or error}): check its permissions") from error

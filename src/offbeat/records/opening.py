"""Open an ECG record by its path, in whatever format it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from offbeat.errors import DataError, ParameterError
from offbeat.files.regular import existing_file, is_file, is_there
from offbeat.records.formats import open_file, what_is_read
from offbeat.records.record import Record, make_record
from offbeat.records.scaling import check_scale
from offbeat.records.sources import Source, reading, take_leads
from offbeat.records.wfdb_files import header_of, open_wfdb

__all__ = ["open_record"]


def open_record(
    path: str | Path,
    *,
    sampling_rate: float | None = None,
    channels: Sequence[str | int] | str | int | None = None,
    units: str | None = None,
    gain: float | None = None,
) -> Record:
    """Open an ECG record, reading no more of its signals than it takes to tell a unit that the file does not name.

    Parameters
    ----------
    path : str or Path
        A WFDB record (``mitdb/100``, or its ``.hea`` or ``.dat`` file) or a file, recognised by its content: EDF and
        the others of :data:`offbeat.records.formats.FORMATS`, or a table of text with one sample a line and one lead
        a column.
    sampling_rate : float, optional
        Samples per second (Hz), before what the file states; samples stay as they are.
    channels : sequence of str or int, optional
        Leads by name or position. Where it is not given, the signals named like leads of an ECG, or all if none is;
        where rates differ, those with the rate of the first.
    units : str, optional
        ``"mV"``, ``"uV"`` or ``"V"``: the unit of the values, where the file names none or a wrong one.
    gain : float, optional
        How many of the stored counts are a millivolt, in place of ``units`` and of a gain that the file states; of a
        format that stores no counts, how many units of the values are.

    Returns
    -------
    Record
        With values in millivolts: µV and V are converted, other units stay and are named in ``units``. Where the file
        names no unit, the one that the values can be in is taken, and ``notes`` says so.

    Raises
    ------
    FormatError
        If the file is damaged, cut short, or of no known format.
    DataError
        If it is missing, has no such lead, or a sampling rate outside of 50 to 4000 Hz.
    ParameterError
        If the sampling rate is missing; ``units`` are no voltage; or ``gain`` is not positive.
    MissingExtraError
        If a library that the format needs is not installed.

    Examples
    --------
    >>> open_record("nowhere/100")
    Traceback (most recent call last):
    ...
    offbeat.errors.DataError: there is no record nowhere/100: expected nowhere/100.hea, or a file in another format ...
    """
    path = Path(path)
    check_scale(units, gain)
    if sampling_rate is not None and not 0 < sampling_rate < np.inf:
        raise ParameterError(f"sampling_rate is a number of samples per second (Hz), got {sampling_rate!r}")
    with reading(path, "an ECG record"):
        source = _source(path, sampling_rate)
    leads = take_leads(source.leads, channels, path)
    name = path.name if _header_is_whole(path) else path.stem
    return make_record(Record, source, leads, path, units, gain, name, sampling_rate)


def _header_is_whole(path: Path) -> bool:
    """Whether the path is a record's name without any extension, so that a dot belongs to the name."""
    return bool(path.name) and is_file(path.with_name(path.name + ".hea"))


def _source(path: Path, sampling_rate: float | None) -> Source:
    header = header_of(path) if path.name else None
    if header is not None:
        return open_wfdb(header)
    if not is_there(path):
        raise DataError(
            f"there is no record {path}: expected {path.with_suffix('.hea')}, or a file in another format "
            f"({what_is_read()})"
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder: name one of its records, such as {path / '100'}")
    return open_file(existing_file(path), sampling_rate)

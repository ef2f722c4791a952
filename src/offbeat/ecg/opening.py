"""Which ECG a caller means: an open record, a path, a name of the catalogue, or samples in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from offbeat import records
from offbeat.data import find, names, read
from offbeat.errors import DataError, ParameterError
from offbeat.files.regular import is_there
from offbeat.records import Record
from offbeat.records.clock import rate_of_times
from offbeat.series.recording import Recording

__all__ = ["as_record", "is_catalogued", "open_record"]

_READER = "mitbih"  # what the catalogue calls the reader of ECG records
_LONGEST_POSITION = 10


def open_record(
    name_or_path: str | Path,
    *,
    sampling_rate: float | None = None,
    channels: Sequence[str | int] | str | int | None = None,
    units: str | None = None,
    gain: float | None = None,
    data_dir: str | Path | None = None,
    download: bool = False,
) -> Record:
    r"""Open an ECG record by its path, or by its name in the catalogue, without reading its signals.

    Parameters
    ----------
    name_or_path : str or Path
        Such as ``records/200``, ``night.edf`` or ``mitdb/100``; a file of that name goes before the catalogue.
    sampling_rate, channels, units, gain
        See :func:`offbeat.records.open_record`.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.
    download : bool
        Whether to fetch a record of the catalogue that is not on this machine.

    Returns
    -------
    Record
        With values in millivolts.

    Raises
    ------
    DataError, ParameterError
        See :func:`offbeat.records.open_record`.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "strip.csv")
    >>> _ = file.write_text("II (uV)\n100\n200\n")
    >>> open_record(file, sampling_rate=250)
    Record(strip: 2 samples x 1 lead (II), 250 Hz, 0.008 s)
    """
    path = _fetched(str(name_or_path), data_dir, download) if is_catalogued(name_or_path) else Path(name_or_path)
    return records.open_record(path, sampling_rate=sampling_rate, channels=channels, units=units, gain=gain)


def as_record(
    source: Any,
    *,
    leads: Sequence[str | int] | str | int | None = None,
    sampling_rate: float | None = None,
    units: str | None = None,
    gain: float | None = None,
    data_dir: str | Path | None = None,
    download: bool = False,
) -> Record:
    """Return an ECG as a record of the leads in which beats are to be found and classified.

    Parameters
    ----------
    source : Record, str, Path, Recording, data frame or array
        An open record; a path or a name of the catalogue, see :func:`open_record`; or samples in memory, of shape
        (n_times,) or (n_times, n_channels).
    leads : str, int or a sequence of them, optional
        Names or numbers from 0. Where none are given, all leads that show an ECG, the best first, see
        :func:`offbeat.ecg.leads.readable_leads`.
    sampling_rate : float, optional
        Samples per second (Hz), where the source does not say it.
    units : str, optional
        Of the values: mV, uV or V, where the source does not say it.
    gain : float, optional
        How many units of the values are a millivolt, as of the counts of a converter; in place of ``units``.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.
    download : bool
        Whether to fetch a record of the catalogue that is not on this machine.

    Raises
    ------
    DataError
        If there is no such record or lead, or the source is no ECG.
    ParameterError
        If the sampling rate is missing or contradicts the source, or the units are no voltage.

    Examples
    --------
    >>> as_record([0.1, 0.2, 0.3], sampling_rate=250, units="uV")
    Record(: 3 samples x 1 lead (ch0), 250 Hz, 0.012 s)
    """
    given = [leads] if isinstance(leads, str | int) else leads or ()
    chosen = [int(lead) if isinstance(lead, str) and _is_position(lead) else lead for lead in given]
    if isinstance(source, str | Path):
        record = open_record(
            source,
            sampling_rate=sampling_rate,
            channels=chosen or None,
            units=units,
            gain=gain,
            data_dir=data_dir,
            download=download,
        )
    else:
        record = source if isinstance(source, Record) else _in_memory(source, sampling_rate, units, gain)
        record = record.select(chosen) if chosen else record
    if chosen:
        return record
    from offbeat.ecg.leads import readable_leads  # detectors take half a second to import

    return record.select(readable_leads(record))


def _in_memory(source: Any, sampling_rate: float | None, units: str | None, gain: float | None) -> Record:
    recording = read(source, kind="recording", sampling_rate=sampling_rate)
    assert isinstance(recording, Recording)
    rate = recording.sampling_rate or _rate_of(recording)
    return Record.from_array(
        recording.values,
        sampling_rate=rate,
        channels=recording.channels,
        units=None if gain else units or "mV",
        gain=gain,
        name=recording.name,
    )


def _rate_of(recording: Recording) -> float:
    times = recording.timestamps
    if times is None or len(times) < 2:
        raise ParameterError("an ECG in memory does not say how often it was sampled: give sampling_rate=… (Hz)")
    seconds = (times - times[0]) / np.timedelta64(1, "s")
    return rate_of_times(seconds, float(seconds[-1]), len(seconds))


def is_catalogued(name_or_path: str | Path) -> bool:
    """Whether a name of the catalogue is meant: text that no file is called."""
    if isinstance(name_or_path, Path):
        return False
    path = Path(name_or_path)
    return name_or_path in names() and not is_there(path) and not is_there(path.with_name(path.name + ".hea"))


def _fetched(name: str, data_dir: str | Path | None, download: bool) -> Path:
    """Return where a record of the catalogue lies."""
    dataset = find(name)
    if dataset.reader != _READER:
        raise DataError(f"{name} is no ECG record, but {dataset.title}: name a record, such as mitdb/100, or a file")
    return dataset.fetch(data_dir, download)[0]


def _is_position(lead: str) -> bool:
    return lead.isascii() and lead.isdecimal() and len(lead) < _LONGEST_POSITION

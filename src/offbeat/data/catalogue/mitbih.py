"""The MIT-BIH arrhythmia database: its records, and their beats, windows around the R peak at 125 Hz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError
from offbeat.records.aami import beat_classes
from offbeat.records.annotations import Annotations, read_annotations
from offbeat.records.dat import DatFile
from offbeat.records.mitbih import RECORDS
from offbeat.series.recording import Collection, Recording

__all__ = [
    "LEADS",
    "RATE",
    "BeatWindows",
    "MitBihRecord",
    "common_folder",
    "load_record",
    "mitbih_beats",
    "read_mitbih",
    "read_mitbih_beats",
]

RATE = 360.0
"""Samples per second (Hz) of every record."""

LEADS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(RECORDS, ("MLII", "V1")),
    **dict.fromkeys(("100", "123"), ("MLII", "V5")),
    **dict.fromkeys(("102", "104"), ("V5", "V2")),
    **dict.fromkeys(("103", "117"), ("MLII", "V2")),
    "124": ("MLII", "V4"),
    "114": ("V5", "MLII"),
}
"""The two leads of each record, in the order of the file: that of record 114 is the other way round."""

_GAIN, _BASELINE = 200.0, 1024
_N_TIMES = 650_000
_NEW_RATE, _UP, _DOWN = 125.0, 25, 72


@dataclass(frozen=True, eq=False)
class MitBihRecord:
    """One record of half an hour, with the annotations of two cardiologists.

    Parameters
    ----------
    name : str
        Such as ``100``.
    raw : array of shape (650000, 2), int16
        Units of the converter, 200 a millivolt, 1024 at 0 mV.
    annotations : Annotations
        Beats, rhythms and remarks.
    """

    name: str
    raw: npt.NDArray[np.int16]
    annotations: Annotations

    @property
    def millivolts(self) -> npt.NDArray[np.float32]:
        """The signal, of shape (650000, 2)."""
        return (self.raw - np.float32(_BASELINE)) / np.float32(_GAIN)


@dataclass(frozen=True, eq=False)
class BeatWindows:
    """Windows of beats, and where in their records they stand.

    Parameters
    ----------
    collection : Collection
        Values in millivolts of shape (n_beats, n_leads, n_times), labels N S V F Q, groups the names of the records.
    samples : array of int, shape (n_beats,)
        Where the R peak stands in its record, at 360 Hz.
    symbols : array of str, shape (n_beats,)
        The annotation code of each.
    """

    collection: Collection
    samples: npt.NDArray[np.int64]
    symbols: npt.NDArray[np.str_]


def load_record(folder: str | Path, name: str) -> MitBihRecord:
    """Read one record of the database, without the extra that other WFDB records need.

    Parameters
    ----------
    folder : str or Path
        Where the ``.dat`` and ``.atr`` files lie.
    name : str
        Such as ``100``.

    Raises
    ------
    DataError
        If there is no such record, or a file is missing or cut short.
    """
    if name not in RECORDS:
        raise DataError(f"the MIT-BIH database has no record {name!r}: its records are {', '.join(RECORDS)}")
    file = DatFile(Path(folder, f"{name}.dat"), "212", 2)
    if file.n_times() != _N_TIMES:
        raise DataError(
            f"expected {_N_TIMES:,} samples in {file.path}, but it holds {file.n_times():,}: fetch it again"
        )
    return MitBihRecord(name, file.read(0, _N_TIMES), read_annotations(Path(folder, f"{name}.atr")))


def read_mitbih(paths: Sequence[Path], facts: Mapping[str, Any]) -> Recording:
    """Return a record of the catalogue in millivolts; its first path is the ``.dat`` file."""
    raw = DatFile(paths[0], "212", 2).read(0, facts["shape"][0])
    values = (raw - np.float32(_BASELINE)) / np.float32(_GAIN)
    return Recording(values, sampling_rate=RATE, channels=LEADS[facts["key"]], domain="ecg")


def read_mitbih_beats(paths: Sequence[Path], facts: Mapping[str, Any]) -> Collection:
    """Return the beats of all records, as the catalogue has them."""
    return mitbih_beats(common_folder(paths)).collection


def common_folder(paths: Sequence[Path]) -> Path:
    """Return the folder that all files lie in.

    Raises
    ------
    DataError
        If they lie in several.
    """
    folders = {path.parent for path in paths}
    if len(folders) > 1:
        where = " and ".join(sorted(map(str, folders)))
        raise DataError(f"the records lie in different folders, {where}: put them into one, or set data_dir")
    return folders.pop()


def mitbih_beats(
    folder: str | Path,
    records: Sequence[str] = RECORDS,
    *,
    before: float = 0.4,
    after: float = 0.6,
    both_leads: bool = False,
) -> BeatWindows:
    """Return a window around the R peak of every beat, resampled to 125 Hz without aliasing.

    Parameters
    ----------
    folder : str or Path
        Where the ``.dat`` and ``.atr`` files of the database lie.
    records : sequence of str
        Which of them to take.
    before, after : float
        Seconds of context on either side of the annotation. At the ends of a record the last value is repeated.
    both_leads : bool
        Both leads, in the order of the file; else MLII, or the first lead where there is none (102, 104).

    Returns
    -------
    BeatWindows
        With 125 (``before + after`` seconds) time steps a beat, in millivolts.

    Raises
    ------
    DataError
        If a file is missing or cut short.

    Examples
    --------
    >>> beats = mitbih_beats("mitdb", ["100", "208"])  # doctest: +SKIP
    >>> beats.collection.counts()  # doctest: +SKIP
    {'F': 373, 'N': 3825, 'Q': 2, 'S': 35, 'V': 993}
    """
    parts = [_beats_of(load_record(folder, name), before, after, both_leads) for name in records]
    values, labels, samples, symbols = map(np.concatenate, zip(*parts, strict=True))
    collection = Collection(
        values,
        labels=labels,
        channels=("lead 1", "lead 2") if both_leads else ("MLII",),
        sampling_rate=_NEW_RATE,
        groups=np.repeat(records, [len(part[1]) for part in parts]),
        name="mitbih-beats",
        domain="ecg",
    )
    return BeatWindows(collection, samples, symbols)


def _beats_of(
    record: MitBihRecord, before: float, after: float, both_leads: bool
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.str_], npt.NDArray[np.int64], npt.NDArray[np.str_]]:
    """Return windows (n_beats, n_leads, n_times), classes, samples and codes of one record."""
    from scipy.signal import resample_poly

    leads = LEADS[record.name]
    taken = [0, 1] if both_leads else [leads.index("MLII") if "MLII" in leads else 0]
    signal = resample_poly(record.millivolts[:, taken].astype(np.float64), _UP, _DOWN, axis=0, padtype="line")
    classes = beat_classes(record.annotations.symbols)
    is_beat = classes != ""
    samples = record.annotations.samples[is_beat]
    centres = np.round(samples * (_UP / _DOWN)).astype(np.int64)
    offsets = np.arange(-round(before * _NEW_RATE), round(after * _NEW_RATE))
    rows = np.clip(centres[:, None] + offsets, 0, len(signal) - 1)
    windows = signal[rows].transpose(0, 2, 1).astype(np.float32)
    return windows, classes[is_beat], samples, record.annotations.symbols[is_beat]

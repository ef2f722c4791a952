"""The Kaggle set of heartbeats (mitbih_train.csv, mitbih_test.csv), rebuilt from the records it was made of.

The recipe was recovered from its rows, and is as odd as it reads here: plain decimation without a filter, windows that
begin at the R peak and run into the next beat, and a split in which every patient stands on both sides. What it gives
that the files do not is where each beat comes from.
"""

from __future__ import annotations

import base64
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.atomic import writing_file
from offbeat.data.catalogue.mitbih import MitBihRecord, common_folder, load_record
from offbeat.records.aami import CLASSES, beat_classes
from offbeat.records.mitbih import RECORDS
from offbeat.series.recording import Collection

__all__ = ["KaggleBeats", "kaggle_beats", "read_kaggle"]

_N_TIMES = 187
_STEP = 3


@dataclass(frozen=True, eq=False)
class KaggleBeats:
    """The beats of the Kaggle set, in the order of records and time, and where each comes from.

    Parameters
    ----------
    collection : Collection
        Values from 0 to 1 of shape (109446, 1, 187), labels ``0`` to ``4`` (N S V F Q), groups the names of records.
    beat_numbers : array of int, shape (109446,)
        Which beat of its record each is, from 0.
    samples : array of int, shape (109446,)
        Where it begins in its record, at 360 Hz: the annotation of its R peak.
    is_test : array of bool, shape (109446,)
        Whether it is a row of ``mitbih_test.csv``; the others are those of ``mitbih_train.csv``.
    """

    collection: Collection
    beat_numbers: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int64]
    is_test: npt.NDArray[np.bool_]

    @property
    def records(self) -> npt.NDArray[np.str_]:
        """The record of each beat, of shape (109446,)."""
        return np.asarray(self.collection.groups)

    @property
    def train(self) -> Collection:
        """The 87,554 rows of ``mitbih_train.csv``."""
        return self.collection[~self.is_test]

    @property
    def test(self) -> Collection:
        """The 21,892 rows of ``mitbih_test.csv``: of the same people as those of the training part."""
        return self.collection[self.is_test]

    def write(self, folder: str | Path) -> list[Path]:
        """Write both files as Kaggle has them, without header and with the label last, ordered by class.

        Beside each stands a table of where its rows come from: ``mitbih_train_origin.csv`` with record, beat number and
        sample.

        Raises
        ------
        OutputError
            If they cannot be written.
        """
        written = []
        for part, chosen in (("train", ~self.is_test), ("test", self.is_test)):
            rows = np.flatnonzero(chosen)
            labels = np.asarray(self.collection.labels)[rows].astype(np.int64)
            order = rows[np.argsort(labels, kind="stable")]
            table = np.column_stack([self.collection.values[order, 0], np.sort(labels)])
            origin = np.column_stack([self.records[order], self.beat_numbers[order], self.samples[order]])
            path, beside = Path(folder, f"mitbih_{part}.csv"), Path(folder, f"mitbih_{part}_origin.csv")
            with writing_file(path) as new:
                np.savetxt(new, table, fmt="%.18e", delimiter=",")
            with writing_file(beside) as new:
                np.savetxt(new, origin, fmt="%s", delimiter=",", header="record,beat,sample", comments="")
            written += [path, beside]
        return written


def kaggle_beats(folder: str | Path) -> KaggleBeats:
    """Make the Kaggle set of heartbeats again, with its split, from the records of the MIT-BIH database.

    Parameters
    ----------
    folder : str or Path
        Where the ``.dat`` and ``.atr`` files of the 48 records lie.

    Raises
    ------
    DataError
        If a file is missing or cut short.

    References
    ----------
    M. Kachuee, S. Fazeli, M. Sarrafzadeh, "ECG heartbeat classification: a deep transferable representation", IEEE
    International Conference on Healthcare Informatics, 2018.

    Examples
    --------
    >>> beats = kaggle_beats("mitdb")  # doctest: +SKIP
    >>> beats.test.counts()  # doctest: +SKIP
    {'0': 18118, '1': 556, '2': 1448, '3': 162, '4': 1608}
    """
    parts = [_rows_of(load_record(folder, name)) for name in RECORDS]
    counts = [len(labels) for _, labels, _ in parts]
    values, labels, samples = map(np.concatenate, zip(*parts, strict=True))
    collection = Collection(
        values,
        labels=labels.astype(np.str_),
        class_names={str(label): name for label, name in enumerate(CLASSES)},
        sampling_rate=360.0 / _STEP,
        groups=np.repeat(RECORDS, counts),
        name="kaggle-mitbih",
        domain="ecg",
    )
    numbers = np.concatenate([np.arange(count) for count in counts])
    return KaggleBeats(collection, numbers, samples, _test_rows())


def read_kaggle(paths: Sequence[Path], facts: Mapping[str, Any]) -> Collection:
    """Return the part of the Kaggle set that the catalogue names."""
    beats = kaggle_beats(common_folder(paths))
    part = facts.get("part", "")
    return beats.collection if not part else beats.train if part == "train" else beats.test


def _rows_of(record: MitBihRecord) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows (n_beats, 187), classes 0 to 4 and first samples of one record."""
    signal = record.raw[:, 0].astype(np.float64)
    at = record.annotations.samples  # of beats and of everything else that is annotated
    # A window is a fifth longer than it is to the next annotation, or a bit more or less: what is added is a fifth of
    # the way from there to the one after it, or to the end of the record. The last annotation has no window.
    ahead = np.append(at, len(signal))
    lengths = ((ahead[1:-1] - ahead[:-2]) + 0.2 * (ahead[2:] - ahead[1:-1])).astype(np.int64)
    classes = beat_classes(record.annotations.symbols[:-1])
    is_beat = classes != ""
    starts, lengths = at[:-1][is_beat], lengths[is_beat]
    labels = np.array([CLASSES.index(name) for name in classes[is_beat]], dtype=np.int64)
    return _windows(signal, starts, lengths), labels, starts


def _windows(
    signal: npt.NDArray[np.float64], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return every third sample of each window, scaled to 0 to 1 by the whole of it, truncated or padded to 187."""
    counts = -(-np.minimum(lengths, len(signal) - starts) // _STEP)
    steps = np.arange(_N_TIMES)
    rows = signal[np.minimum(starts[:, None] + _STEP * steps, len(signal) - 1)]
    lowest, highest = (_extremes(extreme, signal, starts, counts) for extreme in (np.minimum, np.maximum))
    # A window without any height is left at 0.
    heights = np.where(highest > lowest, highest - lowest, 1)
    scaled = (rows - lowest[:, None]) / heights[:, None]
    return np.where(steps < counts[:, None], scaled, 0).astype(np.float32)


def _extremes(
    extreme: np.ufunc, signal: npt.NDArray[np.float64], starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the lowest or highest of every third sample of each window, by the remainder of where they begin."""
    found = np.empty(len(starts))
    for remainder in range(_STEP):
        mine = starts % _STEP == remainder
        # One sample more, so that a window may end with the record.
        decimated = np.append(signal[remainder::_STEP], signal[-1])
        begins = starts[mine] // _STEP
        bounds = np.column_stack([begins, begins + counts[mine]]).ravel()
        found[mine] = extreme.reduceat(decimated, bounds)[::2] if len(bounds) else ()
    return found


@cache
def _test_rows() -> npt.NDArray[np.bool_]:
    """Return which of the beats are rows of ``mitbih_test.csv``."""
    text = package_files("offbeat.data.catalogue").joinpath("kaggle.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    packed = zlib.decompress(base64.b85decode("".join(table["test_rows"].split())))
    rows = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=table["rows"]).astype(bool)
    rows.flags.writeable = False
    return rows

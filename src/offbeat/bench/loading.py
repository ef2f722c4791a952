"""Which series are normal: by the catalogue, by the caller's word, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from offbeat import data as data_room
from offbeat.data import names, normal_split
from offbeat.errors import DataError
from offbeat.recording import Collection

__all__ = ["Source", "load_source"]


@dataclass(frozen=True)
class Source:
    """Loaded data, and the label of its normal class where it has classes.

    Parameters
    ----------
    data : Collection
        All series.
    normal : str or None
        The label of the normal class; None where all series are taken for normal.
    is_ecg : bool
        Whether the series are heartbeats.
    """

    data: Collection
    normal: str | None
    is_ecg: bool = False

    def to_learn(self, seed: int = 42) -> tuple[Collection, Collection | None]:
        """Return what to learn from, and what to hold out (None: a part of the former).

        With anomalies in the data it is the training and validation parts of the normal-only split, so that the rest
        can judge the model; without any it is everything.
        """
        if self.normal is None or self.data.classes == (self.normal,):
            return self.data, None
        split = normal_split(self.data, self.normal, seed=seed)
        return split.train, split.validation

    def judged(self) -> str:
        """Return the normal label, or say why nothing can be judged.

        Raises
        ------
        DataError
            If there are no labels, or not both normal series and anomalies.
        """
        if not self.data.classes:
            raise DataError("judging a detector needs labels, but there are none: name the column of them (--label)")
        if self.normal is None:
            raise DataError(
                f"judging a detector needs to know which of the classes {', '.join(self.data.classes)} is normal: "
                "name it (--normal)"
            )
        if len(self.data.classes) < 2:
            raise DataError(
                f"judging a detector needs normal series and anomalies, but all {len(self.data):,} series are of class "
                f"{self.data.classes[0]!r}: give data that holds both"
            )
        return self.normal


def load_source(
    name_or_path: str,
    *,
    normal: str | None = None,
    label: str | None = None,
    data_dir: Path | None = None,
    need_normal: bool = True,
) -> Source:
    """Load a data set of the catalogue or a file, and find out which class is normal.

    Parameters
    ----------
    name_or_path : str
        A name of the catalogue, or a path.
    normal : str, optional
        The label of the normal class; the catalogue knows that of its data sets.
    label : str, optional
        Where a file keeps its labels, see :func:`offbeat.data.read`.
    data_dir : Path, optional
        Where to look for data sets first.
    need_normal : bool
        Whether it matters which class is normal.

    Raises
    ------
    DataError
        If the data cannot be read, or has several classes and none is said to be normal.
    """
    data = data_room.load(name_or_path, data_dir=data_dir, label=label)
    known = name_or_path in names()
    if normal is None and known:
        normal = data_room.find(name_or_path).normal
    if normal is None and len(data.classes) == 1:
        normal = data.classes[0]
    if normal is None and need_normal and data.classes:
        raise DataError(
            f"{name_or_path} has the classes {', '.join(data.classes)}: say which of them is normal (--normal)"
        )
    if normal is not None and normal not in data.classes:
        raise DataError(
            f"no series is of the normal class {normal!r}: the classes are {', '.join(data.classes) or 'none'}"
        )
    return Source(data, normal, is_ecg=known and name_or_path in ("ecg5000", "synthetic-heartbeats"))

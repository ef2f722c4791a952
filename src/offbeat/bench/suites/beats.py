"""Whether detectors find ectopic beats: the beats of a record, ranked by their anomaly scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from offbeat.bench.beat_ranking import RankedBeats, rank_beats
from offbeat.bench.suites.cases import Case, Part, Scored, digest_of
from offbeat.bench.suites.suite import Column, Suite, mean_of, values_of
from offbeat.data import find
from offbeat.ecg.beat_series import NORMAL, TIME
from offbeat.ecg.loading import BeatOptions, load_beats
from offbeat.errors import DataError
from offbeat.records import read_annotations
from offbeat.records.aami import beat_classes
from offbeat.records.mitbih import DS1, DS2
from offbeat.series.recording import Collection

__all__ = ["BEATS"]

_FEWEST = 10
"""V and S beats of a record of the database, below which it is no case."""
_FEWEST_NORMAL = 50
_REFERENCE = ".atr"

Mask = npt.NDArray[np.bool_]


def _cases(suite: str, data_dir: Path | None) -> list[Case]:
    """Return the records of the MIT-BIH database that are not paced and have enough V and S beats."""
    entries = [find(f"mitdb/{name}") for name in sorted((*DS1, *DS2))]
    found = [(entry.name, entry.locate(data_dir)) for entry in entries]
    return [_case(suite, name, paths, data_dir) for name, paths in found if paths and _ectopic(paths) >= _FEWEST]


def _own(suite: str, record: str, data_dir: Path | None) -> Case:
    """Return the case of another record, with annotations beside it."""
    path = Path(f"{record.removesuffix(_REFERENCE).removesuffix('.hea')}{_REFERENCE}")
    if not path.is_file():
        raise DataError(f"{record} is no record of the database, and {path} is not there: annotations must name beats")
    beside = [file for file in sorted(path.parent.glob(f"{path.stem}.*")) if file.is_file()]
    return _case(suite, str(path.with_suffix("")), beside, data_dir)


def _case(suite: str, record: str, paths: list[Path], data_dir: Path | None) -> Case:
    load = partial(_part, record, suite == "beats-n", data_dir)
    return Case(suite, Path(record).name, load, digest_of(*paths), "collections", "ecg")


def _ectopic(paths: list[Path]) -> int:
    reference = next(path for path in paths if path.suffix == _REFERENCE)
    return int(np.isin(beat_classes(read_annotations(reference).symbols), ("V", "S")).sum())


def _part(record: str, told: bool, data_dir: Path | None) -> Part:
    beats = load_beats(record, BeatOptions(label="atr"), data_dir=data_dir).data
    learn, rank = _masks(beats, told)
    if learn.sum() < _FEWEST_NORMAL:
        raise DataError(f"expected {_FEWEST_NORMAL} beats to learn from or more, got {learn.sum()}")
    ranked = beats[rank]
    return Part(beats[learn], ranked, np.isin(ranked.labels, ("V", "S", "F")).astype(np.int64))  # type: ignore[arg-type]


def _masks(beats: Collection, told: bool) -> tuple[Mask, Mask]:
    """Return which beats to learn from and which to rank; ``told`` which of them are normal, or not."""
    if not told:
        every = np.ones(len(beats), dtype=bool)
        return every, every
    assert beats.features is not None
    times = beats.features[:, beats.feature_names.index(TIME)]
    normal = (np.asarray(beats.labels) == NORMAL) & (times < times[-1] / 2)
    return normal, ~normal


def _measure(part: Part, scored: Scored) -> dict[str, Any]:
    """Return how the beats are ranked; where there are no scores, as if by their order."""
    assert isinstance(part.data, Collection)
    ranked = rank_beats(np.nan_to_num(scored.scores), part.data.labels)  # type: ignore[arg-type]
    return {**asdict(ranked), "precision": ranked.precision, "best": ranked.best}


def _share(of: Callable[[RankedBeats], float], whole: Callable[[RankedBeats], float]) -> Callable[[pd.DataFrame], Any]:
    """Return a function that gives a share over all beats together."""

    def share(rows: pd.DataFrame) -> float:
        names = list(RankedBeats.__dataclass_fields__)
        known = rows.dropna(subset=["n"])[names].to_numpy() if "n" in rows else ()
        read = [RankedBeats(*row) for row in known]
        return sum(map(of, read)) / sum(map(whole, read)) if read else float("nan")

    return share


_COLUMNS = (
    Column("ectopic in top 1 %", _share(lambda one: one.precision * one.top, lambda one: one.top), ".1%"),
    Column("at best", _share(lambda one: one.best * one.top, lambda one: one.top), ".1%"),
    Column("ectopic", _share(lambda one: one.ectopic, lambda one: one.n), ".1%"),
    Column("no beat", _share(lambda one: one.unnamed_in_top, lambda one: one.top), ".1%"),
    Column("AUROC", mean_of("auroc")),
    Column("AUROC V", mean_of("auroc_v")),
    Column("AUROC S", mean_of("auroc_s")),
)
_RULE = (
    "Shares and precision over all beats together, AUROC as the mean over records with 10 such beats. Ectopic: the "
    "share of V, S and F among all beats ranked, which a blind guess would reach. No beat: the part of the top 1 % "
    "that is none by the annotations, such as noise and flutter; it counts as wrong."
)


def _suite(name: str, what: str, learned: str) -> Suite:
    return Suite(
        name,
        f"The oddest beats of a record, {what}",
        partial(_cases, name),
        _measure,
        _COLUMNS,
        values_of("precision"),
        f"{learned} {_RULE}",
        events=False,
        default="pca,knn",
        own=partial(_own, name),
    )


BEATS = (
    _suite(
        "beats-n",
        "learned from its normal beats",
        "Detectors learn from the beats annotated as normal in the first half of a record, and rank all others.",
    ),
    _suite("beats-all", "no classes given", "Detectors learn from all beats of a record and rank the same."),
)
"""What a detector can do that is told which beats are normal, and what it can do that is not."""

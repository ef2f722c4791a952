"""Whether detectors find ectopic beats without labels: the beats of a record, ranked by their anomaly scores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.detectors.classical import KNNDetector, PCADetector
from offbeat.ecg.beat_series import NORMAL, TIME, UNNAMED
from offbeat.ecg.loading import BeatOptions, load_beats
from offbeat.metrics import auroc
from offbeat.records.mitbih import DS1, DS2
from offbeat.series.collection import Collection
from offbeat.tables import Table, json_ready
from offbeat.words import notice_for

__all__ = ["BeatRanking", "RankedBeats", "anomaly_ranking", "rank_beats"]

_ECTOPIC = ("V", "S", "F")
_FEWEST = 10  # V and S beats of a record, and of a class, below which it is left out
_FEWEST_NORMAL = 50  # beats to learn from
_TOP = 0.01
_NORMAL, _ALL = "N of the first half", "all, no classes"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RankedBeats:
    """How one detector ranked the beats of one record.

    Parameters
    ----------
    record, detector, learned : str
        Which, and what it learned from.
    n : int
        Beats that were ranked.
    top : int
        One in a hundred of them: the oddest.
    ectopic : int
        Beats annotated V, S or F among all that were ranked.
    v_in_top, s_in_top, f_in_top : int
        Beats of these classes among the oddest.
    unnamed_in_top : int
        What no annotation of a beat names, among the oddest: noise, or flutter, whose waves are not annotated as beats.
    auroc, auroc_v, auroc_s : float
        How often an ectopic beat, a V or an S is odder than one of neither V, S nor F; NaN for fewer than ten of them.
    """

    record: str
    detector: str
    learned: str
    n: int
    top: int
    ectopic: int
    v_in_top: int
    s_in_top: int
    f_in_top: int
    unnamed_in_top: int
    auroc: float
    auroc_v: float
    auroc_s: float

    @property
    def share(self) -> float:
        """Share of ectopic beats: the precision of a blind guess."""
        return self.ectopic / self.n

    @property
    def precision(self) -> float:
        """Share of ectopic beats among the oddest."""
        return (self.v_in_top + self.s_in_top + self.f_in_top) / self.top

    @property
    def best(self) -> float:
        """The highest precision that there can be: below 1 where ectopic beats are fewer than one in a hundred."""
        return min(1.0, self.ectopic / self.top)


def rank_beats(scores: npt.ArrayLike, classes: npt.ArrayLike, **names: str) -> RankedBeats:
    """Return how well scores put ectopic beats on top.

    Parameters
    ----------
    scores : array of shape (n_beats,)
        Higher is odder.
    classes : array of str, shape (n_beats,)
        N, S, V, F, Q, or O for a beat that no annotation names: Q and O count as not ectopic.
    **names
        ``record``, ``detector`` and ``learned``.

    Examples
    --------
    >>> ranked = rank_beats([0.1, 0.9, 0.2, 0.3], ["N", "V", "N", "S"], record="1", detector="own", learned="all")
    >>> ranked.precision, ranked.share
    (1.0, 0.5)
    """
    odd, named = np.asarray(scores, dtype=float), np.asarray(classes, dtype=str)
    top = named[np.argsort(-odd, kind="stable")[: math.ceil(_TOP * len(odd))]]
    others = ~np.isin(named, _ECTOPIC)
    return RankedBeats(
        **names,
        n=len(odd),
        top=len(top),
        ectopic=int(np.sum(~others)),
        v_in_top=int(np.sum(top == "V")),
        s_in_top=int(np.sum(top == "S")),
        f_in_top=int(np.sum(top == "F")),
        unnamed_in_top=int(np.sum(top == UNNAMED)),
        auroc=_auroc(odd, ~others, others),
        auroc_v=_auroc(odd, named == "V", others),
        auroc_s=_auroc(odd, named == "S", others),
    )


def _auroc(scores: npt.NDArray[np.float64], odd: Mask, others: Mask) -> float:
    if odd.sum() < _FEWEST or not others.any():
        return math.nan
    return auroc(odd[odd | others], scores[odd | others])


@dataclass(frozen=True, eq=False)
class BeatRanking:
    """How detectors ranked the beats of several records.

    Parameters
    ----------
    ranked : sequence of RankedBeats
        One a record, detector and what was learned from.
    """

    ranked: Sequence[RankedBeats]

    @property
    def domain(self) -> str:
        """Heartbeats, all of them."""
        return "ecg"

    def tables(self) -> list[Table]:
        """Return the table of the detectors, and that of the records."""
        return [self._detectors(), self._records()]

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        rows = json_ready([asdict(one) for one in self.ranked])
        tables = [table.to_dict() for table in self.tables()]
        return {"notice": notice_for(self.domain), "ranked": rows, "tables": tables}

    def _detectors(self) -> Table:
        rows = []
        for learned, detector in dict.fromkeys((one.learned, one.detector) for one in self.ranked):
            part = [one for one in self.ranked if (one.learned, one.detector) == (learned, detector)]
            top, hits = sum(one.top for one in part), sum(one.precision * one.top for one in part)
            rows.append(
                [
                    detector,
                    learned,
                    len(part),
                    sum(one.ectopic for one in part) / sum(one.n for one in part),
                    hits / top,
                    sum(one.best * one.top for one in part) / top,
                    sum(one.unnamed_in_top for one in part) / top,
                    *(_mean([getattr(one, name) for one in part]) for name in ("auroc", "auroc_v", "auroc_s")),
                ]
            )
        columns = [
            "detector",
            "learned from",
            "records",
            "ectopic",
            "ectopic in top 1 %",
            "at best",
            "no beat",
        ]
        return Table(
            "The oddest beats of a record: how many are ectopic (V, S, F)",
            [*columns, "AUROC", "AUROC V", "AUROC S"],
            rows,
            ["", "", "", ".1%", ".1%", ".1%", ".1%", ".3f", ".3f", ".3f"],
            f"Shares and precision over all beats together, AUROC as the mean over records with {_FEWEST} such beats. "
            "Ectopic: the share among all beats ranked, which a blind guess would reach. No beat: the part of the top "
            "1 % that is none by the annotations, such as noise and flutter; it counts as wrong.",
        )

    def _records(self) -> Table:
        rows = [
            [
                one.record,
                one.detector,
                one.learned,
                one.n,
                one.share,
                one.precision,
                one.best,
                one.v_in_top,
                one.s_in_top + one.f_in_top,
                one.unnamed_in_top,
                one.auroc,
                one.auroc_v,
                one.auroc_s,
            ]
            for one in self.ranked
        ]
        columns = [
            "record",
            "detector",
            "learned from",
            "beats",
            "ectopic",
            "top 1 %",
            "best",
            "V in it",
            "S, F",
            "no beat",
        ]
        formats = ["", "", "", "", ".1%", ".0%", ".0%", "", "", "", ".3f", ".3f", ".3f"]
        return Table("Each record", [*columns, "AUROC", "V", "S"], rows, formats)


def anomaly_ranking(
    records: Sequence[str] = (),
    detectors: Sequence[Detector] = (),
    *,
    data_dir: str | Path | None = None,
    log: Callable[[str], None] = lambda _: None,
) -> BeatRanking:
    """Let detectors learn the normal beats of each record, and rank its beats by how odd they are.

    Each detector learns twice: from the beats annotated as normal in the first half of the record, to rank all other
    beats; and from all beats of the record, with no classes given, to rank the same.

    Parameters
    ----------
    records : sequence of str
        Records with annotations, as :func:`~offbeat.ecg.loading.load_beats` takes them; all of the MIT-BIH
        arrhythmia database that are not paced, where none are given. Those with fewer than ten V and S beats are left
        out.
    detectors : sequence of Detector
        Unfitted; PCA and nearest neighbours where none are given.
    data_dir : str or Path, optional
        Where to look for the catalogue's data first.
    log : callable
        Gets a line when a fit begins, and for what is left out.

    Returns
    -------
    BeatRanking
        By record.
    """
    chosen, ranked = list(detectors) or [PCADetector(), KNNDetector()], []
    for record in records or [f"mitdb/{name}" for name in sorted((*DS1, *DS2))]:
        beats = load_beats(record, BeatOptions(label="atr"), data_dir=data_dir).data
        classes = np.asarray(beats.labels)
        ectopic = int(np.isin(classes, ("V", "S")).sum())
        name = Path(record).name
        if ectopic < _FEWEST:
            log(f"{name} is left out: {ectopic} of its beats are V or S, fewer than {_FEWEST}")
            continue
        log(f"{name}: {len(beats):,} beats, {ectopic:,} of them V or S")
        for learned, learn, rank in _ways(beats):
            if learn.sum() < _FEWEST_NORMAL:
                log(f"{name}, {learned}: only {learn.sum()} to learn from, fewer than {_FEWEST_NORMAL}")
                continue
            for detector in chosen:
                scores = clone(detector).fit(beats[learn]).decision_function(beats[rank])
                names = {"record": name, "detector": detector.name, "learned": learned}
                ranked.append(rank_beats(scores, classes[rank], **names))
    return BeatRanking(ranked)


def _ways(beats: Collection) -> Iterator[tuple[str, Mask, Mask]]:
    """Yield what to learn from, and what to rank."""
    assert beats.features is not None
    times = beats.features[:, beats.feature_names.index(TIME)]
    normal = (np.asarray(beats.labels) == NORMAL) & (times < times[-1] / 2)
    yield _NORMAL, normal, ~normal
    every = np.ones(len(beats), dtype=bool)
    yield _ALL, every, every


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan

"""Whether detectors find ectopic beats without labels: the beats of a record, ranked by their anomaly scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.ecg.beat_series import UNNAMED
from offbeat.metrics import auroc

__all__ = ["RankedBeats", "rank_beats"]

_ECTOPIC = ("V", "S", "F")
_FEWEST = 10  # of a class, below which there is no AUROC
_TOP = 0.01

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RankedBeats:
    """How one detector ranked the beats of one record.

    Parameters
    ----------
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


def rank_beats(scores: npt.ArrayLike, classes: npt.ArrayLike) -> RankedBeats:
    """Return how well scores put ectopic beats on top.

    Parameters
    ----------
    scores : array of shape (n_beats,)
        Higher is odder.
    classes : array of str, shape (n_beats,)
        N, S, V, F, Q, or O for a beat that no annotation names: Q and O count as not ectopic.

    Examples
    --------
    >>> ranked = rank_beats([0.1, 0.9, 0.2, 0.3], ["N", "V", "N", "S"])
    >>> ranked.precision, ranked.share
    (1.0, 0.5)
    """
    odd, named = np.asarray(scores, dtype=float), np.asarray(classes, dtype=str)
    top = named[np.argsort(-odd, kind="stable")[: math.ceil(_TOP * len(odd))]]
    others = ~np.isin(named, _ECTOPIC)
    return RankedBeats(
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

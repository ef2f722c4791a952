"""What came of a choice without labels: the candidates, which of them was chosen, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.tables import PrintedAsTables, Table

__all__ = ["Suggestion", "TriedDetector", "found_by"]

_NO_EVIDENCE = (
    "planted anomalies are synthetic: what is found of them is no evidence about real ones, for which only labels are"
)


@dataclass(frozen=True, eq=False)
class TriedDetector:
    """What came of one candidate.

    Attributes
    ----------
    name : str
        What tables call it.
    detector : Detector
        Unfitted.
    found : float
        The share of the planted anomalies that it found; NaN where it could not be tried.
    chance : float
        How likely it would find as many of those that only one of the two finds, it or the default, were both equally
        good (one-sided sign test); NaN for the default, and where one of them could not be tried.
    agreement : float
        Mean rank correlation (Spearman) of its scores with those of the other candidates, from -1 to 1.
    seconds : float
        Time that the trial took.
    problem : str
        Why it could not be tried; else empty.
    """

    name: str
    detector: Detector
    found: float
    chance: float
    agreement: float
    seconds: float
    problem: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Suggestion(PrintedAsTables):
    """Which detector was chosen without labels, out of which, and why.

    Attributes
    ----------
    tried : sequence of TriedDetector
        All candidates; the first one is the default.
    chosen : TriedDetector
        The one that was chosen.
    n_planted : int
        How many anomalies were planted.
    margin : float
        How much more of them than the default another candidate had to find.

    Examples
    --------
    >>> from offbeat import PCADetector, suggest_detector
    >>> wave = np.sin(np.arange(2000) / 8)
    >>> suggestion = suggest_detector(wave, candidates={"pca": PCADetector(window=50)})
    >>> suggestion.reason
    'pca is the default, and no other finds more of them'
    >>> suggestion.to_frame()[["name", "chosen"]].values.tolist()
    [['pca', True]]
    """

    tried: Sequence[TriedDetector]
    chosen: TriedDetector
    n_planted: int
    margin: float

    @property
    def detector(self) -> Detector:
        """A new, unfitted copy of the chosen detector."""
        copy: Detector = clone(self.chosen.detector)
        return copy

    @property
    def reason(self) -> str:
        """Why it was chosen, in a sentence."""
        default, margin = self.tried[0], f"{100 * self.margin:.0f} points"
        if default.problem:
            return f"{default.name}, the default, could not be tried here, so there is nothing to compare others with"
        best = max(self.tried, key=found_by)
        if best is default:
            return f"{default.name} is the default, and no other finds more of them"
        said = f"{best.name} finds {best.found:.0%} of them and {default.name}, the default, {default.found:.0%}"
        if best is self.chosen:
            return f"{said}, at least {margin} less; its scores agree no less with those of the others"
        verb = "kept" if self.chosen is default else "taken"
        return f"{self.chosen.name} is {verb}: {said}, but {self._missing(best)}"

    def _missing(self, best: TriedDetector) -> str:
        """Return why what finds most was not chosen."""
        default = self.tried[0]
        if best.found < default.found + self.margin:
            return f"{100 * self.margin:.0f} points more would be needed"
        if best.agreement < default.agreement:
            return f"the scores of {best.name} agree less with those of the others"
        return f"of {self.n_planted} anomalies that may be chance ({best.chance:.1%})"

    def table(self) -> Table:
        """Return the candidates as a table, with the reason below it, and what it is no evidence of."""
        columns = ["detector", "found", "by chance", "agreement", "seconds", "outcome"]
        rows = [
            [
                *(each.name, each.found, each.chance, each.agreement, each.seconds),
                "chosen" if each is self.chosen else each.problem,
            ]
            for each in self.tried
        ]
        title = f"Detectors on {self.n_planted} planted anomalies, without labels"
        note = f"{self.reason}; {_NO_EVIDENCE}"
        return Table(title, columns, rows, ["", ".0%", ".1%", ".2f", ".1f"], note)

    def _summary(self) -> list[Table]:
        return [self.table()]

    def to_frame(self) -> pd.DataFrame:
        """Return the candidates as a frame, one a row."""
        columns = ("name", "found", "chance", "agreement", "seconds", "problem")
        rows = [{column: getattr(each, column) for column in columns} for each in self.tried]
        return pd.DataFrame(rows).assign(chosen=[each is self.chosen for each in self.tried])


def found_by(tried: TriedDetector) -> float:
    """Return the share that a candidate found, below 0 where it could not be tried."""
    return -1.0 if np.isnan(tried.found) else tried.found

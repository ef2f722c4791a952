"""How well a system names beats: one confusion matrix, in which beats that were never found have their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import softmax

from offbeat.ecg.ec57 import COLUMNS, ROWS, BeatComparison
from offbeat.errors import ShapeError
from offbeat.metrics.calibration import ReliabilityBin, calibration_error, reliability
from offbeat.metrics.classification import ClassQuality, class_qualities, confusion_matrix
from offbeat.records.aami import CLASSES

__all__ = ["NO_BEAT", "Outcome", "matrix_of", "matrix_of_labels", "uncalibrated"]

NO_BEAT = "no beat"
"""The last row counts what was found and is no beat, the last column the beats that were not found."""

Matrix = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one system made of the beats of a test.

    Parameters
    ----------
    name : str
        The system.
    matrix : array of int, shape (6, 6)
        Counts; rows are what experts say, columns what the system says: N, S, V, F, Q, no beat.
    probabilities : array of shape (n, 5)
        Of N, S, V, F and Q, for the n beats that were found and have a class.
    truth : array of str, shape (n,)
        Their classes.
    temperature : float
        By which the logits were divided; NaN where the system has none.
    seconds : float
        That learning took.
    n_train : int
        Series that were learned from.
    history : mapping
        Of the training, see :class:`~offbeat.classifiers.ecgformer.ECGFormer`; empty where there is none.
    learned : tuple of str
        The classes of the rows of its confusion matrices.
    comparisons : mapping of str to sequences of BeatComparison
        Beat-by-beat comparisons of the records, by the way they were made.
    beats : DataFrame
        All beats found: ``class`` (empty where none was given), ``confidence``, and ``truth``, the class by the
        annotations, empty for false detections.

    Examples
    --------
    >>> matrix = np.zeros((6, 6), int)
    >>> matrix[0, 0], matrix[2, 2], matrix[2, 5] = 90, 8, 2
    >>> found = Outcome("a", matrix)
    >>> found.accuracy(), found.missed, found.quality("V").sensitivity
    (0.98, 2, 0.8)
    """

    name: str
    matrix: Matrix
    probabilities: Probabilities = field(default_factory=lambda: np.empty((0, len(CLASSES))))
    truth: npt.NDArray[np.str_] = field(default_factory=lambda: np.empty(0, np.str_))
    temperature: float = np.nan
    seconds: float = np.nan
    n_train: int = 0
    history: Mapping[str, Any] = field(default_factory=dict)
    learned: tuple[str, ...] = ()
    comparisons: Mapping[str, Sequence[BeatComparison]] = field(default_factory=dict)
    beats: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["class", "confidence", "truth"]))

    def __post_init__(self) -> None:
        size = len(CLASSES) + 1
        if self.matrix.shape != (size, size):
            raise ShapeError(f"expected a matrix of {size} x {size} counts, got {self.matrix.shape}")

    @property
    def missed(self) -> int:
        """Beats that were not found."""
        return int(self.matrix[:-1, -1].sum())

    @property
    def extra(self) -> int:
        """Beats that were found and are none."""
        return int(self.matrix[-1, :-1].sum())

    def accuracy(self, classes: str = "NSVFQ") -> float:
        """Return the share named right of the beats of these classes; what was not found is not right."""
        rows = [CLASSES.index(name) for name in classes]
        total = int(self.matrix[rows].sum())
        return float(self.matrix[rows, rows].sum() / total) if total else float("nan")

    def macro_f1(self, classes: str = "NSVFQ") -> float:
        """Return the mean F1 of these classes; one that neither occurs nor is named has none and is left out."""
        values = [self.quality(name).f1 for name in classes]
        defined = [value for value in values if not np.isnan(value)]
        return float(np.mean(defined)) if defined else float("nan")

    def quality(self, name: str) -> ClassQuality:
        """Return how well a class is recognised; missed beats lower its sensitivity, extra ones its predictivity."""
        return class_qualities(self.matrix, [*CLASSES, NO_BEAT])[CLASSES.index(name)]

    @property
    def veb_positive_predictivity(self) -> float:
        """The share of V among what was named so, where F and Q named so do not count, as EC57 and papers have it."""
        named = self.matrix[[CLASSES.index(name) for name in "NSV"] + [-1], CLASSES.index("V")]
        return float(named[2] / named.sum()) if named.any() else float("nan")

    def bins(self) -> list[ReliabilityBin]:
        """Return how often each confidence was right."""
        return reliability(self.probabilities, self.truth, CLASSES)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error (0 to 1); NaN without probabilities."""
        return calibration_error(self.bins()) if len(self.truth) else float("nan")

    @property
    def calibration_error_before(self) -> float:
        """The same before the temperature; NaN where there is none.

        Between patients it is an estimate: the share of premature beats was applied after the temperature, and is not
        taken back.
        """
        if not len(self.truth) or np.isnan(self.temperature):
            return float("nan")
        return calibration_error(reliability(uncalibrated(self.probabilities, self.temperature), self.truth, CLASSES))


def matrix_of(comparisons: Sequence[BeatComparison]) -> Matrix:
    """Return the (6, 6) counts of beat-by-beat comparisons, all records together."""
    total = np.sum([found.matrix for found in comparisons], axis=0)
    five = len(CLASSES)
    rows = [[i] for i in range(five)] + [list(range(five, len(ROWS)))]
    columns = [[j] for j in range(five)] + [list(range(five, len(COLUMNS)))]
    return np.array([[total[np.ix_(row, column)].sum() for column in columns] for row in rows], dtype=np.int64)


def matrix_of_labels(truth: npt.ArrayLike, predicted: npt.ArrayLike) -> Matrix:
    """Return the (6, 6) counts where every beat was found, as in a data set of beats that were cut out.

    Examples
    --------
    >>> matrix_of_labels(["N", "V"], ["N", "S"]).sum()
    np.int64(2)
    """
    return np.pad(confusion_matrix(truth, predicted, CLASSES), (0, 1))


def uncalibrated(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Return the probabilities without the temperature that their logits were divided by.

    Where probabilities of several leads were multiplied, the result is that of the undivided logits, too.

    Examples
    --------
    >>> uncalibrated(np.array([[0.8, 0.2]]), 2.0).round(3)
    array([[0.941, 0.059]])
    """
    with np.errstate(divide="ignore"):
        return np.asarray(softmax(temperature * np.log(probabilities), axis=1))

"""The result of a beat-by-beat comparison: the matrix of classes, and the figures computed from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.errors import ShapeError
from offbeat.records.aami import CLASSES

__all__ = ["COLUMNS", "ROWS", "BeatComparison"]

ROWS = (*CLASSES, "O", "X")
"""The reference: a class, no beat, or no beat and the signal unreadable."""

COLUMNS = tuple(row.lower() for row in ROWS)
"""The test: a class, no beat, or no beat while the analysis was shut down."""

_BEATS, _FOUND, _ANY = "".join(CLASSES), "".join(CLASSES).lower(), "".join(COLUMNS)


@dataclass(frozen=True, eq=False)
class BeatComparison:
    """How the beats of a test agree with those of the reference.

    Shares lie between 0 and 1, and are NaN where their denominator is 0.

    Parameters
    ----------
    record : str
        The name of the record.
    matrix : array of int, shape (7, 7)
        Counts of beats by class of the reference (:data:`ROWS`) and of the test (:data:`COLUMNS`).
    rr_error : float
        Root mean square of the differences between the RR intervals of reference and test (ms), NaN without intervals.
    n_intervals : int
        The number of these differences.
    shutdown_seconds : float
        How long the test was shut down.

    References
    ----------
    ANSI/AAMI EC57, "Testing and reporting performance results of cardiac rhythm and ST segment measurement algorithms".

    Examples
    --------
    >>> matrix = np.zeros((7, 7), int)
    >>> matrix[0, 0], matrix[0, 2], matrix[2, 2], matrix[2, 5] = 90, 2, 7, 1
    >>> comparison = BeatComparison("100", matrix)
    >>> comparison.qrs_sensitivity, round(comparison.veb_positive_predictivity, 3), comparison.sveb_sensitivity
    (0.99, 0.778, nan)
    """

    record: str
    matrix: npt.NDArray[np.int64]
    rr_error: float = np.nan
    n_intervals: int = 0
    shutdown_seconds: float = 0.0

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, dtype=np.int64)
        if matrix.shape != (len(ROWS), len(COLUMNS)):
            raise ShapeError(f"expected a matrix of 7 x 7 counts ({' '.join(ROWS)}), got {matrix.shape}")
        object.__setattr__(self, "matrix", matrix)

    def count(self, rows: str, columns: str) -> int:
        """Return how many beats of these classes of the reference the test gave one of those classes.

        Examples
        --------
        >>> BeatComparison("100", np.ones((7, 7), int)).count("NS", "v")
        2
        """
        return int(self.matrix[np.ix_([ROWS.index(row) for row in rows], [COLUMNS.index(c) for c in columns])].sum())

    @property
    def qrs_sensitivity(self) -> float:
        """The share of the reference's beats that the test detected, whatever class it gave them."""
        return _share(self.count(_BEATS, _FOUND), self.count(_BEATS, _ANY))

    @property
    def qrs_positive_predictivity(self) -> float:
        """The share of the test's beats that are beats of the reference."""
        return _share(self.count(_BEATS, _FOUND), self.count(_BEATS + "OX", _FOUND))

    @property
    def veb_sensitivity(self) -> float:
        """The share of the ventricular ectopic beats that the test classified as such."""
        return _share(self.count("V", "v"), self.count("V", _ANY))

    @property
    def veb_positive_predictivity(self) -> float:
        """The share of ventricular ectopic beats among those classified as such; F and Q do not count."""
        return _share(self.count("V", "v"), self.count("NSVOX", "v"))

    @property
    def veb_false_positive_rate(self) -> float:
        """The share of beats that are not ventricular but were classified as such; F and Q among these do not count."""
        false = self.count("NSOX", "v")
        return _share(false, false + self.count("NSFQOX", "nsfq"))

    @property
    def sveb_sensitivity(self) -> float:
        """The share of the supraventricular ectopic beats that the test classified as such."""
        return _share(self.count("S", "s"), self.count("S", _ANY))

    @property
    def sveb_positive_predictivity(self) -> float:
        """The share of supraventricular ectopic beats among those classified as such."""
        return _share(self.count("S", "s"), self.count(_BEATS + "OX", "s"))

    @property
    def veb_f1(self) -> float:
        """The harmonic mean of sensitivity and positive predictivity of ventricular ectopic beats."""
        return _harmonic(self.veb_sensitivity, self.veb_positive_predictivity)

    @property
    def sveb_f1(self) -> float:
        """The harmonic mean of sensitivity and positive predictivity of supraventricular ectopic beats."""
        return _harmonic(self.sveb_sensitivity, self.sveb_positive_predictivity)

    def missed_in_shutdown(self, classes: str = _BEATS) -> float:
        """Return the share of the reference's beats of these classes that fell into a shutdown of the test.

        Examples
        --------
        >>> matrix = np.zeros((7, 7), int)
        >>> matrix[0, 0], matrix[0, 6] = 9, 1
        >>> BeatComparison("100", matrix).missed_in_shutdown("N")
        0.1
        """
        return _share(self.count(classes, "x"), self.count(classes, _ANY))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _harmonic(sensitivity: float, predictivity: float) -> float:
    """Return the harmonic mean: 0 where nothing was found, NaN where there was nothing to find."""
    return 2 / (1 / sensitivity + 1 / predictivity) if sensitivity > 0 else sensitivity

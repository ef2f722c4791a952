"""How well classes are predicted: everything follows from the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from offbeat.errors import DataError, ShapeError
from offbeat.metrics._checks import same_length
from offbeat.series.arrays import as_labels, natural_order
from offbeat.tables import Table

__all__ = [
    "ClassQuality",
    "accuracy",
    "class_qualities",
    "classification_tables",
    "confusion_matrix",
    "macro_f1",
]

Matrix = npt.NDArray[np.int64]


class ClassQuality(NamedTuple):
    """How well one class is predicted; NaN where undefined."""

    label: str
    support: int
    """Series that are of the class."""
    predicted: int
    """Series that are predicted to be of the class."""
    sensitivity: float
    """The share of the class that is predicted as such (recall); NaN where there are none."""
    positive_predictivity: float
    """The share of what is predicted that is of the class (precision); NaN where nothing is predicted."""
    f1: float
    """The harmonic mean of both, ``2 tp / (support + predicted)``; NaN where there are neither."""


def confusion_matrix(truth: npt.ArrayLike, predicted: npt.ArrayLike, classes: Sequence[object] | None = None) -> Matrix:
    """Count each true class against each predicted one.

    Parameters
    ----------
    truth, predicted : array of shape (n,)
        The classes, compared as text.
    classes : sequence, optional
        The classes in the order of rows and columns; those that occur, numbers by value, where None.

    Returns
    -------
    array of shape (n_classes, n_classes)
        Rows are true, columns are predicted.

    Raises
    ------
    DataError
        If a label is none of the classes, or the lengths differ (ShapeError).

    Examples
    --------
    >>> confusion_matrix(["N", "N", "V"], ["N", "V", "V"])
    array([[1, 1],
           [0, 1]])
    """
    true, named = as_labels(truth), as_labels(predicted)
    same_length(true, named, "true as predicted labels")
    names = _names(true, named) if classes is None else [str(label) for label in classes]
    numbers = {label: number for number, label in enumerate(names)}
    unknown = sorted((set(true.tolist()) | set(named.tolist())) - set(numbers))
    if unknown:
        raise DataError(
            f"label {unknown[0]!r} is none of the classes {', '.join(names)}: leave such rows out, or name the class"
        )
    cells = [numbers[a] * len(names) + numbers[b] for a, b in zip(true.tolist(), named.tolist(), strict=True)]
    counts = np.bincount(np.array(cells, dtype=np.int64), minlength=len(names) ** 2)
    return counts.reshape(len(names), len(names)).astype(np.int64)


def accuracy(matrix: npt.ArrayLike) -> float:
    """Return the share of series whose class is predicted; NaN where there are none.

    Examples
    --------
    >>> accuracy([[8, 2], [0, 10]])
    0.9
    """
    counts = _square(matrix)
    return _share(int(np.trace(counts)), int(counts.sum()))


def macro_f1(matrix: npt.ArrayLike) -> float:
    """Return the plain mean of F1 over the classes that occur; NaN where none does.

    A class that neither occurs nor is predicted has no F1 and is left out; one that is predicted but never occurs
    counts as 0. scikit-learn does the same by default.

    Examples
    --------
    >>> round(macro_f1([[8, 2], [0, 10]]), 4)
    0.899
    """
    values = [quality.f1 for quality in class_qualities(matrix)]
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")


def class_qualities(matrix: npt.ArrayLike, classes: Sequence[object] | None = None) -> list[ClassQuality]:
    """Return sensitivity, positive predictivity and F1 of each class.

    Parameters
    ----------
    matrix : array of shape (n_classes, n_classes)
        Counts; rows are true.
    classes : sequence, optional
        What the classes are called; their numbers where None.

    Examples
    --------
    >>> veb = class_qualities([[8, 2], [0, 10]], ["N", "V"])[1]
    >>> round(veb.sensitivity, 3), round(veb.positive_predictivity, 3)
    (1.0, 0.833)
    """
    counts = _square(matrix)
    names = range(len(counts)) if classes is None else classes
    if len(names) != len(counts):
        raise ShapeError(f"expected {len(counts)} classes, one a row of the matrix, got {len(names)}")
    return [
        _quality(str(label), int(counts[i, i]), int(counts[i].sum()), int(counts[:, i].sum()))
        for i, label in enumerate(names)
    ]


def classification_tables(
    truth: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    classes: Sequence[object] | None = None,
    class_names: Mapping[str, str] | None = None,
    title: str = "Classes",
) -> list[Table]:
    """Return how well the classes are predicted, as a table of figures and one of counts.

    Parameters
    ----------
    truth, predicted : array of shape (n,)
        The classes.
    classes : sequence, optional
        The classes in order; those that occur where None.
    class_names : mapping, optional
        A readable name for each class, by its label.
    title : str
        What stands above the figures.

    Examples
    --------
    >>> figures, counts = classification_tables(["N", "N", "V"], ["N", "V", "V"])
    >>> figures.cells()[0]
    ['N', '2', '50.00%', '100.00%', '0.667']
    """
    matrix = confusion_matrix(truth, predicted, classes)
    labels = _names(as_labels(truth), as_labels(predicted)) if classes is None else [str(label) for label in classes]
    shown = [(class_names or {}).get(label, label) for label in labels]
    return [_figures(matrix, shown, title), _counts(matrix, shown)]


def _figures(matrix: Matrix, shown: Sequence[str], title: str) -> Table:
    note = f"{int(matrix.sum()):,} series: accuracy {accuracy(matrix):.2%}, macro-F1 {macro_f1(matrix):.4f}"
    absent = [name for name, quality in zip(shown, class_qualities(matrix), strict=True) if np.isnan(quality.f1)]
    left_out = f" (without {', '.join(absent)}, which neither occurs nor is predicted)" if absent else ""
    return Table(
        title,
        ["class", "series", "sensitivity", "positive predictivity", "F1"],
        [[q.label, q.support, q.sensitivity, q.positive_predictivity, q.f1] for q in class_qualities(matrix, shown)],
        ["", "", ".2%", ".2%", ".3f"],
        f"{note}{left_out}.",
    )


def _counts(matrix: Matrix, shown: Sequence[str]) -> Table:
    rows = [[name, *row] for name, row in zip(shown, matrix.tolist(), strict=True)]
    return Table("True class by predicted class", ["true", *(f"as {name}" for name in shown)], rows)


def _quality(label: str, right: int, support: int, predicted: int) -> ClassQuality:
    f1 = _share(2 * right, support + predicted)
    return ClassQuality(label, support, predicted, _share(right, support), _share(right, predicted), f1)


def _names(*labels: npt.NDArray[np.str_]) -> list[str]:
    return sorted({str(label) for part in labels for label in np.unique(part)}, key=natural_order)


def _square(matrix: npt.ArrayLike) -> Matrix:
    counts = np.asarray(matrix)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ShapeError(f"a confusion matrix has the shape (n_classes, n_classes), got {counts.shape}")
    return counts.astype(np.int64)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")

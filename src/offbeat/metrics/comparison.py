"""Evaluations side by side, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from offbeat.errors import DataError
from offbeat.metrics.evaluation import Evaluation
from offbeat.tables import Table

__all__ = ["accuracy_table", "class_table", "comparison_table", "sensitivity_table"]

_MEANING = (
    "Sensitivity (recall): share of the anomalies that is flagged. Specificity: share of normal rows that is not. The "
    "last column is a point of the ROC curve: its threshold is chosen by the labels of these rows."
)


def comparison_table(evaluations: Sequence[Evaluation]) -> Table:
    """Return one row a detector: ranking with its interval, decisions, false alarms aimed at and achieved.

    Raises
    ------
    DataError
        If there are no evaluations.

    Examples
    --------
    >>> from offbeat.metrics import evaluate
    >>> found = evaluate("toy", [0, 0, 1], [0.1, 0.2, 0.9], threshold=0.5, n_bootstrap=0)
    >>> comparison_table([found]).cells()
    [['toy', '1.0000', '–', '–', '1.0000', '1.0000', '1.0000', '1.0000', '–', '–']]
    """
    heads = ["AUROC", "95 % from", "to", "avg. precision", "F1", "precision", "recall"]
    return Table(
        "Detectors",
        ["detector", *heads, "false alarms aimed", "on held-out"],
        [_row(found) for found in _some(evaluations)],
        formats=["", *[".4f"] * len(heads), ".1%", ".1%"],
        note=_unscored_note(evaluations),
    )


def sensitivity_table(evaluations: Sequence[Evaluation]) -> Table:
    """Return sensitivity and specificity at each detector's threshold.

    The last column is the point of the ROC curve with a specificity of at least 95 %, see
    :meth:`Evaluation.sensitivity_at`: it compares detectors whose thresholds differ.

    Raises
    ------
    DataError
        If there are no evaluations.

    Examples
    --------
    >>> from offbeat.metrics import evaluate
    >>> found = evaluate("toy", [0, 0, 1], [0.1, 0.6, 0.9], threshold=0.5, n_bootstrap=0)
    >>> sensitivity_table([found]).cells()
    [['toy', '0.5', '–', '50.00%', '100.00%', '100.00%']]
    """
    return Table(
        "Sensitivity and specificity",
        [
            "detector",
            "threshold",
            "held-out specificity",
            "specificity",
            "sensitivity",
            "ROC: sensitivity at 95 % specificity",
        ],
        [
            [
                found.name,
                found.threshold,
                1 - found.achieved,
                found.specificity,
                found.sensitivity,
                found.sensitivity_at(0.95),
            ]
            for found in _some(evaluations)
        ],
        formats=["", "", ".2%", ".2%", ".2%", ".2%"],
        note=f"{_MEANING} {_unscored_note(evaluations)}".strip(),
    )


def accuracy_table(evaluations: Sequence[Evaluation]) -> Table:
    """Return the accuracy of each detector, with that of taking all rows for what most of them are beside it.

    Raises
    ------
    DataError
        If there are no evaluations.

    Examples
    --------
    >>> from offbeat.metrics import evaluate
    >>> found = evaluate("toy", [0, 0, 1], [0.1, 0.2, 0.9], threshold=0.95, n_bootstrap=0)
    >>> accuracy_table([found]).cells()
    [['toy', '66.67%', '66.67%', '50.00%']]
    """
    return Table(
        "Accuracy",
        ["detector", "accuracy", "majority class alone", "balanced accuracy"],
        [
            [found.name, found.accuracy, found.majority_accuracy, found.balanced_accuracy]
            for found in _some(evaluations)
        ],
        formats=["", ".2%", ".2%", ".2%"],
        note="Accuracy: share of all rows that is decided rightly. It depends on how many are anomalies: taking all "
        "rows for what most of them are has the accuracy beside it. Balanced: mean of sensitivity and specificity.",
    )


def class_table(evaluations: Sequence[Evaluation]) -> Table:
    """Return which classes are missed: one row a class, one column a detector, with the share that is flagged.

    Raises
    ------
    DataError
        If there are no evaluations, they were made without classes, have the same name, or are of different sets.

    Examples
    --------
    >>> from offbeat.metrics import evaluate
    >>> found = evaluate("toy", [0, 0, 1], [0.1, 0.6, 0.9], threshold=0.5, classes=["N", "N", "V"], n_bootstrap=0)
    >>> class_table([found]).cells()
    [['N', '2', '50.0%'], ['V', '1', '100.0%']]
    """
    first = _some(evaluations)[0]
    names = [found.name for found in evaluations]
    if len(set(names)) < len(names):
        raise DataError(f"expected detectors that differ in name, got {', '.join(names)}")
    if not first.by_class:
        raise DataError("expected evaluations with classes, got none: pass classes= to evaluate")
    for found in evaluations:
        if _sizes(found) != _sizes(first):
            raise DataError(
                f"{first.name} and {found.name} were evaluated on different rows: use one test set for both"
            )
    columns = [[row.share_flagged for row in found.by_class] for found in evaluations]
    return Table(
        "Flagged, by class",
        ["class", "n", *names],
        [[row.name, row.n, *shares] for row, *shares in zip(first.by_class, *columns, strict=True)],
        formats=["", "", *[".1%"] * len(names)],
        note="Share of each class above the threshold: false alarms for normal rows, sensitivity for all others.",
    )


def _row(found: Evaluation) -> list[Any]:
    decisions = (found.average_precision, found.f1, found.precision, found.recall)
    return [found.name, *found.auroc, *(each.value for each in decisions), found.target, found.achieved]


def _some(evaluations: Sequence[Evaluation]) -> Sequence[Evaluation]:
    if not evaluations:
        raise DataError("a table of detectors needs at least one evaluation, got none")
    return evaluations


def _sizes(found: Evaluation) -> list[tuple[str, int]]:
    return [(row.label, row.n) for row in found.by_class]


def _unscored_note(evaluations: Sequence[Evaluation]) -> str:
    parts = [
        f"{found.name} gave no score to {found.n_unscored} rows ({found.n_unscored_anomalies} of them anomalous)"
        for found in evaluations
        if found.n_unscored
    ]
    return f"{'; '.join(parts)}: these rows are left out." if parts else ""

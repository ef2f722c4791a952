"""The tables of a beat-by-beat comparison: one row a record, then all of them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from offbeat.ecg.ec57.comparison import COLUMNS, BeatComparison
from offbeat.errors import DataError
from offbeat.records.aami import CLASSES
from offbeat.tables import Table

__all__ = ["ec57_tables"]

# Each column of counts adds up the rows and columns of the matrix it names.
_COUNTS = {
    "Nn": ("N", "nfq"), "Sn": ("S", "nfq"), "Vn": ("V", "nfq"), "Fn": ("FQ", "nfq"), "On": ("OX", "nfq"),
    "Ns": ("N", "s"), "Ss": ("S", "s"), "Vs": ("V", "s"), "Fs": ("FQ", "s"), "Os": ("OX", "s"),
    "Nv": ("N", "v"), "Sv": ("S", "v"), "Vv": ("V", "v"), "Fv": ("FQ", "v"), "Ov": ("OX", "v"),
    "No": ("N", "ox"), "So": ("S", "ox"), "Vo": ("V", "ox"), "Fo": ("FQ", "ox"),
}  # fmt: skip

_ANY = "".join(COLUMNS)
_Figures = dict[str, Callable[[BeatComparison], float]]

_FIGURES: _Figures = {
    "QRS Se": lambda found: 100 * found.qrs_sensitivity,
    "QRS +P": lambda found: 100 * found.qrs_positive_predictivity,
    "VEB Se": lambda found: 100 * found.veb_sensitivity,
    "VEB +P": lambda found: 100 * found.veb_positive_predictivity,
    "VEB FPR": lambda found: 100 * found.veb_false_positive_rate,
    "SVEB Se": lambda found: 100 * found.sveb_sensitivity,
    "SVEB +P": lambda found: 100 * found.sveb_positive_predictivity,
    "RR error": lambda found: found.rr_error,
}

_SHUTDOWN: _Figures = {
    "beats": lambda found: 100 * found.missed_in_shutdown(),
    "N": lambda found: 100 * found.missed_in_shutdown("N"),
    "S": lambda found: 100 * found.missed_in_shutdown("S"),
    "V": lambda found: 100 * found.missed_in_shutdown("V"),
    "F": lambda found: 100 * found.missed_in_shutdown("F"),
}


def ec57_tables(comparisons: Sequence[BeatComparison]) -> list[Table]:
    """Return the tables of EC57: the figures, the counts behind them, and what was missed in shutdowns.

    Below the records stand ``gross``, the figures of all beats together, and ``average``, the mean of the records that
    have the figure: gross weighs each beat equally, average each patient.

    Parameters
    ----------
    comparisons : sequence of BeatComparison
        One a record.

    Returns
    -------
    list of Table
        "Beat by beat", "Beats by class" and "Shutdowns"; shares in percent, dashes where nothing is defined.

    Raises
    ------
    DataError
        If there is no comparison.

    References
    ----------
    ANSI/AAMI EC57, "Testing and reporting performance results of cardiac rhythm and ST segment measurement algorithms".

    Examples
    --------
    >>> matrix = np.diag([90, 0, 8, 0, 0, 0, 0])
    >>> figures, counts, shutdowns = ec57_tables([BeatComparison("100", matrix, rr_error=1.8, n_intervals=97)])
    >>> figures.cells()[0]
    ['100', '98', '100.00', '100.00', '8', '100.00', '100.00', '0.000', '0', '–', '–', '1.80']
    """
    if not comparisons:
        raise DataError("expected at least one comparison to make a table of, got none")
    together = _together(comparisons)
    return [_figures(comparisons, together), _counts(comparisons, together), _shutdowns(comparisons, together)]


def _together(comparisons: Sequence[BeatComparison]) -> BeatComparison:
    """Return the comparison of all beats, as if they came from one record."""
    intervals = np.array([found.n_intervals for found in comparisons])
    errors = np.array([found.rr_error for found in comparisons])
    total = int(intervals.sum())
    squares = np.sum(intervals[intervals > 0] * errors[intervals > 0] ** 2)
    return BeatComparison(
        "gross",
        np.sum([found.matrix for found in comparisons], axis=0),
        float(np.sqrt(squares / total)) if total else np.nan,
        total,
        float(sum(found.shutdown_seconds for found in comparisons)),
    )


def _figures(comparisons: Sequence[BeatComparison], together: BeatComparison) -> Table:
    groups = {"QRS": "".join(CLASSES), "VEB": "V", "SVEB": "S"}
    columns, formats = ["record"], [""]
    for group, names in groupby(_FIGURES, key=lambda name: name.split()[0]):
        if group in groups:
            columns.append(f"{group} n")
            formats.append("")
        columns += [name if name == "RR error" else f"{name} %" for name in names]
        formats += [".3f" if "FPR" in name else ".2f" for name in columns[len(formats) :]]

    def row(found: BeatComparison) -> list[Any]:
        cells: list[Any] = [found.record]
        for name in columns[1:]:
            counted = groups.get(name.removesuffix(" n"))
            cells.append(found.count(counted, _ANY) if counted else _FIGURES[name.removesuffix(" %")](found))
        return cells

    return Table(
        "Beat by beat",
        [name.replace("RR error", "RR error (ms)") for name in columns],
        [*map(row, [*comparisons, together]), _average([row(found) for found in comparisons])],
        formats,
        "Se: sensitivity; +P: positive predictivity; FPR: false positive rate, the share of the other beats taken for"
        " ventricular. Gross adds up the beats of all records, average is the mean of the records.",
    )


def _average(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return the mean of each column of floats over the records that have it."""
    means: list[Any] = ["average"]
    for column in list(zip(*rows, strict=True))[1:]:
        defined = [cell for cell in column if isinstance(cell, float) and not np.isnan(cell)]
        means.append(float(np.mean(defined)) if defined else None)
    return means


def _counts(comparisons: Sequence[BeatComparison], together: BeatComparison) -> Table:
    return Table(
        "Beats by class",
        ["record", *_COUNTS],
        [[found.record, *(found.count(*cell) for cell in _COUNTS.values())] for found in [*comparisons, together]],
        note="The reference in capitals, the test in small letters, O and o for no beat. F holds Q, too, and n holds"
        " f and q; beats where the signal is unreadable or the test was shut down are with O and o.",
    )


def _shutdowns(comparisons: Sequence[BeatComparison], together: BeatComparison) -> Table:
    def row(found: BeatComparison) -> list[Any]:
        missed = [found.count(name, "x") for name in CLASSES]
        return [found.record, *missed, *(share(found) for share in _SHUTDOWN.values()), found.shutdown_seconds]

    rows = [row(found) for found in comparisons]
    return Table(
        "Shutdowns",
        ["record", *(f"{name}x" for name in CLASSES), *(f"{name} missed %" for name in _SHUTDOWN), "seconds"],
        [*rows, row(together), _average(rows)],
        [""] * 6 + [".2f"] * 5 + [".0f"],
        "Beats of the reference that the test missed while it was shut down.",
    )

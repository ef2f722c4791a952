"""What ``offbeat evaluate`` does with a model of beats: EC57 on annotated records, with the shipped model beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.app.annotated_records import annotated_files, read_annotated
from offbeat.app.request import Request
from offbeat.app.runs import Log
from offbeat.ecg.classify import load_beat_model, name_beats, shipped_model
from offbeat.ecg.ec57 import BeatComparison, ec57_tables
from offbeat.errors import ParameterError
from offbeat.estimators.folder import read_config
from offbeat.tables import Table
from offbeat.words import plural

__all__ = ["BeatResults", "evaluate_beats", "names_beats"]

_KINDS = ("classifier", "patient")
_FIGURES = {
    f"{head} {what}": f"{name}_{figure}"
    for head, name in (("V", "veb"), ("S", "sveb"))
    for what, figure in (("Se", "sensitivity"), ("+P", "positive_predictivity"), ("F1", "f1"))
}


@dataclass(frozen=True, eq=False)
class BeatResults:
    """How models of beats agree with annotated records.

    Parameters
    ----------
    comparisons : dict
        By the name of the model, a comparison for each record; the first is the model that was asked for.
    """

    comparisons: dict[str, Sequence[BeatComparison]]

    def tables(self) -> list[Table]:
        """Return the models side by side, and the figures of EC57 by record for the first."""
        rows = [[name, *self._gross(each)] for name, each in self.comparisons.items()]
        first = next(iter(self.comparisons.values()))
        title = f"{plural(len(first), 'record')} together"
        note = (
            "EC57, whole records; escape beats from above count as N. Se: sensitivity; +P: positive predictivity; F1: "
            "their harmonic mean. Records of people that the model has learned from make it look better than it is."
        )
        heads = ["model", "V beats", "S beats", *_FIGURES]
        return [Table(title, heads, rows, ["", "", "", *[".1%", ".1%", ".3f"] * 2], note), ec57_tables(first)[0]]

    def to_dict(self) -> dict[str, Any]:
        """Return the tables as plain values."""
        return {"tables": [table.to_dict() for table in self.tables()]}

    def _gross(self, comparisons: Sequence[BeatComparison]) -> list[Any]:
        every = BeatComparison("gross", np.sum([one.matrix for one in comparisons], axis=0))
        counts = [every.count(name, "nsvfqox") for name in "VS"]
        return [*counts, *(float(getattr(every, name)) for name in _FIGURES.values())]


def names_beats(model: Path) -> bool:
    """Return whether a model folder holds a classifier or a patient model, rather than a detector."""
    return any(kind in read_config(model) for kind in _KINDS)


def evaluate_beats(model: Path, request: Request, *, baselines: bool = True, log: Log = lambda _: None) -> BeatResults:
    """Compare the classes that a model gives to beats with annotations.

    Parameters
    ----------
    model : Path
        A model of beats.
    request : Request
        Which records, see :func:`offbeat.app.annotated_records.annotated_files`.
    baselines : bool
        Whether to evaluate the shipped model, too.
    log : callable
        Gets a line for each record.

    Raises
    ------
    DataError
        If no record is annotated.
    ParameterError
        If an option does not apply.
    """
    for option in ("until", "normal", "time", "train"):
        if getattr(request, option) is not None:
            raise ParameterError(f"a model of beats is evaluated on annotated records: leave --{option} out")
    models = {model.name: load_beat_model(model)}
    if baselines:
        models["shipped with offbeat"] = shipped_model()
    found: dict[str, Sequence[BeatComparison]] = {name: [] for name in models}
    files = annotated_files(request, log)
    for number, each in enumerate(read_annotated(files, request, log), start=1):
        log(f"{number} of {len(files)}: {each.beats.name}")
        for name, one in models.items():
            found[name] = [*found[name], each.compare(name_beats(each.beats, one).symbols)]
    return BeatResults(found)

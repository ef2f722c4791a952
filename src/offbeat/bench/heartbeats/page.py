"""How well beats are named, by two protocols: tables, figures, films, page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.bench.heartbeats.between_patients import MAIN, READINGS, STANDARD, STRICT, WHOLE
from offbeat.bench.heartbeats.outcomes import NO_BEAT, Outcome
from offbeat.bench.heartbeats.tables import (
    by_class,
    by_reading,
    ectopic,
    outcome_row,
    published_row,
    true_by_predicted,
)
from offbeat.ecg.ec57 import ec57_tables
from offbeat.errors import MissingExtraError
from offbeat.metrics.calibration import reliability_table
from offbeat.records.aami import CLASSES
from offbeat.report import (
    Fact,
    Picture,
    Section,
    confusion_figure,
    confusion_film,
    house_style,
    loss_curves,
    reliability_figure,
)
from offbeat.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["HeartbeatResults"]

_SAME, _OTHER = "same patients", "other patients"
_log = logging.getLogger("offbeat")


@dataclass(frozen=True, eq=False)
class HeartbeatResults(ResultPage):
    """The outcomes of both protocols.

    Parameters
    ----------
    recipe : mapping
        Title, what was published, and what to say of each protocol.
    kaggle : sequence of Outcome
        Among the same patients; the first is shown in full.
    patients : sequence of Outcome
        Between patients; the first is shown in full.
    same_person : str
        Who is on both sides, in different records; empty where nobody is.
    quick : bool
        Whether all of it is a quick trial.
    """

    recipe: Mapping[str, Any]
    kaggle: Sequence[Outcome]
    patients: Sequence[Outcome]
    same_person: str = ""
    quick: bool = False

    @property
    def domain(self) -> str:
        """Heartbeats, all of them."""
        return "ecg"

    @property
    def title(self) -> str:
        """Heading of the page."""
        return str(self.recipe["title"]) + " (quick)" * self.quick

    def tables(self) -> list[Table]:
        """Return both protocols side by side, then each by class, the ablations and the ways to count."""
        kept = [MAIN, STRICT]
        return [
            self.side_by_side(),
            *(by_class(first, label) for first, label in ((self.kaggle[0], _SAME), (self.patients[0], _OTHER))),
            *(
                true_by_predicted(first, label)
                for first, label in ((self.kaggle[0], _SAME), (self.patients[0], _OTHER))
            ),
            self.ablations(),
            by_reading([found for found in self.patients if found.name in kept]),
        ]

    def side_by_side(self) -> Table:
        """Return every system under both protocols, the published ones on top of each."""
        rows = []
        for protocol, label, found in (("kaggle", _SAME, self.kaggle), ("patients", _OTHER, self.patients)):
            rows += [published_row(entry, label) for entry in self.recipe["published"] if entry["protocol"] == protocol]
            rows += [outcome_row(outcome, label) for outcome in found if not self._is_ablation(outcome)]
        columns = ["patients", "system", "accuracy", "macro-F1", "macro-F1 of NSVF"]
        columns += ["S Se", "S +P", "V Se", "V +P", "ECE", "before temperature"]
        return Table(
            "Both protocols, published, ours, baselines",
            columns,
            rows,
            ["", "", ".2%", ".4f", ".4f", *[".1%"] * 4, ".4f", ".4f"],
            " ".join(self._words()),
        )

    def ablations(self) -> Table:
        """Return what leaving something out costs, evaluated between patients."""
        rows = [
            [found.name, found.accuracy(), found.macro_f1("NSVF"), *ectopic(found), found.n_train]
            for found in self.patients
            if found.name == MAIN or self._is_ablation(found)
        ]
        return Table(
            "What each part is worth, between patients",
            ["system", "accuracy", "macro-F1 of NSVF", "S Se", "S +P", "V Se", "V +P", "learned from"],
            rows,
            ["", ".2%", ".4f", *[".1%"] * 4, ""],
            "The same training each time. " + self.same_person,
        )

    def _is_ablation(self, found: Outcome) -> bool:
        return found.name.startswith(MAIN) and found.name not in (MAIN, STRICT) and found in self.patients

    def _words(self) -> list[str]:
        """Return the notes that belong beside the figures."""
        strict = f"For nobody on both sides see {STRICT!r}." if self.same_person else ""
        quick = "A quick trial on a part of the data: it shows that all works, not how well." if self.quick else ""
        notes = [quick, self.recipe["same_patients"], self.recipe["other_patients"], self.same_person, strict]
        rules = (
            "Accuracy is over all five classes, macro-F1 once over all five, once without Q, which is not learned "
            "between patients and occurs a few times. V +P leaves out fused and unclassifiable beats that were named "
            "V, as EC57 does."
        )
        return [sentence for sentence in [*notes, rules] if sentence]

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        drawings: Drawings = {}
        for key, label, found in (("kaggle", _SAME, self.kaggle[0]), ("patients", _OTHER, self.patients[0])):
            drawings |= _drawings(key, label, found)
        return drawings

    def write_figures(self, folder: Path) -> list[Path]:
        """Write every figure as PNG and SVG and each training as MP4 and GIF, and return the files."""
        return [*super().write_figures(folder), *self.write_films(folder)]

    def write_films(self, folder: Path) -> list[Path]:
        """Write the confusion matrices of each training as films; a missing program for that is logged."""
        written = []
        try:
            for key, found in (("kaggle", self.kaggle[0]), ("patients", self.patients[0])):
                trained, held_out = (_epochs(found, part) for part in ("train_confusion", "val_confusion"))
                known = [name for name in CLASSES if name in found.learned]
                for ending in ("mp4", "gif"):
                    place = folder / f"{key}-training.{ending}"
                    written.append(confusion_film(place, trained, held_out, known))
        except MissingExtraError as error:
            _log.warning("no films were written: %s", error)
        return written

    def _heading(self) -> str:
        return self.title

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        tables = self.tables()
        comparisons = self.patients[0].comparisons
        records = [replace(table, title=f"{table.title}, EC57") for table in ec57_tables(comparisons[STANDARD])]
        records.append(replace(ec57_tables(comparisons[WHOLE])[0], title=f"Beat by beat, {WHOLE}"))
        bins = [
            reliability_table(found.bins(), f"Is the confidence right? {label.capitalize()}")
            for label, found in ((_SAME, self.kaggle[0]), (_OTHER, self.patients[0]))
        ]
        return [
            Section("Both protocols", tables=tables[:1]),
            Section("The same patients", tables=tables[1:4:2], figures=pick("kaggle-confusion")),
            Section("Other patients", tables=tables[2:5:2], figures=pick("patients-confusion")),
            Section("What each part is worth", tables=tables[5:6]),
            Section("Ways to count", tables=tables[6:]),
            Section("Confidence", tables=bins, figures=pick("kaggle-reliability", "patients-reliability")),
            Section("Record by record", tables=records),
            Section("Training", figures=pick("kaggle-losses", "patients-losses")),
        ]

    def summary(self) -> list[str]:
        """Return the main results in sentences."""
        same, other = self.kaggle[0], self.patients[0]
        return [
            f"Among the same patients {same.accuracy():.2%} of the beats are named right (macro-F1 "
            f"{same.macro_f1():.3f}), of other patients {other.accuracy():.2%} (macro-F1 {other.macro_f1():.3f}, "
            f"without Q {other.macro_f1('NSVF'):.3f}). Only the second says what to expect of a new patient.",
            f"Of other patients {other.missed:,} beats were not found, and {other.extra:,} were found that are none.",
            *self._words(),
        ]

    def _facts(self) -> list[Fact]:
        same, other = self.kaggle[0], self.patients[0]
        sveb, sveb_right, veb, veb_right = ectopic(other)
        return [
            Fact("same patients", f"{same.accuracy():.2%}", f"macro-F1 {same.macro_f1():.3f}"),
            Fact("other patients", f"{other.accuracy():.2%}", f"macro-F1 of NSVF {other.macro_f1('NSVF'):.3f}"),
            Fact("ventricular beats found", _percent(veb), f"of other patients; +P {_percent(veb_right)}"),
            Fact("supraventricular beats found", _percent(sveb), f"of other patients; +P {_percent(sveb_right)}"),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        records = {reading: ec57_tables(self.patients[0].comparisons[reading])[0].to_dict() for reading in READINGS}
        return {
            "title": self.title,
            "notice": self.notice,
            "tables": [table.to_dict() for table in self.tables()],
            "records": records,
        }


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{share:.1%}"


def _drawings(key: str, label: str, found: Outcome) -> Drawings:
    missed = " The last column counts beats that were missed, the last row what is no beat." * (key == "patients")
    drawn: Drawings = {
        f"{key}-confusion": Drawing(
            lambda: _confusion(found, label),
            f"What was taken for what, {label}; shares are of the true class.{missed}",
        ),
        f"{key}-reliability": Drawing(
            lambda: reliability_figure(found.bins()),
            f"How often each confidence was right, {label}; below the diagonal it was too sure.",
        ),
    }
    if found.history:
        drawn[f"{key}-losses"] = Drawing(
            lambda: loss_curves(found.history),
            f"Loss of the training and of the held-out part by epoch, {label}.",
        )
    return drawn


def _confusion(found: Outcome, label: str) -> Figure:
    if not found.missed + found.extra:
        return confusion_figure({label: found.matrix[:-1, :-1]}, CLASSES)
    figure = confusion_figure(found.matrix, [*CLASSES, NO_BEAT])
    # What the figure says by itself would take "no beat" for a class.
    with house_style():
        figure.axes[0].set_title(f"{label}: accuracy {found.accuracy():.1%}, macro-F1 {found.macro_f1():.3f}")
    return figure


def _epochs(found: Outcome, part: str) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Return the confusion matrix of each epoch, classes in their usual order."""
    order = [found.learned.index(name) for name in CLASSES if name in found.learned]
    return [np.asarray(matrix)[np.ix_(order, order)] for matrix in found.history[part]]

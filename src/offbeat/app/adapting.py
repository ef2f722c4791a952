"""What ``offbeat adapt`` does: learn from the corrected beats of a patient, and show what it gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from offbeat.app.record_results import opened
from offbeat.app.request import RecordRequest
from offbeat.ecg.adapt import AdaptedRecord, adapt_record
from offbeat.ecg.adaptation.examples import FEWEST
from offbeat.ecg.ec57 import BeatComparison
from offbeat.records.aami import CLASS_NAMES
from offbeat.records.beat_remarks import NO_BEAT
from offbeat.tables import Table
from offbeat.words import plural

__all__ = ["Adaptation", "adapt"]

_FIGURES = ("sensitivity", "positive_predictivity", "f1")
_COLUMNS = ("Se", "+P", "F1")


@dataclass(frozen=True, eq=False)
class Adaptation:
    """The result of an adaptation, as tables and notes.

    Parameters
    ----------
    found : AdaptedRecord
        See :func:`offbeat.ecg.adapt.adapt_record`.
    minutes : float, optional
        The length of the part to learn from, where it was not to be the whole record.
    """

    found: AdaptedRecord
    minutes: float | None = None

    def tables(self) -> list[Table]:
        """Return how many beats were learned from, and the figures of EC57 before and after."""
        rows = [[name, CLASS_NAMES[name], count, self._use(name, count)] for name, count in self.found.learned.items()]
        rows += [
            [NO_BEAT, "no beat", self.found.false_detections, "no: only classes of beats are learned"],
            ["", "where no beat was found", self.found.not_found, "no: there is nothing to compare others with"],
        ]
        of_what = (
            "the beats after those, which were not learned from"
            if self.found.held_out
            else "the corrected beats, in five stretches of time, each classified by what the other four teach"
        )
        return [
            Table("Corrected beats", ["class", "name", "beats", "learned"], [row for row in rows if row[2]]),
            Table(
                "Before and after",
                ["class", "beats", *(f"{name} {when}" for name in _COLUMNS for when in ("before", "after"))],
                [self._row("ventricular", "V", "veb"), self._row("supraventricular", "S", "sveb")],
                ["", "", *[".1%"] * 4, ".3f", ".3f"],
                f"EC57, on {of_what}. Se: sensitivity; +P: positive predictivity; F1: their harmonic mean.",
            ),
        ]

    def notes(self) -> list[str]:
        """Return what a reader must know beside the tables, one sentence each."""
        learned = self.found.learned
        used = f"{self.found.used:,} of {plural(self.found.corrections, 'correction')} are learned from"
        rare = [f"{name} ({learned[name]})" for name in "SV" if 0 < learned[name] < FEWEST]
        notes = [used, *([f"too rare to be learned, {FEWEST} are needed: {', '.join(rare)}"] if rare else [])]
        if self.minutes is not None and not self.found.held_out:
            notes.append(
                f"no beat is annotated after the first {self.minutes:g} minutes, so that none is left to evaluate on: "
                "the figures are those of five-fold cross-validation; give fewer minutes to have other beats"
            )
        if not any(learned[name] for name in "SV"):
            notes.append("no beat was named S or V: only which shapes are normal is learned")
        if learned["S"] < FEWEST:
            notes.append(f"normal beats that the classifier takes for S stay S: telling them apart takes {FEWEST} S")
        return notes

    def to_dict(self) -> dict[str, Any]:
        """Return counts, tables and notes as plain values."""
        return {
            "record": self.found.model.record,
            "held_out": self.found.held_out,
            "learned": self.found.learned,
            "corrections": self.found.corrections,
            "used": self.found.used,
            "tables": [table.to_dict() for table in self.tables()],
            "notes": self.notes(),
        }

    def _use(self, name: str, count: int) -> str:
        if name == "F":
            return "no: fusion is not told apart"
        return "yes" if count >= FEWEST else f"no: {FEWEST} are needed"

    def _row(self, what: str, name: str, of: str) -> list[Any]:
        cells: list[Any] = [what, self.found.before.count(name, "nsvfqox")]
        for figure in _FIGURES:
            cells += [self._figure(found, f"{of}_{figure}") for found in (self.found.before, self.found.after)]
        return cells

    def _figure(self, found: BeatComparison, name: str) -> float:
        return float(getattr(found, name))


def adapt(
    wanted: RecordRequest,
    annotations: Path,
    minutes: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Adaptation:
    """Learn from the corrected beats of a record.

    Parameters
    ----------
    wanted : RecordRequest
        Which record, and how to read it.
    annotations : Path
        The file of corrected beats.
    minutes : float, optional
        Learn from the first minutes only.
    progress : callable, optional
        Called with the share of the record read.
    """
    record = opened(wanted.record, wanted)
    found = adapt_record(
        record,
        annotations,
        minutes=minutes,
        leads=range(len(record.channels)),  # they were chosen when it was opened
        model=wanted.model,
        method=cast("Any", wanted.method),
        progress=progress,
    )
    return Adaptation(found, minutes)

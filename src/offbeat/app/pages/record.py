"""What a classified record looks like: its tables, its pictures, its page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from offbeat.app.pages.base import Drawings, ResultPage
from offbeat.app.pages.corrections import Review, review_note
from offbeat.app.pages.intervals import interval_table, median_intervals, variability_table
from offbeat.app.pages.record_figures import RecordFigures
from offbeat.app.pages.record_tables import (
    S_CAUTION,
    Times,
    columns_of,
    duration,
    fibrillation,
    filled,
    fusion_told,
    glance,
    number,
    pause_table,
    run_table,
    share,
    unreadable_table,
)
from offbeat.app.pages.rhythms import episode_table, rhythm_statement, rhythm_table, underlying_rhythm
from offbeat.ecg.classified import ClassifiedRecord
from offbeat.ecg.leads import lead_note
from offbeat.ecg.moments import key_moments
from offbeat.ecg.plausibility import cautions
from offbeat.ecg.rhythm import RhythmSummary, hourly
from offbeat.records import Record
from offbeat.records.aami import CLASSES, SHORT_NAMES
from offbeat.report import Fact, Picture, Section
from offbeat.tables import Table, json_ready
from offbeat.words import NOTICE, clock_from, percent, plural

__all__ = ["RecordResults"]

_MOST_ROWS = 15  # of a table of runs, pauses or unreadable stretches
_FEW_ROWS = 8  # of the same in a terminal
_STEPS, _ROWS = (60.0, 300.0, 600.0, 1800.0, 3600.0), 12  # seconds of a row over time, and how many rows are few


@dataclass(frozen=True, eq=False)
class RecordResults(ResultPage):
    """What was found in a record, for people to look at.

    Parameters
    ----------
    record : Record
        For the strips of signal in the gallery.
    classified : ClassifiedRecord
        Its beats.
    waves : DataFrame, optional
        Where their waves begin and end, see :func:`~offbeat.ecg.delineation.delineate`.
    variability : Series, optional
        Figures of the heart rate variability, see :func:`~offbeat.ecg.variability.heart_rate_variability`.
    review : Review, optional
        The annotation file that beats and classes are taken from, where the model has not named them.
    """

    record: Record
    classified: ClassifiedRecord
    waves: pd.DataFrame | None = None
    variability: pd.Series[float] | None = None
    review: Review | None = None

    @property
    def domain(self) -> str:
        """An ECG, in any file."""
        return "ecg"

    @property
    def notice(self) -> str:
        """The notice, and who has named the beats."""
        named = self.review or "Beats were found and named by a program; no expert has checked them."
        return f"{super().notice} {named}"

    @cached_property
    def rhythm(self) -> RhythmSummary:
        """Rates, burdens, runs and pauses."""
        return self.classified.rhythm()

    def beats(self) -> pd.DataFrame:
        """Return a row for each beat, with its waves and intervals where it was delineated."""
        return self.classified.table if self.waves is None else self.classified.table.join(self.waves)

    def tables(self) -> list[Table]:
        """Return what the command prints: the record at a glance, its rhythms, its longest runs, its intervals."""
        return [
            self._glance(),
            *filled(rhythm_table(self.rhythm), episode_table(self.rhythm, _FEW_ROWS, self._tell)),
            run_table("Runs of three or more, longest first", self.rhythm.runs, _FEW_ROWS, Times(self._tell)),
            *self._measured(),
        ]

    @property
    def _by_model(self) -> bool:
        """Whether a program has named the beats, or those that a person has not reviewed."""
        return self.review is None or self.review.by_program

    def _glance(self) -> Table:
        return glance(self.record, self.rhythm, by_model=self._by_model)

    def _measured(self) -> list[Table]:
        waves = [] if self.waves is None else [interval_table(self.waves)]
        return waves + ([] if self.variability is None else [variability_table(self.variability)])

    def to_dict(self) -> dict[str, object]:
        """Return the summary and the hours for JSON, and intervals and variability where they were asked for."""
        found = {
            "record": self.record.name,
            "notice": NOTICE,
            "notes": list(self.record.notes),
            **self.rhythm.to_dict(),
            "hours": self._hours().to_dict(),
        }
        if self.waves is not None:
            found["intervals"] = json_ready(median_intervals(self.waves))
        if self.variability is not None:
            found["hrv"] = json_ready(self.variability.to_dict())
        return found

    def caution(self) -> str:
        """Return what the reader of the classes must know, such as that they are not plausible; else nothing."""
        return "; ".join(filter(None, (self._doubt(), self._review)))

    @cached_property
    def _review(self) -> str:
        return "" if self.review else review_note(self.record)

    def _doubt(self) -> str:
        """Return why the classes may be wrong; nothing where they are plausible."""
        name, lead, units = self.record.name, self.record.channels[0], sorted(set(self.record.units))
        if units != ["mV"]:
            return f"{name} is in {', '.join(units)}: its quality was assessed as if it were in mV (see --units)"
        if lead_note(self.record):
            return lead_note(self.record)
        if not self.rhythm.beats:
            reasons = ", ".join(sorted({reason for _, _, reason in self.classified.unreadable}))
            return f"no beats were found in {lead}" + f", which is unreadable ({reasons})" * bool(reasons)
        return "; ".join(cautions(self.rhythm, self.classified.table))

    def summary(self) -> list[str]:
        """Return the main results in sentences."""
        rhythm, table = self.rhythm, self.classified.table
        warned = [f"{said[0].upper()}{said[1:]}." for said in (self.caution(), *self.record.notes) if said]
        if not rhythm.beats:
            return warned
        # Only some models know what is unclassifiable.
        others = ["V", "S", *(name for name in "FQ" if rhythm.counts.get(name, 0))]
        ectopic = ", ".join(f"{rhythm.counts.get(name, 0):,} {SHORT_NAMES[name]}" for name in others)
        fusion = f" Fusion beats are {fusion_told(rhythm)}." if self._by_model else ""
        doubtful = int(table["doubtful"].sum())
        sentences = [
            f"{rhythm.beats:,} beats in {duration(rhythm.readable_s)} of readable signal: {ectopic}; the others normal"
            + (f", or without a class ({rhythm.counts.get('', 0):,})." if rhythm.counts.get("", 0) else ".")
            + fusion,
            f"{doubtful:,} beats are doubtful: the signal around them is poor, or they seem ventricular and no other "
            "beat is like them.",
        ]
        return [rhythm_statement(self.rhythm), *warned, *(sentences if doubtful else sentences[:1])]

    def _facts(self) -> list[Fact]:
        rhythm = self.rhythm
        longest = rhythm.longest_run("V")
        fusion = "; a fusion beat beside is none" if rhythm.counts.get("F", 0) else ""
        return [
            Fact("rhythm", underlying_rhythm(rhythm) or "–"),
            Fact("beats", f"{rhythm.beats:,}", f"found in {self.record.channels[0]}"),
            Fact(
                "heart rate",
                f"{number(rhythm.mean_rate)}/min",
                f"{number(rhythm.min_rate)} to {number(rhythm.max_rate)}",
            ),
            Fact("atrial fibrillation or flutter", *_first_and_rest(fibrillation(rhythm))),
            self._burden("ventricular", "V"),
            Fact("couplets", f"{rhythm.couplets.get('V', 0):,}", f"ventricular, two in a row{fusion}"),
            Fact(
                "ventricular runs",
                f"{sum(run.pattern == 'V' for run in rhythm.runs):,}",
                f"longest {longest.beats} beats at {longest.rate:.0f}/min" if longest else "three or more in a row",
            ),
            self._burden("supraventricular", "S", S_CAUTION if self._by_model else ""),
            Fact("pauses", f"{len(rhythm.pauses):,}", f"above {rhythm.pause_s:g} s"),
            self._quality(),
        ]

    def _quality(self) -> Fact:
        rhythm = self.rhythm
        good, doubtful, unreadable = (
            share(seconds / rhythm.duration_s if rhythm.duration_s else math.nan)
            for seconds in (rhythm.readable_s - rhythm.doubtful_s, rhythm.doubtful_s, rhythm.unreadable_s)
        )
        return Fact("good signal", good, f"{doubtful} doubtful, {unreadable} unreadable")

    def _burden(self, what: str, name: str, caution: str = "") -> Fact:
        count, beats = self.rhythm.counts.get(name, 0), self.rhythm.beats
        known = beats > self.rhythm.counts.get("", 0)
        note = f"{count:,} of {plural(beats, 'beat')}" + f"; {caution}" * bool(caution and count)
        return Fact(what, percent(count, beats) if known else "–", note)

    def _heading(self) -> str:
        return f"Heartbeats of {self.record.name}"

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        figures, rhythm = self._figures, self.rhythm
        times = Times(self._tell, figures.showing)
        strips = [f"strip-{number}" for number in range(1, len(figures.moments) + 1)]
        parts = [name for name in figures.drawings() if name.startswith("every-second")]
        episodes = episode_table(rhythm, _MOST_ROWS, times.tell, times.shown)
        runs = run_table("Runs of three or more, longest first", rhythm.runs, _MOST_ROWS, times)
        # All are of two beats, and the table of runs keeps the order of those that are of the same length.
        by_rate = sorted(rhythm.pairs, key=lambda pair: -pair.rate)
        couplets = run_table("Couplets, fastest first", by_rate, _MOST_ROWS, times)
        patterns = run_table("Bigeminy and trigeminy, longest first", rhythm.patterns, _MOST_ROWS, times)
        return [
            Section(
                "At a glance",
                figures=pick("heart-rate"),
                tables=[self._glance()],
            ),
            Section("The whole record", figures=pick("whole")),
            Section(
                "Rhythm",
                tables=filled(rhythm_table(rhythm), episodes),
                figures=pick("tachogram"),
            ),
            Section("Runs and pauses", tables=filled(runs, couplets, patterns, pause_table(rhythm, _MOST_ROWS, times))),
            Section(
                "Strips",
                "The longest and the fastest runs, the fastest couplet, the longest pauses, where rhythms begin, the "
                "lowest and the highest rate." * bool(strips),
                figures=pick(*strips),
            ),
            *([Section("Intervals and heart rate variability", tables=self._measured())] if self._measured() else []),
            Section("Beats by class", figures=pick("beat-shapes")),
            Section(
                "Beats to look at",
                "Those that the classes may be wrong about: the doubtful ones, and those of which the class is least "
                "sure." * bool(figures.chosen),
                figures=pick("gallery"),
            ),
            Section("Over time", tables=self._over_time()),
            Section(
                "What could not be read",
                tables=filled(unreadable_table(self.classified.unreadable, _MOST_ROWS, times)),
            ),
            Section("Every second", figures=pick(*parts)),
        ]

    def _hours(self, step_s: float = _STEPS[-1]) -> Table:
        found = self.classified
        return hourly(found.table, found.duration, found.unreadable, step_s=step_s)

    def _over_time(self) -> list[Table]:
        """Return the table over time as two, so that each fits upright paper: one as wide would shrink all strips."""
        whole = self._hours(self._step())
        classes = ["beats", *CLASSES, "no class"]
        rest = [name for name in whole.columns[1:] if name not in classes]
        return [
            columns_of(whole, [whole.columns[0], *rest], f"{whole.title}: rates"),
            columns_of(whole, [whole.columns[0], *classes], f"{whole.title}: beats of each class", note=""),
        ]

    def _step(self) -> float:
        """Return the seconds of a row of the table over time: few rows, none longer than an hour."""
        return next((step for step in _STEPS if self.classified.duration <= _ROWS * step), _STEPS[-1])

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        return self._figures.drawings()

    @property
    def _tell(self) -> Callable[[float], str]:
        return clock_from(self.record.started)

    @cached_property
    def _figures(self) -> RecordFigures:
        return RecordFigures(self.record, self.classified, key_moments(self.rhythm))


def _first_and_rest(said: str) -> tuple[str, str]:
    """Return what a box shows large, and what stands below it."""
    first, _, rest = said.partition(" of the time, ")
    return first, f"of the time, {rest}" if rest else ""

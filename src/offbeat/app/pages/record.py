"""What a classified record looks like: its tables, its pictures, its page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.app.pages.gallery import suspicious
from offbeat.app.pages.intervals import interval_table, median_intervals, variability_table
from offbeat.app.pages.rhythms import episode_table, longest_rhythm, rhythm_headline, rhythm_statement, rhythm_table
from offbeat.ecg.classify import ClassifiedRecord
from offbeat.ecg.features.shape import BEAT_BEFORE, BEAT_RATE
from offbeat.ecg.leads import lead_note
from offbeat.ecg.plausibility import cautions
from offbeat.ecg.rhythm import RhythmSummary, hourly
from offbeat.ecg.sequences import Run
from offbeat.records import Record
from offbeat.records.aami import SHORT_NAMES
from offbeat.report import EcgStrip, Fact, Picture, Section, beat_shapes, ecg_strips, rr_tachogram
from offbeat.tables import Table, json_ready
from offbeat.words import NOTICE, clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["RecordResults"]

_AROUND = 3.2  # seconds of signal on both sides of a beat in the gallery
_GALLERY = 12
_MOST_ROWS = 30  # of a table of runs, pauses or unreadable stretches
_FEW_ROWS = 8  # of the same in a terminal


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
    """

    record: Record
    classified: ClassifiedRecord
    waves: pd.DataFrame | None = None
    variability: pd.Series[float] | None = None

    @property
    def domain(self) -> str:
        """An ECG, in any file."""
        return "ecg"

    @property
    def notice(self) -> str:
        """The notice, and that no expert has checked the classes."""
        return f"{super().notice} Beats were found and named by a program; no expert has checked them."

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
            *_filled(rhythm_table(self.rhythm), episode_table(self.rhythm, _FEW_ROWS)),
            self._runs(_FEW_ROWS),
            *self._measured(),
        ]

    def _measured(self) -> list[Table]:
        waves = [] if self.waves is None else [interval_table(self.waves)]
        return waves + ([] if self.variability is None else [variability_table(self.variability)])

    def to_dict(self) -> dict[str, object]:
        """Return the summary and the hours for JSON, and intervals and variability where they were asked for."""
        found = {
            "record": self.record.name,
            "notice": NOTICE,
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
        caution = self.caution()
        warned = [f"{caution[0].upper()}{caution[1:]}."] if caution else []
        if not rhythm.beats:
            return warned
        # Only some models know what is unclassifiable.
        others = ("V", "S", "F", "Q") if rhythm.counts.get("Q", 0) else ("V", "S", "F")
        ectopic = ", ".join(f"{rhythm.counts.get(name, 0):,} {SHORT_NAMES[name]}" for name in others)
        doubtful = int(table["doubtful"].sum())
        sentences = [
            f"{rhythm.beats:,} beats in {_duration(rhythm.readable_s)} of readable signal: {ectopic}; the others normal"
            + (f", or without a class ({rhythm.counts.get('', 0):,})." if rhythm.counts.get("", 0) else "."),
            f"{doubtful:,} beats are doubtful: the signal around them is poor, or they seem ventricular and no other "
            "beat is like them.",
        ]
        return [rhythm_statement(self.rhythm), *warned, *(sentences if doubtful else sentences[:1])]

    def _facts(self) -> list[Fact]:
        rhythm = self.rhythm
        longest = rhythm.longest_run("V")
        return [
            Fact(
                "rhythm",
                longest_rhythm(rhythm) or "–",
                f"fibrillation or flutter {_percent(rhythm.af_burden)} of the time",
            ),
            Fact("beats", f"{rhythm.beats:,}", f"found in {self.record.channels[0]}"),
            Fact(
                "heart rate",
                f"{_number(rhythm.mean_rate)}/min",
                f"{_number(rhythm.min_rate)} to {_number(rhythm.max_rate)}",
            ),
            Fact("ventricular", _percent(rhythm.v_burden), f"{rhythm.counts.get('V', 0):,} beats"),
            Fact("supraventricular", _percent(rhythm.s_burden), f"{rhythm.counts.get('S', 0):,} beats"),
            Fact(
                "ventricular runs",
                f"{sum(run.pattern == 'V' for run in rhythm.runs):,}",
                f"longest {longest.beats} beats" if longest else "three or more in a row",
            ),
            Fact("pauses", f"{len(rhythm.pauses):,}", f"above {rhythm.pause_s:g} s"),
            Fact("unreadable", _percent(rhythm.unreadable_s / rhythm.duration_s if rhythm.duration_s else math.nan)),
        ]

    def _heading(self) -> str:
        return f"Heartbeats of {self.record.name}"

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        return [
            Section("At a glance", tables=[self._glance()]),
            Section(
                "Rhythm",
                tables=_filled(rhythm_table(self.rhythm), episode_table(self.rhythm, _MOST_ROWS)),
                figures=pick("tachogram"),
            ),
            Section(
                "Runs and pauses",
                tables=[table for table in (self._runs(), self._patterns(), self._pauses()) if table.rows],
            ),
            *([Section("Intervals and heart rate variability", tables=self._measured())] if self._measured() else []),
            Section("Beats by class", figures=pick("beat-shapes")),
            Section(
                "Beats to look at",
                "The surest ectopic beats of each class, and with them those the model is least sure of."
                * bool(self._chosen),
                figures=pick("gallery"),
            ),
            Section("Hour by hour", tables=[self._hours()]),
            Section("What could not be read", tables=_filled(self._unreadable())),
        ]

    def _glance(self) -> Table:
        rhythm = self.rhythm
        rows = [
            ["rhythm", rhythm_headline(rhythm) or "–"],
            ["length", _duration(rhythm.duration_s)],
            ["unreadable", _duration(rhythm.unreadable_s)],
            ["beats", f"{rhythm.beats:,}"],
            *([f"{name} {word}", f"{rhythm.counts.get(name, 0):,}"] for name, word in SHORT_NAMES.items()),
            ["without a class", f"{rhythm.counts.get('', 0):,}"],
            ["heart rate, mean", f"{_number(rhythm.mean_rate)} / min"],
            [
                "heart rate, lowest and highest of 8 beats",
                f"{_number(rhythm.min_rate)} and {_number(rhythm.max_rate)} / min",
            ],
            ["SDNN, RMSSD", f"{_number(rhythm.sdnn_ms)} ms, {_number(rhythm.rmssd_ms)} ms"],
            ["couplets, V and S", f"{rhythm.couplets.get('V', 0):,} and {rhythm.couplets.get('S', 0):,}"],
            ["runs of 3 or more, V and S", " and ".join(f"{sum(r.pattern == c for r in rhythm.runs):,}" for c in "VS")],
            [f"pauses above {rhythm.pause_s:g} s", f"{len(rhythm.pauses):,}" + self._longest_pause()],
        ]
        leads = "lead" + "s" * (len(self.record.channels) > 1)
        title = f"{self.record.name}, {leads} {' and '.join(self.record.channels)}"
        return Table(title, ["", "found"], rows)

    def _longest_pause(self) -> str:
        return f", longest {_number(self.rhythm.longest_pause_s, 1)} s" if self.rhythm.pauses else ""

    def _runs(self, most: int = _MOST_ROWS) -> Table:
        return _run_table("Runs of three or more, longest first", self.rhythm.runs, most)

    def _patterns(self) -> Table:
        return _run_table("Bigeminy and trigeminy, longest first", self.rhythm.patterns, _MOST_ROWS)

    def _pauses(self) -> Table:
        longest = sorted(self.rhythm.pauses, key=lambda pause: -pause.length_s)[:_MOST_ROWS]
        rows = [[clock(pause.start_s), pause.length_s] for pause in longest]
        return Table("Pauses, longest first", ["from", "seconds"], rows, formats=["", ".2f"])

    def _unreadable(self) -> Table:
        spans = sorted(self.classified.unreadable, key=lambda span: span[0] - span[1])[:_MOST_ROWS]
        rows = [[clock(start), stop - start, reason] for start, stop, reason in spans]
        note = "No beats were looked for there, and nothing is counted across it."
        return Table("Unreadable, longest first", ["from", "seconds", "why"], rows, formats=["", ".1f", ""], note=note)

    def _hours(self) -> Table:
        return hourly(self.classified.table, self.classified.duration, self.classified.unreadable)

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        if self.classified.table.empty:
            return {}
        lead = self.classified.beats.leads[0]
        drawings = {
            "tachogram": Drawing(
                self._tachogram,
                "Each dot is the time from a beat to the one before it; ectopic beats are early and stand below.",
                "RR intervals over time, coloured by the class of the beat.",
            ),
            "beat-shapes": Drawing(
                self._shapes,
                f"The mean beat of each class in {lead}, with plus and minus two standard deviations.",
                "Mean beat of each class with a band of two standard deviations.",
            ),
        }
        if self._chosen:
            drawings["gallery"] = Drawing(
                lambda: ecg_strips([self._strip(row) for row in self._chosen]),
                "25 mm/s, 10 mm/mV: a small box is 0.04 s by 0.1 mV. The mark on the left is 1 mV for 0.2 s.",
                "ECG strips with the most suspicious beats in the middle.",
                true_scale=True,
            )
        return drawings

    def _tachogram(self) -> Figure:
        table = self.classified.table
        return rr_tachogram(
            table["time_s"].to_numpy(),
            table["rr_pre_s"].to_numpy(),
            table["class"].to_numpy(),
            [span[:2] for span in self.classified.unreadable],
            duration_s=self.classified.duration,
        )

    def _shapes(self) -> Figure:
        classes, windows = self.classified.table["class"].to_numpy(), self.classified.beats.windows[:, 0]
        return beat_shapes(windows, classes, BEAT_RATE, round(BEAT_BEFORE * BEAT_RATE))

    @cached_property
    def _chosen(self) -> list[int]:
        return suspicious(self.classified.table, _GALLERY)

    def _strip(self, row: int) -> EcgStrip:
        table, rate = self.classified.table, self.record.sampling_rate
        middle = int(table["sample"].iloc[row])
        start = max(0, middle - int(_AROUND * rate))
        values = self.record.read(start, middle + int(_AROUND * rate))[:, 0]
        near = table[(table["time_s"] - middle / rate).abs() < _AROUND]
        return EcgStrip(
            values,
            rate,
            start / rate,
            middle / rate,
            near["time_s"].to_numpy(),
            near["class"].to_numpy(str),
            confidence=float(table["confidence"].iloc[row]),
            lead=self.record.channels[0],
            note="doubtful" * bool(table["doubtful"].iloc[row]),
        )


def _filled(*tables: Table) -> list[Table]:
    return [table for table in tables if table.rows]


def _run_table(title: str, runs: Sequence[Run], most: int) -> Table:
    longest = sorted(runs, key=lambda run: -run.beats)[:most]
    rows = [[clock(run.start_s), run.pattern, run.beats, run.rate] for run in longest]
    note = f"{most} of {len(runs):,}." if len(runs) > most else ""
    return Table(title, ["from", "what", "beats", "rate / min"], rows, formats=["", "", "", ".0f"], note=note)


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{clock(seconds)} (h:mm:ss)"


def _number(value: float, digits: int = 0) -> str:
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1%}"

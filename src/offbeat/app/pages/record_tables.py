"""What a record is in tables: at a glance, its runs, patterns, pauses and unreadable time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from offbeat.app.pages.rhythms import rhythm_headline
from offbeat.ecg.rhythm import RhythmSummary
from offbeat.ecg.sequences import Run
from offbeat.records import Record
from offbeat.records.aami import SHORT_NAMES
from offbeat.tables import Table
from offbeat.words import clock, percent

__all__ = [
    "S_CAUTION",
    "Times",
    "duration",
    "fibrillation",
    "filled",
    "fusion_told",
    "glance",
    "number",
    "pause_table",
    "run_table",
    "share",
    "unreadable_table",
]


MANY_ECTOPIC = ": says little at so many ectopic beats"
_MANY = 0.05  # of all beats that are ectopic, above which the variability says little


@dataclass(frozen=True)
class Times:
    """How tables tell points of time (s), and which figure of the page shows them; empty where none does."""

    tell: Callable[[float], str] = clock
    shown: Callable[[float], str] = lambda _: ""


_FUSION_UNTOLD = "not told apart: counted as N or V"
"""What stands in place of a count of fusion beats where the model has named the beats: it never claims any."""
_FUSION_MARKED = "only those that a person marked: the program counts all others as N or V"
S_CAUTION = "hard to tell from normal beats: half of them or more may be wrong"
"""What a count of supraventricular beats by the model needs beside it; the card of the model has the figures."""


def glance(record: Record, rhythm: RhythmSummary, *, by_model: bool = True) -> Table:
    """Return the record in a few lines; ``by_model`` says whether the model has named the beats."""
    longest = f", longest {number(rhythm.longest_pause_s, 1)} s" if rhythm.pauses else ""
    rows = [
        ["rhythm", rhythm_headline(rhythm) or "–"],
        ["length", duration(rhythm.duration_s)],
        ["unreadable", duration(rhythm.unreadable_s)],
        ["readable, but doubtful", duration(rhythm.doubtful_s)],
        ["beats", f"{rhythm.beats:,}"],
        *([f"{name} {word}", _count(rhythm, name, by_model=by_model)] for name, word in SHORT_NAMES.items()),
        ["without a class", f"{rhythm.counts.get('', 0):,}"],
        ["heart rate, mean", f"{number(rhythm.mean_rate)} / min"],
        ["heart rate, lowest and highest of 8 beats", f"{number(rhythm.min_rate)} and {number(rhythm.max_rate)} / min"],
        ["atrial fibrillation or flutter", fibrillation(rhythm)],
        ["SDNN, RMSSD of normal intervals, whole record", _variability(rhythm)],
        ["couplets, V and S", f"{rhythm.couplets.get('V', 0):,} and {rhythm.couplets.get('S', 0):,}"],
        ["runs of 3 or more, V and S", " and ".join(f"{sum(r.pattern == c for r in rhythm.runs):,}" for c in "VS")],
        [f"pauses above {rhythm.pause_s:g} s", f"{len(rhythm.pauses):,}{longest}"],
    ]
    leads = "lead" + "s" * (len(record.channels) > 1)
    return Table(f"{record.name}, {leads} {', '.join(record.channels)}", ["", "found"], rows)


def fibrillation(rhythm: RhythmSummary) -> str:
    """Return how much of the time there is fibrillation and how long it lasts at most; that none was found, else."""
    lengths = [episode.stop_s - episode.start_s for episode in rhythm.episodes if episode.rhythm == "AFIB"]
    if not lengths:
        return "none found"
    return f"{percent(rhythm.af_burden, 1)} of the time, longest {duration(max(lengths))}"


def _count(rhythm: RhythmSummary, name: str, *, by_model: bool) -> str:
    count = rhythm.counts.get(name, 0)
    if name == "F" and by_model:
        return f"{count:,}, " * bool(count) + fusion_told(rhythm)
    return f"{count:,}" + f" ({S_CAUTION})" * (name == "S" and by_model and count > 0)


def fusion_told(rhythm: RhythmSummary) -> str:
    """Return what is said of fusion beats where the model has named the beats, or those that nobody reviewed."""
    return _FUSION_MARKED if rhythm.counts.get("F", 0) else _FUSION_UNTOLD


def _variability(rhythm: RhythmSummary) -> str:
    found = f"{number(rhythm.sdnn_ms)} ms, {number(rhythm.rmssd_ms)} ms"
    ectopic = rhythm.counts.get("V", 0) + rhythm.counts.get("S", 0)
    return found + MANY_ECTOPIC * (ectopic > _MANY * max(rhythm.beats, 1))


def run_table(title: str, runs: Sequence[Run], most: int, times: Times = Times()) -> Table:
    """Return the longest runs or patterns."""
    longest = sorted(runs, key=lambda run: -run.beats)[:most]
    rows = [[times.tell(run.start_s), run.pattern, run.beats, run.rate] for run in longest]
    note = f"{most} of {len(runs):,}." if len(runs) > most else ""
    links = [times.shown(run.start_s) for run in longest]
    return Table(title, ["from", "what", "beats", "rate / min"], rows, ["", "", "", ".0f"], note, links)


def pause_table(rhythm: RhythmSummary, most: int, times: Times = Times()) -> Table:
    """Return the longest pauses."""
    longest = sorted(rhythm.pauses, key=lambda pause: -pause.length_s)[:most]
    rows = [
        [times.tell(pause.start_s), pause.length_s, "doubtful: a beat may be missed" if pause.doubtful else "good"]
        for pause in longest
    ]
    links = [times.shown(pause.start_s) for pause in longest]
    return Table("Pauses, longest first", ["from", "seconds", "signal"], rows, ["", ".2f", ""], links=links)


def unreadable_table(unreadable: Iterable[tuple[float, float, str]], most: int, times: Times = Times()) -> Table:
    """Return the longest stretches that could not be read."""
    spans = sorted(unreadable, key=lambda span: span[0] - span[1])[:most]
    rows = [[times.tell(start), stop - start, reason] for start, stop, reason in spans]
    note = "No beats were looked for there, and nothing is counted across it."
    links = [times.shown(start) for start, _, _ in spans]
    return Table("Unreadable, longest first", ["from", "seconds", "why"], rows, ["", ".1f", ""], note, links)


def columns_of(table: Table, names: Sequence[str], title: str, note: str | None = None) -> Table:
    """Return some columns of a table, under a title of their own, and another note where one is given."""
    places = [table.columns.index(name) for name in names]
    rows = [[row[place] for place in places] for row in table.rows]
    note = table.note if note is None else note
    return Table(title, list(names), rows, [table.formats[place] for place in places], note, table.links)


def filled(*tables: Table) -> list[Table]:
    """Return the tables that have rows."""
    return [table for table in tables if table.rows]


def duration(seconds: float) -> str:
    """Return a time in seconds where it is short, else in hours."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{clock(seconds)} (h:mm:ss)"


def number(value: float, digits: int = 0) -> str:
    """Return a number; a dash where it is unknown."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def share(part: float) -> str:
    """Return a share in per cent; a dash where it is unknown."""
    return "–" if math.isnan(part) else f"{part:.1%}"

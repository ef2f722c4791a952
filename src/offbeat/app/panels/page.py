"""The results of many series: sentences, tables, and a page with a small picture of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

import pandas as pd

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.app.panels.aims import raised_beside_aim
from offbeat.app.panels.listed import gravest, shown_events
from offbeat.app.panels.rows import shown_tables, worst_first
from offbeat.app.panels.runs import Found
from offbeat.detectors.store import named_by
from offbeat.report import Fact, Picture, Section
from offbeat.report.figures.small_multiples import small_figure
from offbeat.words import percent, plural

__all__ = ["PanelResults"]

_PICTURES, _ROWS, _GRAVEST = 48, 200, 3


@dataclass(frozen=True, eq=False)
class PanelResults(ResultPage):
    """What was found in many series.

    Parameters
    ----------
    title : str
        What the page is called.
    found : Found
        A row for each key, and small pictures.
    pages : bool
        Whether each key has a page beside this one.
    """

    title: str
    found: Found
    pages: bool = False

    @property
    def domain(self) -> str:
        """What the series are about."""
        return self.found.domain

    def summary(self) -> list[str]:
        """Return the main results in sentences."""
        table = self.found.table
        done = table[table["error"] == ""]
        failed = f", {self.found.failed:,} of them failed" * bool(self.found.failed)
        sentences = [f"{plural(len(table), 'series', 'series')}{self._range(done)}{failed}."]
        if not len(done):
            return sentences
        sentences += gravest(self.found.events, _GRAVEST)
        sentences += raised_beside_aim(self.found.events, self.found.aims)
        counts = done["worst"].value_counts()
        sentences.append(
            f"{counts.get('alarm', 0):,} series have events in the tier alarm, {counts.get('watch', 0):,} only in the "
            f"tier watch, {counts.get('normal', 0):,} none; {int(done['events'].sum()):,} events in all."
        )
        sentences += [f"Note: {note}." for note in self.found.notes]
        if cautions := int((done["cautions"] != "").sum()):
            sentences.append(f"{plural(cautions, 'key')} with cautions: read these before the events.")
        if "hit" in done and done["windows"].fillna(0).sum():
            windows, hit = int(done["windows"].fillna(0).sum()), int(done["hit"].fillna(0).sum())
            sentences.append(
                f"{hit:,} of {plural(windows, 'labelled window')} met by events ({percent(hit, windows)})."
            )
            sentences.append(
                "No baselines stand beside these figures: evaluate one series by itself, with its model, to see them."
            )
        return sentences

    def _story(self) -> str:
        events, n_keys = self.found.events, len(self.found.table)
        if not len(events):
            return f"Nothing was flagged in {plural(n_keys, 'series', 'series')}."
        where = f"{events['key'].nunique():,} of {plural(n_keys, 'series', 'series')}"
        first = f"Look at {events['key'].iloc[0]} first: pictures and list begin with it."
        return f"{plural(len(events), 'event')} in {where}. {first}"

    @staticmethod
    def _range(done: pd.DataFrame) -> str:
        """Return the time from the first to the last time step of all series; nothing where it is not known."""
        if "begins" not in done or not (ends := done.loc[done["ends"] != "", ["begins", "ends"]]).size:
            return ""
        return f" from {ends['begins'].min()} to {ends['ends'].max()}"

    def figures(self) -> Drawings:
        """Return the small pictures, the gravest first."""
        return {
            f"series-{number}": Drawing(partial(small_figure, picture), f"{key}: {picture['channel']}", small=True)
            for number, (key, picture) in enumerate(self._pictures().items())
        }

    def _pictures(self) -> dict[str, dict[str, Any]]:
        """Return by key what the small pictures show, the gravest first, as many as a page has."""
        order = worst_first(self.found.table)["key"]
        shown = [key for key in order if key in self.found.pictures]
        return {key: self.found.pictures[key] for key in shown[:_PICTURES]}

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        tables = [*self.found.whole_tables("Keys"), shown_events(self.found.events, len(self.found.events))]
        return {
            "title": self.title,
            "notice": self.notice,
            "summary": self.summary(),
            "tables": [table.to_dict() for table in tables],
        }

    def _heading(self) -> str:
        return self.title

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        keys, failed, cautions = shown_tables(self.found.table, "Keys, gravest first", _ROWS)
        events = shown_events(self.found.events, _ROWS)
        names = {key: f"series-{number}" for number, key in enumerate(self._pictures())}
        keys, events = (
            replace(each, links=[_page_of(row[0]) if self.pages else names.get(row[0], "") for row in each.rows])
            for each in (keys, events)
        )
        left_out = len(self.found.pictures) - len(names)
        text = "The gravest first: the channel that caused most of the events. Alarms are marked along the top, watches"
        text += " along the foot; the deeper their shade, the further they are above the threshold (up to 100 times)."
        if any(self.found.pictures[key].get("away") for key in names):
            text += " Hatched: after an event its level has not returned to the usual one."
        text += f" {left_out:,} more series are not shown." if left_out else ""
        return [
            Section("The series", text * bool(names), figures=pick(*names.values())),
            Section("Events", tables=[table for table in (cautions, events) if table.rows]),
            Section("Keys", tables=[table for table in (keys, failed) if table.rows]),
        ]

    def _facts(self) -> list[Fact]:
        table = self.found.table
        done = table[table["error"] == ""]
        worst = done["worst"].value_counts().to_dict() if len(done) else {}
        return [
            Fact("series", f"{len(table):,}", f"{self.found.failed:,} failed"),
            Fact("with alarms", f"{worst.get('alarm', 0):,}", "keys with an event in the tier alarm"),
            Fact("events", f"{int(done['events'].sum()) if len(done) else 0:,}", *self._aimed()),
        ]

    def _aimed(self) -> list[str]:
        """Return how many events were aimed at, where that is known of all series."""
        aims = self.found.aims
        return [f"{sum(aim['aimed'] for aim in aims):.3g} aimed at"] if aims and all(aims) else []


def _page_of(key: str) -> str:
    return quote(f"{named_by(key)}.html")

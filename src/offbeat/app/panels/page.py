"""The results of many series: sentences, tables, and a page with a small picture of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.app.panels.aims import raised_beside_aim
from offbeat.app.panels.listed import shown_events
from offbeat.app.panels.rows import shown_tables, worst_first
from offbeat.app.panels.runs import Found
from offbeat.detectors.store import named_by
from offbeat.report import Fact, Picture, Section
from offbeat.report.figures.small_multiples import small_figure
from offbeat.words import percent, plural

__all__ = ["PanelResults"]

_PICTURES, _ROWS = 48, 200


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
        sentences = [f"{plural(len(table), 'series', 'series')}, {self.found.failed:,} of them failed."]
        if not len(done):
            return sentences
        sentences += [f"Note: {note}." for note in self.found.notes]
        counts = done["worst"].value_counts()
        sentences.append(
            f"{counts.get('alarm', 0):,} have events in the tier alarm, {counts.get('watch', 0):,} in watch at most, "
            f"{counts.get('normal', 0):,} none; {int(done['events'].sum()):,} events in all."
        )
        sentences += raised_beside_aim(self.found.events, self.found.aims)
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
        key, begins, _, _, ratio, _ = shown_events(events, 1).rows[0]
        height = f", at {ratio:.3g} times its threshold" * bool(ratio > 0)
        return (
            f"{plural(len(events), 'event')} in {events['key'].nunique():,} of {plural(n_keys, 'series', 'series')}; "
            f"the gravest is in {key}, from {begins} on{height}. Look at it first: pictures and list begin with it."
        )

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
        text = "The gravest first: the channel that caused most of the events. "
        text += "Alarms are marked along the top, watches along the foot."
        if any(self.found.pictures[key].get("away") for key in names):
            text += " Hatched: after an event its level has not returned to the usual one."
        text += f" {left_out:,} more series are not shown." if left_out else ""
        return [
            Section("The series", text * bool(names), figures=pick(*names.values())),
            Section("Events", tables=[table for table in (events,) if table.rows]),
            Section("Keys", tables=[table for table in (keys, cautions, failed) if table.rows]),
        ]

    def _facts(self) -> list[Fact]:
        table = self.found.table
        done = table[table["error"] == ""]
        worst = done["worst"].value_counts().to_dict() if len(done) else {}
        return [
            Fact("series", f"{len(table):,}", f"{self.found.failed:,} failed"),
            Fact("with alarms", f"{worst.get('alarm', 0):,}", "keys with an event in the tier alarm"),
            Fact("events", f"{int(done['events'].sum()) if len(done) else 0:,}"),
        ]


def _page_of(key: str) -> str:
    return quote(f"{named_by(key)}.html")

"""What came out of a run over suites: tables, figures, one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.bench.suites.ranks import Ranks, rank_methods
from offbeat.bench.suites.suite import Suite
from offbeat.report import Fact, Picture, Section, critical_difference, values_by_series
from offbeat.tables import PrintedAsTables, Table
from offbeat.words import notice_for, plural

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BenchOutcome", "SuiteOutcome"]

_FEWEST_TO_RANK = 3
_UNTOUCHED = ("scores", "windows")
"""Columns of arrays."""


@dataclass(frozen=True, eq=False)
class SuiteOutcome:
    """The rows of one suite.

    Parameters
    ----------
    suite : Suite
        The benchmark.
    frame : DataFrame
        A row for each detector on each case; not empty.
    """

    suite: Suite
    frame: pd.DataFrame

    @cached_property
    def by_case(self) -> pd.DataFrame:
        """The suite's main measure, cases as index and detectors as columns."""
        parts = {name: pd.Series(self.suite.by_case(rows), rows["case"].to_list()) for name, rows in self.by_detector()}
        return pd.DataFrame(parts).sort_index()

    def published(self) -> pd.DataFrame:
        """Return published values of the cases that were run; without columns where there are none."""
        cases = self.by_case.index
        if self.suite.published is None:
            return pd.DataFrame(index=cases)
        return self.suite.published().reindex(cases).dropna(how="all", axis=1)

    def ranks(self) -> Ranks | None:
        """Return mean ranks, published methods among them; None for too few series or methods."""
        values = self._with_published().dropna(axis=1, how="all")
        if len(values.dropna()) < _FEWEST_TO_RANK or values.shape[1] < 2:
            return None
        return rank_methods(values)

    def tables(self) -> list[Table]:
        """Return the table of detectors, the suite's own ones, ranks, and that of the series."""
        own = [] if self.suite.tables is None else self.suite.tables(self.frame)
        ranked = self.ranks()
        return [self._detectors(), *own, *([] if ranked is None else [self._rank_table(ranked)]), self._cases()]

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        drawings: Drawings = {}
        ranked, name = self.ranks(), self.suite.name
        if ranked is not None:
            drawings[f"{name}-ranks"] = Drawing(
                partial(self._rank_figure, ranked),
                "Mean rank over all series. Two methods differ by more than chance (Nemenyi test, 5 %) where their "
                "bars do not overlap. Hollow: baselines, random scores, published methods.",
            )
        drawings[f"{name}-series"] = Drawing(self.figure, f"{self.suite.main}, series by series.")
        return drawings

    def figure(self) -> Figure:
        """Draw the main measure, series by series."""
        values, published = self.by_case, self.published()
        best = published.max(axis=1).to_list() if published.shape[1] else ()
        columns = {str(name): values[name].to_list() for name in values}
        return values_by_series(values.index.to_list(), columns, metric=self.suite.main, published=best)

    def by_detector(self) -> list[tuple[str, pd.DataFrame]]:
        """Return the rows of each detector, in the order in which they were asked for."""
        return [(str(name), rows) for name, rows in self.frame.groupby("detector", sort=False)]

    def _detectors(self) -> Table:
        columns, published = self.suite.columns, self.published()
        beside = ["rank among published"] * bool(published.shape[1])
        rows = []
        for name, own in self.by_detector():
            ordered = own.sort_values("case")
            halves = [columns[0].of(half) if len(half) else np.nan for half in (ordered[::2], ordered[1::2])]
            figures = [column.of(ordered) for column in columns]
            place = [_place(float(figures[0]), published)] * len(beside)
            cost = [own["fit_seconds"].mean(), own["score_seconds"].mean(), own["peak_mib"].max()]
            failed = int((own["error"] != "").sum())
            rounded = [round(float(each), 3) for each in cost]
            rows.append([name, *figures, *halves, *place, int(own["look_ahead"].max()), failed, *rounded])
        heads = [*(column.title for column in columns), "even series", "odd series", *beside]
        formats = [*(column.format for column in columns), *[columns[0].format] * 2, *[""] * len(beside)]
        n, total = self.frame["case"].nunique(), self.suite.n_series
        found = f"{n} of {total} series" if total > 1 else plural(n, "series", "series")
        return Table(
            f"{self.suite.title} ({found})",
            ["detector", *heads, "looks ahead", "failed", "fit (s)", "score (s)", "peak (MiB)"],
            rows,
            ["", *formats, "", "", ".2f", ".2f", ".0f"],
            f"{self.suite.rule} {_COMMON}",
        )

    def _rank_table(self, ranked: Ranks) -> Table:
        values, published = self._with_published(), self.published()
        baselines = set(self.frame.loc[self.frame["baseline"], "detector"])
        origin = dict.fromkeys(published, "published") | dict.fromkeys(baselines, "baseline")
        rows = [
            [name, origin.get(name, ""), float(values[name].mean()), rank] for name, rank in ranked.mean_ranks.items()
        ]
        apart = f"Mean ranks more than {ranked.critical_difference:.2f} apart differ by more than chance (Nemenyi, 5 %)"
        same = "" if np.isnan(ranked.p_value) else f"; that all rank alike has p = {ranked.p_value:.1g} (Friedman)"
        return Table(
            f"Ranks over {ranked.n_cases} series",
            ["method", "", f"mean {self.suite.main}", "mean rank"],
            rows,
            ["", "", self.suite.columns[0].format, ".2f"],
            f"{apart}{same}.",
        )

    def _rank_figure(self, ranked: Ranks) -> Figure:
        hollow = [*self.published().columns, *self.frame.loc[self.frame["baseline"], "detector"].unique()]
        ranks = {str(name): float(rank) for name, rank in ranked.mean_ranks.items()}
        return critical_difference(ranks, ranked.critical_difference, n_series=ranked.n_cases, shown_hollow=hollow)

    def _cases(self) -> Table:
        values, published = self.by_case, self.published()
        errors = self.frame[self.frame["error"] != ""].groupby("case")["error"].first()
        best = published.max(axis=1) if published.shape[1] else None
        heads = [*map(str, values), *(["best published"] if best is not None else [])]
        rows = [
            [case, *map(float, values.loc[case]), *([] if best is None else [float(best[case])]), errors.get(case, "")]
            for case in values.index
        ]
        form = self.suite.columns[0].format
        return Table(
            f"{self.suite.name}: {self.suite.main} of each series",
            ["series", *heads, "first error"],
            rows,
            ["", *[form] * len(heads), ""],
        )

    def _with_published(self) -> pd.DataFrame:
        return self.by_case.join(self.published(), rsuffix=" (published)")


_COMMON = (
    "Each detector has one configuration for all series; a window that is not set is chosen on the part to learn from. "
    "Looks ahead: later time steps that a score waits for, at most. Even and odd series: the first figure over every "
    "second series by name, the first one on. A series on which a detector fails counts as one in which it finds "
    "nothing. Seconds are means, in one thread; the peak is of memory taken beyond what the process held."
)


def _place(mean: float, published: pd.DataFrame) -> str:
    means = published.mean()
    return f"{1 + int((means > mean).sum())} of {len(means) + 1}"


@dataclass(frozen=True, eq=False, repr=False)
class BenchOutcome(PrintedAsTables, ResultPage):
    """The rows of all suites that were run.

    Parameters
    ----------
    parts : sequence of SuiteOutcome
        One a suite.
    """

    parts: Sequence[SuiteOutcome]

    @property
    def domain(self) -> str:
        """What the data are about, where all of them are about one thing."""
        found = self.domains
        return found[0] if len(found) == 1 else ""

    @property
    def notice(self) -> str:
        """The notice that any of the data needs."""
        return notice_for(*self.domains)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each detector on each case: its keys, measures, seconds, memory and error."""
        whole = pd.concat([part.frame for part in self.parts], ignore_index=True)
        return whole.drop(columns=[column for column in _UNTOUCHED if column in whole])

    def tables(self) -> list[Table]:
        """Return all tables."""
        return [table for part in self.parts for table in part.tables()]

    def _summary(self) -> list[Table]:
        return self.tables()

    def table(self) -> Table:
        """Return the table of detectors of the first suite."""
        return self.parts[0].tables()[0]

    def figure(self) -> Figure:
        """Draw the main measure of the first suite, series by series."""
        return self.parts[0].figure()

    def plot(self) -> Figure:
        """Draw the mean ranks of the first suite, and which differ by more than chance; too few series one by one."""
        return next(iter(self.parts[0].figures().values())).draw()

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        return {name: drawing for part in self.parts for name, drawing in part.figures().items()}

    def summary(self) -> list[str]:
        """Return, for each suite, which detector is best and how much that says."""
        return [_best_of(part) for part in self.parts]

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON, with the version of offbeat, and the dates of the first row and the last."""
        origin = self.to_frame().reindex(columns=["version", "date"])
        said = {str(name): _span(values) for name, values in origin.items()}
        return {"notice": self.notice, **said, "tables": [table.to_dict() for table in self.tables()]}

    def _heading(self) -> str:
        return "Benchmarks"

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        return [Section(part.suite.title, tables=part.tables(), figures=pick(*part.figures())) for part in self.parts]

    def _facts(self) -> list[Fact]:
        return [Fact(part.suite.name, f"{part.frame['case'].nunique()}", "series") for part in self.parts]

    @property
    def domains(self) -> list[str]:
        """What the data are about, sorted."""
        found = {domain for part in self.parts for domain in part.frame["domain"] if domain}
        return sorted(found)


def _span(values: pd.Series[Any]) -> str:
    """Return the least and the greatest of some texts, or the one there is; nothing where none is known."""
    known = values.dropna()
    return " to ".join(dict.fromkeys([known.min(), known.max()])) if len(known) else ""


def _best_of(part: SuiteOutcome) -> str:
    main = part.suite.columns[0]
    figures = {name: float(main.of(rows)) for name, rows in part.by_detector()}
    known = {name: value for name, value in figures.items() if np.isfinite(value)}
    if not known:
        return f"{part.suite.name}: no detector has a figure."
    best = max(known, key=lambda name: known[name])
    beside = f", random scores {known['random']:{main.format}}" if "random" in known and best != "random" else ""
    return (
        f"{part.suite.name}: {main.title} {known[best]:{main.format}} for {best}{beside}{_beyond_chance(part, best)}."
    )


def _beyond_chance(part: SuiteOutcome, best: str) -> str:
    """Return from how many of the other methods the best one differs in rank by more than chance."""
    ranked = part.ranks()
    if ranked is None or best not in ranked.mean_ranks or np.isnan(ranked.critical_difference):
        n = plural(part.frame["case"].nunique(), "series", "series")
        return f"; {n} cannot tell a difference from chance"
    apart = (ranked.mean_ranks.drop(best) - ranked.mean_ranks[best]).abs() > ranked.critical_difference
    if not apart.any():
        return "; no other differs from it in rank by more than chance (Nemenyi test, 5 %)"
    return f"; {int(apart.sum())} of {len(apart)} others differ from it in rank by more than chance (Nemenyi test, 5 %)"

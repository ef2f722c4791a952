"""Results of detectors on short series: tables, figures, page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from offbeat.app.pages.base import Drawing, Drawings, ResultPage
from offbeat.app.result_tables import history_of, rate_table, threshold_fact, timing_table
from offbeat.app.series_runs import SeriesRun
from offbeat.detectors.reconstruction import ReconstructionDetector
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.metrics import Interval, accuracy_table, class_table, comparison_table, sensitivity_table
from offbeat.report import (
    Fact,
    Picture,
    Section,
    class_counts,
    class_means,
    comparison,
    first_and_worst,
    loss_curves,
    reconstructions,
    score_histograms,
    scores_by_class,
)
from offbeat.series.recording import Collection
from offbeat.tables import Table, json_ready

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SeriesResults"]


@dataclass(frozen=True)
class SeriesResults(ResultPage):
    """The runs of one trial, first the one that matters most, and the data they were evaluated on.

    Parameters
    ----------
    title : str
        Heading of the page.
    data : Collection
        All of the data, for the pictures of its classes.
    test : Collection
        What the runs were evaluated on, in the order of their scores.
    normal : str
        The label of the normal class.
    runs : sequence of SeriesRun
        The first is shown in full.
    extra : sequence of Table
        Further tables to show first.
    """

    title: str
    data: Collection
    test: Collection
    normal: str
    runs: Sequence[SeriesRun]
    extra: Sequence[Table] = ()

    @property
    def domain(self) -> str:
        """What the series are about, or else those that the model has learned from."""
        return self.data.domain or self.main.detector.domain_

    @property
    def main(self) -> SeriesRun:
        """The run shown in full."""
        return self.runs[0]

    def tables(self) -> list[Table]:
        """Return all tables, for a terminal, a page and JSON alike."""
        evaluations = [run.evaluation for run in self.runs]
        timed = [timing_table(self.runs)] if not all(math.isnan(run.seconds) for run in self.runs) else []
        return [
            *self.extra,
            comparison_table(evaluations),
            sensitivity_table(evaluations),
            accuracy_table(evaluations),
            class_table(evaluations),
            rate_table(self.main.detector, self._normal_scores()),
            *timed,
        ]

    def figures(self) -> Drawings:
        """Return the figures by file name."""
        detector, threshold, tiers = (
            self.main.detector,
            self.main.detector.threshold_.value_,
            self.main.detector.tiers_.values_,
        )
        labels, names = np.asarray(self.test.labels), self.test.class_names
        drawings: Drawings = {
            "class-counts": Drawing(lambda: class_counts(self.data), "How many series each class has."),
            "class-means": Drawing(
                lambda: class_means(self.data),
                "The mean series of each class, its rolling mean over 10 time steps, and a band of two rolling "
                "standard deviations to either side.",
            ),
        }
        history = history_of(detector)
        if history:
            drawings["loss-curves"] = Drawing(
                lambda: loss_curves(history),
                "Loss of the training and of the held-out series by epoch. The weights of the marked epoch are kept.",
            )
        drawings |= {
            "score-histograms": Drawing(
                lambda: score_histograms(self._scores_by_part(), threshold=threshold, tiers=tiers),
                "Scores by part, with a density curve, the threshold, and the tiers normal, watch and alarm.",
            ),
            "scores-by-class": Drawing(
                lambda: scores_by_class(self.main.scores, labels, names, threshold=threshold, tiers=tiers),
                "Scores by class: which classes are told from normal, and which are missed.",
            ),
            "reconstructions": Drawing(
                self._reconstructions,
                "Rows: the first normal series, those with the highest scores, the oddest anomalies, the first of "
                "them, and those with the lowest scores. Numbers are those of the series in the data, counted from 0. "
                f"Bars at the foot: the share of each time step in the score.{self._of_whitened()}",
            ),
            "comparison": Drawing(self._comparison, "Detectors and baselines: AUROC with 95 % bootstrap intervals."),
        }
        return drawings

    def _heading(self) -> str:
        return self.title

    def _sections(self, pick: Callable[..., list[Picture]]) -> list[Section]:
        return [
            Section("Results", tables=self.tables(), figures=pick("comparison")),
            Section("Scores", figures=pick("score-histograms", "scores-by-class")),
            Section("Series to look at", figures=pick("reconstructions")),
            Section("Training", figures=pick("loss-curves")),
            Section("Data", figures=pick("class-counts", "class-means")),
        ]

    def summary(self) -> list[str]:
        """Return the main results in two sentences."""
        main = self.main.evaluation
        baselines = [run for run in self.runs[1:] if run.detector.is_baseline]
        origin = "given by hand" if self.main.detector.threshold_.is_given else "set on held-out normal series"
        sentences = [
            f"{main.name} flags {main.sensitivity:.2%} of {int(np.sum(self.test.labels != self.normal)):,} anomalies "
            f"(sensitivity) at a threshold {origin}, and does not flag {main.specificity:.2%} of the normal series "
            "that it has neither learned from nor held out (specificity)."
        ]
        if baselines:
            best = max(baselines, key=lambda run: run.evaluation.auroc.value).evaluation
            gap = main.auroc.value - best.auroc.value
            by_chance = main.auroc.low < best.auroc.value < main.auroc.high
            verdict = "level with" if by_chance or gap == 0 else "above" if gap > 0 else "below"
            sentences.append(
                f"Its AUROC is {main.auroc.value:.4f}, {verdict} the best baseline "
                f"({best.name}, {best.auroc.value:.4f})."
            )
        return sentences

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        runs = [{**run.evaluation.to_dict(), "fit_seconds": json_ready(run.seconds)} for run in self.runs]
        tables = [table.to_dict() for table in self.tables()]
        return {"title": self.title, "notice": self.notice, "runs": runs, "tables": tables}

    def _facts(self) -> list[Fact]:
        main = self.main.evaluation
        n_normal = int(np.sum(self.test.labels == self.normal))
        return [
            Fact("AUROC", f"{main.auroc.value:.4f}", f"95 % interval {main.auroc.low:.4f}–{main.auroc.high:.4f}"),
            Fact(
                "sensitivity",
                f"{main.sensitivity:.2%}",
                f"of {len(self.test) - n_normal:,} anomalies flagged; {_interval_words(main.sensitivity_interval)}",
            ),
            Fact(
                "specificity",
                f"{main.specificity:.2%}",
                f"of {n_normal:,} normal series, none seen before, not flagged; "
                f"{_interval_words(main.specificity_interval)}",
            ),
            Fact("threshold", *threshold_fact(self.main.detector)),
        ]

    def _normal_scores(self) -> Any:
        return self.main.scores[self.test.labels == self.normal]

    def _scores_by_part(self) -> dict[str, Any]:
        return {
            "train": self.main.detector.train_scores_,
            "test (normal)": self._normal_scores(),
            "anomalies": self.main.scores[self.test.labels != self.normal],
        }

    def _reconstructions(self) -> Figure:
        is_normal = np.asarray(self.test.labels == self.normal)
        normal, anomalous = np.flatnonzero(is_normal), np.flatnonzero(~is_normal)
        chosen = first_and_worst(self.main.scores[normal], self.main.scores[anomalous], 4)
        rows = np.concatenate(
            [
                normal[chosen.normal_first],
                normal[chosen.normal_worst],
                anomalous[chosen.anomaly_oddest],
                anomalous[chosen.anomaly_first],
                anomalous[chosen.anomaly_worst],
            ]
        )
        picked = self.test[rows]
        labels = picked.labels if picked.labels is not None else ()
        numbers = self._numbers(picked)
        titles = [f"{n}: {self.test.class_name(label)}" for n, label in zip(numbers, labels, strict=True)]
        explained = self.main.detector.explain(picked)
        return reconstructions(
            picked.values,
            explained.expected,
            self.main.scores[rows],
            explained.shares,
            titles,
            threshold=self.main.detector.threshold_.value_,
            channels=self.test.channels,
            sampling_rate=self.test.sampling_rate,
        )

    def _numbers(self, picked: Collection) -> list[int]:
        """Return the numbers of series in the data, by their values."""
        found = {number: row for row, number in reversed(list(enumerate(fingerprints(self.data.values).tolist())))}
        return [found[number] for number in fingerprints(picked.values).tolist()]

    def _of_whitened(self) -> str:
        """Return what to know of shares that lie elsewhere than the differences one sees; empty where they do not."""
        detector = self.main.detector
        if not isinstance(detector, ReconstructionDetector) or detector.residuals_.kind != "whitened":
            return ""
        return (
            " Errors are whitened: one counts the more, the rarer it is there in normal series, so that a bar may be "
            "high where the lines are near each other."
        )

    def _comparison(self) -> Figure:
        return comparison(
            [
                (run.name, interval.value, interval.low, interval.high, run.detector.is_baseline)
                for run in self.runs
                for interval in [run.evaluation.auroc]
            ]
        )


def _interval_words(found: Interval) -> str:
    return f"95 % interval {found.low:.1%} to {found.high:.1%}"

"""Everything known about one detector on one labelled set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.errors import ParameterError
from offbeat.metrics._checks import (
    Labels,
    Scores,
    as_binary,
    as_numbers,
    as_ranked,
    as_threshold,
    need_both,
    same_length,
)
from offbeat.metrics.decisions import ClassCount, by_class, f1, precision, recall
from offbeat.metrics.intervals import Interval, Metric, bootstrap, wilson
from offbeat.metrics.ranking import auroc, average_precision
from offbeat.plotting import drawn
from offbeat.tables import PrintedAsTables, Table, json_ready

__all__ = ["Evaluation", "evaluate"]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(PrintedAsTables):
    """One detector on one labelled set; made by :func:`evaluate`.

    Intervals hold 95 %: by a bootstrap, and those of sensitivity and specificity as
    :func:`~offbeat.metrics.intervals.wilson` has them.

    Examples
    --------
    >>> found = evaluate("toy", [0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9], threshold=0.5, n_bootstrap=0)
    >>> found.n_anomalies, round(found.auroc.value, 3)
    (2, 0.833)
    """

    name: str
    """What to call the detector in tables."""
    n_normal: int
    """Scored normal rows."""
    n_anomalies: int
    """Scored anomalous rows."""
    n_unscored: int
    """Rows without a score (NaN); none of the figures counts them."""
    n_unscored_anomalies: int
    """How many of those are anomalous."""
    auroc: Interval
    """Area under the ROC curve."""
    average_precision: Interval
    """Area under the precision-recall curve, as a step function."""
    precision: Interval
    """Share of anomalies among what is flagged; NaN where nothing is."""
    recall: Interval
    """Share of the anomalies that is flagged."""
    f1: Interval
    """Harmonic mean of the two."""
    specificity: float
    """Share of the normal rows that is not flagged."""
    sensitivity: float
    """Share of the anomalies that is flagged: the value of ``recall``."""
    accuracy: float
    """Share of all rows that is decided rightly."""
    balanced_accuracy: float
    """Mean of sensitivity and specificity: 0.5 for a blind guess, however many anomalies there are."""
    majority_accuracy: float
    """The accuracy of taking all rows for what most of them are: what an accuracy has to be compared with."""
    threshold: float
    """Scores above it are flagged."""
    target: float
    """The false-alarm rate aimed at; NaN where none was."""
    achieved: float
    """The false-alarm rate on the held-out normal scores that set the threshold; NaN where none were given."""
    by_class: tuple[ClassCount, ...] = ()
    """What the threshold does to each original class; empty where there are no classes."""
    labels: Labels = field(repr=False, default_factory=lambda: np.zeros(0, dtype=np.int64))
    """1 or 0 for each scored row."""
    scores: Scores = field(repr=False, default_factory=lambda: np.zeros(0))
    """The score of each scored row."""
    held_out_scores: Scores = field(repr=False, default_factory=lambda: np.zeros(0))
    """The held-out normal scores that are finite; empty where none were given."""

    @property
    def specificity_interval(self) -> Interval:
        """The specificity, with the interval that so many normal rows leave."""
        return _of_share(self.specificity, self.n_normal)

    @property
    def sensitivity_interval(self) -> Interval:
        """The sensitivity, with the interval that so many anomalies leave."""
        return _of_share(self.sensitivity, self.n_anomalies)

    def sensitivity_at(self, specificity: float = 0.95) -> float:
        """Return the highest sensitivity at which at least this share of the evaluated normal rows is not flagged.

        That is a point of the ROC curve: its threshold is chosen by the labels of the evaluated rows, which no detector
        has in use. It compares detectors whose thresholds differ; what a detector does is its ``sensitivity``.

        Parameters
        ----------
        specificity : float
            From 0 to 1.

        Raises
        ------
        ParameterError
            If it is none of these.
        """
        if not 0 <= specificity <= 1:
            raise ParameterError(f"specificity is a share from 0 to 1, got {specificity}")
        normal = np.sort(self.scores[self.labels == 0])[::-1]
        # Rounded, for (1 - 0.9) * 10 is a little less than 1.
        n_flagged = math.floor(round((1 - specificity) * len(normal), 9))
        threshold = normal[n_flagged] if n_flagged < len(normal) else -math.inf
        return float(np.mean(self.scores[self.labels == 1] > threshold))

    def plot(self) -> Any:
        """Draw the scores of normal rows, of anomalies and of held-out normal data, with the threshold.

        Returns
        -------
        matplotlib.figure.Figure
            See :func:`offbeat.score_histograms`.

        Raises
        ------
        MissingExtraError
            If matplotlib is not installed.
        """
        return drawn("evaluation", self)

    def to_dict(self) -> dict[str, Any]:
        """Return all figures for JSON (not the arrays), what is NaN or infinite as None."""
        arrays = ("labels", "scores", "held_out_scores")
        found = {key: value for key, value in vars(self).items() if key not in arrays}
        found["by_class"] = [{**row._asdict(), "share_flagged": row.share_flagged} for row in self.by_class]
        return dict(json_ready(found))

    def _accuracies(self) -> dict[str, float]:
        return {
            "accuracy": self.accuracy,
            "majority class alone": self.majority_accuracy,
            "balanced accuracy": self.balanced_accuracy,
        }

    def _summary(self) -> Iterator[Table]:
        figures = {
            "AUROC": self.auroc,
            "average precision": self.average_precision,
            "sensitivity": self.sensitivity_interval,
            "specificity": self.specificity_interval,
            "precision": self.precision,
            "F1": self.f1,
        }
        rows: list[list[Any]] = [[name, *interval] for name, interval in figures.items()]
        rows += [[name, value, None, None] for name, value in self._accuracies().items()]
        unscored = f", {self.n_unscored:,} without a score" if self.n_unscored else ""
        note = f"{self.n_normal:,} normal, {self.n_anomalies:,} anomalous{unscored}; threshold {self.threshold:.4g}."
        if not math.isnan(self.target):
            note += f" It aims at {self.target:.1%} false alarms."
        if not math.isnan(self.achieved):
            note += f" Of the held-out normal scores that set it {self.achieved:.1%} are above."
        yield Table(self.name, ["figure", "value", "95 % from", "to"], rows, ["", ".3f", ".3f", ".3f"], note)
        if self.by_class:
            flagged = [[row.name, row.n, row.flagged, row.share_flagged] for row in self.by_class]
            yield Table("By class", ["class", "rows", "flagged", "share"], flagged, ["", "", "", ".1%"])


def evaluate(
    name: str,
    labels01: npt.ArrayLike,
    scores: npt.ArrayLike,
    *,
    threshold: float,
    predicted: npt.ArrayLike | None = None,
    classes: npt.ArrayLike | None = None,
    class_names: Mapping[str, str] | None = None,
    held_out_scores: npt.ArrayLike | None = None,
    target: float = float("nan"),
    n_bootstrap: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Evaluate the scores and decisions of one detector.

    Rows without a score (NaN) are left out of every figure, and counted.

    Parameters
    ----------
    name : str
        What to call the detector in tables.
    labels01 : array of shape (n,)
        1 anomalous, 0 normal.
    scores : array of shape (n,)
        Higher = more anomalous.
    threshold : float
        Scores above it are flagged.
    predicted : array of shape (n,), optional
        Decisions (0/1) in place of ``scores > threshold``.
    classes : array of shape (n,), optional
        The original class of each row.
    class_names : mapping, optional
        A readable name for each class, by its label.
    held_out_scores : array of shape (n_held_out,), optional
        The normal scores that set the threshold; those that are not finite are left out.
    target : float
        The false-alarm rate aimed at.
    n_bootstrap : int
        Resamples for the intervals; 0 leaves their bounds NaN.
    seed : int
        Of the resampling.

    Raises
    ------
    DataError
        If the scored rows are all of one kind, scores are infinite, or lengths differ (ShapeError).

    Examples
    --------
    >>> found = evaluate("toy", [0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.4, 0.9], threshold=0.5, held_out_scores=[0.1, 0.2])
    >>> found.sensitivity, found.achieved, round(found.auroc.value, 3)
    (0.5, 0.0, 0.833)
    """
    truth, values = as_binary(labels01, "labels"), as_numbers(scores, "scores")
    decided = as_binary(values > as_threshold(threshold) if predicted is None else predicted, "decisions")
    same_length(truth, values, "labels as scores")
    same_length(truth, decided, "labels as decisions")
    counts = [] if classes is None else by_class(values, classes, threshold, class_names=class_names, predicted=decided)
    unscored = np.isnan(values)
    n_unscored_anomalies = int(truth[unscored].sum())
    truth, values, decided = truth[~unscored], as_ranked(values, "scores"), decided[~unscored]
    need_both(truth, "an evaluation")
    held_out = as_numbers([] if held_out_scores is None else held_out_scores, "held-out scores")
    held_out = held_out[np.isfinite(held_out)]
    interval = partial(_interval, labels=truth, n=n_bootstrap, seed=seed)
    specificity, sensitivity = (float(np.mean(decided[truth == kind] == kind)) for kind in (0, 1))
    return Evaluation(
        name=name,
        n_normal=int(np.sum(truth == 0)),
        n_anomalies=int(truth.sum()),
        n_unscored=int(unscored.sum()),
        n_unscored_anomalies=n_unscored_anomalies,
        auroc=interval(auroc, values),
        average_precision=interval(average_precision, values),
        precision=interval(precision, decided),
        recall=interval(recall, decided),
        f1=interval(f1, decided),
        specificity=specificity,
        sensitivity=sensitivity,
        accuracy=float(np.mean(decided == truth)),
        balanced_accuracy=(specificity + sensitivity) / 2,
        majority_accuracy=float(max(np.mean(truth == 0), np.mean(truth == 1))),
        threshold=float(threshold),
        target=float(target),
        achieved=float(np.mean(held_out > threshold)) if len(held_out) else float("nan"),
        by_class=tuple(counts),
        labels=truth,
        scores=values,
        held_out_scores=held_out,
    )


def _of_share(share: float, n: int) -> Interval:
    low, high = wilson(share, n)
    return Interval(share, float(low), float(high))


def _interval(metric: Metric, values: npt.ArrayLike, labels: Labels, n: int, seed: int) -> Interval:
    if n:
        return bootstrap(metric, labels, values, n=n, seed=seed)
    return Interval(metric(labels, values), float("nan"), float("nan"))

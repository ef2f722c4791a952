"""Fit detectors on one part of the data, judge them on another, with the baselines beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from offbeat.data import NormalSplit
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import baselines
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.errors import DataError
from offbeat.metrics import Evaluation, evaluate
from offbeat.series.recording import Collection

__all__ = ["Run", "Trial", "fit_and_evaluate", "judge", "seen_as_trial", "unseen", "with_baselines"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Trial:
    """Normal data to learn from and to hold out, and other data to be judged on.

    Parameters
    ----------
    train, validation : Collection
        Normal series; the validation part sets thresholds.
    test : Collection
        Normal series and anomalies, with labels.
    normal : str
        The label of the normal class.
    """

    train: Collection
    validation: Collection
    test: Collection
    normal: str

    @classmethod
    def of(cls, split: NormalSplit, normal: str) -> Trial:
        """Return the trial of a normal-only split."""
        return cls(split.train, split.validation, split.evaluation, normal)


@dataclass(frozen=True, eq=False)
class Run:
    """One fitted detector with how it did.

    Parameters
    ----------
    name : str
        What to call it in tables.
    detector : Detector
        Fitted.
    scores : array of shape (n_test,)
        Of the test part.
    evaluation : Evaluation
        Its figures.
    seconds : float
        Time of the fit; NaN where it was fitted elsewhere.
    """

    name: str
    detector: Detector
    scores: npt.NDArray[np.float64]
    evaluation: Evaluation
    seconds: float = field(default=float("nan"))


def fit_and_evaluate(detector: Detector, trial: Trial, *, name: str = "", n_bootstrap: int = 1000) -> Run:
    """Fit a detector on the training part of a trial, and judge it on the test part."""
    start = time.perf_counter()
    detector.fit(trial.train, validation=trial.validation)
    seconds = time.perf_counter() - start
    return judge(detector, trial.test, trial.normal, name=name, seconds=seconds, n_bootstrap=n_bootstrap)


def judge(
    detector: Detector,
    test: Collection,
    normal: str,
    *,
    name: str = "",
    seconds: float = float("nan"),
    n_bootstrap: int = 1000,
) -> Run:
    """Judge a fitted detector on labelled series.

    Raises
    ------
    DataError
        If there are no labels, or only one class.
    """
    if test.labels is None:
        raise DataError("judging a detector needs labels, but the data has none: name the column that holds them")
    scores, name = detector.decision_function(test), name or detector.name
    evaluation = evaluate(
        name,
        test.labels != normal,
        scores,
        threshold=detector.threshold_.value_,
        classes=test.labels,
        class_names=test.class_names,
        held_out_scores=detector.held_out_scores_,
        target=detector.threshold_.target,
        n_bootstrap=n_bootstrap,
    )
    return Run(name, detector, scores, evaluation, seconds)


def with_baselines(
    detectors: Iterable[Detector], trial: Trial, say: Say = lambda _: None, *, without: Iterable[str] = ()
) -> list[Run]:
    """Fit and judge detectors and, always, the baselines after them.

    Parameters
    ----------
    detectors : iterable of Detector
        Unfitted.
    trial : Trial
        What to learn from and to be judged on.
    say : callable
        Is told what begins.
    without : iterable of str
        Baselines that have been judged already, by name.
    """
    own = list(detectors)
    done = {*without, *(detector.name for detector in own)}
    runs = []
    for detector in [*own, *(baseline() for baseline in baselines() if baseline.name not in done)]:
        say(f"fitting {detector.name} on {len(trial.train):,} series")
        runs.append(fit_and_evaluate(detector, trial))
    return runs


def unseen(detector: Detector, data: Collection) -> npt.NDArray[np.bool_]:
    """Return which series a detector has neither learned from nor held out, whatever file they came in."""
    return ~np.isin(fingerprints(data.values), detector.seen_)


def seen_as_trial(detector: Detector, data: Collection, test: Collection, normal: str) -> Trial:
    """Return a trial for the baselines: to learn and hold out the very series that the detector did, found in ``data``.

    Raises
    ------
    DataError
        If ``data`` does not hold all of them.
    """
    rows = {number: row for row, number in enumerate(fingerprints(data.values).tolist())}
    missing = sum(number not in rows for number in detector.seen_.tolist())
    if missing:
        raise DataError(
            f"the baselines learn from the very series that the model has learned from or held out, but {missing:,} of "
            f"these {len(detector.seen_):,} are not in the data: give the training data too (--train), or leave the "
            "baselines out (--no-baselines)"
        )
    learned, held_out = np.split([rows[number] for number in detector.seen_.tolist()], [len(detector.train_scores_)])
    return Trial(data[learned], data[held_out], test, normal)

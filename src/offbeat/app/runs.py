"""Fit detectors on one part of the data and evaluate them on another, with the baselines beside them.

What differs between short series and long recordings is how scores are evaluated, and stands in two views of the data:
:class:`~offbeat.app.series_runs.LabelledSeries` and :class:`~offbeat.app.recording_runs.RecordingPart`.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import baselines
from offbeat.ecg.beat_series import TIME
from offbeat.series.recording import Collection, Recording
from offbeat.words import plural

__all__ = [
    "EvaluationData",
    "Log",
    "Run",
    "TrainingData",
    "Trial",
    "counted",
    "fit_and_evaluate",
    "new_baselines",
    "with_baselines",
]

Log = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Run:
    """One fitted detector with its scores; subclasses add how good these are.

    Parameters
    ----------
    name : str
        What to call it in tables.
    detector : Detector
        Fitted.
    scores : array of shape (n_series,) or (n_times,)
        Of the data that it was evaluated on.
    seconds : float
        Time that the fit took; NaN where it was fitted elsewhere.
    """

    name: str
    detector: Detector
    scores: npt.NDArray[np.float64]
    seconds: float


def counted(data: Collection | Recording) -> str:
    """Return how many time steps, beats or series there are.

    Examples
    --------
    >>> counted(Recording([1.0, 2.0])), counted(Collection([[1.0, 2.0]]))
    ('2 time steps', '1 series')
    """
    if isinstance(data, Recording):
        return plural(len(data), "time step")
    return plural(len(data), "beat") if TIME in data.feature_names else plural(len(data), "series", "series")


R_co = TypeVar("R_co", bound=Run, covariant=True)


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What detectors are fitted on.

    Parameters
    ----------
    data : Collection or Recording
        Normal series; or a recording, of which the time steps labelled as anomalous are left out.
    validation : Collection or Recording, optional
        Held out to set the thresholds; a part of ``data`` where None.
    """

    data: Collection | Recording
    validation: Collection | Recording | None = None

    def __str__(self) -> str:
        """How much it is, in words."""
        return counted(self.data)

    def fit(self, detector: Detector) -> float:
        """Fit a detector, and return how many seconds it took."""
        known: Any = self.data.labels if isinstance(self.data, Recording) else None
        start = time.perf_counter()
        detector.fit(self.data, known, validation=self.validation)
        return time.perf_counter() - start


class EvaluationData(ABC, Generic[R_co]):
    """Data that no detector has been fitted on, and how scores of it are evaluated."""

    @abstractmethod
    def evaluate(self, detector: Detector, *, name: str = "", seconds: float = float("nan")) -> R_co:
        """Evaluate a fitted detector.

        Parameters
        ----------
        detector : Detector
            Fitted.
        name : str
            What to call it in tables; its own name where empty.
        seconds : float
            Time that the fit took.
        """


@dataclass(frozen=True, eq=False)
class Trial(Generic[R_co]):
    """Data to fit detectors on, and other data to evaluate them on.

    Parameters
    ----------
    training : TrainingData
        For the fit.
    test : EvaluationData
        For the evaluation.
    """

    training: TrainingData
    test: EvaluationData[R_co]


def fit_and_evaluate(detector: Detector, trial: Trial[R_co], *, name: str = "") -> R_co:
    """Fit a detector on the training data of a trial, and evaluate it on the test data."""
    seconds = trial.training.fit(detector)
    return trial.test.evaluate(detector, name=name, seconds=seconds)


def with_baselines(
    detectors: Iterable[Detector],
    trial: Trial[R_co],
    log: Log = lambda _: None,
    *,
    window: int | None = None,
    without: Iterable[str] = (),
) -> list[R_co]:
    """Fit and evaluate detectors and, always, the baselines after them.

    Parameters
    ----------
    detectors : iterable of Detector
        Unfitted.
    trial : Trial
        What to fit and evaluate them on.
    log : callable
        Gets a line when a fit begins.
    window : int, optional
        Time steps of the windows through which baselines read a recording; None for short series.
    without : iterable of str
        Names of baselines that have been evaluated already.
    """
    own = list(detectors)
    done = {*without, *(detector.name for detector in own)}
    runs = []
    for detector in [*own, *(baseline for baseline in new_baselines(window) if baseline.name not in done)]:
        log(f"fitting {detector.name} on {trial.training}")
        runs.append(fit_and_evaluate(detector, trial))
    return runs


def new_baselines(window: int | None = None) -> list[Detector]:
    """Return an unfitted detector of each baseline: for short series, or for recordings seen through a window.

    Examples
    --------
    >>> [detector.name for detector in new_baselines() if detector.window]
    []
    """
    if window is None:
        return [cls() for cls in baselines("collections")]
    return [cls() if cls.reads == ("recordings",) else cls(window=window) for cls in baselines("recordings")]

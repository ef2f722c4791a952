"""Detectors evaluated on labelled short series that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from offbeat.app.runs import EvaluationData, Run, TrainingData, Trial
from offbeat.data import NormalSplit
from offbeat.detectors.base import Detector
from offbeat.detectors.scoring.fingerprints import fingerprints
from offbeat.errors import DataError
from offbeat.metrics import Evaluation, evaluate
from offbeat.series.recording import Collection

__all__ = ["LabelledSeries", "SeriesRun", "data_seen_by", "trial_of_split", "unseen"]


@dataclass(frozen=True, eq=False)
class SeriesRun(Run):
    """One fitted detector and how good it is on short series.

    Parameters
    ----------
    name, detector, scores, seconds
        See :class:`~offbeat.app.runs.Run`.
    evaluation : Evaluation
        Its figures.
    """

    evaluation: Evaluation


@dataclass(frozen=True, eq=False)
class LabelledSeries(EvaluationData[SeriesRun]):
    """Normal series and anomalies, with labels.

    Parameters
    ----------
    data : Collection
        The series.
    normal : str
        The label of the normal class.
    n_bootstrap : int
        Resamples for the intervals of the figures.
    """

    data: Collection
    normal: str
    n_bootstrap: int = 1000

    def evaluate(self, detector: Detector, *, name: str = "", seconds: float = float("nan")) -> SeriesRun:
        """Evaluate a fitted detector, see :meth:`offbeat.app.runs.EvaluationData.evaluate`.

        Raises
        ------
        DataError
            If there are no labels, or only one class.
        """
        if self.data.labels is None:
            raise DataError(
                "evaluating a detector needs labels, but the data has none: name the column that holds them"
            )
        scores, name = detector.decision_function(self.data), name or detector.name
        evaluation = evaluate(
            name,
            self.data.labels != self.normal,
            scores,
            threshold=detector.threshold_.value_,
            classes=self.data.labels,
            class_names=self.data.class_names,
            held_out_scores=detector.held_out_scores_,
            target=detector.threshold_.target,
            n_bootstrap=self.n_bootstrap,
        )
        return SeriesRun(name, detector, scores, seconds, evaluation)


def trial_of_split(split: NormalSplit, normal: str) -> Trial[SeriesRun]:
    """Return the trial of a normal-only split: fitted on normal series, evaluated on other normal ones and anomalies.

    Parameters
    ----------
    split : NormalSplit
        See :func:`offbeat.data.normal_split`.
    normal : str
        The label of the normal class.
    """
    return Trial(TrainingData(split.train, split.validation), LabelledSeries(split.evaluation, normal))


def unseen(detector: Detector, data: Collection) -> npt.NDArray[np.bool_]:
    """Return which series a detector has neither learned from nor held out, from any file."""
    return ~np.isin(fingerprints(data.values), detector.seen_)


def data_seen_by(detector: Detector, data: Collection) -> TrainingData:
    """Return the very series that a detector has learned from and held out, found in ``data``, to fit others on.

    Raises
    ------
    DataError
        If ``data`` does not hold all of them.
    """
    rows = {number: row for row, number in enumerate(fingerprints(data.values).tolist())}
    missing = sum(number not in rows for number in detector.seen_.tolist())
    if missing:
        raise DataError(
            f"the baselines are fitted on the very series that the model has learned from or held out, but {missing:,} "
            f"of these {len(detector.seen_):,} are not in the data: give the training data too (--train), or leave the "
            "baselines out (--no-baselines)"
        )
    learned, held_out = np.split([rows[number] for number in detector.seen_.tolist()], [len(detector.train_scores_)])
    return TrainingData(data[learned], data[held_out] if len(held_out) else None)

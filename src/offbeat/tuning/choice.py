"""Choose a detector without labels: by planted anomalies, with the default where nothing is clearly better."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, rankdata
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.errors import OffbeatError, ParameterError
from offbeat.estimators.hints import Range, Seed, validate_types
from offbeat.estimators.inputs import as_collection, as_recording
from offbeat.series.periods import suggest_window
from offbeat.series.recording import Collection, Recording
from offbeat.tables import Table
from offbeat.tuning.candidates import candidates_for
from offbeat.tuning.trials import Outcome, Trial, trial_of

__all__ = ["Suggestion", "TriedDetector", "suggest_detector"]

MARGIN = 0.2
"""How much more of the planted anomalies than the default another detector must find."""
_CHANCE = 0.05
"""How likely any of the others may find so much more by chance alone."""
NO_EVIDENCE = (
    "planted anomalies are synthetic: what is found of them is no evidence about real ones, for which only labels are"
)
_log = logging.getLogger("offbeat")


@dataclass(frozen=True, eq=False)
class TriedDetector:
    """What came of one candidate.

    Attributes
    ----------
    name : str
        What tables call it.
    detector : Detector
        Unfitted.
    found : float
        The share of the planted anomalies that it found; NaN where it could not be tried.
    chance : float
        How likely it would find as many of those that only one of the two finds, it or the default, were both equally
        good (one-sided sign test); NaN for the default, and where one of them could not be tried.
    agreement : float
        Mean rank correlation (Spearman) of its scores with those of the other candidates, from -1 to 1.
    seconds : float
        Time that the trial took.
    problem : str
        Why it could not be tried; else empty.
    """

    name: str
    detector: Detector
    found: float
    chance: float
    agreement: float
    seconds: float
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Suggestion:
    """Which detector was chosen without labels, out of which, and why.

    Attributes
    ----------
    tried : sequence of TriedDetector
        All candidates; the first one is the default.
    chosen : TriedDetector
        The one that was chosen.
    n_planted : int
        How many anomalies were planted.
    margin : float
        How much more of them than the default another candidate had to find.

    Examples
    --------
    >>> from offbeat import PCADetector, suggest_detector
    >>> wave = np.sin(np.arange(2000) / 8)
    >>> suggestion = suggest_detector(wave, candidates={"pca": PCADetector(window=50)})
    >>> suggestion.reason
    'pca is the default, and no other finds more of them'
    >>> suggestion.to_frame()[["name", "chosen"]].values.tolist()
    [['pca', True]]
    """

    tried: Sequence[TriedDetector]
    chosen: TriedDetector
    n_planted: int
    margin: float

    @property
    def detector(self) -> Detector:
        """A new, unfitted copy of the chosen detector."""
        copy: Detector = clone(self.chosen.detector)
        return copy

    @property
    def reason(self) -> str:
        """Why it was chosen, in a sentence."""
        default, margin = self.tried[0], f"{100 * self.margin:.0f} points"
        if default.problem:
            return f"{default.name}, the default, could not be tried here, so there is nothing to compare others with"
        best = max(self.tried, key=_found)
        if best is default:
            return f"{default.name} is the default, and no other finds more of them"
        said = f"{best.name} finds {best.found:.0%} of them and {default.name}, the default, {default.found:.0%}"
        if best is self.chosen:
            return f"{said}, at least {margin} less; its scores agree no less with those of the others"
        verb = "kept" if self.chosen is default else "taken"
        return f"{self.chosen.name} is {verb}: {said}, but {self._missing(best)}"

    def _missing(self, best: TriedDetector) -> str:
        """Return why what finds most was not chosen."""
        default = self.tried[0]
        if best.found < default.found + self.margin:
            return f"{100 * self.margin:.0f} points more would be needed"
        if best.agreement < default.agreement:
            return f"the scores of {best.name} agree less with those of the others"
        return f"of {self.n_planted} anomalies that may be chance ({best.chance:.1%})"

    def table(self) -> Table:
        """Return the candidates as a table, with the reason below it, and what it is no evidence of."""
        columns = ["detector", "found", "by chance", "agreement", "seconds", "outcome"]
        rows = [
            [
                *(each.name, each.found, each.chance, each.agreement, each.seconds),
                "chosen" if each is self.chosen else each.problem,
            ]
            for each in self.tried
        ]
        title = f"Detectors on {self.n_planted} planted anomalies, without labels"
        note = f"{self.reason}; {NO_EVIDENCE}"
        return Table(title, columns, rows, ["", ".0%", ".1%", ".2f", ".1f"], note)

    def to_frame(self) -> pd.DataFrame:
        """Return the candidates as a frame, one a row."""
        columns = ("name", "found", "chance", "agreement", "seconds", "problem")
        rows = [{column: getattr(each, column) for column in columns} for each in self.tried]
        return pd.DataFrame(rows).assign(chosen=[each is self.chosen for each in self.tried])


def suggest_detector(
    X: Any,
    *,
    candidates: Mapping[str, Detector] | None = None,
    margin: float = MARGIN,
    random_state: int = 0,
) -> Suggestion:
    """Choose a detector, its window and its settings without labels, by planted anomalies.

    Candidates are fitted on one part of the data. Into copies of the rest synthetic anomalies are planted: spikes,
    noise, flat stretches, pieces that are scaled, shifted, tilted, reversed, warped in time, smoothed, or come from
    elsewhere. The default is chosen unless another candidate finds clearly more of them, which is unlikely to be
    chance, and its scores agree no less with those of the others.

    Parameters
    ----------
    X : Recording, Collection, DataFrame or array
        Normal data to learn from. An array of three axes is a collection, any other a recording. Labels are not read.
    candidates : mapping of str to Detector, optional
        Unfitted detectors by name, the default first; see :func:`offbeat.tuning.candidates.candidates_for`.
    margin : float
        How much more of the planted anomalies than the default another candidate must find, as a share of all, from 0
        to 1.
    random_state : int
        Seed of all that is drawn.

    Returns
    -------
    Suggestion
        With ``detector`` (unfitted), ``reason``, ``table()`` and ``to_frame()``.

    Raises
    ------
    DataError
        If there is too little data, or nothing can be planted because its values are missing or all the same.
    ParameterError
        If there are no candidates, or a setting is out of its range.

    Notes
    -----
    What is found of planted anomalies is no evidence about real ones. On public benchmarks taking the best candidate,
    by whatever rule, was worse than always taking the default; therefore the margin. A trial takes the newest 6,000
    time steps of a recording, or 1,500 series.

    References
    ----------
    Goswami et al., "Unsupervised Model Selection for Time-series Anomaly Detection", ICLR 2023: planted anomalies, and
    the agreement of scores ("model centrality"). Ma et al., "The Need for Unsupervised Outlier Model Selection", SIGKDD
    Explorations 2023: choices without labels are hardly better than a fixed good default. Liu, Lee & Paparrizos,
    "TSB-AutoAD: Towards Automated Solutions for Time-Series Anomaly Detection", PVLDB 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import KNNDetector, PCADetector, suggest_detector
    >>> wave = np.sin(np.arange(2000) / 8) + 0.1 * np.random.default_rng(0).normal(size=2000)
    >>> two = {"pca": PCADetector(window=50), "knn": KNNDetector(window=50)}
    >>> suggestion = suggest_detector(wave, candidates=two)
    >>> suggestion.detector.fit(wave).name
    'pca'
    """
    given = {"margin": margin, "random_state": random_state}
    validate_types(given, {"margin": Annotated[float, Range(0, 1)], "random_state": Seed})
    data = _as_data(X)
    wanted = candidates_for(data, random_state) if candidates is None else dict(candidates)
    if not wanted:
        raise ParameterError(
            "expected at least one candidate, the default, got none: leave candidates out, or name some"
        )
    window = suggest_window(data) if isinstance(data, Recording) else 0
    trial = trial_of(data, window, np.random.default_rng(random_state))
    tried = _tried(wanted, trial)
    return Suggestion(tried, _chosen(tried, margin), trial.n_planted, margin)


def _as_data(X: Any) -> Recording | Collection:
    if isinstance(X, Collection) or (isinstance(X, np.ndarray) and X.ndim == 3):
        return as_collection(X)
    return as_recording(X)


def _tried(candidates: Mapping[str, Detector], trial: Trial) -> list[TriedDetector]:
    outcomes: dict[str, Outcome] = {}
    seconds, problems = {}, {}
    for number, (name, detector) in enumerate(candidates.items(), 1):
        _log.info("trying %s on %d planted anomalies (%d of %d)", name, trial.n_planted, number, len(candidates))
        begun = time.perf_counter()
        try:
            outcomes[name] = trial.run(clone(detector))
        except OffbeatError as error:
            problems[name] = str(error)
        seconds[name] = time.perf_counter() - begun
    agreement, default = _agreement({name: each.scores for name, each in outcomes.items()}), next(iter(candidates))
    tried = []
    for name, detector in candidates.items():
        found = float(outcomes[name].found.mean()) if name in outcomes else nan
        compared = name != default and name in outcomes and default in outcomes
        chance = _chance(outcomes[name].found, outcomes[default].found) if compared else nan
        more = agreement.get(name, nan), seconds[name], problems.get(name, "")
        tried.append(TriedDetector(name, detector, found, chance, *more))
    return tried


def _chance(found: npt.NDArray[np.bool_], by_default: npt.NDArray[np.bool_]) -> float:
    """Return the p-value of the sign test over the anomalies that only one of the two found."""
    more, less = int((found & ~by_default).sum()), int((by_default & ~found).sum())
    return float(binom.sf(more - 1, more + less, 0.5))


def _agreement(scores: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, float]:
    """Return the mean rank correlation of the scores of each candidate with those of the others."""
    known = [np.isfinite(each) for each in scores.values()]
    if len(scores) < 2 or np.logical_and.reduce(known).sum() < 2:
        return {}
    there = np.logical_and.reduce(known)
    with np.errstate(invalid="ignore"):  # scores that are all the same have no correlation
        correlations = np.corrcoef([rankdata(each[there]) for each in scores.values()])
    np.fill_diagonal(correlations, 0.0)
    means = correlations.sum(axis=1) / (len(scores) - 1)
    return dict(zip(scores, means.tolist(), strict=True))


def _chosen(tried: Sequence[TriedDetector], margin: float) -> TriedDetector:
    """Return what finds most of those that find clearly more than the default and agree no less with the others."""
    default, others = tried[0], tried[1:]
    better = [
        each
        for each in others
        if each.found >= default.found + margin
        and not each.chance > _CHANCE / len(others)
        and not each.agreement < default.agreement
    ]
    return max([default, *better], key=_found)


def _found(tried: TriedDetector) -> float:
    return -1.0 if np.isnan(tried.found) else tried.found

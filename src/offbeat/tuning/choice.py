"""Choose a detector without labels: by planted anomalies, with the default where nothing is clearly better."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from math import nan
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, rankdata
from sklearn.base import clone

from offbeat.detectors.base import Detector
from offbeat.errors import OffbeatError, ParameterError
from offbeat.estimators.hints import Range, Seed, validate_types
from offbeat.estimators.inputs import as_collection, as_recording
from offbeat.series.periods import suggest_window
from offbeat.series.recording import Collection, Recording
from offbeat.tuning.candidates import candidates_for
from offbeat.tuning.suggestion import Suggestion, TriedDetector, found_by
from offbeat.tuning.trials import Outcome, Trial, trial_of

__all__ = ["suggest_detector"]

MARGIN = 0.2
"""How much more of the planted anomalies than the default another detector must find."""
_CHANCE = 0.05
"""How likely any of the others may find so much more by chance alone."""
_log = logging.getLogger("offbeat")


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
    What is found of planted anomalies is no evidence about real ones. On public benchmarks taking what finds most of
    them was mostly worse than always taking the default; therefore the margin. A trial takes the newest 6,000
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
        np.fill_diagonal(correlations, np.nan)
        means = np.nansum(correlations, axis=1) / np.isfinite(correlations).sum(axis=1)
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
    return max([default, *better], key=found_by)

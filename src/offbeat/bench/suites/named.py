"""Contenders by name: registered detectors, outlier detectors of other libraries, and what has a name only here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from offbeat.app.settings import make_detector, parse_settings
from offbeat.bench.nab import nab_detector
from offbeat.bench.suites.contenders import Contender, DetectorContender, RandomScores
from offbeat.detectors.base import Detector
from offbeat.detectors.baselines import SeasonalBaseline
from offbeat.detectors.estimator_table import ESTIMATORS, estimator_class
from offbeat.detectors.registry import detector_classes
from offbeat.detectors.wrapped import EstimatorDetector
from offbeat.errors import ParameterError
from offbeat.words import did_you_mean

__all__ = ["baseline_contenders", "contender_of", "contenders_of"]

_NAMED: Mapping[str, Callable[[], Detector]] = {
    "level": lambda: SeasonalBaseline(period=0),
    "nab-online": nab_detector,
}
"""Configurations that have a name here and are no class: |x − median|, and what is for streams that change."""

_RANDOM = "random"


def baseline_contenders(reads: str) -> list[Contender]:
    """Return what always stands beside others, on ``"recordings"`` or on ``"collections"``.

    Examples
    --------
    >>> [contender.name for contender in baseline_contenders("recordings")]
    ['level', 'naive', 'random']
    """
    chosen = ("level", "naive", _RANDOM) if reads == "recordings" else ("pca", _RANDOM)
    return [_beside(contender_of(name)) for name in chosen]


def contenders_of(given: str | Detector | Iterable[str | Detector] | Mapping[str, Detector]) -> list[Contender]:
    """Return contenders of what was asked for.

    Parameters
    ----------
    given : str, Detector, iterable of these, or mapping
        Names, separated by commas; unfitted detectors; or unfitted detectors by the name for the tables.

    Raises
    ------
    ParameterError
        If a name is unknown, or comes twice.

    Examples
    --------
    >>> [contender.name for contender in contenders_of("pca:fold=max,knn,ECOD")]
    ['pca:fold=max', 'knn', 'ECOD']
    """
    if isinstance(given, Mapping):
        found: list[Contender] = [_of_object(detector, name) for name, detector in given.items()]
    else:
        parts = [given] if isinstance(given, str | Detector) else list(given)
        found = []
        for part in parts:
            each = [_of_object(part)] if isinstance(part, Detector) else map(contender_of, _split(part))
            found += each
    names = [contender.name for contender in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParameterError(f"{twice[0]} comes twice: give each detector a name of its own, as a mapping")
    return found


def contender_of(text: str) -> Contender:
    """Return the contender of a name with settings, such as ``pca:n_components=4:fold=max``.

    Parameters
    ----------
    text : str
        A registered detector; an outlier detector of scikit-learn or PyOD, by its class (``ECOD``) or its full name
        (``pyod.models.pca.PCA``); ``level`` for the distance from the training median; ``nab-online``; or ``random``.
        Settings of a training begin with ``train.``.

    Raises
    ------
    ParameterError
        If it is none of these, or a setting is unknown.
    """
    name, *pairs = text.split(":")
    if name == _RANDOM and not pairs:
        return RandomScores()
    if name in _NAMED:
        return DetectorContender(text, _NAMED[name]().set_params(**parse_settings(pairs)), ("fold", *_names(pairs)))
    if name in detector_classes():
        own = [pair for pair in pairs if not pair.startswith("train.")]
        training = [pair.removeprefix("train.") for pair in pairs if pair.startswith("train.")]
        return DetectorContender(text, make_detector(name, own, training), _names(own))
    estimator = _estimator(name, parse_settings(pairs))
    return DetectorContender(text, EstimatorDetector(estimator))


def _of_object(detector: Detector, name: str = "") -> Contender:
    """Return the contender of a detector that the user made: its settings are left as they are."""
    return DetectorContender(name or detector.name, detector, ("fold", "placement"))


def _beside(contender: Contender) -> Contender:
    if isinstance(contender, DetectorContender):
        return DetectorContender(contender.name, contender.template, contender.given, beside=True)
    return contender


def _split(text: str) -> list[str]:
    """Return what commas separate, but for those inside brackets."""
    return [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", text) if part.strip()]


def _names(pairs: Sequence[str]) -> list[str]:
    return [pair.partition("=")[0].strip().replace("-", "_") for pair in pairs]


def _estimator(name: str, settings: Mapping[str, Any]) -> Any:
    """Return an unfitted outlier detector of another library, by its class or its full name."""
    full = [public for public in sorted(ESTIMATORS) if name in (public, public.rpartition(".")[2])]
    classes = [cls for cls in map(estimator_class, full) if _finds_outliers(cls)]
    if not classes:
        known = [*detector_classes(), *_NAMED, _RANDOM, *(public.rpartition(".")[2] for public in ESTIMATORS)]
        raise ParameterError(
            f"no detector is called {name!r}: {did_you_mean(name, known)}there are "
            f"{', '.join(sorted([*detector_classes(), *_NAMED, _RANDOM]))}, and the outlier detectors of scikit-learn "
            "and PyOD, such as ECOD"
        )
    if len(classes) > 1:
        raise ParameterError(f"{name} is the name of several classes: write {' or '.join(full)}")
    parameters = inspect.signature(classes[0]).parameters
    fixed = {"random_state": 0, "novelty": True}
    try:
        return classes[0](**{key: value for key, value in fixed.items() if key in parameters} | dict(settings))
    except TypeError as error:
        raise ParameterError(f"{name} cannot be made with these settings ({error})") from error


def _finds_outliers(cls: type) -> bool:
    return any(hasattr(cls, method) for method in ("score_samples", "decision_function"))

"""What is compared: detectors by name or as objects, estimators of other libraries, and random scores."""

from __future__ import annotations

import inspect
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zlib import crc32

import numpy as np
from sklearn.base import clone

from offbeat.app.settings import make_detector, parse_settings
from offbeat.bench.nab import nab_detector
from offbeat.bench.suites.cases import Case, Part, Scored
from offbeat.detectors.base import Detector
from offbeat.detectors.baselines import SeasonalBaseline
from offbeat.detectors.estimator_table import ESTIMATORS, estimator_class
from offbeat.detectors.registry import detector_classes
from offbeat.detectors.wrapped import EstimatorDetector
from offbeat.errors import ParameterError
from offbeat.series.periods import suggest_window
from offbeat.series.recording import Recording
from offbeat.series.windows import FOLDS
from offbeat.version import __version__
from offbeat.words import did_you_mean

__all__ = ["Contender", "baseline_contenders", "contender_of", "contenders_of"]


class Contender(ABC):
    """Something that scores cases.

    Attributes
    ----------
    name : str
        What tables call it.
    """

    name: str

    @property
    @abstractmethod
    def key(self) -> str:
        """Changes with whatever determines the scores, beside the data."""

    @property
    def is_baseline(self) -> bool:
        """Whether it is there only for others to be compared with."""
        return False

    @abstractmethod
    def reads(self, case: Case) -> bool:
        """Whether it can read the data of a case."""

    @abstractmethod
    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Fit on the part to learn from, and score the data.

        Parameters
        ----------
        case : Case
            Which case.
        part : Part
            What it holds.
        live : bool
            Whether a score must not wait for later time steps.
        events : bool
            Whether events are needed.
        """


@dataclass(frozen=True, eq=False)
class RandomScores(Contender):
    """Scores drawn at random, the same for each case: what a figure is worth."""

    name: str = "random"

    @property
    def key(self) -> str:
        """The way in which they are drawn never changes."""
        return "1"

    @property
    def is_baseline(self) -> bool:
        """It always is."""
        return True

    def reads(self, case: Case) -> bool:
        """Whether it can read the data of a case: any."""
        return True

    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Draw scores, with the name of the case as the seed."""
        drawn = np.random.default_rng(crc32(f"{case.suite}/{case.name}".encode())).random(len(part.labels))
        return Scored(drawn, None, None, 1, 0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class DetectorContender(Contender):
    """A detector, fitted anew for each case with one and the same configuration.

    Parameters
    ----------
    name : str
        What tables call it.
    template : Detector
        Unfitted.
    given : sequence of str
        Settings that the user chose, and that are left as they are.
    beside : bool
        Whether it is there only for others to be compared with.
    """

    name: str
    template: Detector
    given: Sequence[str] = ()
    beside: bool = False

    @property
    def key(self) -> str:
        """A digest of all settings and of the version."""
        settings = sorted(self.template.get_params(deep=True).items())
        text = f"{__version__} {type(self.template).__qualname__} {settings!r} {sorted(self.given)}"
        # The address of an object says nothing of what it is.
        return blake2b(re.sub(r" at 0x[0-9a-f]+", "", text).encode(), digest_size=6).hexdigest()

    @property
    def is_baseline(self) -> bool:
        """Whether it is there only for others to be compared with."""
        return self.beside

    def reads(self, case: Case) -> bool:
        """Whether its class reads such data."""
        return case.reads in self.template.reads

    def run(self, case: Case, part: Part, *, live: bool, events: bool) -> Scored:
        """Fit a copy without labels, and score the data."""
        detector = clone(self.template).set_params(**self._fitting(part, live))
        begun = time.perf_counter()
        detector.fit(part.learn, validation=part.validation)
        fitted = time.perf_counter()
        scores = np.asarray(detector.decision_function(part.data), dtype=np.float64)
        scored = time.perf_counter()
        flags = np.asarray(detector.threshold_.predict(scores), dtype=bool)
        flags[: part.start] = False
        found = None
        if events and isinstance(part.data, Recording):
            found = detector.detect(part.data, merge_gap=0 if live else None, start=part.start, scores=scores)
        window = int(detector.n_times_) if isinstance(part.data, Recording) else 1
        ahead = int(detector.scorer_.stage().delay)
        return Scored(scores, flags, found, window, ahead, fitted - begun, scored - fitted)

    def _fitting(self, part: Part, live: bool) -> dict[str, Any]:
        """Return the settings that follow from the kind of data: the window, and where scores are placed."""
        reads, window = type(self.template).reads, self.template.window
        if not isinstance(part.learn, Recording):
            return {"window": None} if window is not None and "collections" in reads else {}
        chosen: dict[str, Any] = {}
        if window is None and "window" not in self.given:
            chosen["window"] = suggest_window(part.learn)
        cls = type(self.template)
        if "fold" not in self.given and "mean" in getattr(cls, "folds", FOLDS) and not self.template.is_adaptive:
            chosen["fold"] = "last" if live else "mean"
        if "placement" in cls.setting_names() and "placement" not in self.given:
            chosen["placement"] = "end" if live else "centre"
        return chosen


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

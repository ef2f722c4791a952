"""The settings and the facts that every detector class has."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import suppress
from numbers import Real
from typing import Annotated, Any, ClassVar, Self, TypedDict

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags

from offbeat.errors import DataError, ParameterError, ignoring
from offbeat.estimators.frozen import in_force
from offbeat.estimators.hints import Count, Range, Seed, Share, require_choice, shown, validate_types
from offbeat.estimators.scaling import CHANNEL_SCALINGS
from offbeat.estimators.settings import NamedSettings, parameters_of, types_of
from offbeat.series.windows import FOLDS
from offbeat.thresholds import Fixed, Threshold, Tiers

__all__ = ["Common", "Settings", "Shared", "Steps"]

Steps = Annotated[int, Range(1, 1_000_000, unit="time steps")]
"""Time steps of a window or of a horizon."""

CALIBRATIONS = ("auto", "folds", "held-out")
INCIDENTS = ("keep", "drop")


class Shared(TypedDict, total=False):
    """The settings of every detector except ``window``; see :class:`~offbeat.detectors.base.Detector`."""

    scaling: str
    held_out: float
    threshold: Threshold | None
    tiers: Tiers | None
    random_state: int
    fold: str
    stride: int
    calibration: str
    incidents: str


class Common(Shared, total=False):
    """The settings of every detector."""

    window: int | None


class Settings(NamedSettings, BaseEstimator):  # type: ignore[misc]
    """Holds the settings, which :class:`~offbeat.detectors.base.Detector` documents, and facts of the class."""

    name: ClassVar[str] = ""
    """What the command line calls it."""
    reads: ClassVar[tuple[str, ...]] = ("collections", "recordings")
    """What it can learn from: collections (without a window), recordings (with one), or both."""
    finds_window: ClassVar[bool] = False
    """Whether it reads recordings without a window, too: it then finds one that suits the training data."""
    trains: ClassVar[bool] = False
    """Whether it trains a network: it then has a setting ``train``, and ``history_`` after ``fit``."""
    adapts: ClassVar[bool] = False
    """Whether it can be set to go on learning while it scores, see :attr:`is_adaptive`."""
    is_baseline: ClassVar[bool] = False
    """Whether it is a simple method that other results are compared with."""
    n_folds: ClassVar[int] = 5
    """How many parts of the training data are scored by models that have not seen them, to set thresholds."""
    uses_held_out: ClassVar[bool] = False
    """Whether it needs normal data held out to learn, for example to stop a training."""
    folds: ClassVar[tuple[str, ...]] = FOLDS
    """The choices that it has for ``fold``, beside ``"auto"``."""
    scores_compare: ClassVar[bool] = True
    """Whether fits on more and on less of the same data give scores of one scale."""
    scores_digits: ClassVar[bool] = False
    """Whether a score is −log10 of the probability that a normal time step scores as high."""
    learns_constants: ClassVar[bool] = False
    """Whether it can learn from channels that are constant: any other value there is an anomaly to it."""
    live_settings: ClassVar[Mapping[str, Any]] = {"fold": "last"}
    """The settings that a stream takes in place of ``"auto"``, so that a time step has its score when it comes."""
    domain: ClassVar[str] = ""
    """The domain of data that it is for, as in ``Collection.domain``; empty for any."""

    def __init__(
        self,
        *,
        window: Steps | None = None,
        scaling: str = "standard",
        held_out: Share = 0.15,
        threshold: Threshold | None = None,
        tiers: Tiers | None = None,
        random_state: Seed = 0,
        fold: str = "auto",
        stride: Count = 1,
        calibration: str = "auto",
        incidents: str = "keep",
    ) -> None:
        self.window = window
        self.scaling = scaling
        self.held_out = held_out
        self.threshold = threshold
        self.tiers = tiers
        self.random_state = random_state
        self.fold = fold
        self.stride = stride
        self.calibration = calibration
        self.incidents = incidents

    def __init_subclass__(cls, **options: Any) -> None:
        """Let ``help``, editors and scikit-learn see every setting of a class, those behind ``**common``, too."""
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            own: Any = vars(cls)["__init__"]
            itself = next(iter(inspect.signature(own).parameters.values()))
            parameters = sorted(parameters_of(cls).values(), key=lambda parameter: parameter.kind)
            own.__signature__ = inspect.Signature([itself, *parameters])

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that missing values and three axes are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """Return the names of all settings, those behind ``**common`` included, sorted."""
        return tuple(sorted(parameters_of(cls)))

    @classmethod
    def setting_defaults(cls) -> dict[str, Any]:
        """Return the defaults of the settings; one that must be given has none."""
        given = {name: parameter.default for name, parameter in parameters_of(cls).items()}
        return {name: default for name, default in given.items() if default is not inspect.Parameter.empty}

    @classmethod
    def setting_types(cls) -> dict[str, Any]:
        """Return the types and bounds of the settings, by their annotations.

        Those that only a type checker can resolve are left out.
        """
        return dict(types_of(cls))

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the names of all settings; scikit-learn would ask only the class itself, and at each call."""
        return list(cls.setting_names())

    @property
    def is_adaptive(self) -> bool:
        """Whether, with these settings, a score depends on the scores before it; only where the class ``adapts``."""
        return False

    @property
    def learns_in_order(self) -> bool:
        """Whether ``fit`` depends on the order of windows, so that it cannot learn from several recordings."""
        return False

    @property
    def kind(self) -> str:
        """What it reads with these settings: ``"recordings"`` with a window, else ``"collections"``."""
        return "collections" if self.window is None and not self.finds_window else "recordings"

    @property
    def fold_in_force(self) -> str:
        """How scores of windows are folded: what ``fold`` says, or what ``"auto"`` comes to."""
        if self._settings.fold != "auto":
            return self._settings.fold
        return "mean" if "mean" in self.folds and not self.is_adaptive else "last"

    @property
    def _settings(self) -> Self:
        """The object whose settings count: ``settings_`` after ``fit``, the detector itself before."""
        return in_force(self)

    def _decide_by(self, threshold: Threshold | float | None, tiers: Tiers | None) -> None:
        """Set the threshold and tiers that are given, for this model and for the next fit."""
        chosen = {
            name: rule for name, rule in (("threshold", _as_rule(threshold)), ("tiers", tiers)) if rule is not None
        }
        self.set_params(**chosen)
        self.settings_ = clone(clone(self._settings).set_params(**chosen))

    def validate(self, *, saved: bool = False) -> None:
        """Check the settings, as ``fit`` does first.

        Parameters
        ----------
        saved : bool
            Check as well that a saved model may hold them.

        Raises
        ------
        ParameterError
            If one is out of its range, or not for a saved model.
        """
        validate_types(self.get_params(deep=False), self.setting_types())
        for rule in (self.threshold, self.tiers):
            _validate_rule(rule)
        if self.kind not in self.reads:
            raise ParameterError(f"a {type(self).__name__} reads {self.reads[0]} only: window cannot be {self.window}")
        require_choice("scaling", self.scaling, CHANNEL_SCALINGS)
        require_choice("fold", self.fold, ("auto", *self.folds))
        require_choice("calibration", self.calibration, CALIBRATIONS)
        require_choice("incidents", self.incidents, INCIDENTS)
        self._validate()
        if saved:
            self._validate_saved()

    def _validate(self) -> None:
        """Check what the types of the settings do not say; subclasses override it, and call that of their base."""

    def _validate_saved(self) -> None:
        """Check that a saved model may hold the settings, where ``fit`` takes others, too."""


def _validate_rule(rule: Threshold | Tiers | None) -> None:
    """Fit a rule to made-up scores, so that wrong settings are found before the training."""
    if rule is None:
        return
    with ignoring(Warning), suppress(DataError):
        clone(rule).fit(np.linspace(0.0, 1.0, 1000), step=60.0)


def _as_rule(threshold: Any) -> Threshold | None:
    """Return a threshold as a rule, a number as that of a fixed value."""
    if threshold is None or isinstance(threshold, Threshold):
        return threshold
    if isinstance(threshold, bool) or not isinstance(threshold, Real):
        raise ParameterError(f"a threshold is a rule such as Budget(1), or a score, got {shown(threshold)}")
    return Fixed(float(threshold))

"""The settings that every detector has, and what scikit-learn asks of them."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import Annotated, Any, ClassVar, Self, TypedDict, get_type_hints

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags

from offbeat.errors import DataError, ParameterError, ignoring
from offbeat.estimators.frozen import freeze, in_force
from offbeat.estimators.hints import Count, Range, Seed, Share, validate_types
from offbeat.series.windows import FOLDS, Windows
from offbeat.thresholds import Threshold, Tiers

__all__ = ["Common", "Settings", "Shared", "Steps"]

Steps = Annotated[int, Range(1, 1_000_000)]
"""Time steps of a window or of what is forecast after it."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Shared(TypedDict, total=False):
    """The settings that every detector has, but for its window; :class:`Detector` says what they mean."""

    scaling: str
    held_out: float
    threshold: Threshold | None
    tiers: Tiers | None
    random_state: int
    fold: str
    stride: int


class Common(Shared, total=False):
    """The settings that every detector has."""

    window: int | None


class Settings(BaseEstimator):  # type: ignore[misc]
    """Keeps the settings; :class:`~offbeat.detectors.base.Detector` says what they mean."""

    reads: ClassVar[tuple[str, ...]] = ("collections", "recordings")
    """What it can learn from: collections (without a window), recordings (with one), or both."""

    trains: ClassVar[bool] = False
    """Whether it trains a network, with settings of the training."""

    def __init__(
        self,
        *,
        window: Steps | None = None,
        scaling: str = "standard",
        held_out: Share = 0.15,
        threshold: Threshold | None = None,
        tiers: Tiers | None = None,
        random_state: Seed = 0,
        fold: str = "last",
        stride: Count = 1,
    ) -> None:
        self.window = window
        self.scaling = scaling
        self.held_out = held_out
        self.threshold = threshold
        self.tiers = tiers
        self.random_state = random_state
        self.fold = fold
        self.stride = stride

    def __init_subclass__(cls, **options: Any) -> None:
        """Let ``help``, editors and scikit-learn see every setting of a class, those behind ``**common``, too."""
        super().__init_subclass__(**options)
        if "__init__" not in vars(cls):
            return
        named: dict[str, inspect.Parameter] = {}
        for init in [vars(c)["__init__"] for c in cls.__mro__ if "__init__" in vars(c)]:
            for name, parameter in inspect.signature(init).parameters.items():
                if parameter.kind in _NAMED:
                    named.setdefault(name, parameter)
        own: Any = vars(cls)["__init__"]
        own.__signature__ = inspect.Signature(sorted(named.values(), key=lambda parameter: parameter.kind))

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that missing values are welcome, and labels not needed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the settings of the class and of those it is made from (scikit-learn asks only the class itself)."""
        signatures = (inspect.signature(c).parameters.values() for c in cls.__mro__ if "__init__" in vars(c))
        return sorted({p.name for signature in signatures for p in signature if p.kind in _NAMED} - {"self"})

    @classmethod
    def _hints(cls) -> dict[str, Any]:
        """Return the types and bounds of these settings, by their annotations.

        None for those that only a type checker can resolve.
        """
        found: dict[str, Any] = {}
        for init in [vars(c)["__init__"] for c in reversed(cls.__mro__) if "__init__" in vars(c)]:
            with suppress(NameError):
                found |= get_type_hints(init, include_extras=True)
        return found

    @property
    def _used(self) -> Self:
        """What holds the settings that count: those that ``fit`` used, or its own before one."""
        return in_force(self)

    def _freeze(self) -> None:
        """Keep the settings as they are now for all that is to be scored."""
        freeze(self)

    def _decide_by(self, threshold: Threshold | None, tiers: Tiers | None) -> None:
        """Take another threshold and other tiers, where they are given, for this model and the next fit."""
        chosen = {name: rule for name, rule in (("threshold", threshold), ("tiers", tiers)) if rule is not None}
        self.set_params(**chosen)
        self.settings_ = clone(clone(self._used).set_params(**chosen))

    @property
    def _windows(self) -> Windows | None:
        return None if self._used.window is None else Windows(self._used.window)

    def _validate_saved(self) -> None:
        """Check what a saved model may hold besides what ``fit`` takes; nothing, if nothing else is said."""

    def _validate(self) -> None:
        """Check the settings; subclasses add their own."""
        validate_types(self.get_params(deep=False), self._hints())
        for rule in (self.threshold, self.tiers):
            _validate_rule(rule)
        if ("collections" if self.window is None else "recordings") not in self.reads:
            raise ParameterError(f"a {type(self).__name__} reads {self.reads[0]} only: window cannot be {self.window}")
        if self.fold not in FOLDS:
            raise ParameterError(f"fold is one of {', '.join(FOLDS)}, got {self.fold!r}")


def _validate_rule(rule: Threshold | Tiers | None) -> None:
    """Fit a rule to made-up scores: what is wrong with its settings is said before a training is spent on it."""
    if rule is None:
        return
    trial = clone(rule)
    if isinstance(trial, Threshold):
        trial = trial.with_step(60.0)
    with ignoring(Warning), suppress(DataError):
        trial.fit(np.linspace(0.0, 1.0, 1000))

"""The settings that every detector has, and what scikit-learn asks of them."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import Annotated, Any, ClassVar, TypedDict, get_type_hints

from sklearn.base import BaseEstimator

from offbeat.errors import ParameterError
from offbeat.hints import Count, Range, Seed, Share, judge_types
from offbeat.thresholds import Threshold, Tiers
from offbeat.windows import FOLDS, Windows

__all__ = ["Common", "Settings", "Shared", "Steps"]

Steps = Annotated[int, Range(1, 1_000_000)]
"""Time steps of a window or of what is forecast after it."""


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

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the settings of the class and of those it is made from (scikit-learn asks only the class itself)."""
        signatures = (inspect.signature(c).parameters.values() for c in cls.__mro__ if "__init__" in vars(c))
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        return sorted({p.name for signature in signatures for p in signature if p.kind in kinds} - {"self"})

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
    def _windows(self) -> Windows | None:
        return None if self.window is None else Windows(self.window)

    def _judge_saved(self) -> None:
        """Check what a saved model may hold besides what ``fit`` takes; nothing, if nothing else is said."""

    def _judge(self) -> None:
        """Check the settings; subclasses add their own."""
        judge_types(self.get_params(deep=False), self._hints())
        if ("collections" if self.window is None else "recordings") not in self.reads:
            raise ParameterError(f"a {type(self).__name__} reads {self.reads[0]} only: window cannot be {self.window}")
        if self.fold not in FOLDS:
            raise ParameterError(f"fold is one of {', '.join(FOLDS)}, but {self.fold!r} came")

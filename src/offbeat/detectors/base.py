"""The contract of every detector: public methods validate, subclasses compute."""

from __future__ import annotations

import inspect
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypedDict, get_type_hints

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from offbeat.detectors.fingerprints import fingerprints
from offbeat.detectors.framing import Framing, require_enough
from offbeat.detectors.inputs import as_collection
from offbeat.detectors.randomness import borrowed_randomness
from offbeat.detectors.scaling import Scaler
from offbeat.errors import NotFittedError, ParameterError
from offbeat.events import Event, mask_to_events
from offbeat.hints import judge_types
from offbeat.recording import FloatArray
from offbeat.severity import Severity
from offbeat.thresholds import FewScoresWarning, Quantile, Threshold, Tiers
from offbeat.windows import Windows

__all__ = ["Common", "Detector", "Explanation"]

Scaled = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Explanation:
    """What a detector expected, and which part of each score came from where.

    Attributes
    ----------
    expected : array
        The signal the detector took for normal, in the units and shape of the input's values.
    shares : array of the same shape
        The part of the score that each time step and channel brought in. For a collection they sum to the score
        of the series; for a recording the channels of a time step sum to the score of that time step.
    scores : array of shape (n,)
        The scores explained.
    """

    expected: FloatArray
    shares: FloatArray
    scores: FloatArray


class Common(TypedDict, total=False):
    """The settings that every detector has; :class:`Detector` says what they mean."""

    window: int | None
    scaling: str
    held_out: float
    threshold: Threshold | None
    tiers: Tiers | None
    random_state: int


class Detector(BaseEstimator, ABC):  # type: ignore[misc]
    """Learns what normal looks like; gives a score to what it is shown.

    The words are scikit-learn's and PyOD's, the sign is PyOD's: **higher means more anomalous**.

    Parameters
    ----------
    window : int, optional
        With a window the detector reads recordings, and scores each time step by the window that ends there; without
        one (None) it reads collections, and scores each series.
    scaling : {"standard", "minmax", "none"}
        How each channel is scaled, learned on the training data alone.
    held_out : float
        The share of the normal training data kept aside to stop training and to set thresholds, where ``fit`` is
        given no ``validation`` data. The last part of a recording, a random draw of a collection.
    threshold : Threshold, optional
        From scores to 0/1; ``Quantile(0.05)`` where None.
    tiers : Tiers, optional
        From scores to normal, watch and alarm; ``Tiers(0.05, 0.01)`` where None.
    random_state : int
        Seed of everything that is drawn at random. The caller's global random state is never touched.

    Attributes
    ----------
    threshold_, tiers_ : Threshold, Tiers
        Fitted on the held-out scores.
    scaler_ : Scaler
        The shift and scale of each channel.
    held_out_scores_, train_scores_ : arrays
        The scores of the normal data kept aside, and of the data learned from.
    n_times_, channels_ : int, tuple of str
        Time steps of a series (or window), and the names of the channels.
    seen_ : array of uint64
        A fingerprint of each series learned from or held out, so that an evaluation can leave them out.
    """

    name: ClassVar[str] = ""
    """What the command line calls it."""
    is_floor: ClassVar[bool] = False
    """Whether it is one of the simple methods that stand beside every result."""
    _batch: ClassVar[int] = 256

    def __init__(
        self,
        *,
        window: int | None = None,
        scaling: str = "standard",
        held_out: float = 0.15,
        threshold: Threshold | None = None,
        tiers: Tiers | None = None,
        random_state: int = 0,
    ) -> None:
        self.window = window
        self.scaling = scaling
        self.held_out = held_out
        self.threshold = threshold
        self.tiers = tiers
        self.random_state = random_state

    @classmethod
    def _get_param_names(cls) -> list[str]:
        """Return the settings of the class and of those it is made from (scikit-learn asks only the class itself)."""
        signatures = (inspect.signature(c).parameters.values() for c in cls.__mro__ if "__init__" in vars(c))
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        return sorted({p.name for signature in signatures for p in signature if p.kind in kinds} - {"self"})

    @classmethod
    def _hints(cls) -> dict[str, Any]:
        """Return the types of these settings, by their annotations; none for those only a type checker can resolve."""
        found: dict[str, Any] = {}
        for init in [vars(c)["__init__"] for c in reversed(cls.__mro__) if "__init__" in vars(c)]:
            with suppress(NameError):
                found |= get_type_hints(init)
        return found

    # What subclasses write. All values are scaled float32 of shape (n_series, n_channels, n_times).

    @abstractmethod
    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        """Learn from ``train``; ``held_out`` may stop the training, nothing else."""

    @abstractmethod
    def _score(self, values: Scaled) -> FloatArray:
        """Return one score a series."""

    @abstractmethod
    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        """Return the expected signal and the shares of the score, both shaped like ``values``."""

    @abstractmethod
    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the learned arrays that ``_restore`` needs."""

    @abstractmethod
    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``_arrays`` gave."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Return an unfitted detector with tiny settings, for tests and trials."""

    # What users call.

    def fit(self, X: Any, y: npt.ArrayLike | None = None, *, validation: Any = None) -> Self:
        """Learn what normal looks like.

        Parameters
        ----------
        X : Collection, Recording, DataFrame or array
            Mostly normal data: ``(n_series, n_channels, n_times)`` or ``(n_series, n_times)`` without a window,
            ``(n_times, n_channels)`` or ``(n_times,)`` with one. Series with missing values are left out.
        y : array of shape (n_series,) or (n_times,), optional
            1 where an anomaly is known: these are left out. Never needed.
        validation : like X, optional
            Normal data to hold out, in place of a part of ``X``.

        Returns
        -------
        Self
            The fitted detector.

        Raises
        ------
        ParameterError
            If a setting is out of its range.
        DataError, ShapeError
            If the data is of the wrong noun, too little, infinite or constant.
        """
        self._judge()
        framing = self._framing
        series, channels = framing.read(X)
        usable = ~framing.labelled(y, len(series)) & framing.complete(series, "left out of the training")
        if validation is None:
            train, held_out = framing.hold_out(series[usable], self.held_out, self.random_state)
        else:
            other, _ = framing.read(validation, series.shape[1:])
            train, held_out = series[usable], other[framing.complete(other, "left out of the validation")]
        require_enough(train, held_out)
        self.n_times_, self.channels_ = series.shape[2], channels
        self.scaler_ = Scaler.learn(self.scaling, train)
        with borrowed_randomness(self.random_state):
            self._fit(self.scaler_.apply(train), self.scaler_.apply(held_out))
        self.train_scores_, self.held_out_scores_ = self._scores(train), self._scores(held_out)
        self.seen_ = fingerprints(np.concatenate([train, held_out])) if self.window is None else fingerprints(train[:0])
        return self._calibrate()

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Score each series of a collection or each time step of a recording; higher is more anomalous.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            NaN where no window ends, and where values are missing.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError
            If the length or the channels are not those of the training data.
        DataError
            If values are infinite or not numbers.
        """
        series, complete = self._readable(X)
        scores = np.full(len(series), np.nan)
        scores[complete] = self._scores(series[complete])
        return self._framing.fold(scores)

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Return 1 for what scores above the threshold, else 0; what has no score (NaN) is not flagged."""
        scores = self.decision_function(X)
        flags: npt.NDArray[np.int64] = self.threshold_.predict(scores)
        return flags

    def detect(self, X: Any) -> list[Event]:
        """Return what is flagged as events: runs of time steps, or whole series, with peak, tier and channels."""
        scores = self.decision_function(X)
        flagged = self.threshold_.predict(scores)
        if self.window is not None:
            return mask_to_events(flagged, scores, tiers=self.tiers_)
        hits = np.flatnonzero(flagged)
        shares = self.explain(as_collection(X)[hits]).shares if len(hits) else np.empty((0, 1, 1))
        tiers = self.tiers_.predict(scores)
        return [self._event(int(i), scores[i], int(tiers[i]), share) for i, share in zip(hits, shares, strict=True)]

    def explain(self, X: Any) -> Explanation:
        """Return the expected signal, and the share of each time step and channel in the score."""
        series, complete = self._readable(X)
        expected, shares = np.full(series.shape, np.nan), np.full(series.shape, np.nan)
        for rows in np.split(np.flatnonzero(complete), range(self._batch, complete.sum(), self._batch)):
            if len(rows):
                signal, share = self._explain(self.scaler_.apply(series[rows]))
                expected[rows], shares[rows] = self.scaler_.undo(signal), share
        if self.window is None:
            return Explanation(expected, shares, shares.sum(axis=(1, 2)))
        folded = self._framing.fold(shares.sum(axis=2))
        return Explanation(self._framing.fold(expected[:, :, -1]), folded, folded.sum(axis=1))

    def set_threshold(self, threshold: Threshold | None = None, tiers: Tiers | None = None) -> Self:
        """Decide by another threshold, other tiers or both, without training again.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        """
        self._check_fitted()
        self.threshold = self.threshold if threshold is None else threshold
        self.tiers = self.tiers if tiers is None else tiers
        return self._calibrate()

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder: ``config.json`` and ``weights.safetensors``, no pickle.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If the folder cannot be written; nothing half-written is left.
        """
        from offbeat.detectors.persistence import save

        self._check_fitted()
        return save(self, Path(folder))

    # What holds it together.

    @property
    def _framing(self) -> Framing:
        return Framing(self.window)

    def _judge(self) -> None:
        """Check the settings; subclasses add their own."""
        judge_types(self.get_params(deep=False), self._hints())
        if self.window is not None:
            Windows(self.window)
        if not 0 <= self.random_state < 2**32:
            raise ParameterError(f"random_state is a number from 0 to 2**32 - 1, but {self.random_state!r} came")
        if not 0 < self.held_out < 1:
            raise ParameterError(f"held_out is a share between 0 and 1, but {self.held_out!r} came")

    def _calibrate(self) -> Self:
        self.threshold_ = clone(Quantile(0.05) if self.threshold is None else self.threshold)
        self.tiers_ = clone(Tiers() if self.tiers is None else self.tiers)
        self.threshold_.fit(self.held_out_scores_)
        with warnings.catch_warnings():
            if self.tiers is None:
                # Nobody asked for these rates: a note on them would only be in the way.
                warnings.simplefilter("ignore", FewScoresWarning)
            self.tiers_.fit(self.held_out_scores_)
        return self

    def _check_fitted(self) -> None:
        if not hasattr(self, "scaler_"):
            raise NotFittedError(f"this {type(self).__name__} has not learned anything yet: call fit first")

    def _readable(self, X: Any) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """Return the series of ``X``, shaped like those of the training, and which of them lack no value."""
        self._check_fitted()
        series, _ = self._framing.read(X, (len(self.channels_), self.n_times_))
        return series, self._framing.complete(series, "given NaN")

    def _in_batches(self, compute: Callable[[Scaled], FloatArray], series: FloatArray) -> npt.NDArray[np.float64]:
        """Return ``compute`` of the scaled series, a batch at a time, so that memory stays bounded."""
        starts = range(0, len(series), self._batch)
        parts = [compute(self.scaler_.apply(series[start : start + self._batch])) for start in starts]
        return np.concatenate(parts).astype(np.float64)

    def _scores(self, series: FloatArray) -> npt.NDArray[np.float64]:
        return self._in_batches(self._score, series) if len(series) else np.empty(0)

    def _event(self, series: int, score: float, tier: int, share: FloatArray) -> Event:
        # Some estimators have scores below 0: parts of them are still above.
        parts = share / (share.sum() or 1.0)
        channels = tuple(zip(self.channels_, map(float, parts.sum(axis=1)), strict=True))
        peak = int(parts.sum(axis=0).argmax())
        return Event(0, self.n_times_, peak, float(score), Severity(tier), channels, series)

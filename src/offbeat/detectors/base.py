"""The contract of every detector: public methods validate, subclasses compute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Self, overload

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from offbeat.detectors.explanation import Explanation
from offbeat.detectors.fingerprints import fingerprints
from offbeat.detectors.framing import Framed, Framing, Rows, require_enough
from offbeat.detectors.randomness import borrowed_randomness
from offbeat.detectors.scaling import Scaler
from offbeat.detectors.settings import Common, Settings, Shared
from offbeat.detectors.stages import Folding, Stage
from offbeat.errors import DataError, ModelError, NotFittedError
from offbeat.events import Event, hysteresis, mask_to_events
from offbeat.quiet import ignoring
from offbeat.recording import FloatArray, Recording
from offbeat.severity import Severity
from offbeat.thresholds import FewScoresWarning, Quantile, Threshold, Tiers

__all__ = ["Common", "Detector", "Explanation", "Scaled", "Shared"]

Scaled = npt.NDArray[np.float32]


class Detector(Settings, ABC):
    """Learns what normal looks like; gives a score to what it is shown.

    The words are scikit-learn's and PyOD's, the sign is PyOD's: **higher means more anomalous**.

    Parameters
    ----------
    window : int, optional
        With a window the detector reads recordings, and scores each time step by the window that ends there; without
        one (None) it reads collections, and scores each series.
    scaling : {"standard", "minmax", "robust", "none"}
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
    fold : {"last", "mean", "max", "median"}
        How the scores of windows become scores of time steps: that of the window which ends there, so that nothing that
        comes after matters; or the mean, maximum or median of all windows that cover it, which finds edges more
        sharply but is known only a window later. See :meth:`offbeat.windows.Windows.fold`.
    stride : int
        Time steps between the starts of the windows learned from; more than 1 saves time on long recordings. Scores
        are given at every time step.

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
    domain_ : str
        What the data learned from is about, see :class:`offbeat.Collection`.
    step_ : float or None
        Seconds between the time steps of the recording learned from, where it knows.
    seen_ : array of uint64
        A fingerprint of each series learned from or held out, so that an evaluation can leave them out.
    last_seen_ : array of shape (1, n_channels, n_times)
        The last window held out, to the same end; empty for collections.
    """

    name: ClassVar[str] = ""
    """What the command line calls it."""
    is_floor: ClassVar[bool] = False
    """Whether it is one of the simple methods that stand beside every result."""
    adapts: bool = False
    """Whether a score depends on what came before its window, too."""
    _batch: ClassVar[int] = 1024

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
        self._look(X)
        framing = self._framing
        framed = framing.read(X)
        framed.warn("left out of the training")
        usable = np.flatnonzero(framed.complete & ~framing.labelled(y, framed))
        if validation is None:
            other = framed
            learned, kept = framing.hold_out(usable, self.held_out, self.random_state)
        else:
            other = framing.read(validation, framed.series.shape[2], framed.noun.channels)
            other.warn("left out of the validation")
            learned, kept = usable, np.flatnonzero(other.complete)
        with borrowed_randomness(self.random_state):
            train = framed.series[learned[:: self.stride]]
            self.step_, self.domain_ = framed.step, framed.noun.domain
            self._take(train, other.series[kept], framed.noun.channels)
            self.seen_ = fingerprints(np.concatenate([train, other.series[kept]]) if self.window is None else train[:0])
            self.last_seen_ = np.array(other.series[kept[-1:]] if self.window else train[:0], dtype=np.float64)
            del train
            self.train_scores_ = self._scores_of(framed, learned)
            self.held_out_scores_ = self._scores_of(other, kept)
        if not len(self.held_out_scores_):
            raise DataError(
                f"fold={self.fold!r} needs {2 * self.n_times_ - 1} time steps in a row to score one, but the part held "
                "out is shorter: give more data, a larger held_out, a shorter window, or fold='last'"
            )
        return self._calibrate()

    @overload
    def decision_function(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[float]: ...

    @overload
    def decision_function(self, X: Any) -> npt.NDArray[np.float64]: ...

    def decision_function(self, X: Any) -> Any:
        """Score each series of a collection or each time step of a recording; higher is more anomalous.

        Returns
        -------
        array of shape (n_series,) or (n_times,)
            NaN where no window ends, and where values are missing. A pandas series with the index of ``X`` where that
            is a frame or a series.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError
            If the length or the channels are not those of the training data.
        DataError
            If values are infinite or not numbers.
        """
        return _like(X, self._scores_of(self._readable(X)), "score")

    @overload
    def predict(self, X: pd.DataFrame | pd.Series[Any]) -> pd.Series[int]: ...

    @overload
    def predict(self, X: Any) -> npt.NDArray[np.int64]: ...

    def predict(self, X: Any) -> Any:
        """Return 1 for what scores above the threshold, else 0; what has no score (NaN) is not flagged."""
        scores = self._scores_of(self._readable(X))
        return _like(X, self.threshold_.predict(scores), "flag")

    def detect(self, X: Any, *, min_length: int = 1, merge_gap: int = 0, low: float | None = None) -> list[Event]:
        """Return what is flagged as events: runs of time steps, or whole series, with peak, tier and channels.

        Parameters
        ----------
        X : like that of ``fit``
        min_length : int
            Time steps that an event of a recording lasts at least; shorter ones are dropped.
        merge_gap : int
            Events of a recording are joined when at most that many time steps lie between them.
        low : float, optional
            An event of a recording begins above the threshold, and goes on while scores are above this; see
            :func:`offbeat.events.hysteresis`. The threshold itself where None.
        """
        framed = self._readable(X)
        scores = self._scores_of(framed)
        flagged = self.threshold_.predict(scores)
        if isinstance(framed.noun, Recording):
            if low is not None:
                flagged = hysteresis(scores, self.threshold_.cut_, low)
            # Explaining can cost many times what scoring does: only what is flagged is explained.
            return mask_to_events(
                flagged,
                scores,
                tiers=self.tiers_,
                min_length=min_length,
                merge_gap=merge_gap,
                shares=self._explained(framed, scores, flagged == 1).shares,
                channels=self.channels_,
                timestamps=framed.noun.timestamps,
            )
        shares = self._explained(framed, scores, flagged == 1).shares
        tiers = self.tiers_.predict(scores)
        return [self._event(int(i), scores[i], int(tiers[i]), shares[i]) for i in np.flatnonzero(flagged)]

    def explain(self, X: Any) -> Explanation:
        """Return the expected signal, and the share of each time step and channel in the score."""
        framed = self._readable(X)
        return self._explained(framed, self._scores_of(framed))

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
        return Framing(self._windows)

    def _look(self, X: Any) -> None:
        """Find out about the training data what the windows depend on; nothing, if nothing else is said."""

    def _take(self, train: FloatArray, held_out: FloatArray, channels: tuple[str, ...]) -> None:
        """Learn from series or windows of shape ``(n, n_channels, n_times)`` that lack no value."""
        require_enough(train, held_out, self._windows)
        self.n_times_, self.channels_ = train.shape[2], channels
        self.scaler_ = Scaler.learn(self.scaling, train)
        self._fit(self.scaler_.apply(train), self.scaler_.apply(held_out))

    def _gives(self, values: Scaled) -> FloatArray:
        """Return what each window gives to the last stage, ``(n_windows, ...)``: its score, if nothing else is said."""
        return self._score(values)

    def _stage(self) -> Stage:
        """Return the last stage, with nothing to remember yet; only detectors with a window have one."""
        assert self._windows is not None
        return Folding(self._windows, self.fold)

    def _calibrate(self) -> Self:
        self.threshold_ = clone(Quantile(0.05) if self.threshold is None else self.threshold).with_step(self.step_)
        self.tiers_ = clone(Tiers() if self.tiers is None else self.tiers)
        self.threshold_.fit(self.held_out_scores_)
        # Where nobody asked for these rates, a note on them would only be in the way.
        with ignoring(*[FewScoresWarning][: self.tiers is None]):
            self.tiers_.fit(self.held_out_scores_)
        return self

    def _require_span(self) -> None:
        """Refuse a model whose windows are not as long as the series that it learned from."""
        span = self.n_times_ if self._windows is None else self._windows.span
        if span != self.n_times_:
            raise ModelError(f"it learned from series of {self.n_times_} time steps, but its windows take {span}")

    def _check_fitted(self) -> None:
        if not hasattr(self, "scaler_"):
            raise NotFittedError(f"this {type(self).__name__} has not learned anything yet: call fit first")

    def _readable(self, X: Any) -> Framed:
        """Return ``X`` as this detector sees it, checked against what it was fitted on."""
        self._check_fitted()
        framed = self._framing.read(X, self.n_times_, self.channels_)
        framed.warn("given NaN")
        return framed

    def _in_batches(
        self, compute: Callable[[Scaled], FloatArray], framed: Framed, wanted: npt.NDArray[np.bool_]
    ) -> Iterator[tuple[Rows, FloatArray]]:
        """Yield rows and ``compute`` of them, scaled, a batch at a time, so that memory stays bounded."""
        scaled, rows = framed.scaled(self.scaler_), np.flatnonzero(wanted)
        for start in range(0, len(rows), self._batch):
            batch = rows[start : start + self._batch]
            yield batch, compute(np.ascontiguousarray(scaled[batch]))

    def _given(self, framed: Framed, wanted: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.float64]:
        """Return what each series or window gives, ``(n, ...)``; NaN where values are missing or it is not wanted."""
        given = np.full(len(framed), np.nan)
        for batch, result in self._in_batches(self._gives, framed, framed.complete if wanted is None else wanted):
            if given.shape[1:] != result.shape[1:]:
                given = np.full((len(framed), *result.shape[1:]), np.nan)
            given[batch] = result
        return given

    def _scores_of(self, framed: Framed, rows: Rows | None = None) -> npt.NDArray[np.float64]:
        """Return the score of each series or time step; of those that the given rows settle, where these are given."""
        given = self._given(framed, None if rows is None else np.isin(np.arange(len(framed)), rows))
        scores = given if framed.windows is None else self._stage().whole(given, framed.n_steps)
        if rows is None:
            return scores
        settled = scores[framed.ends[rows]]
        return np.asarray(settled[~np.isnan(settled)])

    def _explained(
        self, framed: Framed, scores: npt.NDArray[np.float64], only: npt.NDArray[np.bool_] | None = None
    ) -> Explanation:
        """Explain scores; all of them, or those that are marked."""
        values = framed.noun.values
        expected, shares = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
        wanted = framed.complete if only is None else framed.complete & only[framed.ends]
        scaled = framed.scaled(self.scaler_)
        for rows in np.split(np.flatnonzero(wanted), range(self._batch, int(wanted.sum()), self._batch)):
            if not len(rows):
                continue
            signal, share = self._explain(np.ascontiguousarray(scaled[rows]))
            at, signal = framed.ends[rows], self.scaler_.undo(signal)
            if framed.windows is None:
                expected[at], shares[at] = signal, share
            else:
                expected[at], shares[at] = signal[:, :, -1], _parts(share.sum(axis=2), scores[at])
        return Explanation(expected, shares, scores)

    def _event(self, series: int, score: float, tier: int, share: FloatArray) -> Event:
        # Some estimators have scores below 0: parts of them are still above.
        parts = share / (share.sum() or 1.0)
        channels = tuple(zip(self.channels_, map(float, parts.sum(axis=1)), strict=True))
        peak = int(parts.sum(axis=0).argmax())
        return Event(0, self.n_times_, peak, float(score), Severity(tier), channels, series)


def _parts(shares: FloatArray, scores: npt.NDArray[np.float64]) -> FloatArray:
    """Return shares of shape ``(n, n_channels)`` in the same proportions, so that they sum to the scores."""
    total = shares.sum(axis=1, keepdims=True)
    even = np.full(shares.shape, 1.0 / shares.shape[1])
    parts: FloatArray = np.divide(shares, total, out=even, where=total != 0) * scores[:, None]
    return parts


def _like(X: Any, found: npt.NDArray[Any], name: str) -> Any:
    return pd.Series(found, index=X.index, name=name) if isinstance(X, pd.DataFrame | pd.Series) else found

"""How scores come about: what subclasses of a detector write, and what holds it together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from offbeat.detectors.scoring.explanation import Explanation
from offbeat.detectors.scoring.framing import Framed, Framing, Rows, require_enough
from offbeat.detectors.scoring.stages import Folding, Stage
from offbeat.detectors.settings import Settings
from offbeat.errors import ModelError, NotFittedError, ignoring
from offbeat.estimators.scaling import Scaler
from offbeat.events import Event
from offbeat.events.severity import Severity
from offbeat.series.recording import FloatArray
from offbeat.thresholds import FewScoresWarning, Quantile, Threshold, Tiers

__all__ = ["Scaled", "Scoring"]

Scaled = npt.NDArray[np.float32]


class Scoring(Settings, ABC):
    """From data to scores; :class:`~offbeat.detectors.base.Detector` adds what users call.

    What is scored goes by ``_used``, the settings of the fit, never by the attributes of the same names, which
    ``set_params`` may have changed since.
    """

    _batch: ClassVar[int] = 1024

    threshold_: Threshold
    tiers_: Tiers
    step_: float | None
    held_out_scores_: npt.NDArray[np.float64]

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

    @property
    def _framing(self) -> Framing:
        return Framing(self._windows)

    def _look(self, X: Any) -> None:
        """Find out about the training data what the windows depend on; nothing, if nothing else is said."""

    def _take(self, train: FloatArray, held_out: FloatArray, channels: tuple[str, ...]) -> None:
        """Learn from series or windows of shape ``(n, n_channels, n_times)`` that lack no value."""
        require_enough(train, held_out, self._windows)
        self.n_times_, self.channels_ = train.shape[2], channels
        self.scaler_ = Scaler.learn(self.scaling, train, channels)
        self._fit(self.scaler_.apply(train), self.scaler_.apply(held_out))

    def _gives(self, values: Scaled) -> FloatArray:
        """Return what each window gives to the last stage, ``(n_windows, ...)``: its score, if nothing else is said."""
        return self._score(values)

    def _stage(self) -> Stage:
        """Return the last stage, with nothing to remember yet; only detectors with a window have one."""
        assert self._windows is not None
        return Folding(self._windows, self._used.fold)

    def _calibrate(self) -> Self:
        threshold, tiers = self._used.threshold, self._used.tiers
        self.threshold_ = clone(Quantile(0.05) if threshold is None else threshold).with_step(self.step_)
        self.tiers_ = clone(Tiers() if tiers is None else tiers)
        self.threshold_.fit(self.held_out_scores_)
        # Where nobody asked for these rates, a note on them would only be in the way.
        with ignoring(*[FewScoresWarning][: tiers is None]):
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
        values = framed.data.values
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

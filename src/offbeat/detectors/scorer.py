"""What a detector computes on plain arrays: what its class writes, and the scorer that everything else goes through."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from offbeat.detectors.scoring.checks import require_variation, warn_of_constants
from offbeat.detectors.scoring.series_view import SeriesView
from offbeat.detectors.scoring.stages import Stage
from offbeat.detectors.scoring.views import Mask, Rows, View, Viewed
from offbeat.detectors.scoring.windows_view import WindowsView
from offbeat.detectors.settings import Settings
from offbeat.errors import ModelError
from offbeat.estimators.folder import Arrays
from offbeat.estimators.scaling import Scaler
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray
from offbeat.series.windows import Windows
from offbeat.threads import one_blas_thread

__all__ = ["BATCH", "Algorithm", "Scaled", "Scorer"]

Scaled = npt.NDArray[np.float32]

BATCH = 1024
"""Series that are computed at once, so that memory stays bounded."""


class Algorithm(Settings, ABC):
    """What a class of detectors writes, on scaled float32 arrays of shape ``(n_series, n_channels, n_times)``.

    The first five methods must be written, the others may be. None of them is called but by :class:`Scorer`. They go by
    ``self._settings``, the settings of the fit, where ``set_params`` may have changed the attributes since.
    """

    scaler_: Scaler
    channels_: tuple[str, ...]
    n_times_: int

    @abstractmethod
    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        """Learn from ``train``; ``held_out`` may stop the training, nothing else."""

    @abstractmethod
    def _score(self, values: Scaled) -> FloatArray:
        """Return one score for each series, ``(n_series,)``."""

    @abstractmethod
    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        """Return the expected signal and the shares of the score, both of the shape of ``values``."""

    @abstractmethod
    def _arrays(self) -> Arrays:
        """Return the learned arrays, by name."""

    @abstractmethod
    def _restore(self, arrays: Arrays) -> None:
        """Take over what ``_arrays`` returned; ``channels_``, ``n_times_`` and ``scaler_`` are there already."""

    def _as_onnx(self) -> Self:
        """Return a detector that shares what this one has learned, its networks as ONNX; itself where it has none."""
        return self

    def _score_graph(self, graph: Graph, scaled: str) -> str | None:
        """Add ``_score`` of the series ``scaled`` to an ONNX graph and return its name, a float64.

        None where the score is no graph, or depends on scores before it.
        """
        return None

    def _for_fold(self) -> Self:
        """Return the detector as it is to be fitted on a part of the training data, to score the rest of it."""
        return self

    def _prepare(self, X: Any) -> None:
        """Find out from the training data, as it was given, what ``_view`` depends on besides the settings."""

    def _view(self) -> View[Any]:
        """Return how it sees data: as series without a window, as windows with one."""
        window = self._settings.window
        return SeriesView() if window is None else WindowsView(Windows(window))

    def _outputs(self, values: Scaled) -> FloatArray:
        """Return what the last stage needs of each series, ``(n_series, ...)``: its score, unless overridden."""
        return self._score(values)

    def _all_outputs(self, series: Scaled, wanted: Mask) -> FloatArray:
        """Return the outputs of all series, NaN for those not wanted: a batch at a time, unless overridden."""
        found, rows = np.full(len(series), np.nan), np.flatnonzero(wanted)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            outputs = self._outputs(np.ascontiguousarray(series[batch]))
            if found.shape[1:] != outputs.shape[1:]:
                found = np.full((len(series), *outputs.shape[1:]), np.nan)
            found[batch] = outputs
        return found

    def _stage(self) -> Stage:
        """Return a new last stage, with nothing remembered."""
        return self._view().stage(self.fold_in_force)


class Scorer:
    """A detector on plain arrays: scales series of one shape, learns from them, scores and explains them.

    Detectors, mixtures of them and streams all compute through one. It keeps nothing itself: what is learned are
    attributes of the detector.

    Parameters
    ----------
    detector : Detector
        Fitted, or to be fitted or restored by the methods of those names.

    Examples
    --------
    >>> from offbeat import NaiveForecast
    >>> scorer = NaiveForecast(scaling="none").fit(np.arange(200.0)).scorer_
    >>> scorer.score(scorer.scale(np.array([[[5.0, 6.0]], [[6.0, 9.0]]])))
    array([1., 3.])
    """

    def __init__(self, detector: Algorithm) -> None:
        self._detector = detector

    @cached_property
    def view(self) -> View[Any]:
        """How the detector sees its data."""
        return self._detector._view()

    def prepare(self, X: Any) -> View[Any]:
        """Find out from training data what the view depends on, and return the view."""
        self._detector._prepare(X)
        return self.view

    def fit(self, train: FloatArray, held_out: FloatArray, channels: tuple[str, ...]) -> Self:
        """Learn the scaling from ``train``, and all else from the scaled values.

        Parameters
        ----------
        train, held_out : array of shape (n_series, n_channels, n_times)
            Normal series without missing values.
        channels : tuple of str
            Names of the channels.

        Raises
        ------
        DataError
            If ``train`` is too little for the algorithm, or constant, unless it learns constants.
        """
        detector = self._detector
        if detector.learns_constants:
            warn_of_constants(train, channels)
        else:
            require_variation(train)
        detector.n_times_, detector.channels_ = train.shape[2], channels
        detector.scaler_ = Scaler.learn(detector.scaling, train, channels)
        with one_blas_thread():
            detector._fit(detector.scaler_.apply(train), detector.scaler_.apply(held_out))
        return self

    def restore(self, arrays: Arrays, scaler: Scaler, channels: tuple[str, ...], n_times: int) -> Self:
        """Take over a state: what ``arrays`` returned, the scaling, and names and time steps of the series.

        Raises
        ------
        ModelError
            If the parts do not fit together.
        """
        detector = self._detector
        detector.scaler_, detector.channels_, detector.n_times_ = scaler, channels, n_times
        detector._restore(arrays)
        span = self.view.span(n_times)
        if span != n_times:
            raise ModelError(f"it learned from series of {n_times} time steps, but its windows take {span}")
        return self

    def arrays(self) -> Arrays:
        """Return what the algorithm learned, by name."""
        return self._detector._arrays()

    def scale(self, values: FloatArray) -> Scaled:
        """Return the last ``n_times_`` time steps of values ``(n_series, n_channels, n_times)``, scaled."""
        return np.ascontiguousarray(self._detector.scaler_.apply(values[:, :, -self._detector.n_times_ :]))

    def score(self, scaled: Scaled) -> FloatArray:
        """Return one score for each scaled series, ``(n_series,)``."""
        return self._detector._score(scaled)

    def outputs(self, scaled: Scaled) -> FloatArray:
        """Return what the last stage needs of each scaled series, ``(n_series, ...)``."""
        return self._detector._outputs(scaled)

    def explain(self, scaled: Scaled) -> tuple[FloatArray, FloatArray]:
        """Return the expected signal, in the units of the input, and the shares of the score, of scaled series."""
        expected, shares = self._detector._explain(scaled)
        return self._detector.scaler_.undo(expected), shares

    def stage(self) -> Stage:
        """Return a new last stage, with nothing remembered."""
        return self._detector._stage()

    def read(self, X: Any) -> Viewed[Any]:
        """Return ``X`` as the detector sees it.

        Raises
        ------
        ShapeError
            If it is of the wrong kind, or its length or channels are not those learned from.
        DataError
            If values are infinite or not numbers.
        """
        return self.view.read(X, self._detector.n_times_, self._detector.channels_)

    def batches(self, viewed: Viewed[Any], wanted: Mask) -> Iterator[tuple[Rows, Scaled]]:
        """Yield the wanted series in scaled batches, with their rows."""
        scaled, rows = self.view.scaled(viewed, self._detector.scaler_), np.flatnonzero(wanted)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            yield batch, np.ascontiguousarray(scaled[batch])

    def all_outputs(self, viewed: Viewed[Any], wanted: Mask | None = None) -> FloatArray:
        """Return the outputs of all series with a score, or of those wanted; else NaN, ``(n_series, ...)``."""
        scaled = self.view.scaled(viewed, self._detector.scaler_)
        with one_blas_thread():
            return self._detector._all_outputs(scaled, viewed.scored if wanted is None else wanted)

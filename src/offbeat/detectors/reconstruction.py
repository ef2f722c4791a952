"""The base of detectors that reconstruct a series and score the reconstruction error."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import TransformerMixin

from offbeat.detectors.base import Detector, Scaled
from offbeat.detectors.scoring.residuals import Residuals
from offbeat.errors import HardlyLearnedWarning, warn
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray

__all__ = ["ReconstructionDetector"]

_ENOUGH = 1024
"""Normal series that show whether anything was learned, at most."""
_WORSE = 1.25
"""Times the error of the mean from where on nothing was learned. Of noise about a mean, that mean is the best."""


class ReconstructionDetector(TransformerMixin, Detector):  # type: ignore[misc]
    """A detector whose score is its reconstruction error.

    Parameters
    ----------
    error : {"mae", "mse", "whitened"}
        How the errors of the scaled series become one score, see
        :class:`~offbeat.detectors.scoring.residuals.Residuals`.
    **common
        See :class:`~offbeat.detectors.base.Detector`.
    """

    def __init__(self, *, error: str = "mae", **common: Any) -> None:
        super().__init__(**common)
        self.error = error

    @abstractmethod
    def _learn(self, train: Scaled, held_out: Scaled) -> None:
        """Learn to reconstruct."""

    @abstractmethod
    def _reconstruct(self, values: Scaled) -> FloatArray:
        """Return reconstructions of scaled series, of the same shape."""

    @abstractmethod
    def _encode(self, values: Scaled) -> FloatArray:
        """Return the code of each series, ``(n_series, n_codes)``."""

    def reconstruct(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the reconstruction of each series (or window), ``(n_series, n_channels, n_times)``.

        In the units of the input; NaN for series with missing values.
        """
        viewed = self._read(X)
        rebuilt = np.full(viewed.series.shape, np.nan)
        for rows, batch in self.scorer_.batches(viewed, viewed.complete):
            rebuilt[rows] = self.scaler_.undo(self._reconstruct(batch))
        return rebuilt

    def transform(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the code of each series (or window), ``(n_series, n_codes)``; NaN for series with missing values."""
        viewed = self._read(X)
        probe = self._encode(np.zeros((1, *viewed.series.shape[1:]), dtype=np.float32))
        codes = np.full((len(viewed), probe.shape[1]), np.nan)
        for rows, batch in self.scorer_.batches(viewed, viewed.complete):
            codes[rows] = self._encode(batch)
        return codes

    def _validate(self) -> None:
        super()._validate()
        Residuals(self.error).validate()

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        self.residuals_ = Residuals(self.error)
        self.residuals_.require_room(*train.shape[1:])
        self._learn(train, held_out)
        self._warn_if_hardly_learned(train, held_out if len(held_out) else train)
        self.residuals_.learn_from(self._errors, train)

    def _warn_if_hardly_learned(self, train: Scaled, normal: Scaled) -> None:
        """Warn where normal series are reconstructed clearly worse than by the mean series of the training data."""
        some = normal[:: -(-len(normal) // _ENOUGH)]
        error = float(np.square(self._errors(some), dtype=np.float64).sum())
        by_mean = float(np.square(some - train.mean(axis=0), dtype=np.float64).sum())
        if error <= _WORSE * by_mean or not by_mean:
            return
        longer = "train longer (--train epochs=…, or min_steps in TrainConfig), or " if self.trains else ""
        warn(
            f"{self.name} has hardly learned: its error on held-out normal data is {error / by_mean:.2g} times that of "
            f"the mean of the training data: {longer}give more data",
            HardlyLearnedWarning,
        )

    def _score(self, values: Scaled) -> FloatArray:
        return self.residuals_.score(self._errors(values))

    def _score_graph(self, graph: Graph, scaled: str) -> str | None:
        rebuilt = self._reconstruction_graph(graph, scaled)
        if rebuilt is None:
            return None
        return self.residuals_.graph(
            graph, graph.add("Sub", rebuilt, graph.double(scaled)), len(self.channels_), self.n_times_
        )

    def _reconstruction_graph(self, graph: Graph, scaled: str) -> str | None:
        """Add ``_reconstruct`` to an ONNX graph and return its name, a float64; None where it is no graph."""
        return None

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        expected = self._reconstruct(values)
        return expected, self.residuals_.shares(expected - values)

    def _errors(self, values: Scaled) -> FloatArray:
        return self._reconstruct(values) - values

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return self.residuals_.arrays()

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.residuals_ = Residuals(self.error)
        self.residuals_.restore(arrays)

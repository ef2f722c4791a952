"""From reconstruction errors to a score, and to the share of each time step and channel in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from offbeat.errors import ParameterError
from offbeat.estimators.folder import array_of
from offbeat.files.limits import require_room
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray

__all__ = ["Residuals"]

Scaled = npt.NDArray[np.float32]

_SHRINKAGE = 0.5
_SMOOTHING = 5
_ENOUGH = 4096
"""Series from whose errors the residuals learn, about: more of them say nothing new about a mean and a covariance."""
_BATCH = 1024
"""Series whose errors are computed at once, so that memory stays bounded."""


class Residuals:
    """A way to turn errors of shape ``(n_series, n_channels, n_times)`` into scores.

    Parameters
    ----------
    kind : {"mae", "mse", "whitened"}
        Mean absolute error; mean squared error; or the Mahalanobis distance of errors smoothed over 5 time steps, which
        is their mean square after whitening by the training errors (Malhotra et al. 2016). Smoothing removes the noise
        of the sensor, which nothing can reconstruct. The covariance is shrunk halfway to equal, uncorrelated errors,
        because directions with tiny training errors say little about new data. Whitening is symmetric, so a share stays
        near its error.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.centre: FloatArray = np.empty(0)
        self.whitener: FloatArray = np.empty((0, 0))

    def validate(self) -> None:
        """Raise ParameterError for an unknown kind."""
        if self.kind not in ("mae", "mse", "whitened"):
            raise ParameterError(f"error is one of mae, mse, whitened, got {self.kind!r}")

    def require_room(self, n_channels: int, n_times: int) -> None:
        """Raise ParameterError where whitening would take more memory than is allowed."""
        if self.kind == "whitened":
            n_bytes = 8.0 * (n_channels * n_times) ** 2
            require_room(n_bytes, f"error='whitened' for series of {n_times:,} time steps", ParameterError)

    @property
    def learns(self) -> bool:
        """Whether there is anything to learn from errors."""
        return self.kind == "whitened"

    def learn_from(self, errors_of: Callable[[Scaled], FloatArray], normal: Scaled) -> None:
        """Learn from the errors of evenly spaced normal series, where the kind learns."""
        if self.learns:
            some = normal[:: -(-len(normal) // _ENOUGH)]
            parts = np.array_split(some, -(-len(some) // _BATCH))
            self.learn(np.concatenate([errors_of(part) for part in parts]))

    def learn(self, errors: FloatArray) -> None:
        """Learn from the errors of normal data."""
        flat = _smooth_and_flat(errors)
        self.centre = flat.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(flat, rowvar=False, bias=True).reshape(flat.shape[1], -1))
        shrunk = (1 - _SHRINKAGE) * variances + _SHRINKAGE * variances.mean()
        self.whitener = (axes / np.sqrt(np.maximum(shrunk, np.finfo(float).tiny))) @ axes.T

    def shares(self, errors: FloatArray) -> FloatArray:
        """Return the share of each time step and channel in the score, of the shape of ``errors``."""
        size = errors.shape[1] * errors.shape[2]
        if self.kind == "mae":
            return np.asarray(np.abs(errors) / size, dtype=np.float64)
        if self.kind == "mse":
            return np.asarray(np.square(errors, dtype=np.float64) / size)
        white: FloatArray = np.square((_smooth_and_flat(errors) - self.centre) @ self.whitener) / size
        return white.reshape(errors.shape)  # the channels of a row lie one after the other

    def score(self, errors: FloatArray) -> FloatArray:
        """Return the score of each series: the sum of its shares."""
        scores: FloatArray = self.shares(errors).sum(axis=(1, 2))
        return scores

    def graph(self, graph: Graph, errors: str, n_channels: int, n_times: int) -> str:
        """Add :meth:`score` of errors, float64, to an ONNX graph and return its name."""
        if self.kind == "mae":
            return graph.mean(graph.add("Abs", errors), 1, 2)
        if self.kind == "mse":
            return graph.mean(graph.square(errors), 1, 2)
        # Smoothing is symmetric: to smooth errors and then whiten them is to multiply by a smoothed whitener.
        smooth = _smooth_and_flat(self.whitener.T.reshape(-1, n_channels, n_times)).T
        flat = graph.reshape(errors, -1, n_channels * n_times)
        white = graph.add("MatMul", flat, graph.constant(smooth))
        return graph.mean(graph.square(graph.add("Sub", white, graph.constant(self.centre @ self.whitener))), 1)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return what was learned."""
        return {"residuals.centre": self.centre, "residuals.whitener": self.whitener}

    def restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take over what ``arrays`` returned."""
        size = None if self.kind == "whitened" else 0
        self.centre = array_of(arrays, "residuals.centre", size)
        self.whitener = array_of(arrays, "residuals.whitener", len(self.centre), len(self.centre))


def _smooth_and_flat(errors: FloatArray) -> npt.NDArray[np.float64]:
    """Return the moving average of the errors (0 outside the series), a row for each series."""
    smooth = uniform_filter1d(errors.astype(np.float64), _SMOOTHING, axis=2, mode="constant")
    return np.asarray(smooth.reshape(len(smooth), smooth.shape[1] * smooth.shape[2]))

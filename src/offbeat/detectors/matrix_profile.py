"""Distance to the most similar stretch of normal data, whatever its level and size."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from offbeat.detectors.base import Common, Detector, Scaled
from offbeat.detectors.scoring.concatenation import concatenated
from offbeat.detectors.scoring.nearest import Reference, z_normalised
from offbeat.errors import ShapeError
from offbeat.estimators.folder import array_of
from offbeat.series.recording import FloatArray

__all__ = ["MatrixProfileDetector"]

_SHORTEST = 3
"""After z-normalisation shorter windows all look alike."""


class MatrixProfileDetector(Detector):
    """Z-normalised distance of each window to the nearest window of the training data: their matrix profile.

    Level and size of a window do not matter, only its shape. The distance is averaged over the channels.

    Parameters
    ----------
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    Notes
    -----
    A saved model holds the training data itself.

    References
    ----------
    Yeh et al., "Matrix Profile I: All Pairs Similarity Joins for Time Series", ICDM 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from offbeat import MatrixProfileDetector
    >>> wave = np.sin(np.arange(400) / 4) + 0.05 * np.random.default_rng(0).normal(size=400)
    >>> odd = wave.copy()
    >>> odd[300:306] = odd[300]
    >>> scores = MatrixProfileDetector(window=25).fit(wave[:250]).decision_function(odd)
    >>> bool(300 < np.nanargmax(scores) < 330)
    True
    """

    name = "matrix-profile"
    n_folds = 10

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        if train.shape[2] < _SHORTEST:
            raise ShapeError(
                f"a matrix profile needs series or windows of at least {_SHORTEST} time steps, got {train.shape[2]}: "
                "give longer ones"
            )
        self._refer_to(np.ascontiguousarray(concatenated(train)[0].T))

    def _nearest(self, values: Scaled) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
        """Return the distance to the nearest normal window, and where that begins, ``(n_windows, n_channels)``."""
        each = [reference.nearest(values[:, channel]) for channel, reference in enumerate(self._references)]
        distances, places = zip(*each, strict=True)
        return np.stack(distances, axis=1), np.stack(places, axis=1)

    def _score(self, values: Scaled) -> FloatArray:
        scores: FloatArray = self._nearest(values)[0].mean(axis=1)
        return scores

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        distances, places = self._nearest(values)
        steps, channels = np.arange(values.shape[2]), np.arange(values.shape[1])[:, None]
        nearest = self.normal_[channels, places[:, :, None] + steps]
        means, spreads = values.mean(axis=2, keepdims=True), values.std(axis=2, keepdims=True)
        # The nearest window, at the level and size of the window it is compared with.
        expected = z_normalised(nearest) * spreads + means
        squares = np.square(z_normalised(values.astype(np.float64)) - z_normalised(nearest)) + np.finfo(float).tiny
        shares = squares / squares.sum(axis=2, keepdims=True) * distances[:, :, None] / values.shape[1]
        return expected, shares

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"normal": self.normal_}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        # NaN stands between windows that do not overlap.
        self._refer_to(array_of(arrays, "normal", len(self.channels_), None, gaps=True))

    def _refer_to(self, normal: npt.NDArray[np.float64]) -> None:
        self.normal_, self._references = normal, [Reference(history, self.n_times_) for history in normal]

    @classmethod
    def example(cls) -> MatrixProfileDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls()

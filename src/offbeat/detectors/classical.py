"""Classical baselines: a network that does not beat them is not worth its training."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np
import numpy.typing as npt
from scipy import linalg
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from offbeat.detectors.base import Common, Detector, Scaled
from offbeat.detectors.reconstruction import ReconstructionDetector
from offbeat.errors import DataError, ModelError, one_thread_at_a_time
from offbeat.estimators.folder import array_of
from offbeat.estimators.hints import Count
from offbeat.portable.graphs import Graph
from offbeat.series.recording import FloatArray

__all__ = ["KNNDetector", "PCADetector"]

_MANY, _WIDEST = 10, 1000
_CANCELLED = 1e-8
"""The share of the squares below which a difference of them is mostly rounding."""
"""As many times more series than values, of so many values at most, have their components by the covariance."""
_FEW = 8
"""For so few series scikit-learn takes longer to check its input than their distances take."""


class PCADetector(ReconstructionDetector):
    """Reconstruction from the first principal components.

    Parameters
    ----------
    n_components : int
        Components kept; no more than there are training series and values in one.
    error : {"mae", "mse", "whitened"}
        How errors become a score.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    References
    ----------
    Jackson & Mudholkar, "Control Procedures for Residuals Associated with Principal Component Analysis", 1979.

    Examples
    --------
    >>> from offbeat import PCADetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> scores = PCADetector().fit(curves.where("normal")).decision_function(curves.where("high"))
    """

    name = "pca"
    is_baseline = True

    def __init__(
        self,
        *,
        n_components: Count = 8,
        error: str = "mse",
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            error=error,
            **common,
        )
        self.n_components = n_components

    def _learn(self, train: Scaled, held_out: Scaled) -> None:
        flat = _flat(train)
        n = min(self.n_components, *flat.shape)
        # Of many more series than values the covariance tells the same, in a tenth of the time.
        if len(flat) >= _MANY * flat.shape[1] and flat.shape[1] <= _WIDEST:
            self.mean_, self.components_ = _by_covariance(flat, n)
            return
        with one_thread_at_a_time():
            try:
                pca = PCA(n, svd_solver="full").fit(flat)
            except np.linalg.LinAlgError:  # the faster of LAPACK's two ways gives up on a few matrices
                self.mean_, self.components_ = _by_slower_svd(flat, n)
                return
        # In the memory layout of a saved model: with another one, products differ in the last bit.
        self.mean_, self.components_ = pca.mean_, np.ascontiguousarray(pca.components_)

    def _score(self, values: Scaled) -> FloatArray:
        if self.residuals_.kind != "mse":
            return super()._score(values)
        # By Pythagoras: what the components leave of a series is what they do not hold of its square.
        centred = self._centred(values)
        codes = centred @ self.components_.T
        squares = np.einsum("ij,ij->i", centred, centred)
        left = squares - np.einsum("ij,ij->i", codes, codes)
        if len(near := np.flatnonzero(left < _CANCELLED * squares)):
            errors = centred[near] - codes[near] @ self.components_
            left[near] = np.einsum("ij,ij->i", errors, errors)
        return np.asarray(left / len(self.mean_))

    def _centred(self, values: Scaled) -> npt.NDArray[np.float64]:
        rows = values.reshape(len(values), len(self.mean_))
        return np.asarray(np.subtract(rows, self.mean_, dtype=np.float64))

    def _encode(self, values: Scaled) -> FloatArray:
        codes: FloatArray = self._centred(values) @ self.components_.T
        return codes

    def _reconstruct(self, values: Scaled) -> FloatArray:
        flat: FloatArray = self._encode(values) @ self.components_ + self.mean_
        return flat.reshape(values.shape)  # the channels of a row lie one after the other

    def _reconstruction_graph(self, graph: Graph, scaled: str) -> str | None:
        mean, components = graph.constant(self.mean_), graph.constant(self.components_)
        flat = graph.reshape(graph.double(scaled), -1, len(self.mean_))
        codes = graph.add("MatMul", graph.add("Sub", flat, mean), graph.constant(self.components_.T))
        rebuilt = graph.add("Add", graph.add("MatMul", codes, components), mean)
        return graph.reshape(rebuilt, -1, len(self.channels_), self.n_times_)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {**super()._arrays(), "mean": self.mean_, "components": self.components_}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        super()._restore(arrays)
        size = len(self.channels_) * self.n_times_
        self.mean_, self.components_ = array_of(arrays, "mean", size), array_of(arrays, "components", None, size)

    @classmethod
    def example(cls) -> PCADetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(n_components=2)


class KNNDetector(Detector):
    """Mean Euclidean distance to the nearest normal series.

    Parameters
    ----------
    n_neighbors : int
        How many neighbours the distance is averaged over.
    **common
        What every detector has, see :class:`~offbeat.detectors.base.Detector`.

    Notes
    -----
    A saved model holds the training series themselves.

    References
    ----------
    Angiulli & Pizzuti, "Fast Outlier Detection in High Dimensional Spaces", PKDD 2002.

    Examples
    --------
    >>> from offbeat import KNNDetector
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> KNNDetector(n_neighbors=3).fit(curves.where("normal")).predict(curves.where("high"))
    array([1, 1, 1, 1, 1])
    """

    name = "knn"
    is_baseline = True
    n_folds = 10

    def __init__(
        self,
        *,
        n_neighbors: Count = 5,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(
            **common,
        )
        self.n_neighbors = n_neighbors

    def _fit(self, train: Scaled, held_out: Scaled) -> None:
        if len(train) < self.n_neighbors:
            raise DataError(
                f"expected at least as many training series as the {self.n_neighbors} neighbours, got {len(train)}: "
                "give more data, or a smaller n_neighbors"
            )
        self._build_index(_flat(train))

    def _neighbours(self, values: Scaled) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return the differences to the neighbours, ``(series, neighbour, value)``, and their lengths."""
        series = _flat(values)
        differences = series[:, None] - self.normal_[self._rows_near(series)]
        return differences, np.linalg.norm(differences, axis=2)

    def _rows_near(self, series: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
        """Return the rows of the neighbours, ``(series, neighbour)``, in any order."""
        if len(series) <= _FEW:
            squares, n_neighbors = self.squares_ - 2.0 * (series @ self.normal_.T), self.index_.n_neighbors
            return np.argpartition(squares, n_neighbors - 1, axis=1)[:, :n_neighbors]
        with one_thread_at_a_time():
            return np.asarray(self.index_.kneighbors(series, return_distance=False))

    def _score(self, values: Scaled) -> FloatArray:
        scores: FloatArray = self._neighbours(values)[1].mean(axis=1)
        return scores

    def _explain(self, values: Scaled) -> tuple[FloatArray, FloatArray]:
        differences, distances = self._neighbours(values)
        # A distance is the sum of its squared differences, each divided by that distance.
        share = differences**2 / np.where(distances > 0, distances, 1.0)[:, :, None]
        expected = _flat(values) - differences.mean(axis=1)
        return expected.reshape(values.shape), share.mean(axis=1).reshape(values.shape)

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {"normal": self.normal_}

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        normal = array_of(arrays, "normal", None, len(self.channels_) * self.n_times_)
        if len(normal) < self.n_neighbors:
            raise ModelError(f"{self.n_neighbors} neighbours are more than its {len(normal)} normal series")
        self._build_index(normal)

    def _build_index(self, normal: npt.NDArray[np.float64]) -> None:
        self.normal_, self.squares_ = normal, np.einsum("ij,ij->i", normal, normal)
        with one_thread_at_a_time():
            self.index_ = NearestNeighbors(n_neighbors=self.n_neighbors).fit(self.normal_)

    @classmethod
    def example(cls) -> KNNDetector:
        """Return an unfitted detector with tiny settings, for tests and trials."""
        return cls(n_neighbors=2)


def _by_covariance(rows: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the first ``n`` principal components of rows, as the ``covariance_eigh`` of scikit-learn.

    Of small data scikit-learn spends more time on checks than on the components, and a threshold needs several fits.
    """
    mean = rows.mean(axis=0)
    covariance = (rows.T @ rows - len(rows) * mean[:, None] * mean) / (len(rows) - 1)
    return mean, _signed(np.ascontiguousarray(np.linalg.eigh(covariance)[1][:, : -n - 1 : -1].T))


def _by_slower_svd(rows: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the first ``n`` principal components of rows, by an SVD that always converges."""
    mean = rows.mean(axis=0)
    return mean, _signed(linalg.svd(rows - mean, full_matrices=False, lapack_driver="gesvd")[2][:n])


def _signed(components: FloatArray) -> FloatArray:
    """Return components of which the largest value is positive: they have no sign of their own."""
    largest = np.abs(components).argmax(axis=1)
    return np.asarray(components * np.sign(components[np.arange(len(components)), largest])[:, None])


def _flat(values: Scaled) -> npt.NDArray[np.float64]:
    """Return each series as one row of float64."""
    return values.reshape(len(values), values.shape[1] * values.shape[2]).astype(np.float64)

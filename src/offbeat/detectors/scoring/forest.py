"""An isolation forest as plain arrays: complete binary trees that all rows descend together, a level at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest

from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of

__all__ = ["Forest"]

_AT_ONCE = 1 << 15
"""Rows times trees that descend together: what belongs to them stays in the processor's cache."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forest:
    """The splits of an isolation forest, with each tree filled up to a complete one.

    The children of node ``k`` of a tree are ``2k + 1`` and ``2k + 2``. A leaf of the original tree that lies above the
    last level splits on, but all paths below it lead to the same depth.

    Parameters
    ----------
    features : array of shape (n_trees, n_nodes), int
        The feature that each inner node splits by.
    thresholds : array of shape (n_trees, n_nodes), float32
        A row goes left where its feature is at most the threshold, else right.
    depths : array of shape (n_trees, n_nodes + 1)
        The number of splits that isolate a row, for each leaf; includes the expected number in a subtree that was not
        grown.
    average : float
        The average of that number over all rows, summed over the trees.

    References
    ----------
    Liu, Ting & Zhou, "Isolation Forest", ICDM 2008.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    >>> fitted = IsolationForest(n_estimators=10, random_state=0).fit(rows)
    >>> bool(np.allclose(Forest.of(fitted).scores(rows), -fitted.score_samples(rows)))
    True
    """

    features: npt.NDArray[Any]
    thresholds: npt.NDArray[np.float32]
    depths: Floats
    average: float

    @classmethod
    def of(cls, fitted: IsolationForest) -> Self:
        """Return the trees of a fitted forest of scikit-learn, each of which was given all features."""
        trees = [each.tree_ for each in fitted.estimators_]
        n_levels = max(tree.max_depth for tree in trees)
        features, thresholds, depths = zip(*[_completed(tree, n_levels) for tree in trees], strict=True)
        average = len(trees) * float(_average_depth(np.array([fitted.max_samples_]))[0])
        return cls(np.stack(features), np.stack(thresholds), np.stack(depths), average)

    def scores(self, rows: npt.NDArray[np.float32]) -> Floats:
        """Return the anomaly score of each row, from 0 to 1, as ``-score_samples`` of scikit-learn.

        Parameters
        ----------
        rows : array of shape (n_rows, n_features), float32
        """
        step = max(1, _AT_ONCE // len(self.features))
        sums = [self._depth_sums(rows[start : start + step]) for start in range(0, len(rows), step)]
        return np.asarray(2.0 ** (-np.concatenate([np.empty(0), *sums]) / self.average))

    def _depth_sums(self, rows: npt.NDArray[np.float32]) -> Floats:
        """Return the depth of the leaf that each row ends in, summed over the trees."""
        (n_trees, n_nodes), flat, features = self.features.shape, rows.reshape(-1), self._indices
        begins = np.arange(n_trees) * n_nodes
        at = np.broadcast_to(begins, (len(rows), n_trees))
        first_values = np.arange(len(rows))[:, None] * rows.shape[1]
        for _ in range((n_nodes + 1).bit_length() - 1):
            values = flat.take(features.take(at) + first_values)
            at = 2 * at + (1 - begins) + (values > self.thresholds.take(at))
        return np.asarray(self.depths.take(at - n_nodes + np.arange(n_trees)).sum(axis=1))

    @cached_property
    def _indices(self) -> npt.NDArray[np.intp]:
        return self.features.astype(np.intp)

    def arrays(self) -> Arrays:
        """Return the arrays that :meth:`restored` takes."""
        numbers = {"features": self.features, "thresholds": self.thresholds, "depths": self.depths}
        return numbers | {"average": np.array([self.average])}

    @classmethod
    def restored(cls, arrays: Arrays, n_trees: int, n_features: int) -> Self:
        """Return a forest from what :meth:`arrays` returned.

        Raises
        ------
        ModelError
            If the arrays are not those of so many trees and features.
        """
        features = array_of(arrays, "features", n_trees, None, kinds="i")
        n_nodes = features.shape[1]
        thresholds = array_of(arrays, "thresholds", n_trees, n_nodes).astype(np.float32)
        depths = array_of(arrays, "depths", n_trees, n_nodes + 1)
        average = float(array_of(arrays, "average", 1)[0])
        if n_nodes & (n_nodes + 1) or average <= 0:
            raise ModelError(f"expected complete trees, got {n_nodes} nodes a tree and an average depth of {average:g}")
        if features.size and not 0 <= features.min() <= features.max() < n_features:
            raise ModelError(f"expected splits by {n_features} features, got others")
        return cls(features, thresholds, depths, average)


def _completed(tree: Any, n_levels: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32], Floats]:
    """Return the features, thresholds and depths of a tree of scikit-learn, filled up to a complete one."""
    left, right = tree.children_left, tree.children_right
    nodes, depth, features, thresholds = np.zeros(1, dtype=np.intp), np.zeros(1), [], []
    for _ in range(n_levels):
        splits = left[nodes] >= 0
        features.append(np.where(splits, tree.feature[nodes], 0))
        thresholds.append(np.where(splits, tree.threshold[nodes], 0.0))
        depth = np.repeat(depth + splits, 2)
        nodes = np.where(splits, [left[nodes], right[nodes]], nodes).T.reshape(-1)
    none = np.empty(0)
    features, thresholds = np.concatenate([none, *features]), np.concatenate([none, *thresholds])
    return features.astype(np.int32), _rounded_down(thresholds), depth + _average_depth(tree.n_node_samples[nodes])


def _rounded_down(thresholds: Floats) -> npt.NDArray[np.float32]:
    """Return the largest float32 up to each threshold: the same values of float32 lie above it."""
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)


def _average_depth(n_rows: npt.NDArray[Any]) -> Floats:
    """Return how many splits isolate one of so many rows on average, if a tree were grown to the end."""
    n = np.maximum(n_rows, 3.0)
    depth = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.select([n_rows <= 1, n_rows == 2], [0.0, 1.0], depth)

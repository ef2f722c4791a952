"""What a classifier checks and remembers of its input before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from offbeat.classifiers.batches import SeriesBatch
from offbeat.errors import DataError, NotFittedError, ShapeError, one_thread_at_a_time
from offbeat.estimators.inputs import as_collection, is_table
from offbeat.series.collection import Collection
from offbeat.series.magnitudes import require_size

__all__ = ["Reading"]

_ADVICE = "cut it into series, around its beats for instance"


class Reading(BaseEstimator):  # type: ignore[misc]
    """Reads series and labels, and holds them to the shape that was learned from."""

    classes_: npt.NDArray[Any]
    channels_: tuple[str, ...]
    n_times_: int
    feature_names_: tuple[str, ...]

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether it has learned anything."""
        return "scaler_" in vars(self)

    def _require_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"this {type(self).__name__} is not fitted: call fit first")

    def _to_learn(self, X: Any, y: npt.ArrayLike | None) -> tuple[SeriesBatch, npt.NDArray[Any]]:
        """Return series and labels to learn from, and remember their shape."""
        collection = _collection(X)
        flat = X if collection is None else _flat(collection)
        values, labels = self._checked(flat, _labels(X, y), reset=True)
        self.channels_ = ("ch0",) if collection is None else collection.channels
        self.n_times_ = values.shape[1] // len(self.channels_)
        self.feature_names_ = () if collection is None else collection.feature_names
        batch = self._batch(values, collection)
        _require_complete(batch, "leave them out, or fill them")
        return batch, labels

    def _to_validate(self, validation: Any) -> SeriesBatch:
        """Return series held out by the caller, with the numbers of their classes."""
        X, y = (validation, None) if isinstance(validation, Collection) else validation
        batch, labels = self._like_learned(X, _labels(X, y))
        _require_complete(batch, "leave them out of the validation, or fill them")
        unknown = sorted(set(labels.tolist()) - set(self.classes_.tolist()), key=str)
        if unknown:
            raise DataError(f"the validation has class {unknown[0]!r}, which is not among those learned from")
        codes = np.searchsorted(self.classes_, labels).astype(np.int64)
        return SeriesBatch(batch.values, batch.features, codes)

    def _readable(self, X: Any) -> SeriesBatch:
        """Return ``X`` as a batch of the shape learned from; values may be missing."""
        self._require_fitted()
        return self._like_learned(X)[0]

    def _whole(self, X: Any) -> SeriesBatch:
        """Return ``X`` as a batch without missing values."""
        batch = self._readable(X)
        _require_complete(batch, "leave them out, fill them, or use classify, which gives them no class")
        return batch

    def _like_learned(self, X: Any, *y: Any) -> tuple[SeriesBatch, Any]:
        collection = _collection(X)
        if collection is not None:
            self._require_shape(collection)
        elif self.feature_names_ or len(self.channels_) > 1:
            raise ShapeError(
                f"this classifier learned from {len(self.channels_)} channels with the features "
                f"({', '.join(self.feature_names_)}), got a plain table: give a Collection"
            )
        values, labels = self._checked(X if collection is None else _flat(collection), *y, reset=False)
        return self._batch(values, collection), labels

    def _require_shape(self, collection: Collection) -> None:
        learned = (len(self.channels_), self.n_times_, self.feature_names_)
        given = (len(collection.channels), collection.n_times, collection.feature_names)
        if learned != given:
            raise ShapeError(
                f"this classifier learned from series of {learned[0]} channels x {learned[1]} time steps with the "
                f"features ({', '.join(learned[2])}), got {given[0]} x {given[1]} with ({', '.join(given[2])})"
            )

    def _checked(self, flat: Any, *y: Any, reset: bool) -> tuple[npt.NDArray[Any], Any]:
        """Return rows of numbers, and labels where there are any, as scikit-learn checks them."""
        kinds = [np.float64, np.float32]
        try:
            # scikit-learn catches warnings while it checks.
            with one_thread_at_a_time():
                found = validate_data(self, flat, *y, reset=reset, dtype=kinds, ensure_all_finite="allow-nan")
            if y:
                check_classification_targets(found[1])
        except ValueError as error:
            raise DataError(str(error)) from error
        return found if y else (found, None)

    def _batch(self, values: npt.NDArray[Any], collection: Collection | None) -> SeriesBatch:
        features = None if collection is None else collection.features
        features = np.empty((len(values), 0), np.float32) if features is None else features
        if np.isinf(features).any():
            raise DataError("expected finite features, or NaN where one is missing, got infinite ones")
        require_size(values)
        require_size(features)
        # Each row holds its channels one after the other.
        return SeriesBatch(values.reshape(len(values), len(self.channels_), self.n_times_), features)


def _collection(X: Any) -> Collection | None:
    """Return a collection, or None for a table ``(n_series, n_times)``, which scikit-learn checks."""
    return None if is_table(X) else as_collection(X, _ADVICE)


def _labels(X: Any, y: npt.ArrayLike | None) -> npt.ArrayLike | None:
    return X.labels if y is None and isinstance(X, Collection) else y


def _flat(collection: Collection) -> npt.NDArray[Any]:
    """Return each series as one row, its channels one after the other; -1 would fail where there are no series."""
    return collection.values.reshape(len(collection), len(collection.channels) * collection.n_times)


def _require_complete(batch: SeriesBatch, advice: str) -> None:
    gaps = int((~batch.complete).sum())
    if gaps:
        raise DataError(f"{gaps} of {len(batch)} series hold NaN, which marks missing values: {advice}")

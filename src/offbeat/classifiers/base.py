"""The contract of every classifier: public methods validate, subclasses compute."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Self, get_type_hints

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from offbeat.classifiers.held_out import held_out_rows
from offbeat.classifiers.inputs import Seen, as_series
from offbeat.classifiers.scaling import SCALINGS, Scaling
from offbeat.errors import (
    DataError,
    MissingValuesWarning,
    NotFittedError,
    OutputError,
    ParameterError,
    ShapeError,
    one_thread_at_a_time,
)
from offbeat.estimators.frozen import freeze, unless_it_fails
from offbeat.estimators.hints import Seed, Share, validate_types
from offbeat.estimators.saving import save
from offbeat.series.collection import Collection
from offbeat.series.magnitudes import require_size

__all__ = ["Classifier"]

Probabilities = npt.NDArray[np.float64]
Cut = Callable[[int], tuple[Seen, Seen]]


class Classifier(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Learns from labelled series; tells the class of others, and how sure it is.

    Every classifier has the settings ``scaling`` (see :class:`~offbeat.classifiers.scaling.Scaling`), ``held_out`` (the
    share of the training series kept aside) and ``random_state``; subclasses write ``_fit`` and ``_probabilities``.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The classes, sorted; of the type of the labels learned from.
    n_times_, channels_, feature_names_ : int, tuple of str, tuple of str
        Shape of what it learned from.
    scaling_ : Scaling
        Learned on the training part alone.
    settings_ : Classifier
        An unfitted copy with the settings that ``fit`` used; predicting and saving go by these.
    class_prior_ : array of shape (n_classes,)
        The shares of the classes in what it learned from, as it counted them: its probabilities presume them.
    """

    name: ClassVar[str] = ""
    """What the command line and saved models call it."""
    is_baseline: ClassVar[bool] = False
    """Whether it is one of the simple methods that stand beside every result."""

    scaling: str
    held_out: Share
    random_state: Seed

    # What subclasses write. Series are scaled float32, of shape (n_series, n_channels, n_times).

    @abstractmethod
    def _fit(self, cut: Cut) -> None:
        """Learn. ``cut`` gives, for a seed, series to learn from and some held out, to stop the training and calibrate.

        One cut, by ``random_state``, is enough for most.
        """

    @abstractmethod
    def _probabilities(self, seen: Seen) -> Probabilities:
        """Return the probability of each class, ``(n_series, n_classes)``."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Return an unfitted classifier with tiny settings, for tests and trials."""

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the learned arrays that ``_restore`` needs."""
        raise OutputError(f"a {type(self).__name__} cannot be saved: it is quickly fitted again")

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take up what ``_arrays`` gave."""

    # What users call.

    def fit(self, X: Any, y: npt.ArrayLike | None = None, *, validation: Any = None, groups: Any = None) -> Self:
        """Learn to tell the classes.

        Parameters
        ----------
        X : Collection or array of shape (n_series, n_channels, n_times) or (n_series, n_times)
            Without missing values. The features of a collection are learned from, too.
        y : array of shape (n_series,), optional
            The class of each series; not needed for a collection with labels.
        validation : Collection, or (X, y), optional
            Series to hold out, in place of a part of ``X``.
        groups : array of shape (n_series,), optional
            Whom each series comes from: whole groups are held out then. The groups of the collection where None.

        Returns
        -------
        Self
            The fitted classifier.

        Raises
        ------
        ParameterError
            If a setting is out of its range.
        DataError, ShapeError
            If series are missing values, infinite, of one class only, or do not go with their labels.
        """
        self._validate()
        with unless_it_fails(self):
            freeze(self)
            return self._learn_from(X, y, validation, groups)

    def _learn_from(self, X: Any, y: npt.ArrayLike | None, validation: Any, groups: Any) -> Self:
        seen, labels = self._learnable(X, y)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError("telling classes apart needs two classes or more, got only one class")
        seen = Seen(seen.values, seen.features, codes.astype(np.int64))
        groups = X.groups if groups is None and isinstance(X, Collection) else groups
        given = None if validation is None else self._validation(validation)

        def cut(seed: int) -> tuple[Seen, Seen]:
            if given is not None:
                return seen, given
            apart = held_out_rows(codes, self.held_out, seed, groups)
            return seen[~apart], seen[apart]

        train, _ = cut(self.random_state)
        self.scaling_ = Scaling.learn(self.scaling, train.values, train.features, self.channels_)
        self.class_prior_ = np.bincount(train.codes, minlength=len(self.classes_)) / len(train)  # type: ignore[arg-type]
        self._fit(lambda seed: tuple(map(self._scaled, cut(seed))))  # type: ignore[arg-type,return-value]
        return self

    def predict_proba(self, X: Any) -> Probabilities:
        """Return the probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : like that of ``fit``

        Returns
        -------
        array of shape (n_series, n_classes)
            Rows sum to 1.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ShapeError, DataError
            If the series are not of the shape learned from, or lack values; ``classify`` takes those, too.
        """
        return self._probabilities(self._scaled(self._whole(X)))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the most probable class of each series; it never abstains."""
        numbers = self.predict_proba(X).argmax(axis=1)
        chosen: npt.NDArray[Any] = self.classes_[numbers]
        return chosen

    def classify(self, X: Any, *, min_confidence: float = 0.0) -> pd.DataFrame:
        """Return class, confidence and all probabilities of each series; no class where it is not sure enough.

        Parameters
        ----------
        X : like that of ``fit``
            Series with missing values are told by a warning, and get no class.
        min_confidence : float
            Below this probability of the most probable class, the class is ``""``: it abstains.

        Returns
        -------
        DataFrame of n_series rows
            ``class`` (text, ``""`` where it abstains), ``confidence``, and ``p_<class>`` for each class; NaN where
            values are missing.

        Raises
        ------
        ParameterError
            If ``min_confidence`` is not a probability.
        """
        if not 0 <= min_confidence <= 1:
            raise ParameterError(f"min_confidence is a probability from 0 to 1, got {min_confidence!r}")
        seen = self._readable(X)
        complete = _complete(seen)
        if not complete.all():
            missing = f"{int((~complete).sum())} of {len(seen)} series hold missing values and get no class"
            warnings.warn(missing, MissingValuesWarning, stacklevel=2)
        probabilities = np.full((len(seen), len(self.classes_)), np.nan)
        if complete.any():
            probabilities[complete] = self._probabilities(self._scaled(seen[complete]))
        names = np.array([str(label) for label in self.classes_])
        confidence = probabilities.max(axis=1)
        sure = complete & (confidence >= min_confidence)
        chosen = np.where(sure, names[np.where(complete, probabilities.argmax(axis=1), 0)], "")
        by_class = {f"p_{name}": probabilities[:, i] for i, name in enumerate(names)}
        return pd.DataFrame({"class": chosen.astype(object), "confidence": confidence, **by_class})

    def save(self, folder: str | Path) -> Path:
        """Write the model as a folder: ``config.json`` and ``weights.safetensors``, no pickle.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If it cannot be written; nothing half-written is left.
        """
        self._fitted()
        return save(self, "classifier", folder)

    # What holds it together.

    def _validate(self) -> None:
        """Check the settings; subclasses add their own."""
        validate_types(self.get_params(deep=False), get_type_hints(type(self).__init__, include_extras=True))
        if self.scaling not in SCALINGS:
            raise ParameterError(f"scaling is one of {', '.join(SCALINGS)}, got {self.scaling!r}")

    def _fitted(self) -> bool:
        if not hasattr(self, "scaling_"):
            raise NotFittedError(f"this {type(self).__name__} has not learned anything yet: call fit first")
        return True

    def _learnable(self, X: Any, y: npt.ArrayLike | None) -> tuple[Seen, npt.NDArray[Any]]:
        """Return series and labels to learn from, and remember their shape."""
        collection = as_series(X)
        y = X.labels if y is None and isinstance(X, Collection) else y
        flat = X if collection is None else _flat(collection)
        values, labels = self._validated(flat, y, reset=True)
        self.channels_ = ("ch0",) if collection is None else collection.channels
        self.n_times_ = values.shape[1] // len(self.channels_)
        self.feature_names_ = () if collection is None else collection.feature_names
        seen = self._as_seen(values, collection)
        _require_complete(seen, "leave them out, or fill them")
        return seen, labels

    def _readable(self, X: Any) -> Seen:
        """Return ``X`` as this classifier sees it, checked against what it was fitted on."""
        self._fitted()
        return self._like_learned(as_series(X), X)[0]

    def _whole(self, X: Any) -> Seen:
        """Return ``X`` as this classifier sees it, if no value is missing."""
        seen = self._readable(X)
        _require_complete(seen, "leave them out, fill them, or use classify, which gives them no class")
        return seen

    def _validation(self, validation: Any) -> Seen:
        X, y = (validation, None) if isinstance(validation, Collection) else validation
        y = X.labels if y is None and isinstance(X, Collection) else y
        seen, labels = self._like_learned(as_series(X), X, y)
        _require_complete(seen, "leave them out of the validation, or fill them")
        unknown = sorted(set(labels.tolist()) - set(self.classes_.tolist()), key=str)
        if unknown:
            raise DataError(f"the validation has class {unknown[0]!r}, which is not among those learned from")
        return Seen(seen.values, seen.features, np.searchsorted(self.classes_, labels).astype(np.int64))

    def _like_learned(self, collection: Collection | None, X: Any, *y: Any) -> tuple[Seen, Any]:
        if collection is not None:
            self._require_shape(collection)
        elif self.feature_names_ or len(self.channels_) > 1:
            raise ShapeError(
                f"this classifier learned from {len(self.channels_)} channels with the features "
                f"({', '.join(self.feature_names_)}), got a plain table: give a Collection"
            )
        flat = X if collection is None else _flat(collection)
        values, labels = self._validated(flat, *y, reset=False)
        return self._as_seen(values, collection), labels

    def _validated(self, flat: Any, *y: Any, reset: bool) -> tuple[npt.NDArray[Any], Any]:
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

    def _as_seen(self, values: npt.NDArray[Any], collection: Collection | None) -> Seen:
        features = None if collection is None else collection.features
        features = np.empty((len(values), 0), np.float32) if features is None else features
        if np.isinf(features).any():
            raise DataError("features are finite numbers, or NaN where missing, got infinite ones")
        require_size(values)
        require_size(features)
        return Seen(values.reshape(len(values), len(self.channels_), self.n_times_), features)

    def _require_shape(self, collection: Collection) -> None:
        have = (len(self.channels_), self.n_times_, self.feature_names_)
        came = (len(collection.channels), collection.n_times, collection.feature_names)
        if have != came:
            raise ShapeError(
                f"this classifier learned from series of {have[0]} channels x {have[1]} time steps with the features "
                f"({', '.join(have[2])}), got {came[0]} x {came[1]} with ({', '.join(came[2])})"
            )

    def _scaled(self, seen: Seen) -> Seen:
        return Seen(self.scaling_.apply(seen.values), self.scaling_.apply_to_features(seen.features), seen.codes)


def _flat(collection: Collection) -> npt.NDArray[Any]:
    """Return each series as one row; -1 would not know how long the rows of nothing are."""
    return collection.values.reshape(len(collection), len(collection.channels) * collection.n_times)


def _complete(seen: Seen) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(seen.values).all(axis=(1, 2)))


def _require_complete(seen: Seen, advice: str) -> None:
    gaps = int((~_complete(seen)).sum())
    if gaps:
        raise DataError(f"{gaps} of {len(seen)} series hold NaN, which marks missing values: {advice}")

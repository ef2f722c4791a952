"""The contract of every classifier: public methods validate, subclasses compute."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import ClassifierMixin

from offbeat.classifiers.batches import SeriesBatch, Split
from offbeat.classifiers.held_out import held_out_rows
from offbeat.classifiers.reading import Reading
from offbeat.errors import DataError, MissingValuesWarning, OutputError, ParameterError, warn
from offbeat.estimators.frozen import freeze, unless_it_fails
from offbeat.estimators.hints import Seed, Share, require_choice, validate_types
from offbeat.estimators.saving import save
from offbeat.estimators.scaling import SCALINGS, Scaler
from offbeat.estimators.settings import NamedSettings, types_of
from offbeat.series.collection import Collection

__all__ = ["Classifier", "Probabilities", "SeriesBatch", "Split"]

Probabilities = npt.NDArray[np.float64]


class Classifier(NamedSettings, ClassifierMixin, Reading, ABC):  # type: ignore[misc]
    """Learns from labelled series; returns the class of others, and how sure it is.

    Every classifier has the settings ``scaling`` (see :meth:`offbeat.estimators.scaling.Scaler.learn`), ``held_out``
    (the share of the training series kept aside) and ``random_state``; subclasses write ``_fit`` and
    ``_probabilities``.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The classes, sorted; of the type of the labels learned from.
    n_times_, channels_, feature_names_ : int, tuple of str, tuple of str
        Shape of what it learned from.
    scaler_, feature_scaler_ : Scaler
        Learned on the training part alone. Features always have zero mean and unit variance.
    settings_ : Classifier
        An unfitted copy with the settings that ``fit`` used; predicting and saving go by these.
    class_prior_ : array of shape (n_classes,)
        The share of each class in the training series, weighted as in training: the probabilities presume these.
    """

    name: ClassVar[str] = ""
    """What the command line and saved models call it."""
    reads: ClassVar[tuple[str, ...]] = ("collections",)
    """What it learns from: collections of short series."""
    trains: ClassVar[bool] = False
    """Whether it trains a network: it then has a setting ``train``, and ``history_`` after ``fit``."""
    is_baseline: ClassVar[bool] = False
    """Whether it is one of the simple methods that stand beside every result."""
    domain: ClassVar[str] = ""
    """What its data must be about, as in ``Collection.domain``, where it is made for that alone."""

    scaling: str
    held_out: Share
    random_state: Seed

    # What subclasses write. Series are scaled float32, of shape (n_series, n_channels, n_times).

    def _as_onnx(self) -> Self:
        """Return a classifier that shares what this one has learned, its network as ONNX; itself where it has none."""
        return self

    @abstractmethod
    def _fit(self, split: Split) -> None:
        """Learn. ``split`` gives, for a seed, series to learn from and some to stop the training and calibrate.

        One split, by ``random_state``, is enough for most.
        """

    @abstractmethod
    def _probabilities(self, batch: SeriesBatch) -> Probabilities:
        """Return the probability of each class, ``(n_series, n_classes)``."""

    @classmethod
    @abstractmethod
    def example(cls) -> Self:
        """Return an unfitted classifier with tiny settings, for tests and trials."""

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the learned arrays that ``_restore`` needs."""
        raise OutputError(f"a {type(self).__name__} cannot be saved: fit it again, which is quick")

    def _restore(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Restore what ``_arrays`` gave."""

    # What users call.

    def fit(self, X: Any, y: npt.ArrayLike | None = None, *, validation: Any = None, groups: Any = None) -> Self:
        """Learn to tell the classes apart.

        Parameters
        ----------
        X : Collection or array of shape (n_series, n_channels, n_times) or (n_series, n_times)
            Without missing values. The features of a collection are learned from, too.
        y : array of shape (n_series,), optional
            The class of each series; not needed for a collection with labels.
        validation : Collection, or (X, y), optional
            Series to hold out, in place of a part of ``X``.
        groups : array of shape (n_series,), optional
            The patient or record that each series comes from: whole groups are held out then. The groups of the
            collection where None.

        Returns
        -------
        Self
            The fitted classifier.

        Raises
        ------
        ParameterError
            If a setting is out of its range.
        DataError, ShapeError
            If values are missing or infinite, all series are of one class, or labels do not match the series.
        """
        self.validate()
        with unless_it_fails(self):
            freeze(self)
            return self._learn_from(X, y, validation, groups)

    def _learn_from(self, X: Any, y: npt.ArrayLike | None, validation: Any, groups: Any) -> Self:
        batch, labels = self._to_learn(X, y)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError("telling classes apart needs two classes or more, got only one class")
        batch = SeriesBatch(batch.values, batch.features, codes.astype(np.int64))
        groups = X.groups if groups is None and isinstance(X, Collection) else groups
        given = None if validation is None else self._to_validate(validation)

        def split(seed: int) -> tuple[SeriesBatch, SeriesBatch]:
            if given is not None:
                return batch, given
            apart = held_out_rows(codes, self.held_out, seed, groups)
            return batch[~apart], batch[apart]

        def scaled(seed: int) -> tuple[SeriesBatch, SeriesBatch]:
            train, held_out = split(seed)
            return self._scaled(train), self._scaled(held_out)

        train, _ = split(self.random_state)
        self.scaler_ = Scaler.learn(self.scaling, train.values, self.channels_)
        self.feature_scaler_ = Scaler.of_features(train.features)
        self.class_prior_ = np.bincount(train.known_codes, minlength=len(self.classes_)) / len(train)
        self._fit(scaled)
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
            If the series are not of the shape learned from, or values are missing; ``classify`` accepts those.
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
            Series with missing values get no class, and a warning.
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
        batch = self._readable(X)
        complete = batch.complete
        if not complete.all():
            missing = f"{int((~complete).sum())} of {len(batch)} series hold missing values and get no class"
            warn(missing, MissingValuesWarning)
        probabilities = np.full((len(batch), len(self.classes_)), np.nan)
        if complete.any():
            probabilities[complete] = self._probabilities(self._scaled(batch[complete]))
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
        self._require_fitted()
        return save(self, "classifier", folder)

    def to_onnx(self, folder: str | Path) -> Path:
        """Write the model as a folder that needs ONNX Runtime in place of PyTorch.

        It is a model folder as :meth:`save` writes it, with the network as ONNX: ``offbeat.load`` gives a classifier of
        the same class, with the same probabilities (to float32 rounding).

        Raises
        ------
        NotFittedError
            Before ``fit``.
        OutputError
            If it has no network (such a classifier is saved without PyTorch already), the network cannot be expressed
            in ONNX, or the folder cannot be written.
        MissingExtraError
            If ONNX is not installed.
        """
        self._require_fitted()
        portable = self._as_onnx()
        if portable is self:
            raise OutputError(
                f"{self.name} has no network: its ordinary model folder is read without PyTorch already, so use that"
            )
        return portable.save(folder)

    def validate(self) -> None:
        """Check the settings, as :meth:`fit` does before anything else.

        Raises
        ------
        ParameterError
            If one is out of its range.
        """
        self._validate()

    def _validate(self) -> None:
        """Check the settings; subclasses add their own."""
        validate_types(self.get_params(deep=False), types_of(type(self)))
        require_choice("scaling", self.scaling, SCALINGS)

    def _scaled(self, batch: SeriesBatch) -> SeriesBatch:
        features = self.feature_scaler_.apply_to_features(batch.features)
        return SeriesBatch(self.scaler_.apply(batch.values), features, batch.codes)

"""What only a saved classifier has; :mod:`offbeat.estimators.saving` does the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.batches import SeriesBatch
from offbeat.classifiers.registry import REGISTRY
from offbeat.errors import ModelError
from offbeat.estimators.arrays import Arrays, array_of
from offbeat.estimators.plain import names_of
from offbeat.estimators.saving import ModelFormat
from offbeat.estimators.scaling import Scaler
from offbeat.training.augmentation import Augmentation
from offbeat.training.config import TrainConfig

__all__ = ["load", "parts", "restored", "save"]


class _ClassifierFormat(ModelFormat[Classifier]):
    def facts(self, estimator: Classifier) -> dict[str, Any]:
        return {
            "classes": estimator.classes_.tolist(),
            "classes_type": estimator.classes_.dtype.str,
            "features": list(estimator.feature_names_),
        }

    def learned(self, estimator: Classifier) -> Arrays:
        features = estimator.feature_scaler_.arrays("feature_")
        return {**estimator.scaler_.arrays(), **features, "class_prior": estimator.class_prior_}

    def restore(self, estimator: Classifier, config: dict[str, Any], learned: Arrays) -> None:
        estimator.classes_ = _classes(config["classes"], config["classes_type"])
        estimator.feature_names_ = names_of(config, "features")
        n_channels, n_features = len(estimator.channels_), len(estimator.feature_names_)
        estimator.n_features_in_ = n_channels * estimator.n_times_
        estimator.scaler_ = Scaler.restored(learned, n_channels, by_series=estimator.scaling == "series")
        estimator.feature_scaler_ = Scaler.restored(learned, n_features, prefix="feature_")
        estimator.class_prior_ = array_of(learned, "class_prior", len(estimator.classes_))

    def outputs(self, estimator: Classifier, values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        features = np.zeros((len(values), len(estimator.feature_names_)), np.float32)
        return estimator._probabilities(SeriesBatch(values, features))


def _classes(names: Any, kind: Any) -> npt.NDArray[Any]:
    """Return the classes as an array of their type."""
    if not isinstance(names, list) or not all(isinstance(name, str | int | float) for name in names):
        raise ModelError("expected names or numbers of classes, got something else")
    # A type of its own, such as text of a million characters each, would let a small file claim much memory.
    dtype = np.dtype(str if np.dtype(kind).kind == "U" else kind)
    classes = np.array(names, dtype=dtype)
    if dtype.kind not in "UOifub" or len(classes) < 2 or len(set(classes.tolist())) < len(names):
        raise ModelError(f"expected two or more classes, all of them different, got {len(names)}")
    return classes


_FORMAT = _ClassifierFormat(REGISTRY, TrainConfig, Augmentation)


def save(classifier: Classifier, folder: Path) -> Path:
    """Write a fitted classifier as a model folder, see :meth:`offbeat.classifiers.base.Classifier.save`."""
    return _FORMAT.save(classifier, folder)


def load(folder: str | Path, **given: Any) -> Classifier:
    """Return the classifier that was saved in a folder; see :func:`offbeat.load` for what may be given.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, written by a newer version, or holds no classifier.
    """
    return _FORMAT.load(Path(folder), **given)


def parts(classifier: Classifier) -> tuple[dict[str, Any], Arrays]:
    """Return the configuration and the arrays of a fitted classifier, for a model that stands on it.

    Raises
    ------
    OutputError
        If it could not be loaded again.
    """
    return _FORMAT.parts(classifier)


def restored(config: dict[str, Any], arrays: Arrays, folder: Path) -> Classifier:
    """Return the classifier that has these parts; ``folder`` is where they come from, for messages.

    Raises
    ------
    ModelError
        If they do not fit together.
    """
    return _FORMAT.restored(config, arrays, folder)

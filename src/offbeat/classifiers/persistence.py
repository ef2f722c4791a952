"""From a fitted classifier to plain values and arrays, and back."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.registry import classifier_class, classifier_classes
from offbeat.classifiers.scaling import Scaling
from offbeat.errors import ModelError, OutputError
from offbeat.frozen import freeze, in_force
from offbeat.plain import history_from_plain, history_to_plain, settings_from_plain, settings_to_plain
from offbeat.store import Arrays, part_of, read_model, restoring, write_model
from offbeat.training.augmentation import Augmentation
from offbeat.training.config import TrainConfig
from offbeat.version import __version__

__all__ = ["load", "save"]

_OBJECTS: dict[str, Any] = {"TrainConfig": TrainConfig, "Augmentation": Augmentation}
_SCALES = ("shift", "scale", "feature_shift", "feature_scale")


def save(classifier: Classifier, folder: Path) -> Path:
    """Write a fitted classifier as a model folder, see :meth:`offbeat.classifiers.base.Classifier.save`."""
    if classifier_classes().get(classifier.name) is not type(classifier):
        raise OutputError(
            f"a {type(classifier).__name__} cannot be saved: give the class a name of its own, for load to find it by"
        )
    config = {
        "offbeat": __version__,
        "classifier": classifier.name,
        "settings": settings_to_plain(in_force(classifier).get_params(deep=False), _name_and_settings),
        "classes": classifier.classes_.tolist(),
        "classes_type": classifier.classes_.dtype.str,
        "n_times": classifier.n_times_,
        "channels": list(classifier.channels_),
        "features": list(classifier.feature_names_),
        "history": history_to_plain(getattr(classifier, "history_", None)),
    }
    arrays = {
        **{f"learned.{name}": getattr(classifier.scaling_, name) for name in _SCALES},
        "learned.class_prior": classifier.class_prior_,
        **{f"classifier.{name}": array for name, array in classifier._arrays().items()},
    }
    return write_model(folder, config, arrays)


def load(folder: str | Path) -> Classifier:
    """Return the classifier that was saved in a folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    """
    folder = Path(folder)
    config, arrays = read_model(folder)
    if "detector" in config:
        raise ModelError(f"the model at {folder} is a detector ({config['detector']}): expected a classifier")
    with restoring(folder):
        settings = settings_from_plain(config["settings"], _OBJECTS.__getitem__)
        classifier = classifier_class(config["classifier"])(**settings)
        _fill(classifier, config, arrays)
    return classifier


def _fill(classifier: Classifier, config: dict[str, Any], arrays: Arrays) -> None:
    classifier._judge()
    freeze(classifier)
    classifier.classes_ = np.array(config["classes"], dtype=np.dtype(config["classes_type"]))
    classifier.n_times_, classifier.channels_ = int(config["n_times"]), tuple(config["channels"])
    classifier.feature_names_ = tuple(config["features"])
    classifier.n_features_in_ = classifier.n_times_ * len(classifier.channels_)
    classifier.scaling_ = Scaling(classifier.scaling, *(arrays[f"learned.{name}"] for name in _SCALES))
    shapes = {(len(classifier.channels_),), (len(classifier.feature_names_),)}
    if {getattr(classifier.scaling_, name).shape for name in _SCALES} != shapes:
        raise ModelError("the scaling is not that of its channels and features")
    classifier.class_prior_ = arrays["learned.class_prior"]
    if classifier.class_prior_.shape != classifier.classes_.shape:
        raise ModelError("the shares of the classes are not those of its classes")
    if config["history"] is not None:
        classifier.history_ = history_from_plain(config["history"])
    classifier._restore(part_of(arrays, "classifier."))


def _name_and_settings(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the class and the fields of a frozen group of settings."""
    for name, cls in _OBJECTS.items():
        if type(value) is cls:
            return name, value.essence() if isinstance(value, TrainConfig) else dataclasses.asdict(value)
    return None

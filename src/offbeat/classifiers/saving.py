"""From a fitted classifier to plain values and arrays, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.inputs import Seen
from offbeat.classifiers.registry import classifier_class, classifier_classes
from offbeat.classifiers.scaling import Scaling
from offbeat.errors import ModelError, OutputError
from offbeat.estimators.folder import Arrays, array_of, part_of, read_model, restoring, write_model
from offbeat.estimators.frozen import freeze, in_force
from offbeat.estimators.hints import Range, validate_types
from offbeat.estimators.plain import (
    history_from_plain,
    history_to_plain,
    names_of,
    settings_from_plain,
    settings_to_plain,
)
from offbeat.files.limits import require_room
from offbeat.training.augmentation import Augmentation
from offbeat.training.config import TrainConfig
from offbeat.version import __version__

__all__ = ["load", "save"]

_OBJECTS: dict[str, Callable[..., Any]] = {"TrainConfig": TrainConfig.from_config, "Augmentation": Augmentation}
_BYTES = 256
"""What naming takes for each value of a series, about."""
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
    with restoring(f"the model at {folder}"):
        settings = settings_from_plain(config["settings"], _OBJECTS.__getitem__)
        classifier = classifier_class(config["classifier"])(**settings)
        classifier._validate()
        _fill(classifier, config, arrays)
    return classifier


def _fill(classifier: Classifier, config: dict[str, Any], arrays: Arrays) -> None:
    freeze(classifier)
    classifier.classes_ = _classes(config["classes"], config["classes_type"])
    classifier.channels_, classifier.n_times_ = names_of(config, "channels", 1), config["n_times"]
    classifier.feature_names_ = names_of(config, "features")
    sizes = (len(classifier.channels_), len(classifier.feature_names_))
    validate_types({"n_times": classifier.n_times_}, {"n_times": Annotated[int, Range(1)]})
    n_values = sizes[0] * classifier.n_times_
    require_room(_BYTES * n_values, f"naming a series of {classifier.n_times_:,} time steps", ModelError)
    classifier.n_features_in_ = n_values
    learned = part_of(arrays, "learned.")
    scales = [array_of(learned, name, sizes[name.startswith("feature")]) for name in _SCALES]
    if not all((scale > 0).all() for scale in scales[1::2]):
        raise ModelError("the scale of each channel and feature is a number above 0")
    classifier.scaling_ = Scaling(classifier.scaling, *scales)
    classifier.class_prior_ = array_of(learned, "class_prior", len(classifier.classes_))
    if config["history"] is not None:
        classifier.history_ = history_from_plain(config["history"])
    classifier._restore(part_of(arrays, "classifier."))
    _try(classifier, *sizes)


def _classes(names: Any, kind: Any) -> npt.NDArray[Any]:
    """Return the classes as an array of their type."""
    if not isinstance(names, list) or not all(isinstance(name, str | int | float) for name in names):
        raise ModelError("classes are names or numbers, got something else")
    # A type of its own, such as text of a million characters each, would make much of little.
    dtype = np.dtype(str if np.dtype(kind).kind == "U" else kind)
    classes = np.array(names, dtype=dtype)
    if dtype.kind not in "UOifub" or len(classes) < 2 or len(set(classes.tolist())) < len(names):
        raise ModelError("classes are two names or numbers at least, all of them different, got others")
    return classes


def _try(classifier: Classifier, n_channels: int, n_features: int) -> None:
    """Name two series: arrays that do not go together fail here, not when the model is used."""
    shape = (n_channels, classifier.n_times_)
    wave = np.sin(np.arange(np.prod(shape))).reshape(shape)
    values = np.stack([np.zeros(shape), wave]).astype(np.float32)
    if np.isnan(classifier._probabilities(Seen(values, np.zeros((2, n_features), np.float32)))).any():
        raise ModelError("what it names has no probabilities")


def _name_and_settings(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the class and the fields of a frozen group of settings."""
    if isinstance(value, TrainConfig):
        return "TrainConfig", value.config_key()
    return ("Augmentation", dataclasses.asdict(value)) if isinstance(value, Augmentation) else None

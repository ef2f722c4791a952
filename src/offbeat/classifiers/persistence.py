"""From a fitted classifier to plain values and arrays, and back."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np

from offbeat.classifiers.base import Classifier
from offbeat.classifiers.registry import classifier_class, classifier_classes
from offbeat.classifiers.scaling import Scaling
from offbeat.errors import ModelError, OffbeatError, OutputError
from offbeat.store import Arrays, read_model, write_model
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
        "settings": _encode(classifier.get_params(deep=False)),
        "classes": classifier.classes_.tolist(),
        "classes_type": classifier.classes_.dtype.str,
        "n_times": classifier.n_times_,
        "channels": list(classifier.channels_),
        "features": list(classifier.feature_names_),
        "history": _plain(getattr(classifier, "history_", None)),
    }
    arrays = {
        **{f"learned.{name}": getattr(classifier.scaling_, name) for name in _SCALES},
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
    try:
        classifier = classifier_class(config["classifier"])(**_decode(config["settings"]))
        _fill(classifier, config, arrays)
    except (LookupError, TypeError, AttributeError, RuntimeError, OffbeatError, ValueError) as error:
        why = f"no {error} in it" if isinstance(error, KeyError) else str(error).partition("\n")[0]
        raise ModelError(f"the model at {folder} is damaged: its parts do not fit together ({why})") from error
    return classifier


def _fill(classifier: Classifier, config: dict[str, Any], arrays: Arrays) -> None:
    classifier._judge()
    classifier.classes_ = np.array(config["classes"], dtype=np.dtype(config["classes_type"]))
    classifier.n_times_, classifier.channels_ = int(config["n_times"]), tuple(config["channels"])
    classifier.feature_names_ = tuple(config["features"])
    classifier.n_features_in_ = classifier.n_times_ * len(classifier.channels_)
    classifier.scaling_ = Scaling(classifier.scaling, *(arrays[f"learned.{name}"] for name in _SCALES))
    shapes = {(len(classifier.channels_),), (len(classifier.feature_names_),)}
    if {getattr(classifier.scaling_, name).shape for name in _SCALES} != shapes:
        raise ModelError("the scaling is not that of its channels and features")
    if config["history"] is not None:
        classifier.history_ = _restored(config["history"])
    prefix = "classifier."
    classifier._restore({k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)})


def _encode(value: Any) -> Any:
    """Return a setting as plain JSON values; a frozen group of settings as its class and its fields."""
    for name, cls in _OBJECTS.items():
        if type(value) is cls:
            fields = value.essence() if isinstance(value, TrainConfig) else dataclasses.asdict(value)
            return {"class": name, "settings": _encode(fields)}
    if isinstance(value, dict):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_encode(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise OutputError(f"a setting of {value!r} cannot be saved: give it as finite numbers or text")


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    if set(value) == {"class", "settings"}:
        return _OBJECTS[value["class"]](**_decode(value["settings"]))
    return {key: _decode(item) for key, item in value.items()}


def _plain(history: Any) -> Any:
    """Return a history with None in place of NaN, for which JSON has no word."""
    if isinstance(history, dict):
        return {name: _plain(values) for name, values in history.items()}
    if isinstance(history, list):
        return [_plain(value) for value in history]
    return None if isinstance(history, float) and not math.isfinite(history) else history


def _restored(history: Any) -> Any:
    if isinstance(history, dict):
        return {name: _restored(values) for name, values in history.items()}
    if isinstance(history, list):
        return [_restored(value) for value in history]
    return math.nan if history is None else history

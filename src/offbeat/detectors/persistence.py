"""From a fitted detector to plain values and arrays, and back."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from offbeat import thresholds
from offbeat.detectors.base import Detector
from offbeat.detectors.randomness import borrowed_randomness
from offbeat.detectors.registry import detector_class
from offbeat.detectors.scaling import Scaler
from offbeat.errors import ModelError, OffbeatError, OutputError
from offbeat.store import Arrays, read_model, write_model
from offbeat.training.config import TrainConfig

__all__ = ["load", "save"]

_TRUSTED = ("sklearn", "pyod")
"""The packages whose estimators a model may name; nothing else is ever imported by a model's word."""
_LEARNED = ("train_scores_", "held_out_scores_", "seen_")


def save(detector: Detector, folder: Path) -> Path:
    """Write a fitted detector as a model folder, see :meth:`offbeat.detectors.base.Detector.save`."""
    import offbeat

    config = {
        "offbeat": offbeat.__version__,
        "detector": detector.name,
        "settings": _encode(detector.get_params(deep=False)),
        "n_times": detector.n_times_,
        "channels": list(detector.channels_),
        "history": getattr(detector, "history_", None),
    }
    arrays = {
        **{f"learned.{name}": np.asarray(getattr(detector, name)) for name in _LEARNED},
        "learned.shift": detector.scaler_.shift,
        "learned.scale": detector.scaler_.scale,
        **{f"detector.{name}": array for name, array in detector._arrays().items()},
    }
    return write_model(folder, config, arrays)


def load(folder: str | Path) -> Detector:
    """Return the detector that was saved in a folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.

    Examples
    --------
    >>> import tempfile, offbeat
    >>> from offbeat.data.synthetic import voltage_curves
    >>> curves = voltage_curves(200, 5, 5)
    >>> detector = offbeat.PCADetector().fit(curves.where("normal"))
    >>> folder = detector.save(tempfile.mkdtemp())
    >>> bool((offbeat.load(folder).predict(curves) == detector.predict(curves)).all())
    True
    """
    folder = Path(folder)
    config, arrays = read_model(folder)
    try:
        detector = detector_class(config["detector"])(**_decode(config["settings"]))
        _fill(detector, config, arrays)
    except (KeyError, TypeError, AttributeError, RuntimeError, OffbeatError, ValueError) as error:
        raise ModelError(f"the model at {folder} is damaged: its parts do not fit together ({error})") from error
    return detector


def _fill(detector: Detector, config: dict[str, Any], arrays: Arrays) -> None:
    detector.n_times_, detector.channels_ = int(config["n_times"]), tuple(config["channels"])
    detector.scaler_ = Scaler(arrays["learned.shift"], arrays["learned.scale"])
    for name in _LEARNED:
        setattr(detector, name, arrays[f"learned.{name}"])
    if config["history"] is not None:
        detector.history_ = config["history"]
    prefix = "detector."
    with borrowed_randomness(detector.random_state):
        detector._restore({k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)})
    detector._calibrate()


def _encode(value: Any) -> Any:
    """Return a setting as plain JSON values; an object as its class and its own settings."""
    if isinstance(value, TrainConfig):
        return {"class": "TrainConfig", "settings": _encode(value.essence())}
    if hasattr(value, "get_params"):
        cls = type(value)
        own = cls.__module__.startswith("offbeat.")
        name = cls.__name__ if own else f"{cls.__module__}.{cls.__qualname__}"
        return {"class": name, "settings": _encode(value.get_params(deep=False))}
    if isinstance(value, dict):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise OutputError(f"a setting of type {type(value).__name__} cannot be saved: give it as numbers or text")


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item) for item in value)
    if not isinstance(value, dict):
        return value
    if set(value) == {"class", "settings"}:
        return _class(value["class"])(**_decode(value["settings"]))
    return {key: _decode(item) for key, item in value.items()}


def _class(name: str) -> Any:
    if name == "TrainConfig":
        return TrainConfig
    if "." not in name:
        return getattr(thresholds, name)
    module, _, attribute = name.rpartition(".")
    if module.split(".")[0] not in _TRUSTED:
        raise ModelError(f"it names {name}, but only estimators of {' and '.join(_TRUSTED)} are loaded")
    cls = getattr(importlib.import_module(module), attribute)
    if not hasattr(cls, "fit") or not isinstance(cls, type):
        raise ModelError(f"it names {name}, which is no estimator")
    return cls

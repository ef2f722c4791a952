"""From a fitted detector to plain values and arrays, and back."""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from offbeat import thresholds
from offbeat.detectors.base import Detector
from offbeat.detectors.randomness import borrowed_randomness
from offbeat.detectors.registry import detector_class, detector_classes
from offbeat.detectors.scaling import Scaler
from offbeat.errors import ModelError, OffbeatError, OutputError
from offbeat.store import Arrays, read_model, write_model
from offbeat.training.config import TrainConfig
from offbeat.version import __version__

__all__ = ["load", "save"]

_TRUSTED = ("sklearn", "pyod")
"""The packages whose estimators a model may name; nothing else is ever imported by a model's word."""
_LEARNED = ("train_scores_", "held_out_scores_", "seen_", "last_seen_")


def save(detector: Detector, folder: Path) -> Path:
    """Write a fitted detector as a model folder, see :meth:`offbeat.detectors.base.Detector.save`."""
    if detector_classes().get(detector.name) is not type(detector):
        raise OutputError(
            f"a {type(detector).__name__} cannot be saved: give the class a name of its own, for load to find it by"
        )
    config = {
        "offbeat": __version__,
        "detector": detector.name,
        "settings": _encode(detector.get_params(deep=False)),
        "n_times": detector.n_times_,
        "channels": list(detector.channels_),
        "step": detector.step_,
        "history": _swap(getattr(detector, "history_", None), math.isfinite, None),
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
    if "classifier" in config:
        raise ModelError(f"the model at {folder} names classes, but one that scores was expected: fit a detector")
    try:
        detector = detector_class(config["detector"])(**_decode(config["settings"]))
        _fill(detector, config, arrays)
    except (LookupError, TypeError, AttributeError, RuntimeError, OffbeatError, ValueError) as error:
        why = f"no {error} in it" if isinstance(error, KeyError) else str(error).partition("\n")[0]
        raise ModelError(f"the model at {folder} is damaged: its parts do not fit together ({why})") from error
    return detector


def _fill(detector: Detector, config: dict[str, Any], arrays: Arrays) -> None:
    detector.n_times_, detector.channels_ = int(config["n_times"]), tuple(config["channels"])
    detector.step_ = config.get("step")
    detector.scaler_ = Scaler(arrays["learned.shift"], arrays["learned.scale"])
    if not detector.scaler_.shift.shape == detector.scaler_.scale.shape == (len(detector.channels_),):
        raise ModelError(f"the scaling is not that of {len(detector.channels_)} channels")
    for name in _LEARNED:
        setattr(detector, name, arrays[f"learned.{name}"])
    if config["history"] is not None:
        detector.history_ = _swap(config["history"], lambda value: value is not None, math.nan)
    prefix = "detector."
    with borrowed_randomness(detector.random_state):
        detector._restore({k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)})
        # Arrays of another size fail here, not when the model is used.
        detector._gives(np.zeros((1, len(detector.channels_), detector.n_times_), dtype=np.float32))
    with warnings.catch_warnings():
        # Said when it was fitted.
        warnings.simplefilter("ignore", thresholds.FewScoresWarning)
        warnings.simplefilter("ignore", thresholds.LooseBudgetWarning)
        detector._calibrate()


def _swap(history: Any, keep: Callable[[Any], bool], other: Any) -> Any:
    """Return a history with ``other`` in place of what is not kept: JSON has no word for NaN."""
    if history is None:
        return None
    return {name: [value if keep(value) else other for value in values] for name, values in history.items()}


def _encode(value: Any) -> Any:
    """Return a setting as plain JSON values; an object as its class and its own settings."""
    if isinstance(value, TrainConfig):
        return {"class": "TrainConfig", "settings": _encode(value.essence())}
    if hasattr(value, "get_params"):
        return {"class": _name(type(value)), "settings": _encode(value.get_params(deep=False))}
    if isinstance(value, dict):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise OutputError(f"a setting of {value!r} cannot be saved: give it as finite numbers or text")


def _name(cls: type) -> str:
    """Return what a class is called in ``config.json``, or refuse one that ``load`` would not find by it."""
    name = cls.__name__ if cls.__module__.startswith("offbeat.") else f"{cls.__module__}.{cls.__qualname__}"
    try:
        found = _class(name)
    except ModelError:
        found = None
    if found is not cls:
        raise OutputError(
            f"a setting of the class {name} cannot be saved: only thresholds and detectors of offbeat, and estimators "
            f"of {' and '.join(_TRUSTED)}, are loaded again"
        )
    return name


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
    module, _, attribute = name.rpartition(".")
    if module and module.split(".")[0] not in _TRUSTED:
        raise ModelError(f"it names {name}, but only estimators of {' and '.join(_TRUSTED)} are loaded")
    try:
        ours = {cls.__name__: cls for cls in detector_classes().values()}
        cls = getattr(importlib.import_module(module), attribute, None) if module else ours.get(attribute)
        cls = getattr(thresholds, attribute, None) if cls is None and not module else cls
    except ImportError as error:
        raise ModelError(f"it names {name}, which cannot be imported: {error}") from error
    if not hasattr(cls, "fit") or not isinstance(cls, type):
        raise ModelError(f"it names {name}, which is no estimator")
    return cls

"""From a fitted detector to plain values and arrays, and back."""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from offbeat import thresholds
from offbeat.detectors.base import Detector
from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.randomness import borrowed_randomness
from offbeat.detectors.registry import detector_class, detector_classes
from offbeat.detectors.scaling import Scaler
from offbeat.errors import ModelError, OutputError
from offbeat.plain import history_from_plain, history_to_plain, settings_from_plain, settings_to_plain
from offbeat.store import Arrays, part_of, read_model, restoring, write_model
from offbeat.training.config import TrainConfig
from offbeat.version import __version__

__all__ = ["load", "save"]

_TRUSTED = ("sklearn", "pyod")
"""The packages whose estimators a model may name; nothing else is ever imported by a model's word."""
_LEARNED = ("train_scores_", "held_out_scores_", "seen_")


def save(detector: Detector, folder: Path) -> Path:
    """Write a fitted detector as a model folder, see :meth:`offbeat.detectors.base.Detector.save`."""
    if detector_classes().get(detector.name) is not type(detector):
        raise OutputError(
            f"a {type(detector).__name__} cannot be saved: give the class a name of its own, for load to find it by"
        )
    config = {
        "offbeat": __version__,
        "detector": detector.name,
        "settings": settings_to_plain(detector._used.get_params(deep=False), _name_and_settings),
        "n_times": detector.n_times_,
        "channels": list(detector.channels_),
        "step": detector.step_,
        "learned_from": [stretch.to_plain() for stretch in detector.learned_from_],
        "history": history_to_plain(getattr(detector, "history_", None)),
    }
    arrays = {
        **{f"learned.{name}": np.asarray(getattr(detector, name)) for name in _LEARNED},
        "learned.shift": detector.scaler_.shift,
        "learned.scale": detector.scaler_.scale,
        **{f"learned.rows.{i}": stretch.rows for i, stretch in enumerate(detector.learned_from_)},
        **{f"learned.times.{i}": stretch.times for i, stretch in enumerate(detector.learned_from_)},
        **{f"detector.{name}": array for name, array in detector._arrays().items()},
    }
    return write_model(folder, config, arrays)


def load(folder: str | Path) -> Detector:
    """Return the detector that was saved in a folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    """
    folder = Path(folder)
    config, arrays = read_model(folder)
    if "classifier" in config:
        raise ModelError(f"the model at {folder} names classes, but one that scores was expected: fit a detector")
    with restoring(folder):
        detector = detector_class(config["detector"])(**settings_from_plain(config["settings"], _class))
        _fill(detector, config, arrays)
    return detector


def _fill(detector: Detector, config: dict[str, Any], arrays: Arrays) -> None:
    detector.n_times_, detector.channels_ = int(config["n_times"]), tuple(config["channels"])
    detector._freeze()
    detector.step_ = config.get("step")
    # Older models do not say what they learned from.
    detector.learned_from_ = tuple(
        LearnedFrom.from_plain(plain, arrays[f"learned.rows.{i}"], arrays[f"learned.times.{i}"])
        for i, plain in enumerate(config.get("learned_from", ()))
    )
    detector.scaler_ = Scaler(arrays["learned.shift"], arrays["learned.scale"])
    if not detector.scaler_.shift.shape == detector.scaler_.scale.shape == (len(detector.channels_),):
        raise ModelError(f"the scaling is not that of {len(detector.channels_)} channels")
    for name in _LEARNED:
        setattr(detector, name, arrays[f"learned.{name}"])
    if config["history"] is not None:
        detector.history_ = history_from_plain(config["history"])
    with borrowed_randomness(detector.random_state):
        detector._restore(part_of(arrays, "detector."))
        # Arrays of another size fail here, not when the model is used.
        detector._gives(np.zeros((1, len(detector.channels_), detector.n_times_), dtype=np.float32))
    with warnings.catch_warnings():
        # Said when it was fitted.
        warnings.simplefilter("ignore", thresholds.FewScoresWarning)
        warnings.simplefilter("ignore", thresholds.LooseBudgetWarning)
        detector._calibrate()


def _name_and_settings(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the class of an object and its own settings."""
    if isinstance(value, TrainConfig):
        return "TrainConfig", value.essence()
    return (_name(type(value)), value.get_params(deep=False)) if hasattr(value, "get_params") else None


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

"""Write a fitted detector as a model folder, and read it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Annotated, Any

import numpy as np

from offbeat import thresholds
from offbeat.detectors.base import Detector
from offbeat.detectors.estimator_table import estimator_class, public_name, validate_estimator
from offbeat.detectors.learned_from import LearnedFrom
from offbeat.detectors.registry import detector_class, detector_classes
from offbeat.detectors.scorer import Scorer
from offbeat.errors import ModelError, OutputError, ParameterError, ignoring
from offbeat.estimators.folder import Arrays, array_of, part_of, read_model, restoring, write_model
from offbeat.estimators.frozen import freeze, in_force
from offbeat.estimators.hints import Positive, Range, validate_types
from offbeat.estimators.plain import (
    history_from_plain,
    history_to_plain,
    names_of,
    settings_from_plain,
    settings_to_plain,
)
from offbeat.estimators.randomness import borrowed_randomness
from offbeat.estimators.scaling import Scaler
from offbeat.files.limits import require_room
from offbeat.series.arrays import as_domain
from offbeat.series.magnitudes import require_size
from offbeat.training.config import TrainConfig
from offbeat.version import __version__

__all__ = ["load", "save"]

_BYTES = 256
"""About how many bytes scoring takes for each value of a series."""
_LEARNED = ("train_scores_", "held_out_scores_", "seen_")


def save(detector: Detector, folder: Path) -> Path:
    """Write a fitted detector as a model folder, see :meth:`offbeat.detectors.base.Detector.save`."""
    if detector_classes().get(detector.name) is not type(detector):
        raise OutputError(
            f"a {type(detector).__name__} cannot be saved: give the class a name of its own by which load can find it"
        )
    settings = in_force(detector)
    try:
        settings.validate(saved=True)
    except ParameterError as error:
        raise OutputError(f"a setting of this {type(detector).__name__} cannot be saved: {error}") from error
    config = {
        "offbeat": __version__,
        "detector": detector.name,
        "settings": settings_to_plain(settings.get_params(deep=False), _name_and_settings),
        "n_times": detector.n_times_,
        "channels": list(detector.channels_),
        "step": detector.step_,
        "domain": detector.domain_,
        "learned_from": [stretch.to_plain() for stretch in detector.learned_from_],
        "history": history_to_plain(detector.history_ if detector.trains else None),
    }
    arrays = {
        **{f"learned.{name}": np.asarray(getattr(detector, name)) for name in _LEARNED},
        "learned.shift": detector.scaler_.shift,
        "learned.scale": detector.scaler_.scale,
        **{
            f"learned.{i}.{name}": array
            for i, stretch in enumerate(detector.learned_from_)
            for name, array in (("rows", stretch.rows), ("times", stretch.times))
        },
        **{f"detector.{name}": array for name, array in detector.scorer_.arrays().items()},
    }
    return write_model(folder, config, arrays)


def load(folder: str | Path) -> Detector:
    """Return the detector that was saved in a folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or written by a newer version.
    MissingExtraError
        If a package is not installed that the model needs.
    """
    folder = Path(folder)
    config, arrays = read_model(folder)
    if "classifier" in config:
        raise ModelError(
            f"expected a detector at {folder}, got a classifier: fit a detector, or load it with offbeat.load"
        )
    with restoring(f"the model at {folder}"):
        detector = detector_class(config["detector"])(**settings_from_plain(config["settings"], _maker))
        detector.validate(saved=True)
        _restore(detector, config, arrays)
    return detector


def _restore(detector: Detector, config: dict[str, Any], arrays: Arrays) -> None:
    channels, n_times = names_of(config, "channels", 1), _n_times(config)
    freeze(detector)
    detector.step_ = config.get("step")
    detector.domain_ = as_domain(config.get("domain", ""))
    validate_types({"step": detector.step_}, {"step": Positive | None})
    n_channels, learned = len(channels), part_of(arrays, "learned.")
    scaler = Scaler.restored(learned, n_channels)
    # No larger values were learned from; minmax stores both ends.
    require_size(np.concatenate([scaler.shift, scaler.scale / 2]))
    for name in ("train_scores_", "held_out_scores_"):
        # Some estimators have infinite scores.
        setattr(detector, name, array_of(learned, name, None, gaps=True))
    detector.seen_ = array_of(learned, "seen_", None, kinds="u")
    detector.learned_from_ = tuple(
        LearnedFrom.from_plain(plain, part_of(learned, f"{i}."), n_channels)
        for i, plain in enumerate(config.get("learned_from", ()))
    )
    history = config["history"]
    validate_types({"history": history}, {"history": dict if detector.trains else NoneType})
    if detector.trains:
        detector.history_ = history_from_plain(history)
    with borrowed_randomness(detector.random_state):
        scorer = Scorer(detector).restore(part_of(arrays, "detector."), scaler, channels, n_times)
        _require_scores(scorer, len(channels), n_times)
    # These warnings were given when it was fitted.
    with ignoring(thresholds.FewScoresWarning, thresholds.LooseBudgetWarning):
        detector.set_threshold()


def _n_times(config: dict[str, Any]) -> int:
    """Return the time steps of a series, if there is enough memory to score one."""
    n_times, n_channels = config["n_times"], len(config["channels"])
    validate_types({"n_times": n_times}, {"n_times": Annotated[int, Range(1)]})
    require_room(_BYTES * n_times * n_channels, f"scoring a series of {n_times:,} time steps", ModelError)
    return int(n_times)


def _require_scores(scorer: Scorer, n_channels: int, n_times: int) -> None:
    """Score two series: arrays that do not go together fail here, not when the model is used."""
    wave = np.sin(np.arange(n_channels * n_times)).reshape(n_channels, n_times)
    # As if they had been scaled already.
    if np.isnan(scorer.outputs(np.stack([np.zeros(wave.shape), wave]).astype(np.float32))).any():
        raise ModelError("it gives no score to series without missing values")


def _name_and_settings(value: Any) -> tuple[str, dict[str, Any]] | None:
    """Return the class and the settings of an object, or refuse one that could not be loaded again."""
    if isinstance(value, TrainConfig):
        return "TrainConfig", value.config_key()
    if not hasattr(value, "get_params"):
        return None
    cls, settings = type(value), value.get_params(deep=False)
    if cls in _own_classes().values():
        return cls.__name__, settings
    name = public_name(cls)
    try:
        if estimator_class(name) is not cls:
            raise ParameterError(f"{name} is another class")
        validate_estimator(cls, settings)
    except ParameterError as error:
        raise OutputError(f"a setting of the class {cls.__name__} cannot be saved: {error}") from error
    return name, settings


def _maker(name: str) -> Callable[..., Any]:
    """Return what makes an object of that class from its settings; unknown names are never imported."""
    if name == "TrainConfig":
        return TrainConfig.from_config
    if name in _rules():
        return _rules()[name]
    if "." not in name:
        ours = _own_classes()
        if name not in ours:
            raise ModelError(f"{name} is not among the detectors and thresholds that a saved model may name")
        return ours[name]
    cls = estimator_class(name)

    def make(**settings: Any) -> Any:
        validate_estimator(cls, settings)
        return cls(**settings)

    return make


def _own_classes() -> dict[str, type]:
    """Return the classes of offbeat that settings may hold, by name: detectors, thresholds, tiers."""
    return {**{cls.__name__: cls for cls in detector_classes().values()}, **_rules()}


def _rules() -> dict[str, type]:
    """Return thresholds and tiers by name."""
    bases = (thresholds.Threshold, thresholds.Tiers)
    named = [getattr(thresholds, name) for name in thresholds.__all__]
    return {cls.__name__: cls for cls in named if isinstance(cls, type) and issubclass(cls, bases)}

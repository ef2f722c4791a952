"""Settings given as text, by name: detectors, trainings, loggers."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_class
from offbeat.errors import MissingExtraError, ParameterError
from offbeat.thresholds import Tiers
from offbeat.training.config import TrainConfig

__all__ = ["make_detector", "make_logger", "make_tiers", "parse_settings"]


def parse_settings(pairs: Sequence[str] | None) -> dict[str, Any]:
    """Return ``NAME=VALUE`` pairs as a mapping; values are numbers, tuples and so on where they read as such.

    Raises
    ------
    ParameterError
        If a pair has no ``=``.

    Examples
    --------
    >>> parse_settings(["code_size=32", "hidden_sizes=(64,)", "error=mae"])
    {'code_size': 32, 'hidden_sizes': (64,), 'error': 'mae'}
    """
    settings = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ParameterError(f"expected a setting as NAME=VALUE, but {pair!r} came")
        settings[name.strip().replace("-", "_")] = _value(value.strip())
    return settings


def make_detector(
    name: str,
    settings: Mapping[str, Any],
    train: Mapping[str, Any],
    *,
    logger: str | None = None,
    checkpoint_dir: Path | None = None,
    **common: Any,
) -> Detector:
    """Return an unfitted detector by name, with its settings and those of its training.

    Raises
    ------
    ParameterError
        If a name is unknown; the message says which there are.
    """
    cls: Any = detector_class(name)
    if any(
        p.default is p.empty for p in inspect.signature(cls).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD
    ):
        raise ParameterError(f"{name} wraps an object and cannot be made from text: use {cls.__name__} in Python")
    _known(settings, cls._get_param_names(), f"the detector {name}")
    if not hasattr(cls, "default_train"):
        if train or logger or checkpoint_dir:
            raise ParameterError(f"{name} has no training to set: leave --train, --logger and --checkpoints out")
        detector: Detector = cls(**common | dict(settings))
        return detector
    _known(train, [field.name for field in dataclasses.fields(TrainConfig)], "the training")
    config = dataclasses.replace(cls.default_train, **train, logger=make_logger(logger), checkpoint_dir=checkpoint_dir)
    trained: Detector = cls(train=config, **common | dict(settings))
    return trained


def make_tiers(watch: float, alarm: float) -> Tiers | None:
    """Return tiers of these false-alarm rates; None for the defaults."""
    tiers = Tiers()
    return None if (watch, alarm) == (tiers.watch, tiers.alarm) else Tiers(watch, alarm)


def make_logger(text: str | None) -> Any:
    """Return a Lightning logger from ``KIND:FOLDER``: ``csv``, ``tensorboard`` or ``mlflow``.

    Raises
    ------
    ParameterError
        If the kind is unknown.
    MissingExtraError
        If its package is not installed.
    """
    if text is None:
        return None
    from lightning.pytorch import loggers

    kind, _, folder = text.partition(":")
    makers: dict[str, Callable[[], Any]] = {
        "csv": lambda: loggers.CSVLogger(folder or "runs", name=""),
        "tensorboard": lambda: loggers.TensorBoardLogger(folder or "runs", name=""),
        "mlflow": lambda: loggers.MLFlowLogger(save_dir=folder or "runs"),
    }
    if kind not in makers:
        raise ParameterError(f"a logger is one of {', '.join(makers)}, but {kind!r} came: write csv:FOLDER")
    try:
        return makers[kind]()
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the logger {kind} needs another package: pip install 'offbeat[loggers]'") from error


def _known(given: Mapping[str, Any], names: Sequence[str], what: str) -> None:
    for name in given:
        if name not in names:
            raise ParameterError(f"{what} has no setting {name!r}: there are {', '.join(sorted(names))}")


def _value(text: str) -> Any:
    try:
        return ast.literal_eval({"none": "None", "true": "True", "false": "False"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        return text

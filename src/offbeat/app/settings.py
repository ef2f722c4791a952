"""Settings given as text, by name: detectors, trainings, thresholds, loggers."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from offbeat.detectors.base import Detector
from offbeat.detectors.registry import detector_class
from offbeat.errors import MissingExtraError, ParameterError
from offbeat.thresholds import Threshold, Tiers, threshold_from_name
from offbeat.training.config import TrainConfig

__all__ = ["known_settings", "make_detector", "make_logger", "make_threshold", "make_tiers", "parse_settings"]

Pairs = Sequence[str] | None
"""What a repeated option gives: ``NAME=VALUE`` each."""


def parse_settings(pairs: Pairs, hints: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return ``NAME=VALUE`` pairs as a mapping; values are numbers, tuples and so on where they read as such.

    Parameters
    ----------
    pairs : sequence of str, optional
        One setting each.
    hints : mapping, optional
        Types by name; a value stays as it is where text is asked for.

    Raises
    ------
    ParameterError
        If a pair has no ``=``, or a name comes twice.

    Examples
    --------
    >>> parse_settings(["code_size=32", "hidden_sizes=(64,)", "error=mae"])
    {'code_size': 32, 'hidden_sizes': (64,), 'error': 'mae'}
    >>> parse_settings(["scaling=none"], {"scaling": str})
    {'scaling': 'none'}
    """
    settings: dict[str, Any] = {}
    for pair in pairs or ():
        given, equals, value = (part.strip() for part in pair.partition("="))
        name = given.replace("-", "_")
        if not equals or not name:
            raise ParameterError(f"a setting is given as NAME=VALUE, such as code_size=32, got {pair!r}")
        if name in settings:
            raise ParameterError(f"the setting {name} came twice: leave one out")
        settings[name] = value if (hints or {}).get(name) is str else _value(value)
    return settings


def make_detector(
    name: str,
    settings: Pairs = None,
    train: Pairs = None,
    *,
    logger: str | None = None,
    checkpoint_dir: Path | None = None,
    **common: Any,
) -> Detector:
    """Return an unfitted detector by name, with its settings and those of its training.

    Parameters
    ----------
    name : str
        What the command line calls the detector.
    settings, train : sequence of str, optional
        ``NAME=VALUE`` pairs.
    logger : str, optional
        See :func:`make_logger`.
    checkpoint_dir : Path, optional
        Where the training keeps its checkpoints.
    **common
        Settings that are not given as text.

    Raises
    ------
    ParameterError
        If a name is unknown; the message says which there are.
    """
    cls: Any = detector_class(name)
    if set(cls.setting_names()) - set(cls.setting_defaults()):
        raise ParameterError(f"{name} wraps an object and cannot be made from text: use {cls.__name__} in Python")
    # What has an option of its own is not set twice.
    own = [setting for setting in cls.setting_names() if setting not in (*common, "train")]
    chosen = common | known_settings(parse_settings(settings, cls.setting_types()), own, name)
    if cls.trains:
        chosen["train"] = _train(cls.default_train, train, logger=make_logger(logger), checkpoint_dir=checkpoint_dir)
    elif train or logger or checkpoint_dir:
        raise ParameterError(f"{name} has no training to set: leave --train, --logger and --checkpoints out")
    detector: Detector = cls(**chosen)
    return detector


def make_threshold(name: str, settings: Pairs = None) -> Threshold:
    """Return an unfitted threshold by name, with its settings.

    Raises
    ------
    ParameterError
        If the name or a setting is unknown.
    """
    return threshold_from_name(name, **parse_settings(settings))


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
        raise ParameterError(f"a logger is one of {', '.join(makers)}, got {kind!r}: write csv:FOLDER")
    try:
        return makers[kind]()
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the logger {kind} needs another package: pip install 'offbeat[loggers]'") from error


def _train(default: TrainConfig, pairs: Pairs, **run: Any) -> TrainConfig:
    names = [field.name for field in dataclasses.fields(TrainConfig) if field.name not in run]
    given = known_settings(parse_settings(pairs, get_type_hints(TrainConfig)), names, "the training")
    return dataclasses.replace(default, **given, **run)


def known_settings(given: dict[str, Any], names: Sequence[str], what: str) -> dict[str, Any]:
    """Return settings as they are, or raise ParameterError for one that ``what`` does not have."""
    for name in given:
        if name not in names:
            raise ParameterError(f"{what} has no setting {name!r}: there are {', '.join(sorted(names))}")
    return given


def _value(text: str) -> Any:
    try:
        return ast.literal_eval({"none": "None", "true": "True", "false": "False"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        return text

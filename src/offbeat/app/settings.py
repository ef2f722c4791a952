"""Settings given as text, by name: detectors, trainings, thresholds, loggers; and which settings there are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from offbeat.app.descriptions import REQUIRED, Setting, settings_of
from offbeat.app.request import DetectorRequest, ThresholdRequest
from offbeat.detectors.base import Detector
from offbeat.detectors.registry import default_detector, detector_class
from offbeat.errors import MissingExtraError, ParameterError
from offbeat.estimators.extras import require_extra
from offbeat.tables import Table
from offbeat.thresholds import Budget, Threshold, Tiers, threshold_from_name
from offbeat.training.config import TrainConfig
from offbeat.words import did_you_mean

__all__ = [
    "AUTO",
    "BEATS",
    "check_rule",
    "detector_settings",
    "known_settings",
    "make_detector",
    "make_logger",
    "parse_settings",
    "requested_detector",
    "requested_rules",
    "setting_table",
    "setting_tables",
    "training_config",
    "training_table",
]

AUTO = "auto"
"""Stands for the detector that suits the data, see :func:`offbeat.detectors.registry.default_detector`."""

BEATS = "ecgformer"
"""The classifier that ``offbeat fit`` trains on annotated ECG records, by the name that --detector takes."""

_TAKEN = ("threshold", "tiers", "random_state", "train")
"""Settings of detectors for which the command line has options of their own."""
_RUN = ("logger", "checkpoint_dir")
"""The same of trainings."""

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
    known = detector_settings(name)
    if any(setting.default is REQUIRED for setting in known.values()):
        raise ParameterError(f"{name} wraps an object and cannot be made from text: use {cls.__name__} in Python")
    # What has an option of its own is not set twice.
    own = [setting for setting in known if setting not in (*common, "train")]
    chosen = common | known_settings(parse_settings(settings, cls.setting_types()), own, name)
    if cls.trains:
        require_extra("deep", name)
        chosen["train"] = training_config(
            cls.default_train, train, logger=make_logger(logger), checkpoint_dir=checkpoint_dir
        )
    elif train or logger or checkpoint_dir:
        raise ParameterError(f"{name} has no training to set: leave --train, --logger and --checkpoints out")
    detector: Detector = cls(**chosen)
    return detector


def requested_detector(request: DetectorRequest, decisions: ThresholdRequest) -> Detector:
    """Return the unfitted detector that was asked for, with its threshold and tiers.

    Raises
    ------
    ParameterError
        If a name or a setting is unknown.
    """
    threshold, tiers = requested_rules(decisions)
    detector = make_detector(
        request.detector,
        request.settings,
        request.train,
        logger=request.logger,
        checkpoint_dir=request.checkpoints,
        threshold=threshold,
        tiers=tiers,
        random_state=request.seed,
    )
    check_rule(detector, threshold)
    return detector


def detector_settings(name: str) -> dict[str, Setting]:
    """Return the settings of a detector, by their names.

    Examples
    --------
    >>> detector_settings("pca")["n_components"].default
    8
    """
    cls: Any = detector_class(name)
    return settings_of(cls, cls.setting_types())


def setting_tables(detector: str) -> list[Table]:
    """Return what ``--set`` takes for a detector, and what ``--train`` takes if it trains: types, defaults, sentences.

    Raises
    ------
    ParameterError
        If there is no such detector.
    """
    if detector == AUTO:
        return [table for reads in ("recordings", "collections") for table in setting_tables(default_detector(reads))]
    cls: Any = detector_class(detector)
    tables = [setting_table(detector, detector_settings(detector), _TAKEN)]
    return [*tables, training_table(cls.default_train)] if cls.trains else tables


def setting_table(name: str, settings: Mapping[str, Setting], taken: Iterable[str] = ()) -> Table:
    """Return what ``--set`` takes for a model of that name, without the settings that are ``taken``."""
    return _table(f"Settings of {name} (--set NAME=VALUE)", settings, taken)


def training_table(default: TrainConfig) -> Table:
    """Return what ``--train`` takes, with the defaults of a training."""
    training = _training_settings()
    for name, value in vars(default).items():
        training[name] = training[name]._replace(default=value)
    return _table("Settings of its training (--train NAME=VALUE)", training, _RUN)


def _table(title: str, settings: Mapping[str, Setting], taken: Iterable[str]) -> Table:
    rows = [
        [
            setting.name,
            setting.type,
            "required" if setting.default is REQUIRED else str(setting.default),
            setting.sentence,
        ]
        for setting in settings.values()
        if setting.name not in taken
    ]
    return Table(title, ["name", "type", "default", "what it does"], rows)


def _training_settings() -> dict[str, Setting]:
    return settings_of(TrainConfig, get_type_hints(TrainConfig, include_extras=True))


def requested_rules(request: ThresholdRequest) -> tuple[Threshold | None, Tiers | None]:
    """Return the unfitted threshold and tiers that were asked for; None for a default, or for tiers that follow.

    Raises
    ------
    ParameterError
        If the name or a setting of the threshold is unknown, or settings contradict each other.

    Examples
    --------
    >>> requested_rules(ThresholdRequest(alarms_per_week=2))[0]
    Budget(alarms=2)
    """
    if request.alarms_per_week_in_all is not None:
        raise ParameterError("--alarms-per-week-in-all is for many series: give --alarms-per-week for one")
    name, a_week, settings = request.threshold, request.alarms_per_week, parse_settings(request.threshold_settings)
    if a_week is not None and name not in (None, "budget", "tracking"):
        raise ParameterError(f"alarms a week are for the rules budget and tracking, not {name}: leave one out")
    if a_week is not None and (twice := sorted({"alarms", "period"} & settings.keys())):
        raise ParameterError(f"--alarms-per-week sets {twice[0]} already: leave one of the two out")
    if name is None and a_week is None:
        if settings:
            raise ParameterError("settings of a threshold need its rule: give --threshold, too")
        return None, _tiers(request)
    given = settings if a_week is None else {"alarms": a_week, **settings}
    return threshold_from_name(name or "budget", **given), _tiers(request)


def check_rule(detector: Detector, rule: Threshold | None) -> None:
    """Raise ParameterError where alarms a week are asked of a detector of short series, which have no clock."""
    if isinstance(rule, Budget) and rule.step is None and detector.kind == "collections":
        raise ParameterError(
            f"{rule.aim} is for recordings, but this detector reads short series, which have no clock: give a "
            "false-alarm rate (--threshold quantile --threshold-set false_alarms=0.05), or say how many seconds there "
            "are from one series to the next (--threshold budget --threshold-set step=60)"
        )


def _tiers(request: ThresholdRequest) -> Tiers | None:
    rates = {name: rate for name in ("watch", "alarm") if (rate := getattr(request, name)) is not None}
    return Tiers(**rates) if rates else None


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
    require_extra("deep", "a logger")
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


def training_config(default: TrainConfig, pairs: Pairs, **run: Any) -> TrainConfig:
    """Return a training with some settings given as text.

    Parameters
    ----------
    default : TrainConfig
        Which it has otherwise.
    pairs : sequence of str, optional
        ``NAME=VALUE`` pairs.
    **run
        What options of their own set: ``logger``, ``checkpoint_dir``.

    Raises
    ------
    ParameterError
        If there is no such setting.
    """
    names = [name for name in _training_settings() if name not in run]
    given = known_settings(parse_settings(pairs, get_type_hints(TrainConfig)), names, "the training")
    return default.replaced(**given, **run)


def known_settings(given: dict[str, Any], names: Sequence[str], what: str) -> dict[str, Any]:
    """Return settings as they are, or raise ParameterError for one that ``what`` does not have."""
    for name in given:
        if name not in names:
            meant = did_you_mean(name, names)
            raise ParameterError(f"{what} has no setting {name!r}: {meant}there are {', '.join(sorted(names))}")
    return given


def _value(text: str) -> Any:
    try:
        return ast.literal_eval({"none": "None", "true": "True", "false": "False"}.get(text.lower(), text))
    except (ValueError, SyntaxError):
        return text

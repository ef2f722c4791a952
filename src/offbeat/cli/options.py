"""Options that several commands share, so that they read the same everywhere.

Those that say what is asked for are made from the fields of the requests, see :mod:`offbeat.app.request`: the sentence
on a field is the help of its option, and a command gets all of them as one request.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from offbeat.app.docstrings import sentences
from offbeat.app.request import DetectorRequest, PanelRequest, RecordRequest, Request, ThresholdRequest
from offbeat.cli.output import print_tables
from offbeat.errors import ParameterError

__all__ = ["Baselines", "DataDir", "HelpSettings", "Json", "Model", "Scale", "on_device", "takes"]

Command = Callable[..., None]

_DATA, _DETECTOR, _DECISIONS, _RECORD = "Data", "Detector and training", "Threshold and tiers", "Record and model"
_PANEL = "Many series"


def takes(kind: type, *names: str, if_given: str = "", **fixed: Any) -> Callable[[Command], Command]:
    """Give a command the options of some fields of a request, all of them where none are named.

    The command gets them as the argument that is annotated with the request's class.

    Parameters
    ----------
    kind : type
        One of :mod:`offbeat.app.request`.
    *names : str
        Fields that the command reads.
    if_given : str
        The field without which there is no request: it becomes an option, and the command gets None where that is not
        given. The annotation of the argument is then ``kind | None``.
    **fixed
        Fields that no option sets.
    """
    wanted = names or tuple(field.name for field in dataclasses.fields(kind))

    def give(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        hints = (kind, kind | None)
        place = next(name for name, own in signature.parameters.items() if own.annotation in hints)

        @functools.wraps(command)
        def run(**given: Any) -> None:
            fields = {name: given.pop(name) for name in wanted}
            fields = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items() if v is not None}
            command(**given, **{place: _request(kind, fixed | fields, if_given)})

        own = [each.replace(kind=each.KEYWORD_ONLY) for name, each in signature.parameters.items() if name != place]
        parameters = [*_parameters(kind, wanted, if_given), *own]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return give


def on_device(command: Command) -> Command:
    """Give a command the option ``--device``, which all networks go by that it trains or runs."""
    signature = inspect.signature(command, eval_str=True)

    @functools.wraps(command)
    def run(*, device: str | None, **given: Any) -> None:
        with nullcontext() if device is None else _computing_on(device):
            command(**given)

    own = inspect.Parameter("device", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_Device)
    parameters = [each.replace(kind=each.KEYWORD_ONLY) for each in signature.parameters.values()]
    run.__signature__ = signature.replace(parameters=[*parameters, own])  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in (*parameters, own)}
    return run


@contextmanager
def _computing_on(device: str) -> Iterator[None]:
    """Set the environment variable inside: worker processes go by it, too."""
    from offbeat.networks.devices import VARIABLE, require_device_choice, training_device

    require_device_choice(device)
    training_device(device)
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = device
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before


def _request(kind: type, fields: dict[str, Any], if_given: str) -> Any:
    """Return the request, or None where the field is missing without which there is none."""
    if not if_given or if_given in fields:
        return kind(**fields)
    if fields:
        raise ParameterError(f"--{next(iter(fields)).replace('_', '-')} is about --{if_given}: give that, too")
    return None


def _parameters(kind: type, names: tuple[str, ...], if_given: str = "") -> list[inspect.Parameter]:
    """Return the options as the parameters that typer reads."""
    types, helps = get_type_hints(kind), sentences(kind)
    defaults = {field.name: field.default for field in dataclasses.fields(kind)}
    found = []
    for name in names:
        # Typer takes a repeated option as a list, and as None what is not given.
        hint = list[str] | None if get_origin(types[name]) is tuple else types[name]
        option = _OPTIONS[kind][name](helps[name])
        default = defaults[name]
        if name == if_given:
            hint, option, default = hint | None, _option(metavar=name.upper(), panel=_DATA)(helps[name]), None
        elif default is dataclasses.MISSING:
            default = inspect.Parameter.empty
        elif default == ():
            default = None
        parameter = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
        found.append(parameter.replace(annotation=Annotated[hint, option]))
    return found


def _option(*flags: str, panel: str, **how: Any) -> Callable[[str], Any]:
    return lambda help: typer.Option(*flags, help=help, rich_help_panel=panel, **how)


def _detector_choices() -> list[str]:
    """Return what a shell completes ``--detector`` to: each detector, and the other names it takes."""
    from offbeat.app.settings import BEATS
    from offbeat.detectors.registry import detector_classes

    return ["auto", *sorted(detector_classes()), BEATS]


def _rule_choices() -> list[str]:
    """Return what a shell completes ``--threshold`` to."""
    from offbeat.thresholds import threshold_names

    return [*threshold_names()]


def _show_settings(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """List the settings of the detector and leave, once both options have been read, in any order."""
    ctx.meta[str(param.name)] = value
    if ctx.meta.get("help_settings") and "detector" in ctx.meta:
        from offbeat.app.settings import BEATS, setting_tables

        if ctx.meta["detector"] == BEATS:
            from offbeat.app.beat_training import beat_setting_tables

            print_tables(beat_setting_tables())
        else:
            print_tables(setting_tables(ctx.meta["detector"]))
        raise typer.Exit
    return value


_OPTIONS: dict[type, dict[str, Callable[[str], Any]]] = {
    Request: {
        "data": lambda help: typer.Argument(metavar="DATA", help=help),
        "label": _option(metavar="COLUMN", panel=_DATA),
        "normal": _option(metavar="LABEL", panel=_DATA),
        "time": _option(metavar="COLUMN", panel=_DATA),
        "time_format": _option(metavar="FORMAT", panel=_DATA),
        "kind": _option(metavar="KIND", panel=_DATA),
        "read": _option("--read", metavar="NAME=VALUE", panel=_DATA),
        "until": _option(metavar="WHERE", panel=_DATA),
        "since": _option(metavar="WHERE", panel=_DATA),
        "train": _option(metavar="DATA", panel=_DATA),
        "data_dir": _option(metavar="FOLDER", panel=_DATA),
    },
    PanelRequest: {
        "more": lambda help: typer.Argument(metavar="[DATA]...", help=help),
        "by": _option(metavar="COLUMN", panel=_PANEL),
        "workers": _option(min=1, metavar="N", panel=_PANEL),
        "ray": _option(metavar="ADDRESS", panel=_PANEL),
    },
    DetectorRequest: {
        "detector": _option(
            *("--detector", "-d"),
            metavar="NAME",
            panel=_DETECTOR,
            is_eager=True,
            callback=_show_settings,
            autocompletion=_detector_choices,
        ),
        "tune": _option("--tune", panel=_DETECTOR),
        "settings": _option("--set", metavar="NAME=VALUE", panel=_DETECTOR),
        "train": _option("--train", metavar="NAME=VALUE", panel=_DETECTOR),
        "seed": _option(min=0, panel=_DETECTOR),
        "checkpoints": _option(metavar="FOLDER", panel=_DETECTOR),
        "logger": _option(metavar="KIND:FOLDER", panel=_DETECTOR),
    },
    ThresholdRequest: {
        "alarms_per_week": _option(metavar="NUMBER", panel=_DECISIONS),
        "alarms_per_week_in_all": _option(metavar="NUMBER", panel=_PANEL),
        "threshold": _option(metavar="RULE", panel=_DECISIONS, autocompletion=_rule_choices),
        "threshold_settings": _option("--threshold-set", metavar="NAME=VALUE", panel=_DECISIONS),
        "watch": _option(panel=_DECISIONS),
        "alarm": _option(panel=_DECISIONS),
    },
    RecordRequest: {
        "record": lambda help: typer.Argument(metavar="RECORD", help=help),
        "lead": _option(metavar="NAME", panel=_RECORD),
        "method": _option(metavar="METHOD", panel=_RECORD),
        "min_confidence": _option(min=0, max=1, panel=_RECORD),
        "annotations": _option(metavar="FILE", panel=_RECORD),
        "model": _option("--model", "-m", metavar="FOLDER", panel=_RECORD),
        "intervals": _option("--intervals", panel=_RECORD),
        "hrv": _option("--hrv", panel=_RECORD),
        "sampling_rate": _option(metavar="HZ", panel=_RECORD),
        "units": _option(metavar="UNIT", panel=_RECORD),
        "gain": _option(metavar="NUMBER", panel=_RECORD),
        "data_dir": _option(metavar="FOLDER", panel=_RECORD),
    },
}
"""What each option is called and where the help shows it, for the sentence that explains it."""

_Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="DEVICE",
        help='Where networks train and compute: "cpu", "cuda" or "mps"; or "auto", which trains on the fastest and '
        "scores on the processor, as without this option.",
        rich_help_panel=_DETECTOR,
    ),
]
Model = Annotated[Path, typer.Option("--model", "-m", metavar="FOLDER", help="The model: a folder that fit wrote.")]
DataDir = Annotated[Path | None, typer.Option(metavar="FOLDER", help=sentences(Request)["data_dir"])]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the tables as JSON, too.")]
Scale = Annotated[
    str,
    typer.Option(
        metavar="SCALE",
        help='"raw" scores of the detector; or "surprise", the same for every detector: a score of 3 is as rare as one '
        "in a thousand held-out normal scores.",
    ),
]
Baselines = Annotated[
    bool,
    typer.Option("--baselines/--no-baselines", help="Evaluate the baselines, too; they are fitted on the same data."),
]
HelpSettings = Annotated[
    bool,
    typer.Option(
        "--help-settings",
        is_eager=True,
        callback=_show_settings,
        help="List the settings of the detector and of its training, and exit.",
        rich_help_panel=_DETECTOR,
    ),
]

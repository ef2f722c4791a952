"""The reference of the command, from the command itself."""

from __future__ import annotations

import inspect
from itertools import groupby
from typing import Any

__all__ = ["command_page", "commands"]


def commands() -> dict[str, Any]:
    """Return each command by what is typed to run it, such as ``offbeat data list``."""
    from typer.main import get_command

    from offbeat.cli.app import app

    return dict(_below("offbeat", get_command(app)))


def command_page() -> str:
    """Return a page with a heading, a sentence, arguments and options for each command."""
    parts = ["# Commands", "", "What `offbeat COMMAND --help` says, for all commands."]
    for typed, command in commands().items():
        parts += ["", f"## {typed}", "", *_lines(typed, command)]
    return "\n".join(parts) + "\n"


def _below(typed: str, command: Any) -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    return [(typed, command), *(pair for name in inner for pair in _below(f"{typed} {name}", inner[name]))]


def _lines(typed: str, command: Any) -> list[str]:
    shown = [parameter for parameter in command.params if not parameter.hidden]
    arguments = [parameter.metavar or parameter.name.upper() for parameter in shown if _is_argument(parameter)]
    inner = ["COMMAND"] if hasattr(command, "commands") else []
    usage = " ".join([typed, *arguments, *inner, *(["[OPTIONS]"] if len(shown) > len(arguments) else [])])
    lines = ["```", usage, "```", "", inspect.cleandoc(command.help or "")]
    by_panel = sorted(shown, key=lambda parameter: (not _is_argument(parameter), _panel(parameter)))
    for panel, parameters in groupby(by_panel, key=_panel):
        lines += ["", f"| {panel} | |", "|---|---|"]
        lines += [f"| {_spelled(parameter)} | {_meaning(parameter)} |" for parameter in parameters]
    return lines


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _panel(parameter: Any) -> str:
    return "Arguments" if _is_argument(parameter) else parameter.rich_help_panel or "Options"


def _spelled(parameter: Any) -> str:
    if _is_argument(parameter):
        return f"`{parameter.metavar or parameter.name.upper()}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return names
    kind = getattr(parameter.type_descriptor.annotation, "__name__", "value")
    return f"{names} `{parameter.metavar or kind.upper()}`"


def _meaning(parameter: Any) -> str:
    text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    default = parameter.default
    if parameter.required:
        return f"{text} Required."
    if default in (None, False, [], ()) or _is_argument(parameter):
        return text
    return f"{text} Default: `{getattr(default, 'value', default)}`."

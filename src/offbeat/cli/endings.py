"""What each way to end is worth: an exit code, and at most one line."""

from __future__ import annotations

import sys
from typing import Any

import typer

from offbeat.cli.output import print_error, print_progress
from offbeat.cli.signals import Heard
from offbeat.cli.streams import fault_of, silence

__all__ = ["report_error", "settle"]

_WrongUsage: Any = typer.BadParameter.__mro__[2]
"""What typer raises for a command line that it cannot read; it does not export it by a name."""


def report_error(error: BaseException, heard: Heard) -> int:
    """Print what ended the command, in one line, and return its exit code."""
    code, line = _ending(error, heard)
    if line:
        print_error(line)
    return code


def settle(code: int) -> int:
    """Write out what waits in the streams and return the exit code: a full disk is an error, a reader gone is none."""
    fault = fault_of(sys.stdout)
    if fault is not None:
        silence(sys.stdout)
        if code == 0 and not isinstance(fault, BrokenPipeError):
            print_error(str(fault))
            code = 1
    if fault_of(sys.stderr) is not None:
        silence(sys.stderr)
    return code


def _ending(error: BaseException, heard: Heard) -> tuple[int, str]:
    if isinstance(error, KeyboardInterrupt) or (heard.number and not isinstance(error, SystemExit)):
        # Whatever comes after a signal is its doing: libraries make errors of their own of it.
        return heard.code, "stopped" * isinstance(error, KeyboardInterrupt)
    if isinstance(error, SystemExit):
        return _code(error), ""
    if isinstance(error, BrokenPipeError):
        # The reader of our output has gone, as "head" does: not an error.
        return 0, ""
    return _wrong_usage(error) if isinstance(error, _WrongUsage) else _fault(error)


def _fault(error: BaseException) -> tuple[int, str]:
    from offbeat.errors import OffbeatError, ParameterError

    if isinstance(error, OffbeatError):
        return 2 if isinstance(error, ParameterError) else 1, str(error)
    if isinstance(error, OSError) and error.filename:
        return 1, f"{error.filename} cannot be used ({error.strerror}): give another path"
    if isinstance(error, MemoryError):
        return 1, "out of memory: give less data at once, or smaller settings"
    return 1, f"unexpected {type(error).__name__}: {error} (please report it; OFFBEAT_DEBUG=1 shows where)"


def _code(error: SystemExit) -> int:
    if isinstance(error.__context__, BrokenPipeError):
        return 0
    return error.code if isinstance(error.code, int) else int(error.code is not None)


def _wrong_usage(error: Any) -> tuple[int, str]:
    """Return the line for a command line that cannot be read, after saying how one looks that can."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    if message and context is not None:
        for line in context.get_usage().splitlines():
            print_progress(line)
        print_progress(f"Try '{context.command_path} --help' for help.")
    return int(error.exit_code), message

"""Where the command begins and how it ends: signals and streams come first, everything heavy is imported after."""

from __future__ import annotations

import os
import sys

from offbeat.cli.signals import Heard, hearing
from offbeat.cli.streams import open_streams

__all__ = ["main"]


def main() -> None:
    """Run the command and leave with its exit code.

    0 is done, 1 the data or the model is at fault, 2 wrong usage; ended by a signal it is 128 and the signal's number,
    as in a shell.
    """
    with hearing() as heard:
        open_streams()
        code = _run(heard)
    sys.exit(code)


def _run(heard: Heard) -> int:
    try:
        from offbeat.cli.app import run

        code = run()
    except BaseException as error:
        from offbeat.cli.endings import report_error

        if os.environ.get("OFFBEAT_DEBUG") and isinstance(error, Exception):
            raise
        code = report_error(error, heard)
    from offbeat.cli.endings import settle

    code = settle(code)
    return heard.code if heard.number else code

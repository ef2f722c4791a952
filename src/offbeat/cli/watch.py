"""``offbeat watch``: score lines as they arrive."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from offbeat.cli.output import caution, say, tell

_EVERY = 1000
"""Lines after which the state is written again, so that little is lost when the power fails."""
_SHOWN = 10
"""Bad lines that are shown one by one; all are counted."""


def watch(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model: a folder that fit wrote.")],
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Go on from this file where it is there, and write it at the end."),
    ] = None,
    bad_lines: Annotated[
        str,
        typer.Option(metavar="WAY", help='What a line that cannot be read is: "skip", or "missing" values.'),
    ] = "skip",
    flagged_only: Annotated[
        bool, typer.Option("--flagged-only", help="Write only what is above the threshold, and the header.")
    ] = False,
) -> None:
    """Read lines from stdin, CSV or JSON, and write each at once with its score, flag and tier.

    Values are found by the names of the channels that the model was fitted on, or by their place. Lines that cannot be
    read are reported on stderr and counted.
    """
    from offbeat import OnlineDetector, load
    from offbeat.atomic import check_file_place
    from offbeat.errors import DataError
    from offbeat.streaming import ScoredLines

    online = OnlineDetector(load(model))
    caution(online.detector.domain_)
    if state is not None:
        check_file_place(state)
        if state.exists():
            online.load_state(state)
            say(f"going on after {online.n_seen:,} time steps")
    scored = ScoredLines(online, bad_lines=bad_lines, report=_complaint())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before = 0
    try:
        for number, line in enumerate(scored.feed(_lines())):
            is_header = number == 0 and not scored.n_scored
            if not flagged_only or is_header or scored.n_flagged > before:
                tell(line)
            before = scored.n_flagged
            if state is not None and number % _EVERY == _EVERY - 1:
                online.save_state(state)
    except KeyboardInterrupt:
        say("stopped")
    finally:
        if state is not None:
            online.save_state(state)
            say(f"wrote {state}")
    fate = "left out" if bad_lines == "skip" else "taken for missing values"
    bad = f", bad lines {fate}: {scored.n_bad:,}" if scored.n_bad else ""
    blank = f", without a score: {scored.n_blank:,}" if scored.n_blank else ""
    say(f"lines written: {scored.n_scored:,}{blank}, flagged: {scored.n_flagged:,}{bad}")
    if scored.n_bad and not scored.n_scored:
        raise DataError("not one line could be read: give the header or the columns that the model was fitted on")


def _lines() -> Any:
    # Broken bytes make a bad line, not an end.
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    return iter(sys.stdin.readline, "")


def _complaint() -> Any:
    seen = 0

    def complain(number: int, what: str) -> None:
        nonlocal seen
        seen += 1
        if seen <= _SHOWN:
            say(f"line {number}: {what}")
        if seen == _SHOWN:
            say("further bad lines are only counted")

    return complain

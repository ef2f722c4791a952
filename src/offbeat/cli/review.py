"""``offbeat review``: look at the beats of a record one by one, and correct them."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offbeat.app.request import RecordRequest
from offbeat.cli.options import takes
from offbeat.cli.output import print_data, print_note, print_notice, print_progress, progress_bar
from offbeat.cli.signals import SHELL_BASE
from offbeat.words import plural

if TYPE_CHECKING:
    from offbeat.app.review.session import ReviewSession


@takes(
    RecordRequest,
    "record",
    "lead",
    "method",
    "min_confidence",
    "model",
    "sampling_rate",
    "units",
    "gain",
    "data_dir",
)
def review(
    wanted: RecordRequest,
    annotations: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The annotation file to begin with; else the review before (.rev), else what classify wrote (.ofb), "
            "else the record is classified first.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to save; beside the record, with the extension .rev, if not given."),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="Where to serve the page; any free port for 0.")
    ] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address, and open no browser.")] = False,
) -> None:
    """Step through the beats of an ECG record in a local page, correct them, and save annotations.

    The page is for this machine alone, and its address is secret. Beats worth a look come first. What you correct is
    saved beside the record as WFDB annotations (.rev), never over those of others, with the beats that you reviewed
    told apart; the next review goes on where you stopped. Ctrl-C ends it.
    """
    from offbeat.app.review.opening import open_review
    from offbeat.app.review.serving import check_extra, serving
    from offbeat.files.lock import holding

    check_extra()
    with progress_bar(f"reading {wanted.record}") as progress:
        session = open_review(wanted, annotations, out, progress)
    for note in session.record.notes:
        print_note(note)
    with holding(session.place):
        try:
            with serving(session, port) as server:
                print_progress(f"{plural(len(session.beats), 'beat')} of {session.record.name} ({session.source})")
                print_progress(f"corrections go to {session.place}; Ctrl-C ends the review")
                print_notice("ecg")
                print_data(server.address)
                if not no_browser and _has_screen():
                    webbrowser.open(server.address)
                server.wait()
        except KeyboardInterrupt as error:  # the usual way to end it
            raise typer.Exit(SHELL_BASE + signal.SIGINT) from error
        finally:
            _end(session)


def _has_screen() -> bool:
    """Whether a browser would open in a window, not in this terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _end(session: ReviewSession) -> None:
    """Save what is not saved yet, and say where it is, and what makes a report of it."""
    session.finish()
    if session.reviewed:
        print_progress(f"annotations with {plural(session.reviewed, 'reviewed beat')} are in {session.place}")
        print_progress(f"a report of them: {session.report_command}")
    else:
        print_progress("no beat was reviewed, and nothing was written")

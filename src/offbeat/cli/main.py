"""The command itself: what it is made of, and how it ends."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Annotated

import typer

import offbeat
from offbeat.cli import data, demo, detect, evaluate, fit, report, reproduce, score
from offbeat.cli.output import complain, note
from offbeat.errors import OffbeatError

__all__ = ["app", "main"]

app = typer.Typer(
    name="offbeat",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.add_typer(data.app, name="data")
app.command("fit")(fit.fit)
app.command("score")(score.score)
app.command("detect")(detect.detect)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("reproduce")(reproduce.reproduce)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"offbeat {offbeat.__version__}")
        raise typer.Exit


@app.callback()
def _command(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Find what is off in time series: learn what normal looks like, score, threshold, explain, report.

    DATA is a name of the catalogue (see "offbeat data list") or a file: .arff, .ts, .txt, .tsv, .csv, .parquet, .npz.
    A model is a folder. Exit codes: 0 done, 1 the data or the model is at fault, 2 wrong usage.
    """


def main() -> None:
    """Run the command; every error of offbeat becomes one line on stderr and exit code 1."""
    warnings.showwarning = lambda message, *_, **__: note(str(message))
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("offbeat").setLevel(logging.INFO)
    try:
        app()
    except OffbeatError as error:
        complain(str(error))
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone, as "head" does: not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        # A bug of ours: one line for users, the traceback for those who want to report it.
        if os.environ.get("OFFBEAT_DEBUG"):
            raise
        complain(f"unexpected {type(error).__name__}: {error} (please report it; OFFBEAT_DEBUG=1 shows where)")
        sys.exit(1)
    except KeyboardInterrupt:
        complain("stopped")
        sys.exit(130)

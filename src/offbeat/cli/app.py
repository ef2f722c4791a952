"""The command itself: what it is made of."""

from __future__ import annotations

import functools
import logging
import signal
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

import offbeat
from offbeat.cli import (
    adapt,
    bench,
    classify,
    data,
    demo,
    detect,
    evaluate,
    export,
    fit,
    help,
    inspect,
    report,
    reproduce,
    review,
    score,
    serve,
    threshold,
    watch,
)
from offbeat.cli.options import on_device
from offbeat.cli.output import ProgressLines, print_error, print_note
from offbeat.cli.signals import SHELL_BASE
from offbeat.words import NOTICE

__all__ = ["app", "run"]

_progress = ProgressLines()


class _Commands(TyperGroup):
    """Says that a command was stopped; typer would leave without a word."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            print_error("stopped")
            raise typer.Exit(SHELL_BASE + signal.SIGINT) from error


app = typer.Typer(
    cls=_Commands,
    name="offbeat",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(on_device(demo.demo))
app.add_typer(data.app, name="data")
app.command("fit")(on_device(fit.fit))
app.command("threshold")(on_device(threshold.threshold))
app.command("inspect")(inspect.inspect)
app.command("export")(export.export)
app.command("score")(on_device(score.score))
app.command("detect")(on_device(detect.detect))
app.command("evaluate")(on_device(evaluate.evaluate))
app.command("report")(on_device(report.report))
app.command("classify", epilog=NOTICE)(on_device(classify.classify))
app.command("review", epilog=NOTICE)(on_device(review.review))
app.command("adapt", epilog=NOTICE)(on_device(adapt.adapt))
app.command("reproduce")(on_device(reproduce.reproduce))
app.command("bench")(on_device(bench.bench))
app.command("watch")(on_device(watch.watch))
app.command("serve")(serve.serve)
app.command("help")(help.explain)


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

    DATA is a name of the catalogue (see "offbeat data list"), a file, the URL of a database (sqlite:///plant.db, with
    --read table=NAME or query='select …'), or - for standard input; it holds many short series or one long recording.
    A file is a table of text (.csv, .tsv, .txt, .dat, .log, .data), Excel (.xlsx, .xlsm), JSON (.json, .jsonl,
    .ndjson), Parquet (.parquet, .pq), Arrow (.arrow, .feather), SQLite (.db, .sqlite, .sqlite3), NumPy (.npy, .npz),
    .arff or .ts; its content goes before its extension.

    A model is a folder. Exit codes: 0 done, 1 the data or the model is at fault, 2 wrong usage, 128 and the number of
    the signal that ended it.
    """


def run() -> int:
    """Run what the command line says, with warnings as notes and what the library logs as progress.

    Returns
    -------
    int
        The exit code.

    Raises
    ------
    Exception
        Whatever ends it; see :mod:`offbeat.cli.endings`.
    """
    logger = logging.getLogger("offbeat")
    logger.setLevel(logging.INFO)
    logger.addHandler(_progress)
    with warnings.catch_warnings():
        # Those meant for users, each once; NumPy's on overflows and the like are for developers.
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        noted = functools.cache(print_note)
        warnings.showwarning = lambda message, *_, **__: noted(str(message))
        return int(_command_line().main(prog_name="offbeat", standalone_mode=False) or 0)


@functools.cache
def _command_line() -> Any:
    """Return all commands with their options; they are built once, however often a process runs one."""
    return get_command(app)

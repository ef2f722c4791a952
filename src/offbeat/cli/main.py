"""The command itself: what it is made of, and how it ends."""

from __future__ import annotations

import functools
import logging
import os
import sys
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import offbeat
from offbeat.cli import bench, classify, data, demo, detect, evaluate, fit, inspect, report, reproduce, score, watch
from offbeat.cli.output import ProgressLines, complain, note
from offbeat.errors import OffbeatError, ParameterError

__all__ = ["app", "main"]

_progress = ProgressLines()


class _Commands(TyperGroup):
    """Every command ends here: an error of offbeat is one line on stderr and exit code 1, or 2 for wrong usage."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except OffbeatError as error:
            complain(str(error))
            raise typer.Exit(2 if isinstance(error, ParameterError) else 1) from error
        except BrokenPipeError as error:
            # The reader of our output has gone, as "head" does: not an error.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from error
        except KeyboardInterrupt as error:
            complain("stopped")
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=_Commands,
    name="offbeat",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo.demo)
app.add_typer(data.app, name="data")
app.command("fit")(fit.fit)
app.command("inspect")(inspect.inspect)
app.command("score")(score.score)
app.command("detect")(detect.detect)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.command("classify")(classify.classify)
app.command("reproduce")(reproduce.reproduce)
app.add_typer(bench.app, name="bench")
app.command("watch")(watch.watch)


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

    DATA is a name of the catalogue (see "offbeat data list") or a file (.csv, .parquet, .npy, .npz, .arff, .ts, .txt,
    .tsv), and holds many short series or one long recording.

    A model is a folder. Exit codes: 0 done, 1 the data or the model is at fault, 2 wrong usage.
    """


def main() -> None:
    """Run the command, with warnings as notes and what the library logs as progress."""
    logger = logging.getLogger("offbeat")
    logger.setLevel(logging.INFO)
    logger.addHandler(_progress)
    with warnings.catch_warnings():
        # Those meant for users, each once; NumPy's on overflows and the like are for developers.
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        noted = functools.cache(note)
        warnings.showwarning = lambda message, *_, **__: noted(str(message))
        try:
            app(prog_name="offbeat")
        except Exception as error:
            # A bug of ours: one line for users, the traceback for those who want to report it.
            if os.environ.get("OFFBEAT_DEBUG"):
                raise
            complain(f"unexpected {type(error).__name__}: {error} (please report it; OFFBEAT_DEBUG=1 shows where)")
            sys.exit(1)

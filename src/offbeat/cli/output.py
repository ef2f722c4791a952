"""What the commands print, and the files they write."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from offbeat.atomic import writing_file
from offbeat.cli.drawing import draw
from offbeat.errors import MissingExtraError, OutputError
from offbeat.tables import Table

__all__ = [
    "ProgressLines",
    "complain",
    "note",
    "progress_bar",
    "say",
    "say_wrote",
    "show",
    "tell",
    "write_frame",
    "write_json",
    "write_text",
]

_WIDTH_WITHOUT_TERMINAL = 140


def show(tables: Iterable[Table]) -> None:
    """Print tables on stdout."""
    console = _console(sys.stdout)
    with _results():
        for table in tables:
            if table.rows:
                console.print(*draw(table, console), sep="\n")
                console.print(table.note + "\n" * bool(table.note), style="dim", soft_wrap=True)


def tell(text: str) -> None:
    """Print a result on stdout."""
    with _results():
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()


def say(text: str) -> None:
    """Print a line of progress on stderr."""
    _console(sys.stderr).print(text, soft_wrap=True)


def note(text: str) -> None:
    """Print a warning on stderr, as one line."""
    say(f"note: {_one_line(text)}")


def complain(text: str) -> None:
    """Print an error on stderr, as one line."""
    say(f"offbeat: {_one_line(text)}")


def say_wrote(*paths: Path | None) -> None:
    """Say which files were written, of those that were asked for."""
    for path in paths:
        if path is not None:
            say(f"wrote {path}")


def write_json(path: Path | None, content: Any) -> None:
    """Write JSON where a file is named."""
    if path is not None:
        write_text(path, json.dumps(content, indent=2, allow_nan=False, default=str) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text file beside, then rename it."""
    with writing_file(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_frame(path: Path | None, frame: Any) -> None:
    """Write a table where a file is named: as Parquet if it is called so, else as CSV."""
    if path is None:
        return
    if path.suffix.lower() != ".parquet":
        write_text(path, frame.to_csv(index=False))
        return
    try:
        with writing_file(path) as beside:
            frame.to_parquet(beside, index=False)
    except ImportError as error:
        raise MissingExtraError(f"writing {path.name} needs pyarrow: pip install 'offbeat[parquet]'") from error


class ProgressLines(logging.Handler):
    """Shows what the library logs as lines of progress."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one message."""
        say(record.getMessage())


class _Console(Console):
    """Leaves it to the caller what a reader that has gone means; rich would exit with code 1."""

    def on_broken_pipe(self) -> None:
        """Pass the error on."""
        raise BrokenPipeError


@contextmanager
def _results() -> Iterator[None]:
    """Report a stdout that cannot be written; a reader that has gone is for the caller to judge."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"the standard output cannot be written: {error.strerror or error}") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _console(stream: Any) -> Console:
    known = stream.isatty() or "COLUMNS" in os.environ
    # Names from data are shown as they are: no markup, no ":smile:".
    width = None if known else _WIDTH_WITHOUT_TERMINAL
    return _Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Give a function that is told the share done, from 0 to 1: a bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.progress import Progress

    with Progress(console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)

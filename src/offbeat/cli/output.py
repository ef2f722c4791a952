"""What the commands print, and the files they write.

Names come from files and command lines: control characters in them are written out before they reach a terminal. Data
goes into files and pipes as it is.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offbeat.cli.streams import silence
from offbeat.words import as_options, escaped, notice_for, printable

if TYPE_CHECKING:
    from rich.console import Console

    from offbeat.tables import Table

__all__ = [
    "ProgressLines",
    "origin",
    "print_data",
    "print_error",
    "print_note",
    "print_notice",
    "print_progress",
    "print_sentences",
    "print_tables",
    "print_written",
    "progress_bar",
    "working",
    "write_frame",
    "write_json",
    "write_text",
]

_WIDTH_WITHOUT_TERMINAL = 140
_LONGEST = 500
"""Characters of an error or a note, with what stands before it."""


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables on stdout."""
    from offbeat.cli.drawing import draw

    console = _console(sys.stdout)
    for table in tables:
        if table.rows:
            console.print(*draw(table, console), sep="\n")
            console.print(printable(table.note) + "\n" * bool(table.note), style="dim", soft_wrap=True)


def print_sentences(sentences: Iterable[str]) -> None:
    """Print what was found, a sentence a line, on stdout."""
    for sentence in sentences:
        print_data(printable(sentence))


def print_data(text: str) -> None:
    """Print data on stdout: unchanged into a file or a pipe, readable on a terminal."""
    lines = text.rstrip("\n")
    if sys.stdout.isatty():
        lines = "\n".join(map(escaped, lines.split("\n")))
    sys.stdout.write(lines + "\n")
    sys.stdout.flush()


def print_progress(text: str) -> None:
    """Print a line on stderr; where it cannot be written, the work goes on all the same."""
    try:
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def print_note(text: str) -> None:
    """Print a warning on stderr, as one line of bounded length."""
    print_progress(printable(f"note: {as_options(text)}", _LONGEST))


def print_error(text: str) -> None:
    """Print an error on stderr, as one line of bounded length."""
    print_progress(printable(f"offbeat: {as_options(text)}", _LONGEST))


def print_notice(*domains: str) -> None:
    """Print the notice beside results, where the data or what the model has learned from needs it."""
    if notice_for(*domains):
        print_note(notice_for(*domains))


def print_written(*paths: Path | None) -> None:
    """Print which files were written, of those that were asked for."""
    for path in paths:
        if path is not None:
            print_progress(f"wrote {path}")


def write_json(path: Path | None, content: Any) -> None:
    """Write JSON where a file is named."""
    if path is not None:
        write_text(path, json.dumps(content, indent=2, allow_nan=False, default=str) + "\n")


def origin(command: str) -> dict[str, str]:
    """Return what files of results say of where they come from: the command, the version, and the date."""
    from datetime import UTC, datetime

    from offbeat.version import __version__

    return {"command": command, "version": __version__, "date": datetime.now(UTC).date().isoformat()}


def write_text(path: Path, text: str) -> None:
    """Write a text file beside, then rename it."""
    from offbeat.atomic import writing_file

    with writing_file(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_frame(path: Path | None, frame: Any) -> None:
    """Write a table where a file is named: as Parquet if it is called so, else as CSV."""
    if path is None:
        return
    from offbeat.atomic import writing_file
    from offbeat.errors import MissingExtraError

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
        print_progress(record.getMessage())


def _console(stream: Any) -> Console:
    from rich.console import Console

    known = stream.isatty() or "COLUMNS" in os.environ
    # Names from data are shown as they are: no markup, no ":smile:".
    width = None if known else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Yield a function that takes the share done (0 to 1) and draws a bar on a terminal; elsewhere it does nothing."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    from rich.progress import Progress

    with Progress(console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(printable(what), total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Say on a terminal what is being done, where nobody knows how much of it is done; elsewhere it says nothing."""
    if not sys.stderr.isatty():
        yield
        return
    with _console(sys.stderr).status(printable(what)):
        yield
